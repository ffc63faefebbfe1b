# SPDX-License-Identifier: Apache-2.0
# AddressSanitizer, LeakSanitizer and UndefinedBehaviorSanitizer; the first
# report ends the program that it is about.
. "$SRC/ci/lib.sh"

export ASAN_OPTIONS=abort_on_error=0:halt_on_error=1:detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=0
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
# What they add to a frame is not held against its size.
build sanitizers "$WORK/asan" -Dbroken_variants=true \
    -Db_sanitize=address,undefined -Db_lundef=false \
    -Dc_args="-fno-sanitize-recover=all -Wno-frame-larger-than -Wno-stack-usage" ||
    exit 1
# These runtimes cannot place their shadow under the largest address space
# randomisation, so the tests run without it.
suite sanitizers "$WORK/asan" --no-suite arch --no-suite proof --no-suite plain -t 10 --wrap='setarch -R'
