#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh CC HEADER MAP LIBRARY: the functions that the header declares,
# those that the version script lists, one by one, and those that the library
# exports are the same.
set -u
export LC_ALL=C
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

"$1" -E -P "$2" | sed '/^#/d' | tr '\n' ' ' | tr ';' '\n' |
    grep -o '\<caisson_[a-z0-9_]*(' | tr -d '(' | sort -u >"$work/header"
# Between "global:" and "local:", names; and nothing but a star after that.
sed -n '/^global:/,/^local:/s/^[[:blank:]]*\([^;:]*\);$/\1/p' "$3" |
    sort -u >"$work/map"
nm -D --defined-only "$4" >"$work/nm" || exit 1
awk '$2 != "A" { sub(/@.*/, "", $3); print $3 }' "$work/nm" |
    sort -u >"$work/library"

status=0
if [ ! -s "$work/header" ]; then
	echo "$2: no functions found: nothing was checked"
	status=1
fi
if grep -q '[*?[]' "$work/map"; then
	echo "$3: a pattern where names must stand"
	status=1
fi
for other in map library; do
	comm -23 "$work/header" "$work/$other" >"$work/missing"
	comm -13 "$work/header" "$work/$other" >"$work/extra"
	sed "s/^/declared, but not in the $other: /" "$work/missing"
	sed "s/^/in the $other, but not declared: /" "$work/extra"
	[ ! -s "$work/missing" ] && [ ! -s "$work/extra" ] || status=1
done
exit $status
