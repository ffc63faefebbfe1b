#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Install what building, testing and the demonstration need, and only what is
# missing.  Debian 12 or newer; root, or an account that may use sudo.
#
#	sh ci/setup.sh		everything
#	sh ci/setup.sh build	what building needs, no more
set -eu

packages='
meson ninja-build gcc libc6-dev pkg-config git python3 procps util-linux passwd
libseccomp-dev libcap-ng-dev libjansson-dev libcmocka-dev'
# The tools that check, and those that the tests launch.
[ "${1-}" = build ] || packages="$packages
clang clang-tidy clang-tools clang-format libclang-rt-14-dev afl++ cppcheck
mandoc strace valgrind keyutils sudo cloc z3 python3-jsonschema
golang-github-containers-common crun systemd bash make python3-pip curl sqlite3
openssh-client gdb"

if ! command -v dpkg-query >/dev/null 2>&1; then
	echo "setup: not a Debian system; install by hand:" $packages >&2
	exit 1
fi

missing=
for p in $packages; do
	# shellcheck disable=SC2016 # the variables are dpkg-query's
	status=$(dpkg-query -W -f='${db:Status-Status}' "$p" 2>/dev/null) ||
	    status=
	[ "$status" = installed ] || missing="$missing $p"
done
# npm comes with some packages of nodejs, with Debian's it is one of its own.
[ "${1-}" = build ] || command -v npm >/dev/null 2>&1 || missing="$missing npm"
if [ -z "$missing" ]; then
	echo "setup: nothing is missing"
	exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
	if ! command -v sudo >/dev/null 2>&1; then
		echo "setup: needs root (or sudo) to install:$missing" >&2
		exit 1
	fi
	as_root='sudo -n'
fi

echo "setup: installing$missing"
# sudo forgets variables, so env(1) stands after it.
apt="$as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y"
$apt -o DPkg::Lock::Timeout=300 update
# shellcheck disable=SC2086 # a list
$apt -o DPkg::Lock::Timeout=300 install --no-install-recommends $missing
