#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# prior_art.sh ROOT: the comparison with earlier systems has a row for every
# number, each with a verdict and with tests that exist, and counts them right.
set -u
export LC_ALL=C
cd "$1" || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
index=docs/prior-art.md

# Every number: a section, and how many there are in it; or their names.
{
	while read -r section count; do
		seq "$count" | sed "s/^/$section./"
	done <<-'END'
		1.0 10
		1.1 38
		1.2 14
		2.1 14
		2.2 14
		2.3 17
		3.1 10
		3.2 13
		4.1 6
		4.3 4
		4.4.W 9
		5.1 11
		5.2 12
		6 7
	END
	for name in Chroot Credential.Uid-Gid Credential.Groups \
	    Credential.NoSetGroups Ptrace Setsid Setpgid-Pgid Setctty-Ctty \
	    Noctty Foreground Pdeathsig Cloneflags-Unshareflags \
	    UidMappings-GidMappings GidMappingsEnableSetgroups AmbientCaps \
	    UseCgroupFD-CgroupFD PidFD order NUL; do
		echo "4.2.$name"
	done
} | sed 's/W\./W/' | sort >"$work/numbers"

# The rows: NUMBER, VERDICT and TESTS, with tabs between.  And what they count
# to, a line for each page as it must stand in the index.
for page in $index docs/prior-art/*.md; do
	[ -f "$page" ] || continue
	awk -F ' *[|] *' -v page="${page#docs/}" -v rows="$work/rows" '
	/^[|] [1-9]\.[^|]*[|]/ {
		verdict = $4
		sub(/:.*/, "", verdict)
		if (NF != 6)
			verdict = "a row of " NF - 2 " columns"
		else if (verdict != "same" && $4 !~ /: ./)
			verdict = verdict " without a reason"
		printf "%s\t%s\t%s\n", $2, verdict, $5 >>rows
		n++
		count[verdict]++
		kind = $5 == "by design" || $5 == "no test" ? $5 : "tests"
		count[kind]++
	}
	END {
		printf "](%s) | %d | %d | %d | %d | %d | %d | %d | %d |\n",
		    page, n, count["same"], count["better"],
		    count["not carried over"], count["later"],
		    count["tests"], count["by design"], count["no test"]
	}' "$page"
done >"$work/counts"
: >>"$work/rows"
cut -f 1 "$work/rows" | sort >"$work/have"

# Every test there is: functions of cmocka, on the same line or on the next,
# cases of the command line, in one string or in several, methods of Python's
# unittest, meson's tests, and the directories of cases for parsers.
{
	grep -rhoE 'cmocka_unit_test[a-z_]*\([[:space:]]*[a-z0-9_]+' tests \
	    --include='*.c' | sed 's/.*(//'
	grep -rhA1 -E 'cmocka_unit_test[a-z_]*\($' tests --include='*.c' |
	    grep -oE '^[[:space:]]+[a-z0-9_]+' | tr -d '[:blank:]'
	grep -rhA3 '^@case("' tests --include='*.py' | tr '\n' ' ' |
	    sed 's/"  *"//g; s/@case("/\n/g' | sed 's/")  *def .*//'
	echo
	grep -rhoE '^ +def test_[a-z0-9_]+\(self\)' tests --include='*.py' |
	    sed 's/.*def //; s/(.*//'
	grep -rh '^ *test(.' tests --include=meson.build |
	    sed "s/^ *test('//; s/'.*//"
	find tests/data -mindepth 2 -maxdepth 2 -type d | sed 's,tests/data/,,'
} | sort -u >"$work/cases"
# "`a` `b`", or words that say why there are none.
awk -F '\t' '$3 != "by design" && $3 != "no test" {
	n = split($3, part, "`")
	for (i = 2; i <= n; i += 2)
		print part[i]
	if (n < 3)
		print $1 " names no test, and does not say why"
}' "$work/rows" | sort -u >"$work/named"

if [ ! -s "$work/rows" ] || [ ! -s "$work/named" ] || [ ! -s "$work/cases" ]; then
	echo "no rows or no tests found: nothing was checked"
	exit 1
fi
{
	comm -23 "$work/numbers" "$work/have" | sed 's/$/: there is no such row/'
	comm -13 "$work/numbers" "$work/have" |
	    sed 's/$/: twice, or not a number of the list/'
	awk -F '\t' '$2 !~ /^(same|better|not carried over|later)$/ {
		print $1 ": no verdict: " $2
	}' "$work/rows"
	comm -23 "$work/named" "$work/cases" |
	    sed 's/$/: named in the comparison, but not a test/'
	while read -r line; do
		grep -qF -- "$line" "$index" ||
		    echo "$index: should count $line"
	done <"$work/counts"
} >"$work/wrong"
cat "$work/wrong"
[ ! -s "$work/wrong" ]
