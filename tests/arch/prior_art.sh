#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# prior_art.sh ROOT: each test that docs/prior-art.md names is a test.
set -u
export LC_ALL=C
cd "$1" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# The last column of each table; what is in it between backquotes.
sed -n 's/^|.*|\(.*\)|$/\1/p' docs/prior-art.md | grep -o '`[a-z0-9_]*`' |
    tr -d '`' | sort -u >"$work/named"
grep -rhoE 'cmocka_unit_test[a-z_]*\([[:space:]]*[a-z0-9_]+' tests \
    --include='*.c' | sed 's/.*(//' >"$work/cases"
# Or on the next line.
grep -rhA1 -E 'cmocka_unit_test[a-z_]*\($' tests --include='*.c' |
    grep -oE '^[[:space:]]+[a-z0-9_]+' | tr -d '[:blank:]' >>"$work/cases"
sort -u "$work/cases" -o "$work/cases"
if [ ! -s "$work/named" ] || [ ! -s "$work/cases" ]; then
	echo "no tests found: nothing was checked"
	exit 1
fi
comm -23 "$work/named" "$work/cases" >"$work/missing"
sed 's/$/: named in docs\/prior-art.md, but not a test/' "$work/missing"
[ ! -s "$work/missing" ]
