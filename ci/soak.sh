#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# soak.sh SECONDS: the property tests again and again, each round with another
# seed and more launches, until so much time has passed; the round that is
# under way then is finished.  The last line counts, as that of test.sh does.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
seconds=${1:?soak.sh SECONDS}
sh "$here/setup.sh" build || exit 1
WORK=$(mktemp -d /tmp/caisson-soak.XXXXXX) || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
umask 022
chmod 755 "$WORK"
SRC=$(dirname "$here") RESULTS=$WORK/results
: >"$RESULTS"
. "$here/lib.sh"

build soak "$WORK/build" || exit 1
live=$WORK/build/tests/live root=$WORK/build/tests/root
end=$(($(date +%s) + seconds))
round=0
while [ "$(date +%s)" -lt "$end" ]; do
	round=$((round + 1))
	attempt "round $round: descriptor maps" \
	    "$live/fds_maps" --maps=$((round * 300)) --seed=$round
	attempt "round $round: descriptors while others open some" \
	    "$live/fds_race" --launches=$((round * 5000))
	attempt "round $round: many threads" \
	    "$live/threads_launch" --launches=$((round * 200))
	attempt "round $round: agents that are killed" \
	    "$live/monitor/monitor_killed" --points=$((round * 1000)) --seed=$round
	attempt "round $round: ten thousand children" \
	    "$live/monitor/monitor_scale" --children=10000
	attempt "round $round: keyrings" \
	    "$root/root_keyring" --root --launches=$((round * 1000))
done
passed=$(grep -c '^pass' "$RESULTS")
failed=$(grep -c '^fail' "$RESULTS")
skipped=$(grep -c '^skip' "$RESULTS")
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
