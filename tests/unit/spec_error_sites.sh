#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# spec_error_sites.sh SOURCE BUILD: every place in src/spec where an error is
# born is reached by the cases and unit tests of the spec.  Configures BUILD
# with coverage if it is not there, runs those tests in it, and fails with a
# list of the places that were not reached.
set -u
export LC_ALL=C
source=$(cd "$1" && pwd) || exit 1
build=$2
tests='spec spec_cases spec_memory spec_refusals spec_setters spec_sizes'
command -v gcov >/dev/null 2>&1 || {
	echo "SKIP: gcov is missing"
	exit 77
}

if [ ! -f "$build/build.ninja" ]; then
	CC=gcc meson setup "$build" "$source" --buildtype=debug \
	    -Db_coverage=true >/dev/null || exit 1
fi
targets=
for name in $tests; do
	targets="$targets tests/unit/test_$name"
done
# shellcheck disable=SC2086
ninja -C "$build" $targets >"$build/sites.log" 2>&1 || {
	cat "$build/sites.log"
	exit 1
}
build=$(cd "$build" && pwd) || exit 1
find "$build" -name '*.gcda' -exec rm -f {} +

for name in $tests; do
	cases=
	[ "$name" = spec_cases ] && cases=$source/tests/data/spec
	# shellcheck disable=SC2086
	"$build/tests/unit/test_$name" $cases >"$build/sites.log" 2>&1 || {
		echo "test_$name fails"
		exit 1
	}
done

# gcov's lines are "count: number: text"; the counts that are none are "-"
# (nothing there to run) and "#####" (never run).
# The paths of the sources are relative to the build directory.
cd "$build" || exit 1
rm -f ./*.gcov
find src/spec -name '*.gcda' -exec gcov -p {} + >/dev/null 2>&1
for file in ./*src#spec#*.c.gcov; do
	awk -F: -v file="src/spec/${file##*src#spec#}" '
	BEGIN {
		sub(/[.]gcov$/, "", file)
	}
	$3 ~ /(err_(set|spec|usage|no_memory)|[^_]syntax) ?[(]/ && $2 > 0 {
		sites++
		if ($1 !~ /[0-9]/)
			print "NOT REACHED " file ":" $2 + 0 ":" $3
	}
	END {
		print "SITES " sites + 0
	}' "$file"
done >"$build/sites.txt"

sites=$(awk '/^SITES/ { n += $2 } END { print n + 0 }' "$build/sites.txt")
grep '^NOT REACHED' "$build/sites.txt"
missed=$(grep -c '^NOT REACHED' "$build/sites.txt")
echo "$sites places where an error is born, $missed not reached"
[ "$sites" -ge 100 ] && [ "$missed" -eq 0 ]
