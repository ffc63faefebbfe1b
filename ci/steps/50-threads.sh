# SPDX-License-Identifier: Apache-2.0
# ThreadSanitizer on the tests that use threads.
. "$SRC/ci/lib.sh"

export TSAN_OPTIONS="halt_on_error=1:exitcode=66:suppressions=$SRC/ci/tsan.suppress"
build threads "$WORK/tsan" -Db_sanitize=thread -Db_lundef=false \
    -Dc_args="-Wno-frame-larger-than -Wno-stack-usage" || exit 1
suite threads "$WORK/tsan" --suite threads -t 10 --wrap='setarch -R'
