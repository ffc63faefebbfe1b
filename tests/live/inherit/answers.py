# SPDX-License-Identifier: Apache-2.0
"""What the program of a handshake answers, byte for byte, and what it leaves
behind: signals, descriptors, memory, forks."""
import fcntl
import os
import signal
import time
import unittest

from launcher import (PROTOCOLS, Handshake, bytes_line, config_for, frames,
                      high, in_a_memfd, pipe, through_a_pipe)

USAGE, SYSTEM, TIMEOUT = -4, -6, -11
EPIPE = 32
END = {'caisson': b'\xff', 'v23': b'\xff', 'veyron': b''}


def codes(lines, word):
    return [int(line.split()[1]) for line in lines
            if line.split()[0] == word]


def is_blocked(pid, signo):
    with open('/proc/%d/status' % pid, encoding='utf-8') as status:
        mask = next(line for line in status if line.startswith('SigBlk:'))
    return int(mask.split()[1], 16) >> (signo - 1) & 1


def full_pipe():
    reader, writer = pipe()
    os.set_blocking(writer, False)
    filler = 0
    try:
        while True:
            filler += os.write(writer, bytes(4096))
    except BlockingIOError:
        return reader, writer, filler


class Answers(unittest.TestCase):
    def test_ready_is_said_once(self):
        for protocol in PROTOCOLS:
            handshake = Handshake(protocol, ['inherit', 'ready', 'fd', '4',
                                             'ready', 'failed', 'no', 'ready'])
            code, lines, said = handshake.finish()
            self.assertEqual(lines[:4], ['inherit 0', 'ready 0', 'fd 4 closed',
                                         'ready 0'])
            self.assertEqual(codes(lines, 'failed'), [USAGE])
            self.assertEqual((code, lines[-1]), (0, 'ready 0'))
            self.assertEqual(said, handshake.ready())

    def test_failed_is_said_once(self):
        for protocol in PROTOCOLS:
            _, lines, said = Handshake(protocol, [
                'inherit', 'failed', 'no disk', 'failed', 'no light',
                'ready']).finish()
            self.assertEqual(codes(lines, 'failed'), [0, 0])
            self.assertEqual(codes(lines, 'ready'), [USAGE])
            self.assertEqual(said, b'failed::no disk' + END[protocol])

    def test_bytes_that_are_no_utf8_are_replaced(self):
        for text, expected in ((b'a\xffb', b'a\xef\xbf\xbdb'), (b'', b''),
                               ('dur\u00e9e \U0001f600'.encode(), None),
                               (b'\xc3', b'\xef\xbf\xbd'),
                               (b'\xed\xa0\x80', b'\xef\xbf\xbd' * 3)):
            for protocol in PROTOCOLS:
                _, _, said = Handshake(protocol, ['inherit', 'failed',
                                                  text]).finish()
                self.assertEqual(said, b'failed::' + (
                    text if expected is None else expected) + END[protocol])

    def test_a_long_text_is_cut_and_ended(self):
        for length in (4086, 4087, 4088, 100000):
            _, lines, said = Handshake('v23', ['inherit', 'failed',
                                               'x' * length]).finish()
            self.assertEqual(lines, ['inherit 0', 'failed 0'])
            self.assertEqual(said, b'failed::' + b'x' * min(length, 4087) +
                             b'\xff')

    def test_without_an_answer_there_is_none(self):
        """The positive control: the status closes, and is empty."""
        _, lines, said = Handshake('caisson', ['inherit']).finish()
        self.assertEqual((lines, said), (['inherit 0'], b''))

    def test_eight_threads_inherit_one_object_and_answer_once(self):
        for protocol in PROTOCOLS:
            for _ in range(10):
                handshake = Handshake(protocol, ['threads', 'look', 'ready'])
                code, lines, said = handshake.finish()
                self.assertEqual(lines[0], 'threads 8')
                self.assertIn(bytes_line('secret', b'secret'), lines)
                self.assertEqual((code, said), (0, handshake.ready()))

    def test_threads_share_what_arrives_slowly(self):
        secret = bytes(range(256)) * 8
        _, lines, _ = Handshake('caisson', ['threads', 'look'], through_a_pipe(
            frames(b'c', secret), 1)).finish()
        self.assertEqual(lines[0], 'threads 8')
        self.assertIn(bytes_line('secret', secret), lines)


class Nobody(unittest.TestCase):
    """Nobody listens, or nobody reads."""

    def unheard(self, steps):
        handshake = Handshake('caisson', ['inherit', 'line', *steps])
        while handshake.program.line() != 'waiting':
            pass
        handshake.stop_listening()
        handshake.program.go_on()
        code, lines, _ = handshake.finish()
        self.assertEqual(code, 0)
        return lines

    def test_a_status_that_nobody_hears_is_an_error_and_no_signal(self):
        for step in (['ready'], ['failed', 'no']):
            lines = self.unheard(['sigpipe', '-', *step, *step, 'sigpipe', '-'])
            self.assertEqual(lines[0], 'pending no, blocked no')
            self.assertEqual(lines[1].split()[1:3], [str(SYSTEM), str(EPIPE)])
            self.assertEqual(lines[1], lines[2])
            self.assertEqual(lines[3], lines[0])

    def test_a_signal_that_was_pending_stays_so(self):
        lines = self.unheard(['sigpipe', 'block', 'sigpipe', 'raise', 'ready',
                              'sigpipe', '-'])
        self.assertEqual(lines[1], 'pending yes, blocked yes')
        self.assertEqual(lines[3], 'pending yes, blocked yes')

    def test_a_signal_that_is_blocked_stays_so_and_does_not_come(self):
        lines = self.unheard(['sigpipe', 'block', 'ready', 'sigpipe', '-'])
        self.assertEqual(lines[0], 'pending no, blocked yes')
        self.assertEqual(lines[2], 'pending no, blocked yes')

    def test_a_signal_that_somebody_else_sent_meanwhile_comes(self):
        reader, writer, _ = full_pipe()
        handshake = Handshake('v23', ['inherit', 'line', 'ready'],
                              status=(reader, writer))
        while handshake.program.line() != 'waiting':
            pass
        handshake.program.go_on()
        while not is_blocked(handshake.pid, signal.SIGPIPE):
            time.sleep(0.001)
        os.kill(handshake.pid, signal.SIGPIPE)
        code, lines, said = handshake.finish()
        self.assertEqual((code, lines), (-signal.SIGPIPE, []))
        self.assertTrue(said.endswith(handshake.ready()))

    def test_a_full_pipe_is_waited_for(self):
        for blocks in (False, True):
            reader, writer, filler = full_pipe()
            os.set_blocking(writer, blocks)
            handshake = Handshake('v23', ['inherit', 'line', 'ready'],
                                  status=(reader, high(os.dup(writer))))
            flags = fcntl.fcntl(writer, fcntl.F_GETFL)
            self.assertEqual(handshake.program.line(), 'inherit 0')
            self.assertEqual(handshake.program.line(), 'waiting')
            handshake.program.go_on()
            self.assertEqual(fcntl.fcntl(writer, fcntl.F_GETFL), flags)
            os.close(writer)
            _, lines, said = handshake.finish()
            self.assertEqual(lines, ['ready 0'])
            self.assertEqual(said, bytes(filler) + handshake.ready())

    def test_a_pipe_that_stays_full_is_an_error(self):
        for blocks in (False, True):
            reader, writer, filler = full_pipe()
            os.set_blocking(writer, blocks)
            handshake = Handshake('v23', ['timeout', '20', 'ready', 'ready'],
                                  status=(reader, writer))
            code, lines = handshake.program.finish()
            self.assertEqual((code, codes(lines, 'ready')),
                             (0, [TIMEOUT, TIMEOUT]))
            handshake.stop_listening()


class Left(unittest.TestCase):
    """What is left behind in the process, and what its children get."""

    def test_the_variable_and_the_data_descriptor_are_gone(self):
        for protocol in PROTOCOLS:
            _, lines, _ = Handshake(protocol, ['env', 'inherit', 'env', 'fd',
                                               '3', 'fd', '4']).finish()
            self.assertNotEqual(lines[0], 'env none')
            self.assertEqual(lines[1:], ['inherit 0', 'env none', 'fd 3 closed',
                                         'fd 4 cloexec'])

    def test_children_inherit_neither_descriptor(self):
        _, lines, _ = Handshake('caisson', ['inherit', 'fork', 'exec',
                                            'fds']).finish()
        self.assertEqual(lines, ['inherit 0', 'fds 0 1 2'])
        _, lines, _ = Handshake('caisson', ['fork', 'exec', 'fds']).finish()
        self.assertEqual(lines, ['fds 0 1 2 3 4'])

    def test_a_grandchild_was_not_started_like_this(self):
        _, lines, _ = Handshake('v23', ['inherit', 'fork', 'exec',
                                        'inherit']).finish()
        self.assertEqual(codes(lines, 'inherit'), [0, -9])

    def test_a_fork_has_no_secret_and_cannot_answer(self):
        _, lines, said = Handshake('caisson', [
            'inherit', 'fork', 'inherit', 'look', 'ready', 'failed',
            'no']).finish()
        self.assertEqual(codes(lines, 'inherit'), [0, 0])
        self.assertIn('same object', lines)
        self.assertIn('secret none', lines)
        self.assertIn(bytes_line('config', config_for('caisson')), lines)
        self.assertEqual(codes(lines, 'ready') + codes(lines, 'failed'),
                         [USAGE, USAGE])
        self.assertEqual(said, b'')

    def test_a_fork_of_the_same_number_has_no_secret_either(self):
        _, lines, said = Handshake('caisson', [
            'first', 'inherit', 'look', 'first', 'look', 'ready']).finish()
        if 'namespace refused' in lines:
            self.skipTest('no pid namespaces here')
        self.assertEqual(codes(lines, 'number'), [1, 1])
        self.assertIn(bytes_line('secret', b'secret'), lines)
        self.assertIn('secret none', lines)
        self.assertEqual((codes(lines, 'ready'), said), ([USAGE], b''))

    def test_a_fork_may_be_the_one_that_inherits(self):
        _, lines, said = Handshake('caisson', ['fork', 'inherit', 'look',
                                               'ready']).finish()
        self.assertIn(bytes_line('secret', b'secret'), lines)
        self.assertRegex(said, b'^ready::[1-9][0-9]*\xff$')

    def test_a_released_secret_is_gone_with_its_memory(self):
        for secret in (b'', b'secret', bytes(1 << 20)):
            _, lines, _ = Handshake('caisson', ['inherit', 'release', 'look'],
                                    frames(b'', secret)).finish()
            self.assertEqual(lines[1:4], ['mapped yes', 'mapped no',
                                          'secret none'])
            self.assertIn('secret none', lines[4:])

    def test_the_flags_that_others_share_stay_as_they_were(self):
        for blocks in (True, False):
            reader, writer = pipe()
            ours = os.dup(reader)
            os.set_blocking(reader, blocks)
            before = fcntl.fcntl(ours, fcntl.F_GETFL)
            os.write(writer, frames(b'', b'x'))
            _, lines, _ = Handshake('caisson', ['inherit'],
                                    (reader, None)).finish()
            self.assertEqual(lines, ['inherit 0'])
            self.assertEqual(fcntl.fcntl(ours, fcntl.F_GETFL), before)
            os.close(ours)
            os.close(writer)

    def test_a_file_is_read_from_where_it_stands(self):
        fd, _ = in_a_memfd(b'before' + frames(b'', b'x'))
        os.lseek(fd, 6, os.SEEK_SET)
        _, lines, _ = Handshake('caisson', ['inherit'], (fd, None)).finish()
        self.assertEqual(lines, ['inherit 0'])


if __name__ == '__main__':
    unittest.main(verbosity=2)
