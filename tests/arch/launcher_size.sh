#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# launcher_size.sh BUILD LAUNCHER TREE [EXCESS]: the setuid launcher can be read
# in one sitting.  Lines of code, as cloc counts them: of src/launcher at most
# 1,000, of everything from src that is linked into it at most 2,000.  EXCESS
# has two numbers: how many more there still are of each, which must be true,
# so that they can only go down.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

# at_most LIMIT EXCESS WHAT <files: each with its lines, and their sum.
at_most() {
	limit=$1 excess=$2 sum=0
	shift 2
	while read -r file; do
		n=$(awk -f "$here/strip.awk" "$file" | grep -c '[^[:space:]]')
		printf '%6d %s\n' "$n" "${file#"$tree"/}"
		sum=$((sum + n))
	done
	printf '%6d %s\n' "$sum" "$1"
	if [ "$sum" -eq 0 ]; then
		echo "$1: nothing was counted"
		status=1
	elif [ "$sum" -gt $((limit + excess)) ]; then
		echo "$1: $sum lines of code are more than $((limit + excess))"
		status=1
	elif [ "$excess" -gt 0 ] && [ "$sum" -lt $((limit + excess)) ]; then
		echo "$1: $((sum - limit)) too many, and not $excess: say so"
		status=1
	elif [ "$excess" -gt 0 ]; then
		echo "$1: NOT YET within the law: $excess more than $limit"
	fi
}

own=0 linked=0
if [ $# -gt 3 ]; then
	read -r own linked <<-END
		$(grep -v '^#' "$4")
	END
fi
tree=$(cd "$3" && pwd -P) || exit 1
sh "$here/linked.sh" "$1" "$2" >"$work/linked" || exit 1
cd "$1" || exit 1
while read -r _ source; do
	realpath "$source"
done <"$work/linked" | grep "^$tree/src/.*[.]c\$" | sort -u >"$work/sources"
find "$tree/src/launcher" -name '*.[ch]' | sort >"$work/own"
at_most 1000 "$own" src/launcher <"$work/own"
at_most 2000 "$linked" 'the linked sources' <"$work/sources"
exit $status
