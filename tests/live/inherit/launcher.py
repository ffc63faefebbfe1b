# SPDX-License-Identifier: Apache-2.0
"""A launcher made of system calls: the three protocols as raw bytes, nothing
of the library."""
import fcntl
import functools
import os
import signal
import socket
import struct
import sys
import threading

INHERITOR = os.path.abspath(sys.argv.pop(1))
F_SETPIPE_SZ = 1031
PREFIX = {'v23': bytes.fromhex('8151060501030203e152'),
          'veyron': bytes.fromhex('ff8106160103010300ff82')}
VARIABLE = {'caisson': 'CAISSON_EXEC_VERSION=1',
            'v23': 'V23_EXEC_VERSION=1.0.0',
            'veyron': 'VEYRON_EXEC_VERSION=1.0.0'}
PROTOCOLS = tuple(VARIABLE)

# What we were started with is not for the programs that we start.
for entry in os.listdir('/proc/self/fd'):
    if int(entry) > 2 and os.path.exists('/proc/self/fd/' + entry):
        os.set_inheritable(int(entry), False)


def number(n):
    """An unsigned number as VOM has it."""
    if n < 0x80:
        return bytes([n])
    text = n.to_bytes((n.bit_length() + 7) // 8, 'big')
    return bytes([256 - len(text)]) + text


def vom(protocol, entries):
    body = number(len(entries))
    for key, value in entries:
        body += number(len(key)) + key + number(len(value)) + value
    return PREFIX[protocol] + number(len(body)) + body


def config_for(protocol, size=0):
    """Some configuration of this protocol, with so many bytes in it."""
    content = bytes(i * 7 % 251 for i in range(size))
    return content if protocol == 'caisson' else vom(protocol, [(b'k', content)])


def frames(config, secret):
    return (struct.pack('>q', len(config)) + config +
            struct.pack('>q', len(secret)) + secret)


@functools.lru_cache(maxsize=64)
def fnv(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 & 0xffffffffffffffff
    return '%016x' % value


def bytes_line(name, data):
    return '%s %d %s' % (name, len(data), fnv(data))


def high(fd):
    """The same, out of the way of the numbers that a program gets."""
    moved = fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 100)
    os.close(fd)
    return moved


def pipe(size=None):
    reader, writer = os.pipe()
    if size is not None:
        fcntl.fcntl(writer, F_SETPIPE_SZ, size)
    return high(reader), high(writer)


def write_all(fd, data, piece):
    """Somebody who may be slow; gives up when nobody reads any more."""
    try:
        while data:
            data = data[os.write(fd, data[:piece]):]
    except (BrokenPipeError, ConnectionResetError):
        pass
    finally:
        os.close(fd)


# Each gives the end for the program, and what is still to be done.
def in_a_pipe_at_once(data):
    try:
        reader, writer = pipe(max(len(data), 4096))
    except PermissionError:
        return through_a_pipe(data, 65536)
    assert os.write(writer, data) == len(data)
    os.close(writer)
    return reader, None


def through_a_pipe(data, piece):
    reader, writer = pipe()
    thread = threading.Thread(target=write_all, args=(writer, data, piece))
    thread.start()
    return reader, thread


def through_a_socket(data, piece=10000):
    ours, theirs = socket.socketpair()
    thread = threading.Thread(target=write_all,
                              args=(high(ours.detach()), data, piece))
    thread.start()
    return high(theirs.detach()), thread


def in_a_memfd(data):
    fd = os.memfd_create('test', os.MFD_CLOEXEC)
    write_all(os.dup(fd), data, 1 << 20)
    os.lseek(fd, 0, os.SEEK_SET)
    return high(fd), None


class Program:
    """The inheritor, with descriptors of ours at numbers of ours."""

    def __init__(self, steps, env=(), fds=None, path=INHERITOR):
        reader, writer = pipe()
        stdin, self.stdin = pipe()
        actions = [(os.POSIX_SPAWN_DUP2, stdin, 0),
                   (os.POSIX_SPAWN_DUP2, writer, 1)]
        for number_there, fd in sorted((fds or {}).items()):
            actions.append((os.POSIX_SPAWN_DUP2, fd, number_there))
        environment = {}
        for entry in env:
            name, value = entry.split('=', 1)
            environment[name] = value
        self.pid = os.posix_spawn(path, ['inheritor', *steps], environment,
                                  file_actions=actions,
                                  setsigdef=[signal.SIGPIPE])
        os.close(writer)
        os.close(stdin)
        self.out = os.fdopen(reader, 'rb')

    def line(self):
        return self.out.readline().decode().rstrip('\n')

    def go_on(self):
        os.write(self.stdin, b'\n')

    def finish(self):
        """(exit status, lines)"""
        lines = self.out.read().decode('utf-8', 'backslashreplace')
        self.out.close()
        os.close(self.stdin)
        _, status = os.waitpid(self.pid, 0)
        return os.waitstatus_to_exitcode(status), lines.splitlines()


class Handshake:
    """A program of a protocol; data is (descriptor, thread) as above, or bytes."""

    def __init__(self, protocol, steps, data=None, at=(3, 4), env=(), fds=None,
                 status=None, path=INHERITOR):
        if data is None:
            data = frames(config_for(protocol), b'secret')
        if isinstance(data, bytes):
            data = in_a_pipe_at_once(data)
        reader, self.thread = data
        self.status, writer = status or pipe()
        self.protocol = protocol
        self.program = Program(steps, [VARIABLE[protocol], *env],
                               {at[0]: reader, at[1]: writer, **(fds or {})}, path)
        self.pid = self.program.pid
        os.close(reader)
        os.close(writer)

    def finish(self):
        """(exit status, lines, status bytes); the program closed its end"""
        said = b''
        while self.status >= 0 and (more := os.read(self.status, 65536)):
            said += more
        self.stop_listening()
        code, lines = self.program.finish()
        if self.thread:
            self.thread.join()
        return code, lines, said

    def stop_listening(self):
        if self.status >= 0:
            os.close(self.status)
        self.status = -1

    def ready(self):
        """What it says when it is ready."""
        return {'caisson': b'ready::%d\xff' % self.pid,
                'v23': b'ready::%d\xff' % self.pid,
                'veyron': b'ready::'}[self.protocol]
