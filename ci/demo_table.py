#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""demo_table.py EVENTS DIR UID GID "GROUP...": requested beside applied.

Two witnesses: the event that caisson wrote when the program had started, and
what the program itself found in /proc (files in DIR).  A row that differs from
what was requested ends the demonstration with status 1.
"""
import json
import os
import re
import sys

WIDTHS = (18, 26, 26, 26)


def read(directory, name):
    with open(os.path.join(directory, name), encoding='utf-8') as f:
        return f.read()


def applied_of(path):
    with open(path, encoding='utf-8') as f:
        events = [json.loads(line) for line in f if line.strip()]
    started = [e for e in events if e['event'] == 'started']
    if len(started) != 1:
        sys.exit(f'{path}: {len(started)} "started" events')
    return started[0]


class Table:
    """Rows of requested, applied and seen; a row fails if they differ."""

    def __init__(self):
        self.status = 0

    def line(self, *cells):
        text = ' '.join(f'{c:<{w}}' for c, w in zip(cells, WIDTHS))
        print((text + ' ' + ' '.join(cells[len(WIDTHS):])).rstrip())

    def row(self, name, requested, *witnesses, accept=None):
        """accept: what the witnesses must show, if not what was requested."""
        want = requested if accept is None else accept
        good = all(want == w for w in witnesses if w is not None)
        cells = ['-' if w is None else w for w in witnesses]
        self.line(name, requested, *cells, 'ok' if good else 'DIFFERS')
        if not good:
            self.status = 1


def numbers(text):
    return ' '.join(sorted(text.split(), key=int))


def fill(table, started, directory, uid, gid, groups):
    applied = started['applied']
    status = dict(line.split(':', 1)
                  for line in read(directory, 'status').splitlines())
    seen = {k: ' '.join(v.split()) for k, v in status.items()}

    def listed(key):
        return ' '.join(str(n) for n in applied[key])

    table.row('uid (r e s fs)', ' '.join([uid] * 4), listed('uid'), seen['Uid'])
    table.row('gid (r e s fs)', ' '.join([gid] * 4), listed('gid'), seen['Gid'])
    # The primary group may be listed among the supplementary ones or not.
    table.row('groups', numbers(groups),
              numbers(f"{listed('groups')} {gid}" if gid not in
                      listed('groups').split() else listed('groups')),
              numbers(f"{seen['Groups']} {gid}" if gid not in
                      seen['Groups'].split() else seen['Groups']))
    caps = applied['capabilities']
    for name, key in (('permitted', 'CapPrm'), ('effective', 'CapEff'),
                      ('inheritable', 'CapInh'), ('ambient', 'CapAmb'),
                      ('bounding', 'CapBnd')):
        want = '0' * 16
        if name == 'bounding' and int(os.environ.get('DEMO_UID', '0')) != 0:
            # Without CAP_SETPCAP it cannot be emptied, only made inert.
            table.row(name + ' set', 'inert', caps[name], seen[key],
                      accept=seen[key])
        else:
            table.row(name + ' set', want, caps[name], seen[key])
    table.row('no new privileges', '1', str(int(applied['no_new_privs'])),
              seen['NoNewPrivs'])
    table.row('seccomp', 'filter (default)', applied['seccomp']['mode'],
              {'2': 'filter'}.get(seen['Seccomp'], seen['Seccomp']),
              accept='filter')
    pid, pgid, cwd = read(directory, 'process').split(' ', 2)
    table.row('process group', 'its own', str(applied['pgid']), pgid,
              accept=pid)
    table.row('pid', '-', str(started['pid']), pid, accept=pid)
    fds = sorted(int(n) for n in re.findall(r' (\d+) -> ',
                                            read(directory, 'fds')))
    table.row('descriptors', '0 1 2', None, ' '.join(map(str, fds)))
    names = {line.split('=', 1)[0]
             for line in read(directory, 'environment').splitlines()}
    table.row('SUDO_* variables', 'none', None,
              ' '.join(sorted(n for n in names if n.startswith('SUDO_')))
              or 'none')
    table.row('directory', '-C DIR', None,
              'DIR' if cwd.strip() == os.path.realpath(directory) else cwd,
              accept='DIR')
    print(f"\nThe environment: {' '.join(sorted(names))}")
    print(f"The engine: {started['engine']}")


def main():
    table = Table()
    table.line('', 'requested', 'applied (the event)', 'seen by the program')
    fill(table, applied_of(sys.argv[1]), *sys.argv[2:])
    if table.status == 0:
        print('\nEverything that was requested was applied.')
    return table.status


sys.exit(main())
