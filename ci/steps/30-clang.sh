# SPDX-License-Identifier: Apache-2.0
# clang, with libseccomp for other architectures, and every tier again.
. "$SRC/ci/lib.sh"

export CC=clang
build clang "$WORK/clang" -Dbroken_variants=true \
    -Dother_architectures=true || exit 1
suite clang "$WORK/clang" --no-suite arch --no-suite proof
