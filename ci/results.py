#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""results.py NAME LOGDIR STATUS: meson's test log as lines of results.

One line for each case of a cmocka or TAP program, one for any other program.
A program that fails without naming a case is a failure of its own; so is a
missing log, or a meson that failed although no test did.
"""
import glob
import json
import os
import re
import sys

CMOCKA = re.compile(r'^\[ +(OK|FAILED|SKIPPED) +\] ([A-Za-z_]\w*)\s*$')
TAP = re.compile(r'^(not ok|ok)\b[ \d]*(?:- )?([^#]*)(?:# *(skip|SKIP)\b(.*))?$')


def cases(text):
    """The cases that a program printed: verdict, name and reason."""
    found = []
    before = ''
    for line in text.splitlines():
        m = CMOCKA.match(line)
        t = TAP.match(line)
        if m:
            verdict = {'OK': 'pass', 'FAILED': 'fail',
                       'SKIPPED': 'skip'}[m.group(1)]
            found.append((verdict, m.group(2),
                          (before or 'no reason given')
                          if verdict == 'skip' else ''))
        elif t:
            verdict = 'fail' if t.group(1) == 'not ok' else 'pass'
            if t.group(3) and verdict == 'pass':
                verdict = 'skip'
            found.append((verdict, t.group(2).strip(),
                          (t.group(4) or '').strip(' :')))
        elif line.startswith('[ RUN'):
            before = ''
        elif line.strip() and not line.startswith('['):
            before = line.strip()
    # cmocka lists what failed or was skipped a second time at the end
    first = {}
    for verdict, name, reason in found:
        first.setdefault((verdict, name), reason)
    return [(*key, reason) for key, reason in first.items()]


def last_line(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1] if lines else 'no reason given'


def results_of(test):
    """The results of one entry of the log."""
    name = test['name'].split(' / ')[-1]
    text = (test.get('stdout') or '') + '\n' + (test.get('stderr') or '')
    if test['result'] == 'SKIP':
        return [('skip', name, last_line(text))]
    found = cases(text)
    named = [(v, f'{name}: {case}', reason) for v, case, reason in found]
    if test['result'] in ('OK', 'EXPECTEDFAIL'):
        # what a case printed about others (a test of tests) is not a failure
        named = [case for case in named if case[0] != 'fail']
        return named or [('pass', name, '')]
    if not any(v == 'fail' for v, _, _ in named):
        named.append(('fail', name, test['result'].lower()))
    return named


def main():
    step, logs, status = sys.argv[1:]
    out = []
    try:
        # testlog.json, or testlog-WRAPPER.json
        path = (glob.glob(os.path.join(logs, 'testlog*.json')) + [logs])[0]
        with open(path, encoding='utf-8', errors='replace') as log:
            for line in log:
                out += results_of(json.loads(line))
    except OSError as e:
        out.append(('fail', 'test log', str(e)))
    if not out and status == '0':
        out.append(('fail', 'tests', 'there are none'))
    if status != '0' and not any(v == 'fail' for v, _, _ in out):
        out.append(('fail', 'meson test', f'status {status}'))
    for verdict, name, reason in out:
        fields = (verdict, f'{step}: {name}', reason)
        print('\t'.join(re.sub(r'[^ -~]', '?', f) for f in fields))


main()
