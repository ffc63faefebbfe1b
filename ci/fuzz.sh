#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# fuzz.sh SECONDS [TARGET...]: AFL++ on every target of fuzz/ (or on those
# named), each for so many seconds, starting from its corpus.  A crash or a
# hang is a failure.  By itself, or as a step of test.sh.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
seconds=${1:?fuzz.sh SECONDS [TARGET...]}
shift

if [ -z "${RESULTS-}" ]; then
	sh "$here/setup.sh" || exit 1
	WORK=$(mktemp -d /tmp/caisson-fuzz.XXXXXX) || exit 1
	trap 'rm -rf "$WORK"' EXIT
	SRC=$(dirname "$here") RESULTS=$WORK/results
	: >"$RESULTS"
fi
. "$here/lib.sh"
# Other steps of test.sh may have failed before.
failed=$(grep -c '^fail' "$RESULTS")

# AFL++'s own compiler; sanitizers make a silent mistake a crash.
export AFL_USE_ASAN=1 AFL_USE_UBSAN=1 AFL_QUIET=1
export AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_UI=1
export AFL_NO_AFFINITY=1
export ASAN_OPTIONS=abort_on_error=1:symbolize=0:detect_leaks=0
CC=afl-clang-fast
export CC
attempt "fuzz: configure" meson setup -Dfuzz=enabled -Dtests=false \
    -Db_lundef=false -Ddefault_library=static "$WORK/fuzz" "$SRC" || exit 1
attempt "fuzz: compile" ninja -C "$WORK/fuzz" || exit 1

# A target is an executable of fuzz/, its corpus a directory of that name.
targets=$(find "$WORK/fuzz/fuzz" -maxdepth 1 -type f -perm -u+x | sort)
if [ -z "$targets" ]; then
	result fail "fuzz targets" "there are none"
	exit 1
fi

run_target() {
	name=$(basename "$1")
	corpus=$SRC/fuzz/corpus/${name#fuzz_}
	out=$WORK/found-$name
	if [ ! -d "$corpus" ]; then
		result fail "fuzz $name" "no corpus: ${corpus#"$SRC"/}"
		return
	fi
	set --  "$1"
	[ -f "$SRC/fuzz/${name#fuzz_}.dict" ] &&
	    set -- -x "$SRC/fuzz/${name#fuzz_}.dict" -- "$1"
	[ $# -gt 1 ] || set -- -- "$1"
	# The address space is fixed: see steps/40-sanitizers.sh.
	setarch -R afl-fuzz -V "$seconds" -i "$corpus" -o "$out" "$@" \
	    >"$out.log" 2>&1
	status=$?
	bad=$(find "$out" -path '*/crashes/id*' -o -path '*/hangs/id*' \
	    2>/dev/null | sort)
	runs=$(sed -n 's/^execs_done *: *//p' "$out/default/fuzzer_stats" \
	    2>/dev/null)
	if [ $status -ne 0 ] || [ "${runs:-0}" -eq 0 ]; then
		result fail "fuzz $name" "afl-fuzz did not run (status $status)"
		tail -n 30 "$out.log"
	elif [ -n "$bad" ]; then
		result fail "fuzz $name" "$(echo "$bad" | wc -l) findings"
		for f in $bad; do
			echo "$f:"
			od -c "$f" | head -n 20
		done
	else
		result pass "fuzz $name"
		echo "        $runs runs in $seconds s"
	fi
}

pids=
for t in $targets; do
	name=$(basename "$t")
	case " $* " in
	"  " | *" $name "* | *" ${name#fuzz_} "*) ;;
	*) continue ;;
	esac
	# Two at a time: each keeps one processor busy.
	run_target "$t" &
	pids="$pids $!"
	if [ "$(echo $pids | wc -w)" -ge 2 ]; then
		wait $pids
		pids=
	fi
done
wait
[ "$(grep -c '^fail' "$RESULTS")" -eq "$failed" ]
