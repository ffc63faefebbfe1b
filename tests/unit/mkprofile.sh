#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# mkprofile.sh MKPROFILE ARCH: what the build's compiler of profiles does not
# understand ends the build with file, line and reason, and writes nothing.
set -u
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
n=0
bad=0

compile() {
	printf '%b\n' "$1" >"$dir/p"
	rm -f "$dir/o"
	"$mkprofile" "$arch" default "$dir/p" "$dir/o" 2>"$dir/e"
}

# refuse LINE REASON TEXT
refuse() {
	n=$((n + 1))
	if compile "$3"; then
		echo "accepted: $3"
	elif [ -e "$dir/o" ]; then
		echo "wrote something: $3"
	elif [ "$(cat "$dir/e")" != "$dir/p:$1: $2" ]; then
		echo "$3: not \"$1: $2\" but $(cat "$dir/e")"
	else
		return
	fi
	bad=$((bad + 1))
}

accept() {
	n=$((n + 1))
	compile "$1" && [ -s "$dir/o" ] && return
	echo "refused: $1: $(cat "$dir/e")"
	bad=$((bad + 1))
}

mkprofile=$1
arch=$2
top='@default return EPERM\n@unknown return ENOSYS\n'

accept "$top"
accept "${top}read: allow\n\n# a comment\n{write, exit}: allow # another"
accept "${top}ioctl: arg1 != TIOCSTI && arg1 != 0x541c"
accept "${top}personality: arg0 == 0 || arg0 == 8"
accept "${top}clone: arg0 in ~(CLONE_NEWNS|(CLONE_NEWPID|16))"
accept "${top}1000: return EINVAL"

refuse 2 'no @default or no @unknown' '@default return EPERM'
refuse 3 'here for the second time' "${top}@default return EPERM"
refuse 3 "$arch has no system call nosuch" "${top}nosuch: allow"
refuse 4 'number 1000 is in line 3 too' "${top}1000: allow\n1000: allow"
refuse 3 "$arch has no system call 1024" "${top}1024: allow"
refuse 3 'expected "}" at ": allow"' "${top}{read, write: allow"
refuse 3 'expected ":" at "allow"' "${top}read allow"
refuse 3 'expected "arg" at "permit"' "${top}read: permit"
refuse 3 'not understood: "ed"' "${top}read: allowed"
refuse 3 'not understood: "; return EPERM"' "${top}read: allow; return EPERM"
refuse 3 'expected a word at "@include ./x"' "${top}@include ./x"
refuse 3 'no such comparison here: "> 5"' "${top}ioctl: arg1 > 5"
refuse 3 'one argument, one comparison: no more here' \
	"${top}ioctl: arg1 == 1 || arg0 == 2"
refuse 3 'not understood: "|| arg1 != 2"' "${top}ioctl: arg1 != 1 || arg1 != 2"
refuse 3 'not understood: "&& arg1 == 2"' "${top}ioctl: arg1 == 1 && arg1 == 2"
refuse 3 'unknown constant NOPE' "${top}ioctl: arg1 == NOPE"
refuse 3 "value wider than ioctl's" "${top}ioctl: arg1 == 0x100000000"
refuse 3 'width of read arg0 not known' "${top}read: arg0 == 1"
refuse 3 'an expression has one name' "${top}{ioctl, read}: arg1 == 1"
refuse 3 'arguments are arg0 to arg5' "${top}ioctl: arg6 == 1"
refuse 3 'unknown arch nope' "${top}read[arch=nope]: allow"
refuse 3 'aarch64 has no system call access' "${top}access[arch=aarch64]: allow"
refuse 3 'unknown error EWHAT' "${top}read: return EWHAT"
refuse 3 'not a number: 017' "${top}017: allow"
refuse 3 'not a number: 18446744073709551616' \
	"${top}ioctl: arg1 == 18446744073709551616"
refuse 3 'too many parentheses' "${top}ioctl: arg1 == ((((((1))))))"
refuse 3 'expected a word at "-1"' "${top}socket: arg0 == -1"

echo "$n policies, $bad wrong"
[ $bad -eq 0 ]
