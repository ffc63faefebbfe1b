#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All of the tests, from nothing: installs what is missing, builds with both
# compilers and with sanitizers, runs every tier as root and as an ordinary
# user, fuzzes for a minute, analyses, and checks architecture and documents.
#
#	sh ci/test.sh		every step of ci/steps
#	sh ci/test.sh gcc fuzz	only these
#
# The last line counts; the status is non-zero if anything failed.
# FUZZ_SECONDS: how long each fuzz target runs (20).  KEEP: leave the builds.
set -u

TOP=$(cd "$(dirname "$0")/.." && pwd) || exit 1
sh "$TOP/ci/setup.sh" || {
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}

WORK=$(mktemp -d /tmp/caisson-ci.XXXXXX) || exit 1
if [ -z "${KEEP-}" ]; then
	trap 'rm -rf "$WORK"' EXIT
fi
trap 'exit 130' INT
trap 'exit 143' TERM HUP
# The same start whoever calls: a throwaway user must be able to read this,
# and no tool may ask or colour.
umask 022
chmod 755 "$WORK"
export LC_ALL=C.UTF-8 TERM=dumb
unset MAKEFLAGS CC CFLAGS LDFLAGS CPPFLAGS DESTDIR
unset SUDO_UID SUDO_GID SUDO_USER SUDO_COMMAND DOAS_USER PKEXEC_UID
SRC=$WORK/src RESULTS=$WORK/results TIMES=$WORK/times
export TOP WORK SRC RESULTS
: >"$RESULTS"
: >"$TIMES"

# A copy, so that a read-only checkout or one in a private directory will do.
mkdir "$SRC" || exit 1
tar -C "$TOP" --exclude=./.git --exclude='./build*' --exclude='./b-*' \
    -cf - . | tar -C "$SRC" --no-same-owner -xf - || exit 1
chmod -R a+rX,u+w "$SRC"

run_step() {
	name=$(basename "$1" .sh)
	echo
	echo "==== ${name#*-} ===="
	start=$(date +%s)
	failed=$(grep -c '^fail' "$RESULTS")
	timeout -k 10 "${STEP_SECONDS:-1500}" sh "$1"
	status=$?
	if [ $status -ne 0 ] &&
	    [ "$(grep -c '^fail' "$RESULTS")" -eq "$failed" ]; then
		printf 'fail\tstep %s\tended with status %s\n' \
		    "${name#*-}" $status >>"$RESULTS"
	fi
	printf '%6ds  %s\n' $(($(date +%s) - start)) "${name#*-}" >>"$TIMES"
}

for step in "$SRC"/ci/steps/*.sh; do
	name=$(basename "$step" .sh)
	wanted=$#
	for arg; do
		[ "$arg" = "${name#*-}" ] && wanted=0
	done
	[ "$wanted" -eq 0 ] && run_step "$step"
done

tab=$(printf '\t')
echo
echo "==== times ===="
cat "$TIMES"
if grep -q '^skip' "$RESULTS"; then
	echo
	echo "==== skipped ===="
	grep '^skip' "$RESULTS" | sort | uniq -c |
	    while IFS=$tab read -r n name reason; do
		echo "  ${n%skip}$name: $reason"
	done
fi
if grep -q '^fail' "$RESULTS"; then
	echo
	echo "==== failed ===="
	grep '^fail' "$RESULTS" | while IFS=$tab read -r _ name reason; do
		echo "  $name${reason:+: $reason}"
	done
fi
echo
passed=$(grep -c '^pass' "$RESULTS")
failed=$(grep -c '^fail' "$RESULTS")
skipped=$(grep -c '^skip' "$RESULTS")
if [ $((passed + failed + skipped)) -eq 0 ]; then
	echo "nothing ran: no such step"
	failed=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
