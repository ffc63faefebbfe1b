# SPDX-License-Identifier: Apache-2.0
# Four analysers, none of which may find anything.  What one of them is told
# to overlook stands with its reason in .clang-tidy, ci/cppcheck.suppress or
# ci/analyzer.suppress.
. "$SRC/ci/lib.sh"

attempt "gcc -fanalyzer" sh "$SRC/ci/analyzer.sh" "$SRC" "$WORK/analyzer"

export CC=clang
attempt "clang analysers: configure" meson setup -Dtests=false \
    "$WORK/tidy" "$SRC" || exit 1
# Generated sources must exist before anything is analysed.
attempt "clang analysers: compile" ninja -C "$WORK/tidy" || exit 1
find "$SRC/src" -name '*.c' | sort >"$WORK/tidy.files"
attempt "clang-tidy" xargs -P 2 -n 4 -a "$WORK/tidy.files" \
    clang-tidy --quiet --warnings-as-errors='*' -p "$WORK/tidy"
attempt "cppcheck" cppcheck --quiet --error-exitcode=1 -j 2 \
    --enable=warning,performance,portability --inline-suppr \
    --suppressions-list="$SRC/ci/cppcheck.suppress" --std=c11 \
    "-D__$(uname -m)__=1" \
    --project="$WORK/tidy/compile_commands.json" \
    --file-filter="$SRC/src/*"

unset CC
if attempt "scan-build: configure" scan-build --use-cc=clang \
    meson setup -Dtests=false "$WORK/scan" "$SRC"; then
	attempt "scan-build" scan-build -o "$WORK/found" --use-cc=clang --status-bugs \
	    ninja -C "$WORK/scan"
fi
exit 0
