#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The launch and filter tests under the kernel that Debian ships, in a virtual
# machine (software emulation will do): what newer kernels add is missing
# there, and the ways around it are taken.
#
#	sh ci/kernel.sh [seconds [directory...]]
#
# How long the machine may run (3600), and which directories of tests/live
# (with "." for itself), or tests/variants, are run there (all of these).
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
seconds=${1:-3600}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- . denials handshake monitor prior_art secrets speakers \
    variants
where=
for directory in "$@"; do
	case $directory in
	.) where="$where tests/live" ;;
	variants) where="$where tests/variants" ;;
	*) where="$where tests/live/$directory" ;;
	esac
done
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
# What tests read in the sources, and an interpreter for those written in it.
mkdir -p "$root$top/tests/live" "$root$top/docs"
cp -r "$top/policy" "$root$top/"
cp "$top"/docs/*.json "$root$top/docs/"
cp -r "$top/tests/live/denials" "$top"/tests/live/*.py "$root$top/tests/live/"
python=$(readlink -f /usr/bin/python3)
ln -s "${python##*/}" "$root/usr/bin/python3"
mkdir -p "$root/usr/lib"
(cd /usr/lib && find "${python##*/}" -name __pycache__ -prune -o \
    -name 'config-*' -prune -o -name test -prune -o -name idlelib -prune -o \
    -type f -print | cpio -pdm --quiet "$root/usr/lib")
for test in $(for directory in $where; do
	echo "$build/$directory"/*
done) "$build"/tests/support/* "$build"/src/cli/caisson "$python" \
    /usr/lib/"${python##*/}"/lib-dynload/*.so; do
	case $test in
	# long, and of no kernel
	*/fds_race | */threads_launch | */threads_monitor_many) continue ;;
	*/secrets_mixup) continue ;;
	esac
	case $test in
	*.so) ;;
	*)
		[ -f "$test" ] && [ -x "$test" ] || continue
		mkdir -p "$root${test%/*}"
		cp "$test" "$root$test"
		;;
	esac
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
run() {
	echo "test \$*"
	"\$@" >/tmp/out 2>&1
	status=\$?
	grep -v '\[ RUN' /tmp/out
	[ \$status -eq 0 ] || [ \$status -eq 77 ] || echo "FAILED: status \$status"
}
for directory in $where; do
	for t in $build/\$directory/*; do
		[ -f "\$t" ] || continue
		case \$t in
		*/caller | */pauser) continue ;; # what tests start
		esac
		for mode in "" --as-user; do
			run \$t \$mode
		done
	done
done
export CAISSON=$build/src/cli/caisson CALLER=$build/tests/live/denials/caller
export PYTHONDONTWRITEBYTECODE=1
case " $where " in
*denials*) run python3 $top/tests/live/denials/cli_denials.py ;;
esac
echo "all tests ran"
poweroff -f
INIT
chmod 755 "$root/init"
(cd "$root" && find . | cpio -o -H newc --quiet | gzip -1) >"$work/initrd"

# Not with KVM: in a virtual machine it may accept a guest that never starts.
timeout "$seconds" qemu-system-x86_64 -m 1500 -nographic -no-reboot \
    -kernel "$work"/kernel/boot/vmlinuz-* -initrd "$work/initrd" \
    -append 'console=ttyS0 quiet panic=1' </dev/null >"$work/log" 2>&1 || :
tr -d '\r' <"$work/log" >"$work/text"
grep -aE 'kernel [0-9]|FAILED|ERROR|LINE|^(test|not ok|#) ' "$work/text" || :
passed=$(grep -acE '^(\[       OK \]|ok [0-9]+ - [^#]*$)' "$work/text" || :)
# cmocka names what it skips a second time at the end
skipped=$(grep -acE '^\[  SKIPPED \] [a-z0-9_]+$' "$work/text" || :)
skipped=$(((skipped + 1) / 2 + $(grep -ac '^ok [0-9].* # SKIP' "$work/text" || :)))
failed=$(grep -ac '^FAILED: status' "$work/text" || :)
if ! grep -aq '^all tests ran' "$work/text"; then
	echo "the machine did not get to the end in $seconds s"
	failed=$((failed + 1))
fi
echo "$passed passed, $failed programs failed, $skipped skipped"
[ "$failed" -eq 0 ]
