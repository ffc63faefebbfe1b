#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""prove.py SMT_OF SMT_RANDOM POLICY: z3 about every filter, and about wrong ones.

Every shipped profile, and the test policy, must be proved for each processor
that filters are generated for.  Every mutant must be refuted: what z3 finds is
a call, and evaluated this call really gets two answers.  First of all z3 must
read random filters as they are run, or its proofs would be about others.
"""
import re
import shutil
import subprocess
import sys

ARCHES = ['x86_64', 'aarch64']
NAMES = ['nr', 'arch', 'ip'] + ['arg%d' % i for i in range(6)]
SECONDS = 120
FILTERS = 100
MODEL = re.compile(r'\(define-fun (\w+) \(\) \(_ BitVec \d+\)\s+'
                   r'#(x[0-9a-f]+|b[01]+)\)')


def smt_of(*args, text=None):
    """Its output; an exception if it fails."""
    return subprocess.run([sys.argv[1], *args], input=text, check=True,
                          stdout=subprocess.PIPE, text=True).stdout


def z3(claim):
    """The answer, and the call of a model if it has one."""
    run = subprocess.run(['z3', '-in', '-smt2', '-model', '-T:%d' % SECONDS],
                         input=claim, stdout=subprocess.PIPE, text=True,
                         check=False)
    answer, _, model = run.stdout.partition('\n')
    call = dict.fromkeys(NAMES, 0)
    for name, digits in MODEL.findall(model):
        call[name] = int('0' + digits, 0)
    return answer, [call[name] for name in NAMES]


def prove(name, arch):
    """Why it is not proved; None: it is."""
    answer, call = z3(smt_of(name, arch))
    return None if answer == 'unsat' else '%s: %s' % (answer, call)


def refute(mutant, name, arch):
    """Why it is not refuted; None: it is."""
    answer, call = z3(smt_of('-m', mutant, name, arch))
    if answer != 'sat':
        return answer
    both = smt_of('-m', mutant, '-c', name, arch,
                  text=' '.join(map(str, call))).split()
    if both[0] == both[1]:
        return 'both answer %s to %s' % (both[0], call)
    return None


def read_random(number):
    """Why z3 reads instructions otherwise than they are run; None: it does not."""
    claims = subprocess.run([sys.argv[2], str(number)], check=True,
                            stdout=subprocess.PIPE, text=True).stdout
    run = subprocess.run(['z3', '-in', '-smt2', '-T:%d' % SECONDS],
                         input=claims, stdout=subprocess.PIPE, text=True,
                         check=False)
    answers = run.stdout.split()
    expected = ['unsat', 'sat'] * (claims.count('(check-sat)') // 2)
    if answers == expected and len(answers) >= number:
        return None
    return 'answered ' + ' '.join(answers[:20])


def main():
    """TAP."""
    policy = sys.argv[3]
    if shutil.which('z3') is None:
        print('z3 is not installed')
        return 77
    results, profiles = [], smt_of('-p').split()
    results.append(('z3 reads instructions as they are run',
                    read_random(FILTERS)))
    for arch in ARCHES:
        for name in profiles + [policy]:
            title = name if name != policy else 'the test policy'
            results.append(('z3 proves the filter of %s on %s'
                            % (title, arch), prove(name, arch)))
    for mutant in smt_of('-l').split():
        results.append(('z3 refutes: %s' % mutant.replace('_', ' '),
                        refute(mutant, policy, ARCHES[0])))
    print('1..%d' % len(results))
    for number, (title, why) in enumerate(results, 1):
        if why is not None:
            print('# ' + why)
        print('%sok %d - %s' % ('' if why is None else 'not ', number, title))
    return 0 if all(why is None for _, why in results) else 1


sys.exit(main())
