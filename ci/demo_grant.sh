#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# demo_grant.sh BUILD WORK: an ordinary user runs make as another one, because a
# grant says so.  As root, in a mount namespace of its own (unshare -m): users,
# grants and an installed caisson that nobody else sees, gone when it ends.
set -eu
umask 022
build=$1 work=$2
mkdir "$work/root" "$work/etc"

DESTDIR=$work/root meson install -C "$build" --no-rebuild >/dev/null
mount --make-rprivate /
cp -a /etc/. "$work/etc"
mount --bind "$work/etc" /etc
for place in /run /var/lib /usr/local; do
	mount -t tmpfs -o mode=755 demo "$place"
done
cp -a "$work/root/usr/local/." /usr/local
export PATH=/usr/local/bin:/usr/bin:/bin

base=$((70000000 + $$ % 1000000 * 4))
rm -rf /etc/caisson
mkdir -p /etc/caisson /var/lib/caisson /run/home/agent/project
for name in agent builder; do
	base=$((base + 1))
	echo "$name:x:$base:$base::/run/home/$name:/bin/sh" >>/etc/passwd
	echo "$name:x:$base:" >>/etc/group
done
echo "caisson:x:$((base + 1)):agent" >>/etc/group

launcher=/usr/local/libexec/caisson-launcher
chown root:caisson $launcher
chmod 4750 $launcher
stat -c '%A %U:%G %n' $launcher

cat >/etc/caisson/grants <<END
permit user agent as user builder {
	program $(realpath /usr/bin/make)
	env PATH HOME USER LOGNAME SHELL
	env TERM LANG LC_* TZ
	seccomp default
	rlimit nofile 1024
	timeout 11min
	terminal
}
expect deny user agent as user builder $(realpath /usr/bin/env)
END
sed 's/^/    /' /etc/caisson/grants
caisson grants apply -q

# shellcheck disable=SC2016 # expanded by make's shell
printf 'all:\n\t@echo "made by $$(id -un)"\n' >/run/home/agent/project/Makefile
agent() {
	setpriv --reuid agent --regid agent --init-groups --reset-env \
	    env PATH="$PATH" "$@"
}
set -- run --user builder --rlimit nofile=512 --timeout 10m \
    -C /run/home/agent/project

echo
echo "agent\$ caisson grants why SPEC"
agent caisson "$@" --print-spec -- make | agent caisson grants why -q -
echo
echo "agent\$ caisson $* -- make"
: >"$work/granted"
chmod 666 "$work/granted"
agent caisson "$@" --events-file "$work/granted" -- make </dev/null
echo
/usr/bin/python3 - "$work/granted" <<'END'
import json
import sys

started, exited = map(json.loads, open(sys.argv[1]))
applied = started["applied"]
assert started["engine"] == "launcher" and exited["value"] == 0
print("applied: by %s, %s" % (started["engine"], started["grant"]))
for name in ("uid", "gid", "groups", "no_new_privs", "seccomp"):
    print("  %-13s %s" % (name, applied[name]))
for name, value in applied["capabilities"].items():
    print("  %-13s %s" % (name, value))
END
echo
echo "agent\$ caisson run --user builder -- env"
if agent caisson run --user builder -- env; then
	echo "demo: this should have been denied" >&2
	exit 1
fi
