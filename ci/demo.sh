#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The main job, once, on a real program: install what is missing, build
# caisson, and let it compile a copy of itself with less than we have.  As
# root: as a throwaway user, found through the variables that sudo would set.
# At the end stands what was requested beside what the kernel says was applied.
set -eu
umask 022

top=$(cd "$(dirname "$0")/.." && pwd)
sh "$top/ci/setup.sh" build
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export LC_ALL=C.UTF-8

work=$(mktemp -d /tmp/caisson-demo.XXXXXX)
user=csdemo$$
cleanup() {
	cd /
	if [ -n "${made_user-}" ]; then
		userdel "$user" >/dev/null 2>&1 || :
		groupdel "$user-a" >/dev/null 2>&1 || :
		groupdel "$user-b" >/dev/null 2>&1 || :
	fi
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$work"

say() {
	printf '\n\033[1m%s\033[0m\n' "$*"
}
[ -t 1 ] || say() { printf '\n== %s\n' "$*"; }

say "1. Build caisson"
meson setup -Dbuildtype=release -Dtests=false "$work/build" "$top" \
    >"$work/build.log" 2>&1 && ninja -C "$work/build" >>"$work/build.log" 2>&1 ||
    { tail -n 40 "$work/build.log" >&2; exit 1; }
caisson=$work/build/src/cli/caisson
"$caisson" --version

say "2. Somebody to be"
mkdir "$work/home"
tar -C "$top" --exclude=./.git --exclude='./build*' --exclude='./b-*' \
    -cf - . | (mkdir "$work/home/caisson" && tar -C "$work/home/caisson" \
    --no-same-owner -xf -)
identity=
if [ "$(id -u)" -eq 0 ]; then
	made_user=yes
	groupadd "$user-a"
	groupadd "$user-b"
	useradd -M -d "$work/home" -s /bin/sh -G "$user-a,$user-b" "$user"
	chown -R "$user": "$work/home"
	# What sudo sets for the command that a user starts with it.
	SUDO_UID=$(id -u "$user")
	SUDO_GID=$(id -g "$user")
	export SUDO_UID SUDO_GID SUDO_USER="$user" SUDO_COMMAND=demo
	identity=--drop-sudo
	id "$user"
	echo "We are root, and set SUDO_UID=$SUDO_UID and SUDO_GID=$SUDO_GID as"
	echo "sudo would if $user had called us."
else
	id
	echo "We are an ordinary user, so the identity stays; run this as root"
	echo "to see it change."
fi

say "3. Compile a copy of caisson's own tree, confined"
# What the program sees of itself, then its work.
# shellcheck disable=SC2016 # expanded by the program's shell, not by ours
job='cat /proc/self/status >status
(ls -l /proc/$$/fd >fds)
env >environment
echo "$$ $(cut -d " " -f 5 /proc/$$/stat) $(pwd)" >process
meson setup b && ninja -C b'
echo "caisson run $identity --events-file EVENTS -C DIR -- sh -c JOB, where JOB is"
echo "$job" | sed 's/^/    /'
seconds=$(date +%s)
status=0
"$caisson" run $identity --events-file "$work/events" \
    -C "$work/home/caisson" -- sh -c "$job" </dev/null \
    >"$work/output" 2>&1 || status=$?
tail -n 3 "$work/output"
echo "exit status $status after $(($(date +%s) - seconds)) s"
[ -f "$work/home/caisson/process" ] || { cat "$work/output" >&2; exit 1; }

say "4. Requested, and applied"
if [ -n "$identity" ]; then
	set -- "$SUDO_UID" "$SUDO_GID" "$(id -G "$user")"
else
	set -- "$(id -u)" "$(id -g)" "$(id -G)"
fi
DEMO_UID=$(id -u) /usr/bin/python3 "$top/ci/demo_table.py" "$work/events" \
    "$work/home/caisson" "$@" || status=1

say "5. Refused, and told"
echo "caisson run $identity --log-denials -C / -- sh -c 'unshare -U true; dmesg'"
# shellcheck disable=SC2086 # an option, or none
"$caisson" run $identity --log-denials --events-file "$work/denied" -C / \
    -- sh -c 'unshare -U true; dmesg' || :
# Refused they must be, and reported by the rule that refuses.
grep -q '"event":"denied".*"syscall":"unshare"' "$work/denied" ||
    { echo "demo: no report of the refused call" >&2; status=1; }
grep -m 1 '"denied"' "$work/denied"
"$caisson" policy show default | tail -n 4
say "6. By a grant, as an ordinary user"
if [ "$(id -u)" -ne 0 ]; then
	echo "This needs root, who installs the launcher and writes grants."
elif ! unshare -m true 2>/dev/null; then
	echo "This needs a mount namespace, which is refused here."
else
	unshare -m sh "$top/ci/demo_grant.sh" "$work/build" "$work" || status=1
fi
exit "$status"
