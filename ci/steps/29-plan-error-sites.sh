# SPDX-License-Identifier: Apache-2.0
# Every error of putting plans into bytes is reached: seen by coverage.
. "$SRC/ci/lib.sh"

attempt "every error of plans is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" \
    src/plan/put.c 4 \
    tests/unit/plan/test_plan_put \
    tests/unit/plan/test_plan_sizes
exit 0
