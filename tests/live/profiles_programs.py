# SPDX-License-Identifier: Apache-2.0
"""Real programs under the shipped profiles: where they should work they give
the same output and status as without, and where not, they say so and end."""

import http.server
import os
import threading

from cli_support import Scratch, case, equal, main, matches, need, need_program
from profiles_support import confined, identities, run, same


class Server:
    """A page on a port of the loopback interface."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"a page\n" * 1000)

        def log_message(self, *args):
            pass

    def __enter__(self):
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0),
                                                      self.Handler)
        threading.Thread(target=self.server.serve_forever).start()
        return "http://127.0.0.1:%d/" % self.server.server_port

    def __exit__(self, *what):
        self.server.shutdown()
        self.server.server_close()


GIT = """\
set -e
export GIT_CONFIG_NOSYSTEM=1 GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b
export GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b
export GIT_AUTHOR_DATE='@0 +0000' GIT_COMMITTER_DATE='@0 +0000'
git init -q -b main repo
cd repo
seq 1000 >numbers
git add numbers
git commit -q -m first
sed -i 5d numbers
git diff --stat
git commit -q -a -m second
git log --format='%H %s'
git gc -q
git fsck
cd ..
git clone -q repo copy 2>&1
git -C copy log --oneline
git -C copy bisect start HEAD HEAD~1
"""


@case("git makes, changes and clones a repository")
def git():
    need_program("git")
    same(["sh", "-c", GIT])


MAKEFILE = """\
all: hello
	./hello
hello: hello.o words.o
	cc -o $@ hello.o words.o
%.o: %.c
	cc -O2 -g -c $<
"""
C_FILES = {
    "Makefile": MAKEFILE,
    "hello.c": "#include <stdio.h>\nconst char *word(void);\n"
               "int main(void) { puts(word()); return 0; }\n",
    "words.c": "const char *word(void) { return \"hello\"; }\n",
    "wrong.c": "int main(void) { return nothing; }\n",
}


@case("make and a C compiler build, run and fail")
def make():
    need_program("make")
    need_program("cc")
    same(["make", "all"], files=C_FILES)
    same(["sh", "-c", "cc wrong.c 2>&1 | sed 's/cc[A-Za-z0-9]*\\.o/X.o/'; "
          "echo; exit 3"], files=C_FILES, status=3)


SANITIZED = {"a.c": """\
#include <stdio.h>
#include <stdlib.h>
int main(void) {
	int *p = malloc(4 * sizeof(int));
	for (int i = 0; i < 4; i++) p[i] = i;
	printf("%d\\n", p[0] + p[1] + p[2] + p[3]);
	free(p);
	return 0;
}
"""}


@case("a program with the address sanitizer runs under build")
def sanitizer():
    need_program("cc")
    script = "cc -fsanitize=address -g a.c && ./a.out"
    with Scratch() as d:
        with open(os.path.join(d, "a.c"), "w") as f:
            f.write(SANITIZED["a.c"])
        need(run(["sh", "-c", script], {}, cwd=d).returncode == 0,
             "no address sanitizer here")
    same(["sh", "-c", script], profiles=("build",), files=SANITIZED)


PYTHON = """\
import hashlib, json, multiprocessing, os, sqlite3, subprocess, tempfile
import threading
out = []
t = threading.Thread(target=lambda: out.append('thread'))
t.start(); t.join()
out.append(subprocess.check_output(['echo', 'child'], text=True))
with multiprocessing.Pool(2) as p:
    out.append(p.map(abs, [-1, -2]))
with tempfile.TemporaryDirectory() as d:
    path = os.path.join(d, 'f')
    open(path, 'w').write('x')
    os.chmod(path, 0o600); os.rename(path, path + '2')
    out.append(os.listdir(d))
db = sqlite3.connect(':memory:')
out.append(db.execute('select 6 * 7').fetchone())
out.append(hashlib.sha256(b'x').hexdigest())
print(json.dumps(out))
"""


@case("python3 with threads, processes, files and a database")
def python():
    same(["/usr/bin/python3", "-c", PYTHON])


NODE = """\
const fs = require('fs'), cp = require('child_process');
fs.writeFileSync('f', 'text');
fs.watch('.').close();
console.log(fs.readFileSync('f', 'utf8'), cp.execSync('echo child') + '');
const { Worker } = require('worker_threads');
new Worker('require("worker_threads").parentPort.postMessage("worker")',
           { eval: true }).on('message', (m) => { console.log(m); });
"""
NODE_SERVER = """\
const http = require('http');
const s = http.createServer((q, r) => r.end('served')).listen(0, '127.0.0.1',
  () => http.get({ port: s.address().port, host: '127.0.0.1' }, (r) => {
    r.on('data', (d) => { console.log(d + ''); s.close(); });
  }));
s.on('error', (e) => console.log('error', e.code));
"""


@case("node with files, processes, workers, and a server on the loopback")
def node():
    need_program("node")
    same(["node", "-e", NODE])
    same(["node", "-e", NODE_SERVER], profiles=("default", "build", "agent"))
    done = confined("no-network", ["node", "-e", NODE_SERVER], {})
    matches(done.stdout.decode() + done.stderr.decode(), "EAFNOSUPPORT")


@case("curl fetches a page, and without network says that it cannot")
def curl():
    need_program("curl")
    with Server() as url:
        command = ["curl", "-sS", "--max-time", "60", url]
        same(command, profiles=("default", "build", "agent"))
        for who in identities():
            for profile in ("no-network", "strict"):
                done = confined(profile, command, who)
                equal(done.returncode, 7, profile)
                equal(done.stdout, b"", profile)
                matches(done.stderr.decode(), r"^curl: \(7\) ")


@case("tar packs and unpacks")
def tar():
    script = ("mkdir d && seq 100 >d/a && ln -s a d/b && ln d/a d/c && "
              "mkfifo d/p && chmod 640 d/a && touch -h -d @0 d/* d && "
              "tar --sort=name -czf t.tgz d && tar -tvzf t.tgz && mkdir out && "
              "tar -xzf t.tgz -C out && ls -l --time-style=+%s out/d && "
              "cmp d/a out/d/c")
    same(["sh", "-c", script])


@case("ssh-keygen makes a key, signs and verifies")
def ssh_keygen():
    need_program("ssh-keygen")
    script = ("ssh-keygen -q -t ed25519 -N '' -C c -f k && "
              "ssh-keygen -y -f k >pub && cmp pub k.pub && echo text >f && "
              "ssh-keygen -q -Y sign -f k -n file f 2>/dev/null && "
              "echo \"me $(cat k.pub)\" >who && "
              "ssh-keygen -Y verify -f who -I me -n file -s f.sig <f "
              "| cut -d' ' -f1-4")
    same(["sh", "-c", script])


@case("sqlite3 keeps a database in a file")
def sqlite3():
    need_program("sqlite3")
    script = ("sqlite3 db 'pragma journal_mode=wal; create table t (a); "
              "insert into t values (1), (2);' && "
              "sqlite3 db 'select sum(a) from t; pragma integrity_check;' && "
              "ls")
    same(["sh", "-c", script])


@case("setarch switches randomisation off under build and agent only")
def setarch():
    need_program("setarch")
    # The same addresses twice, which is what it is for.
    script = ("a=$(setarch -R cat /proc/self/maps | sed -n '$!p') && "
              "b=$(setarch -R cat /proc/self/maps | sed -n '$!p') && "
              "test \"$a\" = \"$b\" && echo same")
    same(["sh", "-c", script], profiles=("build", "agent"))
    for profile in ("default", "no-network"):
        done = confined(profile, ["setarch", "-R", "true"], {})
        assert done.returncode != 0, profile
        matches(done.stderr.decode(), "Operation not permitted")


@case("strace starts what it traces; only default and build let it attach")
def strace():
    need_program("strace")
    command = ["strace", "-e", "trace=none", "echo", "traced"]
    script = ("sleep 1000 >/dev/null & p=$!; timeout 60 strace -e trace=none -p $p "
              "2>err & sleep 0; until grep -q ttach err; do sleep 0.05; done; "
              "kill $p; cat err")
    for profile, words in (("default", "attached"), ("build", "attached"),
                           ("agent", "Operation not permitted"),
                           ("no-network", "Operation not permitted")):
        done = confined(profile, command, {})
        equal((done.returncode, done.stdout), (0, b"traced\n"),
              (profile, done.stderr))
        with Scratch() as d:
            done = confined(profile, ["sh", "-c", script], {}, cwd=d)
            matches(done.stdout.decode(), words, profile)


@case("gdb runs a program under agent")
def gdb():
    need_program("gdb")
    need_program("cc")
    script = ("cc -g -O0 -o hello hello.c words.c && "
              "gdb -nx -q -batch -ex 'break word' -ex run -ex 'bt 1' "
              "-ex continue ./hello 2>/dev/null | grep -c 'in main\\|#0 .*word'")
    same(["sh", "-c", script], profiles=("agent",), files=C_FILES)


if __name__ == "__main__":
    main()
