#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# launcher_symbols.sh BUILD LAUNCHER: all that is linked into the setuid
# launcher needs nothing of libc but what stands in launcher.symbols.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

sh "$here/linked.sh" "$1" "$2" >"$work/linked" || exit 1
cd "$1" || exit 1
cut -d ' ' -f 1 "$work/linked" | xargs ar rcP "$work/launcher.a" || exit 1
sh "$here/child_symbols.sh" "$work/launcher.a" launcher
