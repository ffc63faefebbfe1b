#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# example.sh CC ROOT LIBRARY: the C examples of libcaisson(3) and of README.md
# compile without a warning against the header and the shared library, and run;
# and C++ can include the headers, where there is a compiler for it.
set -u
export LC_ALL=C
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cc=$1 root=$2 library=$3
status=0

sed -n '/^\.Sh EXAMPLES/,/^\.Ed/p' "$root/docs/man/libcaisson.3" |
    sed -n '/^\.Bd/,/^\.Ed/p' | sed '/^\.[BE]d/d; s/\\e/\\/g; s/\\&//g' \
    >"$work/manual.c"
sed -n '/^```c$/,/^```$/p' "$root/README.md" | sed '/^```/d' >"$work/readme.c"

for name in manual readme; do
	if ! grep -q '^main(' "$work/$name.c"; then
		echo "$name: no example found"
		status=1
		continue
	fi
	if ! "$cc" -std=c11 -Wall -Wextra -Werror -I "$root/src/include" \
	    -o "$work/$name" "$work/$name.c" "$library" \
	    "-Wl,-rpath,$(dirname "$library")"; then
		status=1
		continue
	fi
	got=$("$work/$name") || status=1
	echo "$name: $got"
	[ "$got" = hello ] || status=1
done
# What the others include, and a function of theirs: to be compiled only.
for other in policy:confine handshake:main; do
	name=${other%:*}
	sed -n '/^\.Sh EXAMPLES/,/^\.Sh SEE/p' "$root/docs/man/libcaisson.3" |
	    sed -n "/^#include <caisson_$name.h>/,/^\.Ed/p" |
	    sed '/^\.Ed/d; s/\\e/\\/g' >"$work/$name.c"
	grep -q "^${other#*:}(" "$work/$name.c" || {
		echo "$name: no example found"
		status=1
	}
	"$cc" -std=c11 -Wall -Wextra -Werror -I "$root/src/include" -c \
	    -o "$work/$name.o" "$work/$name.c" || status=1
done
if command -v c++ >/dev/null 2>&1; then
	echo '#include <caisson_policy.h>' >"$work/header.cc"
	c++ -std=c++17 -Wall -Wextra -Werror -I "$root/src/include" -c \
	    -o "$work/header.o" "$work/header.cc" || status=1
fi
exit $status
