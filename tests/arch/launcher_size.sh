#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# launcher_size.sh BUILD LAUNCHER TREE: the setuid launcher can be read in one
# sitting.  Lines of code, as cloc counts them: of src/launcher at most 1,000,
# of everything from src that is linked into it at most 2,000.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# at_most LIMIT WHAT <files: each with its lines, and their sum.
at_most() {
	sum=0
	while read -r file; do
		n=$(awk -f "$here/strip.awk" "$file" | grep -c '[^[:space:]]')
		printf '%6d %s\n' "$n" "${file#"$tree"/}"
		sum=$((sum + n))
	done
	printf '%6d %s\n' "$sum" "$2"
	if [ "$sum" -eq 0 ]; then
		echo "$2: nothing was counted"
		status=1
	elif [ "$sum" -gt "$1" ]; then
		echo "$2: $sum lines of code are more than $1"
		status=1
	fi
}

tree=$(cd "$3" && pwd -P) || exit 1
sh "$here/linked.sh" "$1" "$2" >"$work/linked" || exit 1
cd "$1" || exit 1
while read -r _ source; do
	realpath "$source"
done <"$work/linked" | grep "^$tree/src/.*[.]c\$" | sort -u >"$work/sources"
find "$tree/src/launcher" -name '*.[ch]' | sort >"$work/own"
at_most 1000 src/launcher <"$work/own"
at_most 2000 'the linked sources' <"$work/sources"
exit $status
