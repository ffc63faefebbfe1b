# SPDX-License-Identifier: Apache-2.0
# The code is as clang-format leaves it; the scripts parse.
. "$SRC/ci/lib.sh"

find "$SRC/src" "$SRC/tests" "$SRC/fuzz" -name '*.[ch]' \
    ! -path '*/fixtures/*' | sort >"$WORK/format.files"
attempt "clang-format" xargs -a "$WORK/format.files" \
    clang-format --dry-run -Werror
for script in "$SRC"/ci/*.sh "$SRC"/ci/steps/*.sh "$SRC"/tests/arch/*.sh; do
	sh -n "$script"
done >"$WORK/scripts.log" 2>&1
attempt "scripts parse" test ! -s "$WORK/scripts.log"
exit 0
