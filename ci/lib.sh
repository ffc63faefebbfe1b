# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# What the steps of ci/test.sh share.  They run with TOP (the checkout), SRC
# (its copy, world-readable), WORK (for builds) and RESULTS, a file with one
# line for each result: verdict, name and reason, separated by tabs.

# result pass|fail|skip NAME [REASON]
result() {
	printf '%s\t%s\t%s\n' "$1" "$2" "${3-}" >>"$RESULTS"
	case $1 in
	pass) echo "  ok    $2" ;;
	skip) echo "  skip  $2: $3" ;;
	fail) echo "  FAIL  $2${3:+: $3}" ;;
	esac
}

# attempt NAME COMMAND...: its status is the result (77: a skip, whose reason
# is the last line printed), its output is shown when it fails.
attempt() {
	attempt_name=$1
	shift
	attempt_log=$(mktemp "$WORK/log.XXXXXX")
	"$@" >"$attempt_log" 2>&1
	attempt_status=$?
	case $attempt_status in
	0) result pass "$attempt_name" ;;
	77) result skip "$attempt_name" "$(tail -n 1 "$attempt_log")" ;;
	*)
		result fail "$attempt_name" "status $attempt_status"
		tail -n 80 "$attempt_log"
		;;
	esac
	return $attempt_status
}

# build NAME DIR MESON-OPTIONS...: configure and compile, warnings are errors.
build() {
	build_name=$1 build_dir=$2
	shift 2
	attempt "$build_name: configure" \
	    meson setup --werror "$@" "$build_dir" "$SRC" &&
	    attempt "$build_name: compile" ninja -C "$build_dir"
}

# The build with gcc that several steps use: made by the first that needs it.
build_gcc() {
	if [ ! -f "$WORK/gcc.made" ]; then
		build gcc "$WORK/gcc" -Dbroken_variants=true || return
		: >"$WORK/gcc.made"
	fi
}

# suite NAME DIR MESON-TEST-OPTIONS...: run tests that are built, and count
# each.  RUN_AS names another user to run them as.  The time that a test may
# take is there to end one that hangs; a busy machine is no reason for that.
suite() {
	suite_name=$1 suite_dir=$2
	shift 2
	# many tests wait for something: more of them than there are processors
	set -- --num-processes "$(($(nproc) * 2))" "$@"
	rm -rf "$suite_dir/meson-logs"
	mkdir -m 755 "$suite_dir/meson-logs"
	if [ -n "${RUN_AS-}" ]; then
		chown "$RUN_AS" "$suite_dir/meson-logs"
		runuser -u "$RUN_AS" -- meson test -C "$suite_dir" \
		    --no-rebuild --print-errorlogs -t 4 "$@"
	else
		meson test -C "$suite_dir" --no-rebuild --print-errorlogs \
		    -t 4 "$@"
	fi
	suite_status=$?
	/usr/bin/python3 "$SRC/ci/results.py" "$suite_name" \
	    "$suite_dir/meson-logs" "$suite_status" >>"$RESULTS"
}
