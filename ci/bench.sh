#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Benchmarks: caisson beside what else there is, interleaved in one run.  The
# ratios are what counts; the times are those of this machine.
#
#	sh ci/bench.sh				all of them
#	sh ci/bench.sh [--json] [--quick] seccomp	only this one
#
# The status is non-zero if a contender cannot be built or run, whatever the
# figures are.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(dirname "$here")
all="compare launcher seccomp"
options=
names=
for arg; do
	case $arg in
	--*) options="$options $arg" ;;
	*) names="$names $arg" ;;
	esac
done
sh "$here/setup.sh" >&2 || exit 1

WORK=$(mktemp -d /tmp/caisson-bench.XXXXXX) || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
export LC_ALL=C.UTF-8 TERM=dumb

# make_bench NAME: the program bench_NAME, optimised.
make_bench() {
	[ -d "$WORK/build" ] ||
	    meson setup --buildtype=release "$WORK/build" "$top" \
		>"$WORK/log" 2>&1 || {
		cat "$WORK/log" >&2
		return 1
	}
	ninja -C "$WORK/build" "tests/bench/bench_$1" >"$WORK/log" 2>&1 || {
		cat "$WORK/log" >&2
		return 1
	}
}

# Each benchmark: its programs, its contenders, one run.
bench_seccomp() {
	# shellcheck disable=SC2086 # the options are a list
	make_bench seccomp &&
	    "$WORK/build/tests/bench/bench_seccomp" $options \
		/usr/share/containers/seccomp.json default strict
}

bench_compare() {
	# shellcheck disable=SC2086 # the options are a list
	make_bench compare &&
	    "$WORK/build/tests/bench/bench_compare" $options
}

bench_monitor() {
	# shellcheck disable=SC2086 # the options are a list
	make_bench monitor &&
	    ninja -C "$WORK/build" tests/live/monitor/pauser >"$WORK/log" &&
	    "$WORK/build/tests/bench/bench_monitor" $options \
		"$WORK/build/tests/live/monitor/pauser"
}

# As root: launches as another user, through the setuid launcher and without.
bench_launcher() {
	if [ "$(id -u)" -ne 0 ]; then
		echo "bench: launcher is left out: it needs root" >&2
		return 0
	fi
	# shellcheck disable=SC2086 # the options are a list
	make_bench launcher &&
	    ninja -C "$WORK/build" src/cli/caisson \
		src/launcher/caisson-launcher tests/support/reporter \
		>"$WORK/log" &&
	    CAISSON=$WORK/build/src/cli/caisson \
		CAISSON_LAUNCHER=$WORK/build/src/launcher/caisson-launcher \
		"$WORK/build/tests/bench/bench_launcher" $options \
		"$WORK/build/tests/support/reporter"
}

status=0
for name in ${names:-$all}; do
	case " $all " in
	*" $name "*) "bench_$name" || {
		echo "bench: $name could not be run" >&2
		status=1
	} ;;
	*)
		echo "bench: there is no $name, but: $all" >&2
		status=2
		;;
	esac
done
exit $status
