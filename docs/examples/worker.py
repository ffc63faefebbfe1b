#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A worker, as agent.py starts it, without any library: caisson-handshake(7)
says what is read and written here."""

import os
import signal
import struct
import sys

LIMIT = 1 << 20


def frame(data):
    """8 bytes of length, big-endian, then so many bytes."""
    (length,) = struct.unpack(">q", data.read(8))
    if not 0 <= length <= LIMIT:
        raise ValueError("a frame of %d bytes" % length)
    content = data.read(length)
    if len(content) != length:
        raise ValueError("a frame that is cut short")
    return content


def tell(status):
    os.write(4, status + b"\xff")  # at most 4096 bytes: one write is enough
    os.close(4)


if os.environ.pop("CAISSON_EXEC_VERSION", "") != "1":
    sys.exit("worker.py: not started by caisson")
os.set_inheritable(4, False)
with open(3, "rb") as data:
    config, secret = frame(data), frame(data)

if config == b"die":
    sys.exit(3)  # as a bug would: without a word
if config != b"work" or len(secret) != 32:
    tell(b"failed::this is not work")
    sys.exit(1)
# Blocked before it is said that we are ready: no SIGTERM is early.
signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
tell(b"ready::%d" % os.getpid())
signal.sigwait({signal.SIGTERM})
