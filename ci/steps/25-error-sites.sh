# SPDX-License-Identifier: Apache-2.0
# Every error of the spec is reached by a case or a test: seen by coverage.
. "$SRC/ci/lib.sh"

attempt "every error of the spec is reached" \
    sh "$SRC/tests/unit/spec_error_sites.sh" "$SRC" "$WORK/sites"
exit 0
