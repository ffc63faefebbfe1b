# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=sh
# A clean install with the setuid launcher, used by an ordinary user, and taken
# away again: over an overlay on /usr.
. "$SRC/ci/lib.sh"

if build install "$WORK/install" --prefix=/usr -Dtests=false \
    -Dlauncher_setuid=true; then
	attempt "install: as an ordinary user with a grant" \
	    env PYTHONPATH="$SRC/tests/launcher" PYTHONDONTWRITEBYTECODE=1 \
	    /usr/bin/python3 "$SRC/tests/launcher/install.py" "$WORK/install"
fi
