# SPDX-License-Identifier: Apache-2.0
# The same tests as an ordinary user with one group, made for this step.
. "$SRC/ci/lib.sh"

if [ "$(id -u)" -ne 0 ]; then
	result skip "the suite as a throwaway user" \
	    "not root: the step gcc ran as an ordinary user already"
	exit 0
fi
build_gcc || exit 1

RUN_AS=cstest$$
home=$WORK/home
trap 'userdel "$RUN_AS" >/dev/null 2>&1; rm -rf "$home"' EXIT
trap 'exit 143' INT TERM HUP
useradd -M -d "$home" -s /bin/sh "$RUN_AS" || exit 1
mkdir "$home" && chown "$RUN_AS": "$home" || exit 1
# Not root's: a test must not find its way into a home it cannot read.
export HOME="$home" USER="$RUN_AS" LOGNAME="$RUN_AS"
suite "gcc as an ordinary user" "$WORK/gcc" --no-suite arch --no-suite proof
