# SPDX-License-Identifier: Apache-2.0
# Every error of the spec is reached by a case or a test: seen by coverage.
. "$SRC/ci/lib.sh"

attempt "every error of the spec is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" src/spec 100 \
    tests/unit/test_spec tests/unit/test_spec_cases=tests/data/spec \
    tests/unit/test_spec_memory tests/unit/test_spec_refusals \
    tests/unit/test_spec_setters tests/unit/test_spec_sizes \
    tests/unit/policy_api/test_policy_spec \
    tests/unit/policy_api/test_policy_api_memory
attempt "every error of the importers is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" \
    src/policy/import 60 \
    tests/unit/policy_import/test_policy_import_cases=tests/data/import \
    tests/unit/policy_import/test_policy_import_real \
    tests/unit/policy_import/test_policy_import_memory
exit 0
