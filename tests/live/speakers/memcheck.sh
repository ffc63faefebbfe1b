#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# memcheck.sh PROGRAM: run it under valgrind; errors and leaks fail the test.
set -u
if ! command -v valgrind >/dev/null 2>&1; then
	echo "skipped: valgrind is not installed"
	exit 77
fi
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

# The control: it tells of a program that reads what it has not written.
cat >"$dir/wrong.c" <<'END'
#include <stdlib.h>
int main(void)
{
	volatile char *p = malloc(8);
	return p[3] == 42 ? 5 : 0;
}
END
run() {
	valgrind -q --error-exitcode=99 --leak-check=full \
	    --errors-for-leak-kinds=definite "$@"
}
if ! ${CC:-cc} -O0 -g -o "$dir/wrong" "$dir/wrong.c"; then
	echo "skipped: there is no compiler for the control"
	exit 77
fi
run "$dir/wrong" 2>"$dir/said"
if [ $? -ne 99 ]; then
	cat "$dir/said"
	echo "skipped: valgrind does not work here"
	exit 77
fi
run "$1" 2>"$dir/said"
status=$?
# some compilers write debugging information that valgrind cannot read
if grep -q 'debuginfo reader' "$dir/said"; then
	strip --strip-debug -o "$dir/program" "$1" || exit 1
	run "$dir/program" 2>"$dir/said"
	status=$?
fi
# what it says of system calls that it does not know is not of interest
[ $status -eq 0 ] || cat "$dir/said"
exit $status
