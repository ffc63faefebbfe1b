#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every system call of the launcher and its children that fails, pretends, is
# cut short or during which the world changes; the tests try a part of it.
#
#	sh ci/fault-injection.sh		all: some hours
#	sh ci/fault-injection.sh SECONDS	as many, in random order, as fit in
#
# As root.  The status is non-zero if one of them was not as it must be, or if
# nothing was tried.
set -u

here=$(cd "$(dirname "$0")" && pwd) || exit 1
top=$(dirname "$here")
case ${1-} in
*[!0-9]*)
	echo "fault-injection: SECONDS is a number" >&2
	exit 2
	;;
esac
sh "$here/setup.sh" >&2 || exit 1

WORK=$(mktemp -d /tmp/caisson-inject.XXXXXX) || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$WORK"
export LC_ALL=C.UTF-8

made="$WORK/build"
if ! meson setup "$made" "$top" >"$WORK/log" 2>&1 ||
    ! ninja -C "$made" src/cli/caisson src/launcher/caisson-launcher \
	tests/launcher/injector tests/launcher/witness >>"$WORK/log" 2>&1; then
	tail -n 40 "$WORK/log" >&2
	exit 1
fi
export CAISSON="$made/src/cli/caisson"
export CAISSON_LAUNCHER="$made/src/launcher/caisson-launcher"
export INJECTOR="$made/tests/launcher/injector"
export WITNESS="$made/tests/launcher/witness"
export PYTHONPATH="$top/tests/launcher" PYTHONDONTWRITEBYTECODE=1
/usr/bin/python3 "$top/tests/launcher/inject.py" all ${1+"$1"}
