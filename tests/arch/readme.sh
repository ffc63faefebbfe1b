#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# readme.sh ROOT CAISSON: the options that README.md uses are options, and the
# specification that it shows is one that the command accepts.
set -u
export LC_ALL=C
readme=$1/README.md caisson=$2
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

"$caisson" run --help >"$work/help" || exit 1
grep 'caisson run' "$readme" | sed 's/ -- .*//' | grep -oE -- ' --?[a-zA-Z][a-z-]*' |
    tr -d ' ' | sort -u >"$work/options"
if [ ! -s "$work/options" ]; then
	echo "no options found: nothing was checked"
	exit 1
fi
while read -r option; do
	grep -qE -- "(^|[ ,])$option($|[ ,=[])" "$work/help" || {
		echo "README.md: $option is not an option of caisson run"
		status=1
	}
done <"$work/options"

sed -n "/<<'END'\$/,/^END\$/p" "$readme" | sed '1d;$d' >"$work/spec.json"
"$caisson" run --print-spec --spec "$work/spec.json" >"$work/printed" ||
    status=1
grep -q '"path"' "$work/printed" || status=1
exit $status
