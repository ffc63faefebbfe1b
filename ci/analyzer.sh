#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# analyzer.sh SOURCE BUILD: gcc -fanalyzer finds nothing in SOURCE but what
# ci/analyzer.suppress lists with its reason.
set -u
source=$(cd "$1" && pwd) || exit 1
build=$2

meson setup -Dtests=false -Dbuildtype=release -Dc_args=-fanalyzer "$build" \
    "$source" || exit 1
ninja -C "$build" >"$build/analyzer.log" 2>&1 || {
	tail -n 40 "$build/analyzer.log"
	exit 1
}
# "PATH:LINE:COLUMN: warning: text [CWE] [-Wname]", each once
sed -n 's/^\([^ :]*\):[0-9]*:[0-9]*: warning: .*\[-W\([a-z-]*\)\]$/\1 \2/p' \
    "$build/analyzer.log" | sed 's,^.*/\(src/[a-z]*/[^ ]* \),\1,' | sort -u \
    >"$build/analyzer.found"
sed -n 's/^\([^# ][^ ]* [^ ]*\) .*/\1/p' "$source/ci/analyzer.suppress" | sort -u \
    >"$build/analyzer.expected"
if cmp -s "$build/analyzer.found" "$build/analyzer.expected" &&
    [ "$(grep -c 'warning: ' "$build/analyzer.log")" -ge \
    "$(grep -c . "$build/analyzer.found")" ]; then
	exit 0
fi
grep -h 'warning: ' "$build/analyzer.log"
echo "found, and not listed in ci/analyzer.suppress:"
comm -23 "$build/analyzer.found" "$build/analyzer.expected"
echo "listed, and not found:"
comm -13 "$build/analyzer.found" "$build/analyzer.expected"
exit 1
