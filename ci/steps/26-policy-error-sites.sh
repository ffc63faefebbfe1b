# SPDX-License-Identifier: Apache-2.0
# Every error of the reader of policies is reached: seen by coverage.
. "$SRC/ci/lib.sh"

attempt "every error of the reader of policies is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" src/policy/text 100 \
    tests/unit/policy_text/test_policy_cases=tests/data/policy \
    tests/unit/policy_text/test_policy_limits \
    tests/unit/policy_text/test_policy_load \
    tests/unit/policy_text/test_policy_memory
exit 0
