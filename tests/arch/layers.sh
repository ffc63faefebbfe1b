#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# layers.sh TREE: no file of src includes a header of a later layer, and the
# libraries that one place only may know are known only there.  The order and
# the places stand in the file layers beside this one.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$1" || exit 1

find src -name '*.[ch]' | sort | xargs grep -n '^[[:space:]]*#[[:space:]]*include' /dev/null |
awk -v list="$here/layers" '
function fail(text) {
	print where ": " text
	bad = 1
}
# What a shell pattern with * means, as a regular expression.
function glob(pattern) {
	gsub(/[.]/, "[.]", pattern)
	gsub(/[*]/, ".*", pattern)
	return "^" pattern "$"
}
BEGIN {
	while ((getline line < list) > 0) {
		n = split(line, word, " ")
		if (word[1] == "order")
			for (i = 2; i <= n; i++)
				rank[word[i]] = i
		if (word[1] == "only")
			for (i = 3; i <= n; i++)
				places[word[2]] = places[word[2]] \
				    (i > 3 ? "|" : "") glob(word[i])
	}
}
{
	split($0, part, ":")
	file = part[1]
	where = part[1] ":" part[2]
	split(file, dir, "/")
	own = dir[2]
	seen++
	header = $0
	sub(/^[^<"]*[<"]/, "", header)
	sub(/[>"].*$/, "", header)
	if (!(own in rank)) {
		fail("the layer " own " is not in the list")
		next
	}
	if (header in places && file !~ places[header])
		fail("<" header "> is not for this file")
	if ($0 ~ /</)
		next
	layer = own
	if (header ~ /^caisson(_[a-z]+)?[.]h$/)
		layer = "include"
	else if (split(header, path, "/") > 1)
		layer = path[1]
	if (!(layer in rank))
		fail("\"" header "\" is of no layer in the list")
	else if (rank[layer] > rank[own])
		fail(own " includes \"" header "\" of the later layer " layer)
}
END {
	if (!seen) {
		print "no #include found: nothing was checked"
		bad = 1
	}
	exit bad
}'
