# SPDX-License-Identifier: Apache-2.0
# Every error of secrets, of the handshake and of the monitor is reached: seen
# by coverage.
. "$SRC/ci/lib.sh"

attempt "every error of secrets is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" \
    src/base/secret.c 8 \
    tests/unit/handshake/test_secret \
    tests/unit/handshake/test_secret_kernel \
    tests/unit/handshake/test_secret_read \
    tests/unit/handshake/test_handshake_memory
attempt "every error of the handshake is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" \
    src/handshake 40 \
    tests/unit/handshake/test_config \
    tests/unit/handshake/test_handshake_memory \
    tests/unit/handshake/test_inherit_secure \
    tests/unit/handshake/test_payload \
    tests/unit/handshake/test_vom \
    tests/unit/handshake/test_vom_refusals \
    tests/live/inherit/inheritor@tests/live/inherit/parent.py \
    tests/live/inherit/inheritor@tests/live/inherit/answers.py
# what these tests launch
ninja -C "$WORK/sites" tests/support/reporter tests/support/speaker \
    tests/support/census tests/live/monitor/pauser >"$WORK/log" 2>&1
attempt "every error of the monitor is reached" \
    sh "$SRC/tests/unit/error_sites.sh" "$SRC" "$WORK/sites" \
    src/run/monitor 20 \
    tests/live/monitor/monitor_errors \
    tests/live/monitor/monitor_kernel \
    tests/live/monitor/monitor_memory \
    tests/live/monitor/monitor_parent \
    tests/live/monitor/monitor_watch
exit 0
