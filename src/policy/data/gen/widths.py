#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""widths.py WIDTHS OUTPUT: the widths of arguments as C tables."""
import re
import sys

SECTIONS = {'': 'data_widths', 'x32': 'data_widths_x32',
            'n32': 'data_widths_n32', 's390': 'data_widths_s390'}


def read(path):
    """Section to name to a mask: bit i is set for an argument i of 32."""
    tables = {section: {} for section in SECTIONS}
    table = tables['']
    with open(path, encoding='ascii') as f:
        text = re.sub(r'(?m)^#.*\n', '', f.read())
    for line in re.sub(r'\n[ \t]+', ' ', text).split('\n'):
        if line.startswith('['):
            table = tables[line.strip('[]')]
            continue
        if not line:
            continue
        m = re.match(r'((?:(?:32|64) ?){1,6}):((?: [a-z0-9_]+)+)$', line)
        if not m:
            sys.exit('widths.py: not understood: ' + line)
        mask = sum(1 << i for i, w in enumerate(m[1].split()) if w == '32')
        for name in m[2].split():
            if name in table:
                sys.exit('widths.py: twice: ' + name)
            table[name] = mask
    return tables


def main():
    tables = read(sys.argv[1])
    out = ['/* From src/policy/data/widths: do not edit. */',
           '#include "policy/data/data.h"', '']
    for section, symbol in SECTIONS.items():
        table = tables[section]
        out += ['const struct data_width %s[] = {' % symbol]
        out += ['\t{ "%s", 0x%02x },' % (n, table[n]) for n in sorted(table)]
        out += ['};', 'const size_t %s_n = %d;' % (symbol, len(table)), '']
    with open(sys.argv[2], 'w', encoding='ascii') as f:
        f.write('\n'.join(out))


main()
