#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# bans.sh TREE: src makes no banned call (the list is the file bans beside
# this one), opens nothing that is not close-on-exec, and has preprocessor
# conditions only in base/compat.h, but for include guards and C++.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
cd "$1" || exit 1
bad=$(mktemp) || exit 1
trap 'rm -f "$bad"' EXIT

# Is the file one of these patterns?
allowed='
function allowed(patterns,   part, n, i) {
	n = split(patterns, part, "|")
	for (i = 1; i <= n; i++) {
		gsub(/[.]/, "[.]", part[i])
		gsub(/[*]/, ".*", part[i])
		if (file ~ "^" part[i] "$")
			return 1
	}
	return 0
}
'

check_calls() {
	awk -v list="$here/bans" -v file="$1" "$allowed"'
	BEGIN {
		FS = "\t"
		while ((getline < list) > 0)
			if ($0 !~ /^[#@]/ && NF == 3 && !allowed($2)) {
				calls[++n] = "(^|[^A-Za-z0-9_.>])(" $1 ")[ \t]*[(]"
				why[n] = $3
			}
		FS = " "
	}
	/^[ \t]*#/ {
		next
	}
	{
		for (i = 1; i <= n; i++)
			if ($0 ~ calls[i])
				print file ":" FNR ": banned (" why[i] "): " $0
	}'
}

# A call may go over several lines: up to its semicolon.
check_opens() {
	awk -v list="$here/bans" -v file="$1" "$allowed"'
	BEGIN {
		FS = "\t"
		while ((getline < list) > 0)
			if ($1 == "@open" && allowed($2))
				exit
		FS = " "
	}
	/^[ \t]*#/ {
		next
	}
	statement == "" && /(^|[^A-Za-z0-9_])(open|openat|open64|SYS_open|SYS_openat|memfd_create|SYS_memfd_create|pipe2|SYS_pipe2|pipe|socketpair|socket|accept4|accept|dup|dup2|creat|eventfd|signalfd|timerfd_create|inotify_init1|epoll_create1)[ \t]*[(,]/ {
		line = FNR
		statement = " "
	}
	statement != "" {
		statement = statement $0
		if ($0 ~ /[;{]/) {
			if (statement !~ /CLOEXEC/)
				print file ":" line ": not close-on-exec:" \
				    statement
			statement = ""
		}
	}'
}

check_conditions() {
	awk -v file="$1" '
	/^[ \t]*#[ \t]*(if|elif)/ {
		if ($0 ~ /^#ifndef [A-Z_]*_H$/ || $0 ~ /^#ifdef __cplusplus$/)
			next
		print file ":" FNR ": a condition outside base/compat.h: " $0
	}'
}

n=0
for f in $(find src -name '*.[ch]' | sort); do
	n=$((n + 1))
	awk -f "$here/strip.awk" "$f" >"$bad.c"
	check_calls "$f" <"$bad.c"
	check_opens "$f" <"$bad.c"
	grep -n 'fopen *(' "$f" | grep -v '"[rwab+]*e"' |
	    sed "s|^|$f: not close-on-exec: |"
	[ "$f" = src/base/compat.h ] || check_conditions "$f" <"$bad.c"
done >"$bad"
rm -f "$bad.c"
if [ $n -eq 0 ]; then
	echo "no source found: nothing was checked"
	exit 1
fi
cat "$bad"
[ ! -s "$bad" ]
