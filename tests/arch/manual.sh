#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# manual.sh CC HEADER MANDIR: the manual pages are clean mdoc, and the
# synopsis of libcaisson(3) has the prototypes of the header, no more and no
# fewer.  What refers to pages that are not installed yet is overlooked.
set -u
export LC_ALL=C
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
status=0

if command -v mandoc >/dev/null 2>&1; then
	for page in "$3"/*.[1-8]; do
		mandoc -T lint -W style "$page" 2>&1
	done | grep -v -e 'referenced manual not found' \
	    -e 'outdated mandoc.db' >"$work/lint"
	if [ -s "$work/lint" ]; then
		cat "$work/lint"
		status=1
	fi
fi

# Both as "type name(parameters)", a line each.
"$1" -E -P "$2" | sed '/^#/d; s/__attribute__((warn_unused_result))//' | tr '\n' ' ' |
    tr ';' '\n' | grep '\<caisson_[a-z0-9_]*(' |
    sed 's/[[:blank:]][[:blank:]]*/ /g; s/^ //; s/( /(/g; s/\* /*/g' |
    sort >"$work/header"
sed -n '/^\.Sh SYNOPSIS/,/^\.Sh DESCRIPTION/p' "$3/libcaisson.3" | awk '
# The words of a macro line: between quotes, or between blanks.
function words(text,   n) {
	n = 0
	while (match(text, /"[^"]*"|[^ "]+/)) {
		word[++n] = substr(text, RSTART, RLENGTH)
		gsub(/"/, "", word[n])
		text = substr(text, RSTART + RLENGTH)
	}
	return n
}
/^\.Ft / {
	words(substr($0, 5))
	type = word[1]
}
/^\.Fn / {
	n = words(substr($0, 5))
	line = type (type ~ /\*$/ ? "" : " ") word[1] "("
	for (i = 2; i <= n; i++)
		line = line (i > 2 ? ", " : "") word[i]
	print line ")"
}' | sort >"$work/page"
if [ ! -s "$work/header" ]; then
	echo "$2: no functions found: nothing was checked"
	status=1
fi
comm -23 "$work/header" "$work/page" | sed 's/^/not in libcaisson(3): /' \
    >"$work/differences"
comm -13 "$work/header" "$work/page" | sed 's/^/not in the header: /' \
    >>"$work/differences"
# The text must speak of each, not only the synopsis.
sed -n '/^\.Sh DESCRIPTION/,$p' "$3/libcaisson.3" >"$work/text"
grep -o '\<caisson_[a-z0-9_]*(' "$work/header" | tr -d '(' |
while read -r name; do
	grep -qw -- "$name" "$work/text" ||
	    echo "libcaisson(3) does not describe $name"
done >>"$work/differences"
cat "$work/differences"
[ ! -s "$work/differences" ] || status=1
exit $status
