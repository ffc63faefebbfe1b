# SPDX-License-Identifier: Apache-2.0
# z3 proves every shipped profile, and refutes filters with defects.
. "$SRC/ci/lib.sh"

build_gcc || exit 1
suite proofs "$WORK/gcc" --suite proof
