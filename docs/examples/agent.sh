#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An agent in shell:
#
#	./agent.sh ./worker.sh work refuse die
#
# For each order it starts the worker, with a new key; when the worker is ready
# it is stopped again, and how it ended is printed.

[ $# -ge 2 ] || { echo "usage: agent.sh worker order..." >&2; exit 2; }
worker=$1
shift
dir=$(mktemp -d) || exit 1
trap 'rm -r "$dir"' EXIT
mkfifo "$dir/events"

for order; do
	printf %s "$order" >"$dir/order"
	# The secret comes through a pipe and was in no file and no variable.
	# The events end with caisson, which nobody else writes.
	head -c 32 /dev/urandom |
	    "${CAISSON:-caisson}" run --quiet --handshake caisson \
		--config "$dir/order" --secret-fd 0 --ready-timeout 30s \
		--die-with-parent --events-fd 3 -- "$worker" \
		3>"$dir/events" 2>"$dir/errors" &
	caisson=$!
	while read -r event; do
		case $event in
		*'"event":"ready"'*)
			echo "$order: ready"
			kill "$caisson" # SIGTERM is passed on to the worker
			;;
		esac
	done <"$dir/events"
	wait "$caisson"
	echo "$order: status $?" # 125: it was not ready, and here is why
	cat "$dir/errors" >&2
done
