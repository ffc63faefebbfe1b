#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The launch tests under the kernel that Debian ships, in a virtual machine
# (software emulation will do): what newer kernels add is missing there, and
# the ways around it are taken.
#
#	sh ci/kernel.sh [seconds]	how long the machine may run (900)
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-900}
sh "$top/ci/setup.sh"

work=$(mktemp -d /tmp/caisson-kernel.XXXXXX)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP
chmod 755 "$work"

as_root() {
	if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo "$@"; fi
}
as_root apt-get install -y --no-install-recommends \
    qemu-system-x86 busybox-static cpio >"$work/apt.log" 2>&1 ||
    { tail -n 5 "$work/apt.log" >&2; exit 1; }
image=$(apt-cache depends linux-image-amd64 |
    awk '/Depends: linux-image/ { print $2; exit }')
(cd "$work" && apt-get download "$image" >/dev/null 2>&1 &&
    dpkg-deb -x "$image"*.deb kernel)

# The tests know their build directory: it has the same name in the machine.
build=$work/build
meson setup -Dbroken_variants=true "$build" "$top" >"$work/build.log" 2>&1 &&
    ninja -C "$build" >>"$work/build.log" 2>&1 ||
    { tail -n 20 "$work/build.log" >&2; exit 1; }

root=$work/root
mkdir -p "$root/bin" "$root/proc" "$root/sys" "$root/dev" "$root/tmp" \
    "$root/etc" "$root/usr/bin" "$root/root"
cp /bin/busybox "$root/bin/"
for name in sh mount ls cat echo sleep poweroff true false mkdir chmod uname \
    env id grep; do
	ln -s busybox "$root/bin/$name"
done
cp /etc/passwd /etc/group /etc/nsswitch.conf "$root/etc/"
for test in "$build"/tests/live/* "$build"/tests/variants/variants_* \
    "$build"/tests/support/* "$build"/src/cli/caisson; do
	case $test in
	*/fds_race | */threads_launch) continue ;; # long, and of no kernel
	esac
	[ -f "$test" ] && [ -x "$test" ] || continue
	mkdir -p "$root${test%/*}"
	cp "$test" "$root$test"
	# a static program has no libraries to list
	{ ldd "$test" 2>/dev/null || :; } | grep -o '/[^ ]*' || :
done | sort -u | while read -r library; do
	mkdir -p "$root${library%/*}"
	cp -L "$library" "$root$library"
done

cat >"$root/init" <<INIT
#!/bin/sh
export PATH=/bin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
chmod 1777 /tmp
echo "kernel \$(uname -r)"
for t in $build/tests/live/* $build/tests/variants/variants_*; do
	for mode in "" --as-user; do
		echo "test \${t##*/} \$mode"
		\$t \$mode 2>&1 | grep -v '\[ RUN'
	done
done
echo "all tests ran"
poweroff -f
INIT
chmod 755 "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"

timeout "$seconds" qemu-system-x86_64 -m 1500 -nographic -no-reboot \
    -kernel "$work"/kernel/boot/vmlinuz-* -initrd "$work/initrd" \
    -append 'console=ttyS0 quiet panic=1' </dev/null >"$work/log" 2>&1 || :
tr -d '\r' <"$work/log" >"$work/text"
grep -aE 'kernel [0-9]|FAILED|ERROR|LINE|^test ' "$work/text" || :
passed=$(grep -ac '^\[       OK \]' "$work/text" || :)
skipped=$(grep -acE '^\[  SKIPPED \] [a-z0-9_]+$' "$work/text" || :)
failed=$(grep -acE '^\[  FAILED  \] [a-z0-9_]+$' "$work/text" || :)
if ! grep -aq '^all tests ran' "$work/text"; then
	echo "the machine did not get to the end in $seconds s"
	failed=$((failed + 1))
fi
# cmocka names what it skips or fails a second time at the end
echo "$passed passed, $(((failed + 1) / 2)) failed, $(((skipped + 1) / 2)) skipped"
[ "$failed" -eq 0 ]
