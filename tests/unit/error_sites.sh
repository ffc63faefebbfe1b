#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# error_sites.sh SOURCE BUILD DIRECTORY MINIMUM TEST[=ARGUMENT|@SCRIPT]...:
# every place in DIRECTORY, which may be a single file, where an error is born
# (MINIMUM of them or more) is reached by the tests.  A TEST is a program, its
# path seen from BUILD; its argument is a path seen from SOURCE, and so is the
# script in Python that runs the program instead.  Configures BUILD with
# coverage if it is not there, and fails with a list of the places that were
# not reached.
set -u
export LC_ALL=C
source=$(cd "$1" && pwd) || exit 1
build=$2 directory=$3 minimum=$4
shift 4
command -v gcov >/dev/null 2>&1 || {
	echo "SKIP: gcov is missing"
	exit 77
}

if [ ! -f "$build/build.ninja" ]; then
	CC=gcc meson setup "$build" "$source" --buildtype=debug \
	    -Db_coverage=true >/dev/null || exit 1
fi
targets=
for test in "$@"; do
	targets="$targets ${test%%[=@]*}"
done
# shellcheck disable=SC2086
ninja -C "$build" $targets >"$build/sites.log" 2>&1 || {
	cat "$build/sites.log"
	exit 1
}
build=$(cd "$build" && pwd) || exit 1
find "$build" -name '*.gcda' -exec rm -f {} +

for test in "$@"; do
	set -- "$build/${test%%[=@]*}"
	case $test in
	*=*) set -- "$1" "$source/${test#*=}" ;;
	*@*) set -- python3 -B "$source/${test#*@}" "$1" ;;
	esac
	"$@" >"$build/sites.log" 2>&1 || {
		echo "$test fails"
		exit 1
	}
done

# gcov's lines are "count: number: text"; the counts that are none are "-"
# (nothing there to run) and "#####" (never run).
# The paths of the sources are relative to the build directory.
cd "$build" || exit 1
rm -f ./*.gcov
mangled=$(echo "$directory" | tr / '#')
find src -name '*.gcda' -exec gcov -p {} + >/dev/null 2>&1
case $directory in
*.c)	set -- ./*"#$mangled.gcov" ;;
*)	set -- ./*"#$mangled#"*.c.gcov ;;
esac
for file in "$@"; do
	awk -F: -v file="src#${file#*"#src#"}" '
	BEGIN {
		sub(/[.]gcov$/, "", file)
		gsub(/#/, "/", file)
	}
	$3 ~ /^#define/ {
		next
	}
	$3 ~ /((err_(set|spec|usage|no_memory)|(text|grant)_(syntax|wrong|wrong_at|expected|no_memory)|unit_(fail|wrong|no_memory)|json_fail)|[^_]syntax) ?[(]/ && $2 > 0 {
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
[ "$sites" -ge "$minimum" ] && [ "$missed" -eq 0 ]
