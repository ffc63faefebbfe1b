#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hygiene.sh TREE: every source names its license first and every .c says in a
# comment what it is; no blanks at the ends of lines, no missing last newline,
# no notes to oneself, no path of the machine that something was written on.
set -u
export LC_ALL=C
cd "$1" || exit 1
bad=$(mktemp) || exit 1
trap 'rm -f "$bad"' EXIT

sources() {
	find src tests fuzz ci docs -name fixtures -prune -o -name data -prune -o \
	    -name corpus -prune -o -type f \( "$@" \) -print 2>/dev/null | sort
}

n=0
for f in $(sources -name '*.[ch]'); do
	n=$((n + 1))
	head -n 1 "$f" | grep -q '^/\* SPDX-License-Identifier: Apache-2.0 \*/$' ||
	    echo "$f:1: the first line does not name the license"
	case $f in
	*.c) sed -n 2p "$f" | grep -q '^/\*' ||
		echo "$f:2: no comment says what this is" ;;
	esac
done >"$bad"
for f in $(sources -name '*.sh' -o -name '*.py'); do
	head -n 3 "$f" | grep -q '^# SPDX-License-Identifier: Apache-2.0$' ||
	    echo "$f:1: the license is not named"
done >>"$bad"
for f in $(sources -name '*.[ch]' -o -name '*.sh' -o -name '*.py' \
    -o -name meson.build -o -name '*.md' -o -name '*.[1-8]' -o -name '*.json'); do
	grep -nE '[[:blank:]]$' "$f" | sed "s|^|$f:|; s|\$| <- blank|"
	[ -z "$(tail -c 1 "$f")" ] || echo "$f: no newline at the end"
	case $f in
	tests/arch/hygiene.sh) continue ;;
	esac
	grep -nE '\<(TODO|FIXME|XXX)\>|(^|[^A-Za-z0-9_.])/(home|root)/[a-z]' \
	    "$f" | sed "s|^|$f:|"
done >>"$bad"
if [ $n -eq 0 ]; then
	echo "no source found: nothing was checked"
	exit 1
fi
cat "$bad"
[ ! -s "$bad" ]
