#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mkprofile.sh MKPROFILE: a policy that is wrong, or that no program could run
# under, ends the build with file, line and reason, and writes nothing.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
program=$1
n=0
bad=0

# In a cross build it runs in an emulator: a command and its arguments.
mkprofile() {
	${MESON_EXE_WRAPPER-} "$program" "$@"
}

compile() {
	printf '%b\n' "$1" >"$dir/a.policy"
	rm -f "$dir/o"
	mkprofile "$dir/o" "$dir/a.policy" 2>"$dir/e"
}

wrong() {
	echo "$1"
	bad=$((bad + 1))
}

# refuse WORDS TEXT
refuse() {
	n=$((n + 1))
	if compile "$2"; then
		wrong "accepted: $2"
	elif [ -e "$dir/o" ]; then
		wrong "wrote something: $2"
	elif ! grep -q "a[.]policy.*$1" "$dir/e"; then
		wrong "$2: not \"$1\" but $(cat "$dir/e")"
	fi
}

# accept TEXT
accept() {
	n=$((n + 1))
	if ! compile "$1"; then
		wrong "refused: $1: $(cat "$dir/e")"
	elif ! grep -q '{ "a", insns_0, [1-9][0-9]* }' "$dir/o"; then
		wrong "not in the table: $1"
	fi
}

top='@default return EPERM\n@unknown return ENOSYS\n'
start='{execve, exit_group}: allow\n'

accept "$top$start"
accept "$top${start}ioctl: arg1 != TIOCSTI && arg1 != 0x541c"
accept "$top${start}clone: arg0 in ~(CLONE_NEWNS|CLONE_NEWPID)"

refuse ':4:.*nosuch' "$top${start}nosuch: allow"
refuse ':4:' "$top${start}read: permit"
refuse ':4:' "$top${start}ioctl: arg6 == 1"
refuse ':4:.*NOPE' "$top${start}ioctl: arg1 == NOPE"
refuse 'exec' "${top}exit_group: allow"
refuse 'exit' "${top}execve: allow"

# Two policies are two filters, in their order; one that is wrong is the end.
n=$((n + 2))
printf '%b' "$top$start" >"$dir/a.policy"
printf '%b' "@default return ENOSYS\n$start" >"$dir/b.policy"
rm -f "$dir/o"
if ! mkprofile "$dir/o" "$dir/a.policy" "$dir/b.policy" ||
    [ "$(grep -Ec '^	\{ "(a", insns_0|b", insns_1), ' "$dir/o")" != 2 ] ||
    ! grep -q 'profile_builtin_count = 2;' "$dir/o"; then
	wrong "two policies are not two filters"
fi
echo 'nosuch: allow' >>"$dir/b.policy"
rm -f "$dir/o"
if mkprofile "$dir/o" "$dir/a.policy" "$dir/b.policy" 2>"$dir/e" ||
    [ -e "$dir/o" ]; then
	wrong "the second policy is wrong, and something was written"
fi

# Under another name it need not be one that programs start with.
n=$((n + 2))
printf '%b' "@default kill-process\nread: allow\n" >"$dir/a.policy"
rm -f "$dir/o"
if ! mkprofile -n other "$dir/o" "$dir/a.policy" ||
    ! grep -q 'other\[\] = {' "$dir/o" || grep -q builtin "$dir/o"; then
	wrong "no array of another name"
fi
rm -f "$dir/o"
if mkprofile "$dir/o" "$dir/a.policy" 2>"$dir/e" || [ -e "$dir/o" ]; then
	wrong "a profile that starts nothing was written"
fi

echo "$n policies, $bad wrong"
[ $bad -eq 0 ]
