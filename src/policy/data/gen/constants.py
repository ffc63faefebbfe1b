#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""constants.py HEADERS NAMES OUTPUT CC...: the constants of the system's
headers as a C table.  The compiler says which macros and enumerators there are
and what they are worth; nothing is run but the compiler, so that it may be one
for another machine.  A paragraph of HEADERS is a group of headers that go
together; the first group that has a name gives its value.  NAMES lists patterns
of wanted names."""
import os
import re
import struct
import subprocess
import sys
import tempfile

MAGIC = 0x436f6e7374616e74
# The value depends on how wide long is, or on how the architecture encodes
# the sizes in ioctl commands.
SIZED, WORD = 1, 2
FIXED = re.compile(
    r'^(signed |unsigned )?(char|short|int|long long)$|^__[us](8|16|32|64)$'
    r'|^u?int(8|16|32|64)_t$')
# Before all headers, some of which forget it.
TYPES = '''\
#include <stddef.h>
#include <stdint.h>
#include <linux/types.h>
'''
GUARDED = '''\
#if __has_include(<%s>)
#include <%s>
#endif
'''


def paragraphs(path):
    """Lists of words; a blank line begins the next.  # begins a comment."""
    with open(path, encoding='ascii') as f:
        text = re.sub(r'(?m)^#.*\n', '', f.read())
    return [part.split() for part in text.split('\n\n') if part.split()]


class Compiler:
    """The compiler, and a directory for what it reads and writes."""

    def __init__(self, command, directory):
        self.given = command
        self.command = command + ['-D_GNU_SOURCE', '-w', '-O0', '-fno-lto',
                                  '-x', 'c', '-std=gnu11']
        self.directory = directory

    def run(self, text, *flags):
        path = os.path.join(self.directory, 'in.c')
        with open(path, 'w', encoding='ascii') as f:
            f.write(text)
        env = dict(os.environ, LC_ALL='C')
        return subprocess.run(self.command + list(flags) + [path],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              text=True, env=env, check=False)

    def names(self, include):
        """The object-like macros and the enumerators of some headers: name
        to text, or to None."""
        out = self.run(include, '-E', '-dD', '-P')
        if out.returncode != 0:
            sys.exit('constants.py: ' + out.stderr)
        found = {}
        plain = []
        for line in out.stdout.splitlines():
            m = re.match(r'#define ([A-Z][A-Za-z0-9_]*) (.+)$', line)
            if m:
                found[m[1]] = m[2].strip()
            elif not line.startswith('#'):
                plain.append(line)
        for m in re.finditer(r'\benum\b[^{};()]*\{([^{}]*)\}',
                             ' '.join(plain)):
            for part in m[1].split(','):
                name = part.split('=')[0].strip()
                if re.match(r'[A-Z][A-Za-z0-9_]*$', name):
                    found.setdefault(name, None)
        return found

    def expand(self, include, names):
        """What names become: one text for each, and what stands before."""
        text = include + ''.join('\n@%d@ %s\n' % (i, name)
                        for i, name in enumerate(names))
        out = self.run(text, '-E', '-P')
        if out.returncode != 0:
            sys.exit('constants.py: ' + out.stderr)
        head, *rest = re.split(r'@ ?(\d+) ?@', out.stdout)
        return head, [' '.join(t.split()) for t in rest[1::2]]

    def values(self, head, texts):
        """The values of those texts that are integer constants: index to
        value."""
        left = list(range(len(texts)))
        path = os.path.join(self.directory, 'out.o')
        while left:
            base = head.count('\n') + 1
            text = head + '\n' + ''.join(
                '_Static_assert(((%s) | 0) == (%s), "");\n'
                % (texts[i], texts[i])
                for i in left)
            bad = self.bad_lines(text, base)
            if not bad:
                break
            left = [i for n, i in enumerate(left) if n not in bad]
        table = ''.join(', (unsigned long long)(%s)' % texts[i] for i in left)
        out = self.run(
            '%s\nconst volatile unsigned long long constants_of_the_header[] ='
            ' { %dull, %d%s };\n' % (head, MAGIC, len(left), table),
            '-c', '-o', path)
        if out.returncode != 0:
            sys.exit('constants.py: ' + out.stderr)
        with open(path, 'rb') as f:
            return dict(zip(left, self.read(f.read(), len(left))))

    def bad_lines(self, text, base):
        out = self.run(text, '-fsyntax-only', '-ferror-limit=0'
                       if 'clang' in self.version() else '-fmax-errors=0')
        found = {int(m[1]) - base - 1
                 for m in re.finditer(r'in\.c:(\d+):\d+: (?:fatal )?error:',
                                      out.stderr)}
        if out.returncode != 0 and (not found or min(found) < 0):
            sys.exit('constants.py: ' + out.stderr[:1000])
        return found

    def version(self):
        if not hasattr(self, 'text'):
            self.text = subprocess.run(self.given + ['--version'],
                                       stdout=subprocess.PIPE, text=True,
                                       check=True).stdout
        return self.text

    @staticmethod
    def read(data, n):
        for order in '<', '>':
            at = data.find(struct.pack(order + 'QQ', MAGIC, n))
            if at >= 0:
                return struct.unpack_from('%s%dQ' % (order, n), data, at + 16)
        sys.exit('constants.py: the table is not in what was compiled')


def flags(text):
    """Does the value depend on the sizes of types?"""
    types = [t.strip() for t in re.findall(r'sizeof ?\(([^()]*)\)', text)]
    if not types:
        return 0
    return SIZED | (0 if all(FIXED.match(t) for t in types) else WORD)


def collect(compiler, groups, wanted):
    """Name to value and flags, and the names that stand for another name."""
    table = {}
    aliases = set()
    for group in groups:
        include = TYPES + ''.join(GUARDED % (h, h) for h in group)
        found = compiler.names(include)
        names = sorted(n for n in found if wanted.match(n) and n not in table)
        head, texts = compiler.expand(include, names)
        for i, value in compiler.values(head, texts).items():
            table[names[i]] = (value, flags(texts[i]))
            if found[names[i]] in found:
                aliases.add(names[i])
    return table, aliases


def collect_errors(compiler):
    """An error number's second names have a flag."""
    table, aliases = collect(compiler, [['errno.h']],
                             re.compile(r'E[A-Z0-9]+$'))
    return {n: (value, int(n in aliases))
            for n, (value, _) in table.items()}


def c_strings(names):
    """One long text as characters: ISO C bounds the length of a literal."""
    return '\n'.join("\t" + ' '.join("'%s'," % c for c in n) + ' 0,'
                     for n in names)


def write(path, constants, errors):
    """Names are one text and offsets into it: no pointers to relocate."""
    out = ['/* From the headers of the system: do not edit. */',
           '#include "policy/data/data.h"', '']
    for kind, table in ('constants', constants), ('errors', errors):
        out += ['const char data_%s_names[] = {' % kind,
                c_strings(sorted(table)), '};',
                'const struct data_constant data_%s[] = {' % kind]
        offset = 0
        for name, (value, flag) in sorted(table.items()):
            out.append('\t{ 0x%xull, %d, %d }, /* %s */'
                       % (value, offset, flag, name))
            offset += len(name) + 1
        out += ['};', 'const size_t data_%s_n = %d;' % (kind, len(table)), '']
    with open(path, 'w', encoding='ascii') as f:
        f.write('\n'.join(out))


def main():
    groups = paragraphs(sys.argv[1])
    wanted = re.compile('^(?:%s)$' % '|'.join(
        sum(paragraphs(sys.argv[2]), [])))
    with tempfile.TemporaryDirectory() as directory:
        compiler = Compiler(sys.argv[4:], directory)
        table, _ = collect(compiler, groups, wanted)
        errors = collect_errors(compiler)
    for needed in ('EPERM', 'AF_INET', 'CLONE_NEWNS', 'TIOCSTI', 'O_CREAT',
                   'PR_SET_DUMPABLE', 'SECCOMP_RET_ALLOW', 'SOL_SOCKET'):
        if needed not in table and needed not in errors:
            sys.exit('constants.py: no header has ' + needed)
    write(sys.argv[3], table, errors)


main()
