#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# linked.sh BUILD PROGRAM: what a program is linked from, as the build has it: a
# line for each object, and beside it the source that it is compiled from, both
# seen from BUILD.  Static libraries of ours count as a whole.
set -u
export LC_ALL=C
cd "$1" || exit 1

# What TARGET is made from, but not what only has to be there before.
inputs() {
	ninja -t query "$1" |
	    awk '/^  input:/ { on = 1; next } /^  [^ ]/ { on = 0 }
		on && $1 != "||" { print $NF }'
}
look_into() {
	for input in $(inputs "$1"); do
		case $input in
		/*) ;;
		*.o) echo "$input $(inputs "$input" | head -n 1)" ;;
		*.a) look_into "$input" ;;
		esac
	done
}
look_into "${2#"$1"/}"
