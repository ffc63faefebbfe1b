# SPDX-License-Identifier: Apache-2.0
# gcc, and every tier as the user who runs this (root, in CI).
. "$SRC/ci/lib.sh"

build_gcc || exit 1
suite "gcc as $(id -un)" "$WORK/gcc" --no-suite arch --no-suite proof
