#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""groups.py OUTPUT FILE...: the system call groups as C.  A file is named as
its group, without the @; its second line is the summary, words that are not in
comments are the members."""
import os
import re
import sys


def read(path):
    with open(path, encoding='ascii') as f:
        lines = f.read().split('\n')
    summary = re.match(r'# (.+\.)$', lines[1])
    if not summary:
        sys.exit('groups.py: %s: the second line is no summary' % path)
    members = ' '.join(l for l in lines if not l.startswith('#')).split()
    for m in members:
        if not re.match(r'@[a-z]+(-[a-z]+)*$|[a-z0-9_]+$', m):
            sys.exit('groups.py: %s: not a name: %s' % (path, m))
    if not members or len(set(members)) != len(members):
        sys.exit('groups.py: %s: no members, or one twice' % path)
    return '@' + os.path.basename(path), summary[1], members


def check(groups):
    """References go to groups, and none back to where they come from."""
    members = {name: m for name, _, m in groups}

    def follow(name, above):
        if name in above or name not in members:
            sys.exit('groups.py: %s in %s' % (name, ' in '.join(above[::-1])))
        for m in members[name]:
            if m.startswith('@'):
                follow(m, above + [name])

    for name in members:
        follow(name, [])


def main():
    groups = sorted(read(path) for path in sys.argv[2:])
    check(groups)
    out = ['/* From policy/groups: do not edit. */',
           '#include "policy/data/data.h"', '']
    for i, (_, _, members) in enumerate(groups):
        out += ['static const char *const members_%d[] = {' % i]
        out += ['\t"%s",' % m for m in members]
        out += ['\tNULL,', '};']
    out += ['', 'const struct data_group data_groups[] = {']
    out += ['\t{ "%s", "%s", members_%d },' % (name, summary, i)
            for i, (name, summary, _) in enumerate(groups)]
    out += ['\t{ "@known", "Every system call that has a name.", NULL },',
            '};', 'const size_t data_groups_n = %d;' % (len(groups) + 1), '']
    with open(sys.argv[1], 'w', encoding='ascii') as f:
        f.write('\n'.join(out))


main()
