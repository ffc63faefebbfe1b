# SPDX-License-Identifier: Apache-2.0
"""The program's side of the handshake, by a launcher that knows nothing of the
library: what arrives, what is refused, and what is left behind."""
import os
import shutil
import socket
import struct
import tempfile
import unittest

from launcher import (INHERITOR, PROTOCOLS, VARIABLE, Handshake, Program,
                      bytes_line, config_for, frames, in_a_memfd,
                      in_a_pipe_at_once, through_a_pipe, through_a_socket, vom)

SIZES = (0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 1 << 20)
NOT_FOUND, UNSUPPORTED, PROTOCOL, USAGE = -9, -3, -18, -4
TIMEOUT, SYNTAX, SYSTEM = -11, -1, -6


def codes(lines, word):
    """The codes that this step answered."""
    return [int(line.split()[1]) for line in lines
            if line.split()[0] == word]


class Arriving(unittest.TestCase):
    def arrives(self, protocol, config, secret, data):
        handshake = Handshake(protocol, ['inherit', 'look', 'ready'], data)
        code, lines, said = handshake.finish()
        self.assertEqual(lines[:4], [
            'inherit 0', 'protocol ' + protocol, bytes_line('config', config),
            bytes_line('secret', secret)])
        self.assertEqual(lines[-1], 'ready 0')
        self.assertEqual(said, handshake.ready())
        self.assertEqual(code, 0)
        return lines

    def test_secrets_of_all_sizes_arrive_in_all_protocols_by_all_ways(self):
        for protocol in PROTOCOLS:
            for size in SIZES:
                config = config_for(protocol, 3)
                secret = bytes(i * 13 % 256 for i in range(size))
                data = frames(config, secret)
                for way in (in_a_pipe_at_once, in_a_memfd, through_a_socket):
                    with self.subTest(protocol=protocol, size=size, way=way):
                        self.arrives(protocol, config, secret, way(data))

    def test_configurations_of_all_sizes_arrive(self):
        for size in SIZES[:-1]:
            for protocol in PROTOCOLS:
                with self.subTest(protocol=protocol, size=size):
                    config = config_for(protocol, size)
                    self.arrives(protocol, config, b's',
                                 frames(config, b's'))

    def test_what_comes_slowly_arrives(self):
        for size, piece in ((0, 1), (1, 1), (4097, 1), (65537, 4093),
                            (1 << 20, 1 << 16)):
            secret = bytes(size)
            data = frames(b'abc', secret)
            with self.subTest(size=size, piece=piece):
                self.arrives('caisson', b'abc', secret,
                             through_a_pipe(data, piece))
                if size < 1 << 20:
                    self.arrives('caisson', b'abc', secret,
                                 through_a_socket(data, piece))

    def test_the_bytes_of_the_older_systems_are_understood(self):
        for protocol, config, entries in (
                ('v23', '8151060501030203e1520100', []),
                ('v23', '8151060501030203e152090103666f6f03626172',
                 ['entry foo=bar']),
                ('v23', '8151060501030203e1520401016100', ['entry a=']),
                ('veyron', 'ff8106160103010300ff820100', []),
                ('veyron', 'ff8106160103010300ff82090103666f6f03626172',
                 ['entry foo=bar'])):
            config = bytes.fromhex(config)
            lines = self.arrives(protocol, config, b'x',
                                 frames(config, b'x'))
            self.assertEqual(lines[4:-1], ['map ', *entries])
        lines = self.arrives('caisson', b'{}', b'', frames(b'{}', b''))
        self.assertIn('map none', lines)

    def test_other_numbers_work_in_our_own_protocol_alone(self):
        fds = ('CAISSON_EXEC_FDS=7:600',)
        code, lines, said = Handshake('caisson', ['inherit', 'env', 'ready'],
                                      at=(7, 600), env=fds).finish()
        self.assertEqual((code, lines), (0, ['inherit 0', 'env none', 'ready 0']))
        code, lines, _ = Handshake('v23', ['inherit', 'env', 'ready'],
                                   env=fds).finish()
        self.assertEqual(lines, ['inherit 0', 'env none', 'ready 0'])


class Refusing(unittest.TestCase):
    def refused(self, expected, protocol='caisson', data=None, steps=(), **more):
        """The first inherit fails so, twice, and both descriptors are closed."""
        at = more.get('at', (3, 4))
        code, lines, said = Handshake(
            protocol, [*(steps or ['inherit']), 'inherit', 'fd', str(at[0]),
                       'fd', str(at[1])], data, **more).finish()
        self.assertEqual(codes(lines, 'inherit'), [expected, expected], lines)
        self.assertEqual(lines[0], lines[1])
        self.assertEqual(lines[2:], ['fd %d closed' % n for n in at])
        self.assertEqual((code, said), (0, b''))
        return lines[0]

    def test_lengths_that_are_negative_or_huge_are_refused(self):
        for length in (-1, -2**63, 2**40, 2**62, 2**63 - 1, (1 << 20) + 1):
            for before in (b'', frames(b'abc', b'')[:-8]):
                with self.subTest(length=length, before=before):
                    self.refused(PROTOCOL,
                                 data=before + struct.pack('>q', length))

    def test_the_limit_is_what_was_asked_for(self):
        for length, expected in ((9, [0]), (10, [0]), (11, [PROTOCOL])):
            for data in (frames(bytes(length), b''), frames(b'', bytes(length))):
                _, lines, _ = Handshake('caisson', ['limit', '10'],
                                        data).finish()
                self.assertEqual(codes(lines, 'inherit'), expected)
        _, lines, _ = Handshake('caisson', ['limit', str(1 << 26)],
                                frames(b'', bytes((1 << 20) + 1))).finish()
        self.assertEqual(lines, ['inherit 0'])

    def test_what_is_cut_short_anywhere_is_refused(self):
        whole = frames(b'abc', b'secret')
        for way in (in_a_pipe_at_once, in_a_memfd):
            for n in range(len(whole)):
                with self.subTest(n=n, way=way):
                    self.refused(PROTOCOL, data=way(whole[:n]))

    def test_what_is_more_is_refused(self):
        whole = frames(b'abc', b'secret')
        for way in (in_a_pipe_at_once, in_a_memfd):
            for more in (b'\0', b'x' * 5000, whole):
                self.refused(PROTOCOL, data=way(whole + more))
            self.refused(PROTOCOL, data=way(frames(b'', b'') + b'\0'))

    def test_no_end_is_waited_for(self):
        """Who sends may keep it open: the positive control of the former."""
        reader, writer = os.pipe()
        os.write(writer, frames(b'abc', b'secret'))
        _, lines, said = Handshake('caisson', ['inherit', 'ready'],
                                   (reader, None)).finish()
        self.assertEqual(lines, ['inherit 0', 'ready 0'])
        os.close(writer)

    def test_nothing_in_time_is_an_error(self):
        for given in (b'', frames(b'abc', b'secret')[:-1]):
            reader, writer = os.pipe()
            os.write(writer, given)
            self.refused(TIMEOUT, data=(reader, None), steps=['timeout', '20'])
            os.close(writer)

    def test_what_is_there_already_needs_no_time(self):
        _, lines, _ = Handshake('caisson', ['timeout', '1']).finish()
        self.assertEqual(lines, ['inherit 0'])

    def test_a_connection_that_breaks_is_an_error(self):
        ours, theirs = socket.socketpair()
        theirs.send(b'unread')
        ours.send(b'\0')
        ours.close()
        line = self.refused(SYSTEM, data=(theirs.detach(), None))
        self.assertIn('Connection reset', line)

    def test_a_configuration_that_is_no_map_is_refused(self):
        for protocol in ('v23', 'veyron'):
            good = vom(protocol, [(b'a', b'b')])
            for config in (b'', b'\x80', b'\x81', b'{"a":"b"}', good[:-1],
                           good + b'\0'):
                with self.subTest(protocol=protocol, config=config):
                    self.refused(SYNTAX, protocol, frames(config, b's'))

    def test_numbers_that_are_no_descriptors_are_refused(self):
        for value in ('', ':', '3', '3:', ':4', '3:4:', '3:4 ', ' 3:4', '3:3',
                      '03:4', '3:04', '+3:4', '-3:4', '3;4', '3:2', '0:4',
                      '3:99999999999', '2147483648:4', 'x'):
            with self.subTest(value=value):
                _, lines, _ = Handshake(
                    'caisson', ['inherit', 'fd', '3', 'env'],
                    env=['CAISSON_EXEC_FDS=' + value]).finish()
                self.assertEqual(codes(lines, 'inherit'), [PROTOCOL])
                self.assertEqual(lines[1:], ['fd 3 open', 'env none'])

    def test_wrong_versions_and_two_protocols_are_refused(self):
        for env, expected in (
                (['V23_EXEC_VERSION=1.0.1'], UNSUPPORTED),
                (['V23_EXEC_VERSION=1'], UNSUPPORTED),
                (['CAISSON_EXEC_VERSION=1.0.0'], UNSUPPORTED),
                (['CAISSON_EXEC_VERSION=01'], UNSUPPORTED),
                (['VEYRON_EXEC_VERSION=1.0.0 '], UNSUPPORTED),
                ([VARIABLE['v23'], VARIABLE['caisson']], UNSUPPORTED),
                ([VARIABLE['v23'], VARIABLE['veyron']], UNSUPPORTED),
                ([], NOT_FOUND), (['V23_EXEC_VERSION='], NOT_FOUND),
                (['V23_EXEC_VERSIONS=1.0.0'], NOT_FOUND),
                (['CAISSON_EXEC_FDS=3:4'], NOT_FOUND)):
            with self.subTest(env=env):
                code, lines = Program(['inherit', 'inherit', 'env'],
                                      env).finish()
                self.assertEqual(codes(lines, 'inherit'), [expected] * 2)
                self.assertEqual((code, lines[-1]), (0, 'env none'))

    def test_a_variable_that_comes_later_changes_no_answer(self):
        _, lines = Program(['inherit', 'setenv', 'CAISSON_EXEC_VERSION',
                            'inherit', 'env']).finish()
        self.assertEqual(codes(lines, 'inherit'), [NOT_FOUND] * 2)
        self.assertEqual(lines[-1], 'env CAISSON_EXEC_VERSION')

    def test_wrong_calls_take_nothing_over(self):
        _, lines, said = Handshake('caisson', [
            'options', 'unsized', 'options', 'reserved', 'options', 'tail',
            'limit', str((1 << 26) + 1), 'nowhere', 'options', 'short',
            'failed-null', 'ready']).finish()
        self.assertEqual(codes(lines, 'inherit'), [
            USAGE, UNSUPPORTED, UNSUPPORTED, USAGE, 0])
        self.assertEqual(codes(lines, 'nowhere') + codes(lines, 'failed'),
                         [USAGE, USAGE])
        self.assertTrue(said.startswith(b'ready::'))


class Descriptors(unittest.TestCase):
    def inherit(self, fds):
        steps = ['inherit', 'fd', '3', 'fd', '4']
        code, lines = Program(steps, [VARIABLE['v23']], fds).finish()
        self.assertEqual(code, 0)
        self.assertEqual(lines[1:], ['fd 3 closed', 'fd 4 closed'])
        return lines[0]

    def test_descriptors_that_are_not_open_are_an_error(self):
        null = os.open('/dev/null', os.O_RDWR)
        for fds, name in (({}, 3), ({3: null}, 4), ({4: null}, 3)):
            line = self.inherit(fds)
            self.assertIn('%d' % PROTOCOL, line)
            self.assertIn('descriptor %d is not open' % name, line)
        os.close(null)

    def test_what_is_no_source_of_data_is_not_read(self):
        master, terminal = os.openpty()
        os.write(master, b'typed\n')
        null = os.open('/dev/null', os.O_RDWR)
        reader, writer = os.pipe()
        path = os.open('/proc/self/exe', os.O_PATH)
        for fd in (terminal, null, writer, path):
            self.assertIn('no pipe, socket or file', self.inherit(
                {3: fd, 4: writer}))
        self.assertEqual(os.read(terminal, 10), b'typed\n')
        for fd in (reader, path):
            self.assertIn('cannot be written to', self.inherit(
                {3: reader, 4: fd}))
        for fd in (master, terminal, null, reader, writer, path):
            os.close(fd)

    def test_extra_descriptors_are_found_where_they_are(self):
        null = os.open('/dev/null', os.O_RDWR)
        steps = ['inherit', 'extra', '0', 'extra', '1', 'extra', '2',
                 'extra', '4294967295']
        for protocol in ('v23', 'veyron'):
            _, lines, _ = Handshake(protocol, steps,
                                    fds={5: null, 6: null}).finish()
            self.assertEqual(lines[:5], ['inherit 0', 'extra 0', 'fd 5 cloexec',
                                         'extra 0', 'fd 6 cloexec'])
            self.assertEqual(codes(lines, 'extra')[2:], [NOT_FOUND] * 2)
        _, lines, _ = Handshake('caisson', steps, fds={5: null}).finish()
        self.assertEqual(codes(lines, 'extra'), [USAGE] * 4)
        os.close(null)


class Privilege(unittest.TestCase):
    """A program that has what its launcher has not does not believe it."""

    def start(self, mode):
        with tempfile.TemporaryDirectory() as directory:
            os.chmod(directory, 0o755)
            path = shutil.copy(INHERITOR, directory)
            os.chown(path, 65534, 65534)
            os.chmod(path, mode)
            return Handshake('caisson', ['env', 'inherit', 'env', 'fd', '3',
                                         'fd', '4'], path=path).finish()

    def test_a_set_user_id_program_does_not_believe_its_environment(self):
        if os.geteuid() != 0:
            self.skipTest('only root can make such a program of another user')
        with open('/proc/self/status', encoding='utf-8') as status:
            no_new_privs = 'NoNewPrivs:\t1' in status.read()
        nosuid = os.statvfs(tempfile.gettempdir()).f_flag & os.ST_NOSUID
        if nosuid or no_new_privs:
            self.skipTest('set-user-ID has no effect here')
        _, lines, _ = self.start(0o755)
        self.assertEqual(codes(lines, 'inherit'), [0])
        _, lines, said = self.start(0o4755)
        self.assertNotEqual(lines[0], 'env none')
        self.assertEqual(codes(lines, 'inherit'), [NOT_FOUND])
        self.assertEqual(lines[2:], ['env none', 'fd 3 open', 'fd 4 open'])
        self.assertEqual(said, b'')


if __name__ == '__main__':
    unittest.main(verbosity=2)
