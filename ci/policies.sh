#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# policies.sh COUNT|SECONDSs [SEED]: policies made by chance, so many of them or
# for so many seconds ("60s"), through both compilers; every filter is compared
# with the policy in the evaluator.  Nothing is loaded.  What fails is printed
# with the seed that makes it again.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
want=${1:?policies.sh COUNT|SECONDSs [SEED]}
seed=${2-1}
at_once=900 # a multiple of the kinds of policies

dir=$(mktemp -d /tmp/caisson-policies.XXXXXX)
trap 'rm -rf "$dir"' EXIT
if ! meson setup "$dir" "$here/.." >"$dir.log" 2>&1 ||
    ! ninja -C "$dir" tests/sim/policy_second/random_policies \
    >>"$dir.log" 2>&1; then
	tail -n 40 "$dir.log"
	rm -f "$dir.log"
	exit 1
fi
rm -f "$dir.log"

run() {
	"$dir/tests/sim/policy_second/random_policies" "$1" "$seed" \
	    >"$dir/out" || {
		cat "$dir/out"
		echo "policies: failed after $done_so_far"
		exit 1
	}
	seed=$((seed + $1))
	done_so_far=$((done_so_far + $1))
	skipped=$((skipped + $(sed 's/.*policies, //; s/ of.*//' "$dir/out" |
	    paste -sd+ -)))
}

done_so_far=0 skipped=0
case $want in
*s)
	end=$(($(date +%s) + ${want%s}))
	while [ "$(date +%s)" -lt "$end" ]; do
		run $at_once
	done
	;;
*)
	while [ $done_so_far -lt "$want" ]; do
		run $at_once
	done
	;;
esac
echo "policies: $done_so_far made, all right but for $skipped that were too much for" \
    "libseccomp"
