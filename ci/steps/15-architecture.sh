# SPDX-License-Identifier: Apache-2.0
# Layers, symbols, sizes, bans and documents, with the build of the step gcc.
. "$SRC/ci/lib.sh"

build_gcc || exit 1
suite architecture "$WORK/gcc" --suite arch
