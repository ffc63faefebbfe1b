#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# selftest.sh CC: every architecture check passes on a tree that is right and
# fails, with the words that it should have, on one that is wrong.
set -u
export LC_ALL=C
here=$(cd "$(dirname "$0")" && pwd) || exit 1
cc=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
number=0 status=0

verdict() {
	number=$((number + 1))
	echo "$1 $number - $2"
	[ "$1" = ok ] || status=1
}

# A tree that is right but for the file FILE, which is read from stdin.
tree() {
	rm -rf tree
	mkdir -p "tree/$(dirname "$1")" tree/src/base
	printf '%s\n' '/* SPDX-License-Identifier: Apache-2.0 */' \
	    '/* What is right. */' '#include "base/right.h"' '' 'int' \
	    'right(void)' '{' '	return 0;' '}' >tree/src/base/right.c
	cat >"tree/$1"
}

# finds CHECK TEXT FILE: with the file from stdin, the check fails and says so.
finds() {
	tree "$3"
	if sh "$here/$1.sh" tree >output 2>&1; then
		verdict 'not ok' "$1 passes, but should say: $2"
	elif ! grep -qF -- "$2" output; then
		verdict 'not ok' "$1 fails, but does not say: $2"
		cat output
	else
		verdict ok "$1 finds: $2"
	fi
}

# accepts CHECK FILE: with the file from stdin, the check passes.
accepts() {
	tree "$2"
	if sh "$here/$1.sh" tree >output 2>&1; then
		verdict ok "$1 accepts $2"
	else
		verdict 'not ok' "$1 does not accept $2"
		cat output
	fi
}

empty_tree() {
	rm -rf tree
	mkdir -p tree/src
	if sh "$here/$1.sh" tree >output 2>&1; then
		verdict 'not ok' "$1 passes where there is nothing to check"
	else
		verdict ok "$1 fails where there is nothing to check"
	fi
}

for check in layers sizes bans hygiene; do
	empty_tree $check
done

accepts layers src/run/a.c <<'E1'
#include "spec/spec.h"
#include "caisson.h"
E1
finds layers 'spec includes "run/plan.h" of the later layer run' src/spec/a.c <<'E1'
#include "run/plan.h"
E1
finds layers 'the layer extra is not in the list' src/extra/a.c <<'E1'
#include "caisson.h"
E1
finds layers '"else/where.h" is of no layer' src/cli/a.c <<'E1'
#include "else/where.h"
E1
finds layers '<seccomp.h> is not for this file' src/run/a.c <<'E1'
#include <seccomp.h>
E1

# Functions of N lines, files of N lines.  No pipelines into finds: what it
# counts would be lost in their subshells.
lines() {
	awk -v n="$1" 'BEGIN { while (n-- > 0) print "\t;" }'
}
{ printf 'int\nlong_one(void)\n{\n'; lines 38; printf '}\n'; } >input
accepts sizes src/base/a.c <input
{ printf 'int\nlong_one(void)\n{\n'; lines 39; printf '}\n'; } >input
finds sizes 'long_one has 41 lines' src/base/a.c <input
lines 401 >input
finds sizes 'a file of 401 lines' src/base/a.c <input
lines 401 >input
finds sizes 'a file of 401 lines' tests/unit/a.c <input
finds sizes 'many has 6 parameters' src/base/a.c <<'E1'
int
many(int a, int (*b)(int, int), int c, int d,
    int e, int f)
{
}
E1
accepts sizes src/base/a.c <<'E1'
int
many(int a, int (*b)(int, int), int c, int d,
    int e)
{
}
E1

finds bans 'src/base/a.c:3: banned (a shell' src/base/a.c <<'E1'
int
f(void) {
	return system("true");
}
E1
finds bans 'banned (knows no bound)' src/base/a.c <<'E1'
	strcpy(a, b);
E1
finds bans 'banned (leaves an id behind' src/run/child.c <<'E1'
	if (seteuid(0) < 0)
E1
finds bans 'banned (the library does not read the environment)' src/spec/a.c <<'E1'
	v = getenv ("HOME");
E1
accepts bans src/cli/a.c <<'E1'
	v = getenv("HOME");
E1
finds bans 'a condition outside base/compat.h' src/base/a.c <<'E1'
#ifdef __linux__
E1
accepts bans src/base/compat.h <<'E1'
#ifdef __linux__
#endif
E1
finds bans 'src/base/a.c:2: not close-on-exec' src/base/a.c <<'E1'

	fd = openat(AT_FDCWD, "O_CLOEXEC",
	    O_RDONLY);
E1
finds bans 'not close-on-exec' src/base/a.c <<'E1'
	fd = sys3(SYS_openat, AT_FDCWD, path, O_RDONLY);
E1
finds bans 'src/cli/a.c: not close-on-exec' src/cli/a.c <<'E1'
	f = fopen(path, "r");
E1
accepts bans src/cli/a.c <<'E1'
	f = fopen(path, "re");
E1
accepts bans src/base/a.c <<'E1'
/* system("x") is banned; so is
 * strcpy(a, b) */
	fd = openat(AT_FDCWD, "system(x)",
	    O_RDONLY | O_CLOEXEC); // sprintf(
	child->kill(1); caisson_socket(1);
E1

finds hygiene 'a.c:1: the first line does not name the license' src/base/a.c <<'E1'
/* A file. */
E1
finds hygiene 'a.c:2: no comment says what this is' src/base/a.c <<'E1'
/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
E1
printf '%s\n%s \n' '/* SPDX-License-Identifier: Apache-2.0 */' '/* A. */' >input
finds hygiene '<- blank' src/base/a.c <input
printf '%s\n%s' '/* SPDX-License-Identifier: Apache-2.0 */' '/* A. */' >input
finds hygiene 'no newline at the end' src/base/a.c <input
printf '%s\n/* %s%s: later */\n' '/* SPDX-License-Identifier: Apache-2.0 */' TO DO >input
finds hygiene 'a.c:2:/* TO' src/base/a.c <input

# Compiled ones: an archive for the child, a library for its exports.
compiled() {
	"$cc" -O2 -fPIC -Wno-implicit-function-declaration -c -o a.o a.c &&
	    rm -f a.a && ar rc a.a a.o
}
says() {
	what=$1
	shift
	if "$@" >output 2>&1; then
		verdict 'not ok' "passes, but should say: $what"
	elif grep -qF -- "$what" output; then
		verdict ok "finds: $what"
	else
		verdict 'not ok' "fails, but does not say: $what"
		cat output
	fi
}
passes() {
	what=$1
	shift
	if "$@" >output 2>&1; then
		verdict ok "accepts $what"
	else
		verdict 'not ok' "does not accept $what"
		cat output
	fi
}
echo 'void *malloc(unsigned long); void *f(void) { return malloc(9); }' >a.c
compiled
says 'the child needs malloc' sh "$here/child_symbols.sh" a.a
echo 'extern __thread int e; int f(void); int f(void) { return e; }' >a.c
compiled
says 'the child needs e' sh "$here/child_symbols.sh" a.a
echo 'int g(int); int f(int a) { return g(a); } int g(int a) { return a; }' >a.c
compiled
passes 'a child that needs nothing' sh "$here/child_symbols.sh" a.a
echo 'int strcmp(const char *, const char *); int f(void) { return strcmp("", "a" + 1); }' >a.c
"$cc" -O0 -fno-builtin -fPIC -c -o a.o a.c && rm -f a.a && ar rc a.a a.o
says 'the child needs strcmp' sh "$here/child_symbols.sh" a.a
passes 'another list' sh "$here/child_symbols.sh" a.a plan
echo 'long read(int, void *, unsigned long); long f(void) { return read(0, 0, 0); }' >a.c
compiled
says 'the plan needs read' sh "$here/child_symbols.sh" a.a plan
: >empty.c
"$cc" -c -o a.o empty.c && rm -f a.a && ar rc a.a a.o
says 'nothing was checked' sh "$here/child_symbols.sh" a.a

# A launcher of two objects and a library, built; lines A in its own source, B
# in its header and C in the library's.
launcher() {
	rm -rf tree build
	mkdir -p tree/src/launcher tree/src/base build
	{ echo '/* not code */'; echo; lines "$1"; } >tree/src/launcher/a.c
	{ echo 'int a; /* code */'; lines $(($2 - 1)); } >tree/src/launcher/a.h
	{ printf '/* not\n code */ char c[] = "/*";\n'; lines $(($3 - 1)); } \
	    >tree/src/base/c.c
	echo "$4" >tree/src/base/b.c
	cat >build/build.ninja <<E2
rule cc
  command = $cc -fno-builtin -c -o \$out \$in
rule ar
  command = rm -f \$out && ar rc \$out \$in
rule link
  command = $cc -nostdlib -r -o \$out \$in
build app.p/a.c.o: cc ../tree/src/launcher/a.c
build app.p/b.c.o: cc ../tree/src/base/b.c
build base/c.c.o: cc ../tree/src/base/c.c
build base/libc.a: ar base/c.c.o
build other: cc ../tree/src/base/no.c
build app: link app.p/a.c.o app.p/b.c.o | base/libc.a || other
E2
	(cd build && ninja app.p/a.c.o app.p/b.c.o base/libc.a >/dev/null)
}
size="$here/launcher_size.sh"
symbols="$here/launcher_symbols.sh"
launcher 600 400 1399 'void b(void) { }'
passes 'a launcher of the right size' sh "$size" build build/app tree
if command -v cloc >/dev/null; then
	cp "$here"/../../src/plan/*.[ch] "$here"/../../src/run/*.[ch] \
	    tree/src/launcher
	cloc --quiet --csv --by-file tree/src/launcher |
	    awk -F , '$1 ~ /^C/ { n += $5 } END { print n " src/launcher" }' \
		>expected
	sh "$size" build build/app tree >output
	if grep -q "^ *$(cat expected)\$" output; then
		verdict ok 'lines are counted as by cloc'
	else
		verdict 'not ok' "cloc says $(cat expected)"
		cat output
	fi
fi
launcher 600 401 1 'void b(void) { }'
says 'src/launcher: 1001 lines of code are more than 1000' \
    sh "$size" build build/app tree
launcher 600 400 1400 'void b(void) { }'
says 'the linked sources: 2001 lines of code are more than 2000' \
    sh "$size" build build/app tree
printf '# what is too much\n0 1\n' >excess
passes 'a launcher as much too large as it says' \
    sh "$size" build build/app tree excess
printf '0 2\n' >excess
says 'the linked sources: 1 too many, and not 2: say so' \
    sh "$size" build build/app tree excess
says 'the linked sources: nothing was counted' \
    sh "$size" build build/other tree
launcher 1 1 1 'void *memcpy(void *, const void *, long); void *b(void *p) { return memcpy(p, p, 9); }'
passes 'a launcher that copies memory' sh "$symbols" build build/app
launcher 1 1 1 'void *malloc(long); void *b(void) { return malloc(9); }'
says 'the launcher needs malloc' sh "$symbols" build build/app
launcher 1 1 1 'int *__errno_location(void); int b(void) { return *__errno_location(); }'
says 'the launcher needs __errno_location' sh "$symbols" build build/app

printf 'int caisson_a(void);\nint caisson_b(int (*f)(int));\n' >a.h
printf 'int caisson_a(void) { return 0; }\nint caisson_b(void) { return 0; }\n' >a.c
printf 'X {\nglobal:\n\tcaisson_a;\n\tcaisson_b;\nlocal:\n\t*;\n};\n' >a.map
library() {
	"$cc" -shared -fPIC -o a.so a.c "$@" -Wl,--version-script=a.map
}
library
passes 'equal exports' sh "$here/exports.sh" "$cc" a.h a.map a.so
echo 'int caisson_c(void);' >>a.h
says 'declared, but not in the map: caisson_c' \
    sh "$here/exports.sh" "$cc" a.h a.map a.so
sed -i '$d' a.h
printf 'X {\nglobal:\n\tcaisson_*;\nlocal:\n\t*;\n};\n' >a.map
says 'a pattern where names must stand' \
    sh "$here/exports.sh" "$cc" a.h a.map a.so
printf 'X {\nglobal:\n\tcaisson_a;\n\tcaisson_b;\n\textra;\nlocal:\n\t*;\n};\n' >a.map
echo 'int extra;' >>a.c
library
says 'in the library, but not declared: extra' \
    sh "$here/exports.sh" "$cc" a.h a.map a.so

# The comparison with earlier systems: as it is, and with one thing changed.
comparison() {
	rm -rf tree
	mkdir -p tree/docs/prior-art
	cp -R "$here/../../docs/prior-art" "$here/../../docs/prior-art.md" tree/docs
	ln -s "$here/.." tree/tests
}
changed() {
	comparison
	sed -i "$2" "tree/$1"
	says "$3" sh "$here/prior_art.sh" tree
}
comparison
passes 'the comparison as it is' sh "$here/prior_art.sh" tree
changed docs/prior-art/go-fork-exec.md '/^| 4\.4\.W3 |/d' \
    '4.4.W3: there is no such row'
changed docs/prior-art/go-fork-exec.md '/^| 4\.4\.W3 |/{p;}' \
    '4.4.W3: twice'
changed docs/prior-art/go-runc.md 's/^| 3\.1\.2 |/| 3.1.42 |/' \
    '3.1.42: twice, or not a number of the list'
changed docs/prior-art/go-runc.md '/^| 3\.1\.4 /s/| better: /| good: /' \
    '3.1.4: no verdict: good'
changed docs/prior-art/go-runc.md '/^| 3\.1\.4 /s/| better: [^|]*|/| better |/' \
    '3.1.4: no verdict: better without a reason'
changed docs/prior-art/go-runc.md '/^| 3\.1\.10 /s/by design/sure/' \
    '3.1.10 names no test, and does not say why'
changed docs/prior-art/go-runc.md 's/`a_core_is_told`/`nobody_tests_it`/' \
    'nobody_tests_it: named in the comparison, but not a test'
changed docs/prior-art/mproxy-childproc.md \
    's/`argv\[0\] is the word that was given`/`argv[0] is another word`/' \
    'argv[0] is another word: named in the comparison'
changed docs/prior-art.md '/go-runc.md/s/| [0-9]/| 9/' \
    'should count ](prior-art/go-runc.md)'

echo "1..$number"
exit $status
