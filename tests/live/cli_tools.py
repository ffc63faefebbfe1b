# SPDX-License-Identifier: Apache-2.0
"""Everyday tools give the same output and status with caisson as without."""

import os
import subprocess

from cli_support import (CAISSON, Scratch, case, equal, main, need_program)

# What a person's command line passes on, so that both runs have the same.
KEPT = ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "TZ")
ENV = {k: v for k, v in os.environ.items()
       if k in KEPT or k.startswith("LC_")}

MAKEFILE = """\
CFLAGS = -O1
all: hello
	./hello
hello: hello.o words.o
	$(CC) -o $@ hello.o words.o
%.o: %.c
	$(CC) $(CFLAGS) -c $<
fail:
	exit 3
clean:
	rm -f hello *.o
"""

SOURCES = {
    "Makefile": MAKEFILE,
    "hello.c": "#include <stdio.h>\nconst char *word(void);\n"
               "int main(void) { puts(word()); return 0; }\n",
    "words.c": "const char *word(void) { return \"hello\"; }\n",
}

# What configure scripts do: here-documents, test programs, many small tools.
CONFIGURE = """\
#!/bin/sh
set -e
echo "checking for a C compiler... ${CC:-cc}"
for f in fork pipe2 setrlimit no_such_function_here; do
	cat >conftest.c <<EOF
char $f();
int main(void) { return $f() != 0; }
EOF
	if ${CC:-cc} -o conftest conftest.c 2>/dev/null; then
		echo "checking for $f... yes"
		echo "#define HAVE_$f 1" | tr '[:lower:]' '[:upper:]'
	else
		echo "checking for $f... no"
	fi
done >config.out
cat >conftest.c <<'EOF'
#include <stdio.h>
int main(void) { printf("%d\\n", (int)sizeof(long)); return 0; }
EOF
${CC:-cc} -o conftest conftest.c
echo "checking size of long... $(./conftest)"
sed 's/^/config: /' config.out
sort -u config.out | uniq -c | awk '{ n++ } END { print n, "lines" }'
rm -f conftest conftest.c config.out
"""


def both(command, before=("true",), **more):
    """Run command without and with caisson: the same in every respect."""
    results = []
    for prefix in ([], [CAISSON, "run", "--"]):
        subprocess.run(before, check=True, **more)
        done = subprocess.run(prefix + command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              env=ENV, timeout=120, **more)
        results.append((done.returncode, done.stdout, done.stderr))
    equal(results[1], results[0], command)
    return results[0]


def write(directory, name, text, mode=0o644):
    path = os.path.join(directory, name)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, mode)


@case("make builds, runs and fails")
def make():
    need_program("make")
    need_program("cc")
    with Scratch() as d:
        for name, text in SOURCES.items():
            write(d, name, text)
        clean = ["rm", "-f", "hello", "hello.o", "words.o"]
        equal(both(["make", "all"], before=clean, cwd=d)[0], 0)
        equal(both(["make", "all"], cwd=d)[0], 0)
        equal(both(["make", "fail"], cwd=d)[0], 2)
        equal(both(["make", "clean"], cwd=d)[0], 0)
        # In parallel the order of the output differs by itself.
        done = subprocess.run([CAISSON, "run", "make", "-j2"], cwd=d, env=ENV,
                              stdout=subprocess.PIPE)
        equal(done.returncode, 0)


@case("./configure configures")
def configure():
    need_program("cc")
    with Scratch() as d:
        write(d, "configure", CONFIGURE, 0o755)
        status, out, _ = both(["./configure"], cwd=d)
        equal(status, 0)
        assert b"fork... yes" in out and b"here... no" in out, out


@case("pip --version")
def pip():
    need_program("pip")
    equal(both(["pip", "--version"])[0], 0)


@case("npm --version")
def npm():
    need_program("npm")
    equal(both(["npm", "--version"])[0], 0)


@case("git, tar, find and a pipeline of them")
def shell_tools():
    need_program("git")
    with Scratch() as d:
        write(d, "a", "text\n")
        script = ("git init -q repo && cd repo && git status --short && "
                  "cp ../a b && git status --short; rm -rf ../repo; cd ..; "
                  "tar cf - a | tar tvf - | wc -l; "
                  "find . -type f | sort | xargs md5sum")
        equal(both(["sh", "-c", script], cwd=d)[0], 0)


@case("python with threads, subprocesses and a local socket")
def python():
    script = ("import subprocess, threading, socket, multiprocessing\n"
              "def serve(s): c, _ = s.accept(); c.sendall(b'hi'); c.close()\n"
              "s = socket.create_server(('127.0.0.1', 0))\n"
              "t = threading.Thread(target=serve, args=(s,)); t.start()\n"
              "c = socket.create_connection(s.getsockname())\n"
              "print(c.recv(9)); t.join()\n"
              "print(subprocess.check_output(['echo', 'out']))\n"
              "with multiprocessing.Pool(2) as p:\n"
              "    print(p.map(abs, [-1, -2]))\n")
    equal(both(["/usr/bin/python3", "-c", script])[0], 0)


if __name__ == "__main__":
    main()
