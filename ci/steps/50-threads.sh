# SPDX-License-Identifier: Apache-2.0
# ThreadSanitizer on the tests that use threads.
. "$SRC/ci/lib.sh"

export TSAN_OPTIONS=halt_on_error=1:exitcode=66
build threads "$WORK/tsan" -Dbroken_variants=true -Db_sanitize=thread \
    -Db_lundef=false || exit 1
suite threads "$WORK/tsan" --suite threads -t 4 --wrap='setarch -R'
