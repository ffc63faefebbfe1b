#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# other.sh CAISSON true|false: a policy for an architecture that the generator
# is not for goes through libseccomp where the build has it, and what comes out
# is checked as any filter is; elsewhere it is refused.  libseccomp knows no socketcall calls of
# other machines, and says so.
set -u
program=$1 has=$2
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
bad=0

cat >"$dir/a.policy" <<'EOF'
@default return EPERM
@unknown return EPERM
{read, write, exit_group, execve}: allow
openat: arg2 & 0x40
lseek: arg1 >= 0x100000000
EOF
{ cat "$dir/a.policy"; echo 'socket: arg0 == 1'; } >"$dir/b.policy"

# In a cross build it runs in an emulator: a command and its arguments.
caisson() {
	${MESON_EXE_WRAPPER-} "$program" "$@"
}

# try POLICY ARCH REASON: without a reason a filter is made
try() {
	rm -f "$dir/o"
	caisson policy compile --arch "$2" -o "$dir/o" "$dir/$1" 2>"$dir/e"
	status=$?
	if [ -z "$3" ]; then
		[ $status -eq 0 ] && [ -s "$dir/o" ] && return
	elif [ $status -ne 0 ] && [ ! -e "$dir/o" ] && grep -q "$3" "$dir/e"; then
		return
	fi
	echo "$1 for $2: status $status: $(cat "$dir/e")"
	bad=$((bad + 1))
}

try a.policy x86_64 ''
if [ "$has" = true ]; then
	for arch in riscv64 mips64 ppc64le s390x; do
		try a.policy $arch ''
	done
	try b.policy s390x 'b[.]policy:6: libseccomp does not know this call'
else
	for arch in riscv64 mips64 ppc64le s390x; do
		try a.policy $arch 'filters are made for'
	done
fi
[ $bad -eq 0 ]
