#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Everything built for aarch64 with Debian's cross compiler, and the tests that
# need no kernel run in an emulator of its programs.  The libraries for aarch64
# go into a directory of their own: this system's packages are left alone.
#
#	sh ci/cross.sh [seconds]	how long the tests may run (900)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-900}
triplet=aarch64-linux-gnu
if [ "$(uname -m)" = aarch64 ]; then
	echo "nothing to cross: this machine is an aarch64"
	echo "0 passed, 0 failed, 1 skipped"
	exit 0
fi
sh "$top/ci/setup.sh" build

work=$(mktemp -d /tmp/caisson-cross.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
unset MAKEFLAGS CC CFLAGS LDFLAGS CPPFLAGS DESTDIR

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
fail() {
	tail -n 20 "$1" >&2
	echo "0 passed, 1 failed, 0 skipped"
	exit 1
}
as_root apt-get install -y --no-install-recommends \
    gcc-$triplet libc6-dev-arm64-cross qemu-user libcmocka-dev \
    >"$work/apt.log" 2>&1 || fail "$work/apt.log"

# apt for another architecture, with lists and packages of its own.
mkdir -p "$work/apt/lists/partial" "$work/apt/archives/partial" "$work/root"
: >"$work/apt/status"
foreign() {
	apt-get -q -o APT::Architecture=arm64 -o APT::Architectures=arm64 \
	    -o APT::Sandbox::User= -o Dir::State="$work/apt" \
	    -o Dir::State::status="$work/apt/status" \
	    -o Dir::Cache="$work/apt" "$@"
}
(cd "$work" && foreign update && foreign download \
    libjansson4 libjansson-dev libcap-ng0 libcap-ng-dev \
    libseccomp2 libseccomp-dev libcmocka0 libcmocka-dev) \
    >"$work/apt.log" 2>&1 || fail "$work/apt.log"
for package in "$work"/*.deb; do
	dpkg-deb -x "$package" "$work/root"
done

cat >"$work/cross.ini" <<INI
[constants]
root = '$work/root'
libraries = root / 'usr/lib/$triplet'
[binaries]
c = ['$triplet-gcc', '-isystem', root / 'usr/include', '-L' + libraries]
ar = '$triplet-gcc-ar'
strip = '$triplet-strip'
pkgconfig = 'pkg-config'
exe_wrapper = ['qemu-aarch64', '-L', '/usr/$triplet',
	       '-E', 'LD_LIBRARY_PATH=' + libraries]
[properties]
sys_root = root
pkg_config_libdir = libraries / 'pkgconfig'
[host_machine]
system = 'linux'
cpu_family = 'aarch64'
cpu = 'aarch64'
endian = 'little'
INI
meson setup --werror --cross-file "$work/cross.ini" "$work/build" "$top" \
    >"$work/build.log" 2>&1 || fail "$work/build.log"
ninja -C "$work/build" >>"$work/build.log" 2>&1 || fail "$work/build.log"

timeout "$seconds" meson test -C "$work/build" --no-rebuild -t 3 \
    --suite unit --suite sim --print-errorlogs >"$work/test.log" 2>&1 || :
grep -aE '^ *[0-9]+/[0-9]+ .* (FAIL|SKIP|TIMEOUT|ERROR) |^\[ +(ERROR|LINE) ' \
    "$work/test.log" || :
count() {
	awk -v name="$1:" '$0 ~ "^" name { print $NF }' "$work/test.log"
}
passed=$(count Ok) failed=$(count Fail) skipped=$(count Skipped)
late=$(count Timeout)
if [ -z "$passed" ]; then
	echo "the tests did not end in $seconds s"
	failed=1
fi
echo "${passed:-0} passed, $((${failed:-0} + ${late:-0})) failed," \
    "${skipped:-0} skipped"
[ "$((${failed:-0} + ${late:-0}))" -eq 0 ]
