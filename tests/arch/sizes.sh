#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# sizes.sh TREE: files of at most 400 lines; functions, from the opening brace
# in column 0 to the closing one, of at most 40; at most five parameters.
# Exceptions stand with their reasons in sizes.exceptions beside this file.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$1" || exit 1

find src tests fuzz ci -name fixtures -prune -o -type f \
    \( -name '*.[ch]' -o -name '*.sh' -o -name '*.py' \) -print 2>/dev/null |
sort | xargs awk -v list="$here/sizes.exceptions" '
function limit(kind, name, usual) {
	if (!((kind, name) in allowed))
		return usual
	used[kind, name] = 1
	return allowed[kind, name]
}
function fail(line, text) {
	print file ":" line ": " text
	bad = 1
}
# Commas between parameters, not those inside of a function pointer type.
function parameters(text,   n, depth, i, c) {
	sub(/^[^(]*[(]/, "", text)
	n = 1
	for (i = 1; i <= length(text); i++) {
		c = substr(text, i, 1)
		if (c == "(")
			depth++
		else if (c == ")" && depth-- == 0)
			break
		else if (c == "," && depth == 0)
			n++
	}
	return n
}
function end_file() {
	if (file != "" && lines > limit("file", file, 400))
		fail(lines, "a file of " lines " lines")
}
BEGIN {
	while ((getline row < list) > 0) {
		split(row, word, " ")
		if (row ~ /^#/ || row == "")
			continue
		if (word[1] == "function" && word[3] > 80 || word[4] == "") {
			print "sizes.exceptions: " row
			bad = 1
		}
		allowed[word[1], word[2]] = word[3] + 0
	}
}
FNR == 1 {
	end_file()
	file = FILENAME
	name = ""
	inside = 0
	files++
}
{
	lines = FNR
}
file !~ /[.][ch]$/ {
	next
}
!inside && /^[A-Za-z_][A-Za-z0-9_ *]*[(]/ {
	match($0, /[A-Za-z_][A-Za-z0-9_]*[(]/)
	name = substr($0, RSTART, RLENGTH - 1)
	signature = $0
	next
}
!inside && name != "" && !/^{/ {
	signature = signature $0
}
/^{/ && name != "" {
	inside = 1
	start = FNR
	functions++
	n = parameters(signature)
	if (n > limit("parameters", name, 5))
		fail(FNR, name " has " n " parameters")
}
/^}/ {
	if (inside && FNR - start + 1 > limit("function", name, 40))
		fail(start, name " has " FNR - start + 1 " lines")
	inside = 0
	name = ""
}
/;[ \t]*$/ && !inside {
	name = ""
}
END {
	end_file()
	if (!files || !functions) {
		print "no functions found: nothing was checked"
		bad = 1
	}
	exit bad
}'
