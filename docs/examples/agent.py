#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An agent that starts workers by the command `caisson run`, all at once.

    ./agent.py ./worker.py 12

Each worker is handed a configuration and a secret of its own; when it is ready
it is stopped again, and how it ended is printed.  Nothing but the standard
library is needed; another language would do the same with processes and pipes.
"""

import asyncio
import contextlib
import json
import os
import secrets
import signal
import sys

CAISSON = os.environ.get("CAISSON", "caisson")
ORDERS = ["work", "refuse", "work", "die"]


def specification(worker, order):
    return json.dumps({
        "version": 1,
        "path": worker,
        "env": {"PATH": "/usr/bin:/bin"},
        "stdio": {"stdin": "null"},
        "handshake": {"protocol": "caisson", "config": order},
        "timeout_ms": 600000,
    }).encode()


def secret_pipe(secret):
    """The end to read from.  A pipe holds so little, so this never blocks;
    more is written by somebody else while caisson reads."""
    reader, writer = os.pipe()
    os.write(writer, secret)
    os.close(writer)
    return reader


async def start(worker, order):
    """The process, and the stream of its events."""
    secret = secret_pipe(secrets.token_bytes(32))
    reader, writer = os.pipe()
    try:
        process = await asyncio.create_subprocess_exec(
            CAISSON, "run", "--quiet", "--spec", "-",
            "--events-fd", str(writer), "--secret-fd", str(secret),
            "--ready-timeout", "30s", "--die-with-parent",
            stdin=asyncio.subprocess.PIPE, pass_fds=(writer, secret))
    except BaseException:
        os.close(reader)
        raise
    finally:
        # Only caisson has these now, so the events end when it does.
        os.close(writer)
        os.close(secret)
    events = asyncio.StreamReader(limit=1 << 20)  # bytes of a line
    await asyncio.get_running_loop().connect_read_pipe(
        lambda: asyncio.StreamReaderProtocol(events), open(reader, "rb"))
    process.stdin.write(specification(worker, order))
    process.stdin.close()
    return process, events


async def supervise(number, worker, order):
    process, events = await start(worker, order)
    async for line in events:
        event = json.loads(line)
        name = event["event"]
        if name == "ready":
            print("worker %d: ready" % number)
            # Here its work would begin.  This agent has none.  caisson
            # passes SIGTERM on to the worker and its process group.
            with contextlib.suppress(ProcessLookupError):  # it has ended
                process.send_signal(signal.SIGTERM)
        elif name == "failed":
            print("worker %d: failed: %s" % (number, event["message"]))
        elif name == "died-before-ready":
            print("worker %d: died before it was ready" % number)
        elif name == "not-ready":  # late, lying, or not to be understood
            print("worker %d: not ready: %s" % (number, event["reason"]))
        elif name == "exited" and event["how"] == "exited":
            print("worker %d: exit status %d" % (number, event["value"]))
        elif name == "exited":
            print("worker %d: %s" % (number, event.get("signal", "lost")))
        elif name == "error":  # nothing of it ran
            print("worker %d: %s" % (number, event["message"]))
    # caisson's own status: the worker's, or 125 for one that was not ready.
    return await process.wait()


async def main():
    if len(sys.argv) < 2:
        sys.exit("usage: agent.py worker [workers]")
    worker = os.path.realpath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 4
    statuses = await asyncio.gather(*(
        supervise(n, worker, ORDERS[n % 4]) for n in range(count)))
    print("statuses:", *statuses)


if __name__ == "__main__":
    asyncio.run(main())
