#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# hostile.sh [SECONDS [SEED]]: the launcher under hostile start conditions, all
# pairs of them or as many as there is time for; then each class of attack, with
# the launcher broken in the ways that its test has to see.  The last line
# counts, as that of test.sh does.
set -u
here=$(cd "$(dirname "$0")" && pwd) || exit 1
seconds=${1:-0} seed=${2:-1}
sh "$here/setup.sh" build || exit 1
WORK=$(mktemp -d /tmp/caisson-hostile.XXXXXX) || exit 1
trap 'rm -rf "$WORK"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
umask 022
chmod 755 "$WORK"
SRC=$(dirname "$here") RESULTS=$WORK/results
: >"$RESULTS"
. "$here/lib.sh"

build hostile "$WORK/build" -Dbroken_variants=true || exit 1
b=$WORK/build tests=$SRC/tests/launcher
export CAISSON="$b/src/cli/caisson" CAISSON_LAUNCHER="$b/src/launcher/caisson-launcher"
export CAISSON_BROKEN="$b/tests/launcher/broken/launcher_broken"
export ATK="$b/tests/launcher/atk" REPORTER="$b/tests/support/reporter"
export PYTHONPATH="$tests" PYTHONDONTWRITEBYTECODE=1
ninja -C "$b" src/cli/caisson src/launcher/caisson-launcher tests/launcher/atk \
    tests/support/reporter tests/launcher/broken/launcher_broken >"$WORK/ninja" ||
    exit 1
attempt "hostile start conditions" \
    /usr/bin/python3 "$tests/matrix.py" "$seconds" "$seed"
for name in a1 a2 b c; do
	attempt "attacks: $name" /usr/bin/python3 "$tests/threats_$name.py"
done
passed=$(grep -c '^pass' "$RESULTS")
failed=$(grep -c '^fail' "$RESULTS")
skipped=$(grep -c '^skip' "$RESULTS")
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
