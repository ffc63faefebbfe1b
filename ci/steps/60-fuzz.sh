# SPDX-License-Identifier: Apache-2.0
# AFL++ on every target of fuzz/, each for FUZZ_SECONDS: a crash or a hang is
# a failure, and its input is printed.
. "$SRC/ci/lib.sh"
sh "$SRC/ci/fuzz.sh" "${FUZZ_SECONDS:-20}"
