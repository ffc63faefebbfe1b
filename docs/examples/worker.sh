#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A worker in shell, as the agents here start it: caisson-handshake(7) says
# what is read and written.  A variable would lose the NULs of a secret and
# keep it in memory: hand it on through a pipe to what needs it.

# The next frame: 8 bytes of length, then so many.  No dd reads ahead.
frame()
{
	# shellcheck disable=SC2046 # eight words
	set -- $(dd bs=1 count=8 <&3 2>/dev/null | od -An -tu1)
	[ "$1$2$3$4" = 0000 ] || return 1
	dd bs=1 count=$(($5 << 24 | $6 << 16 | $7 << 8 | $8)) <&3 2>/dev/null
}

tell()
{
	printf '%s\377' "$1" >&4 # one write
	exec 4>&-
}

if [ "$CAISSON_EXEC_VERSION" != 1 ]; then
	echo "worker.sh: not started by caisson" >&2
	exit 1
fi
unset CAISSON_EXEC_VERSION
order=$(frame) || exit 1
key_bytes=$(frame | wc -c)
exec 3<&-

[ "$order" != die ] || exit 3 # as a bug would: without a word
if [ "$order" != work ] || [ "$key_bytes" -ne 32 ]; then
	tell "failed::this is not work"
	exit 1
fi
# Before it is said that we are ready: no SIGTERM is early.
trap 'exit 0' TERM
tell "ready::$$"
sleep 600 &
wait
