#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# child_symbols.sh ARCHIVE [NAME]: the code that runs between clone and exec
# needs nothing from outside but what stands in child.symbols beside this file;
# another's list is NAME.symbols.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
name=${2:-child}
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

nm "$1" >"$work/nm" || exit 1
if ! grep -q ' [Tt] ' "$work/nm"; then
	echo "$1: no code found: nothing was checked"
	exit 1
fi
awk 'NF == 3 { print $3 }' "$work/nm" | sort -u >"$work/defined"
awk '$1 == "U" { print $2 }' "$work/nm" | sort -u |
    comm -23 - "$work/defined" >"$work/needed"
grep -v '^#' "$here/$name.symbols" | sort -u >"$work/allowed"
comm -23 "$work/needed" "$work/allowed" >"$work/bad"
sed "s/^/the $name needs /" "$work/bad"
[ ! -s "$work/bad" ]
