#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# install.sh FILE GROUP: what was installed as FILE becomes root's and setuid,
# for the members of GROUP alone.  Until then it has no bit, and if something
# is wrong it gets none.
set -u
file=${MESON_INSTALL_DESTDIR_PREFIX%"$MESON_INSTALL_PREFIX"}$1
group=$2

if ! getent group "$group" >/dev/null; then
	echo "caisson-launcher is installed without its setuid bit: there is no" \
	    "group '$group' whose members may use it." >&2
	echo "Make it (groupadd --system $group), or name another" \
	    "(-Dlauncher_group=NAME), and install again." >&2
	exit 1
fi
# In this order: a change of owner takes the bit away.
if ! chown "root:$group" "$file" || ! chmod 4750 "$file"; then
	chmod 0755 "$file"
	echo "caisson-launcher is installed without its setuid bit: that takes" \
	    "root.  For a package leave it off (-Dlauncher_setuid=false) and" \
	    "set owner and mode when it is unpacked." >&2
	exit 1
fi
