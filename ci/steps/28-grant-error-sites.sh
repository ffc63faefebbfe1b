# SPDX-License-Identifier: Apache-2.0
# Every error of grants is reached: seen by coverage.
. "$SRC/ci/lib.sh"

attempt "every error of grants is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" \
    src/grant 82 \
    tests/unit/grant/test_grant_cases=tests/data/grants \
    tests/unit/grant/test_grant_limits \
    tests/unit/grant/test_grant_memory \
    tests/unit/grant/test_grant_numbers \
    tests/unit/grant/test_grant_trust
exit 0
