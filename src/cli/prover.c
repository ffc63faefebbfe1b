/* SPDX-License-Identifier: Apache-2.0 */
/*
 * z3 as a child of ours: it gets the claim from a file in memory, nothing
 * else, and what it says is a word, and the values of a witness.
 */
#include "cli/prover.h"

#include "base/err.h"
#include "base/fd.h"
#include "cli/policy.h"
#include "cli/request.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* After the claim; where there is no witness this is an error, and ignored. */
static const char question[] = "(get-value (arch nr arg0 arg1 arg2 arg3 arg4 "
			       "arg5))\n";

#define ANSWER_MAX 4096

static int
failed(const char *what, struct caisson_error *err)
{
	return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_NONE, errno, "%s",
		       what);
}

/* The claim and the question, to be read from its beginning; -1. */
static int
input_of(const char *claim)
{
	FD_OWNED fd = memfd_create("claim", MFD_CLOEXEC);

	if (fd < 0 || fd_write_all(fd, claim, strlen(claim)) < 0 ||
	    fd_write_all(fd, question, sizeof(question) - 1) < 0 ||
	    lseek(fd, 0, SEEK_SET) != 0)
		return -1;
	return fd_steal(&fd);
}

static int
fill(struct caisson_spec *spec, const char *path, int input,
     const struct prover_request *request, struct caisson_error *err)
{
	const char *const argv[] = { "z3", "-smt2", "-in", NULL };
	int code = caisson_spec_set_path(spec, path, err);

	if (code == 0)
		code = caisson_spec_set_argv(spec, argv, err);
	if (code == 0)
		code = caisson_spec_fd_inherit(spec, 0, input, err);
	if (code == 0)
		code = caisson_spec_fd_pipe(spec, 1, CAISSON_FROM_CHILD, err);
	if (code == 0)
		code = caisson_spec_fd_null(spec, 2, err);
	if (code == 0)
		code =
		    caisson_spec_set_timeout_ms(spec, request->timeout_ms, err);
	if (code == 0)
		code = caisson_spec_freeze(spec, err);
	return code;
}

static int
find(const struct prover_request *request, char **out,
     struct caisson_error *err)
{
	char name[] = "z3";
	char *const program[] = { name, NULL };
	struct request r = REQUEST_INIT("policy prove", request->env);

	r.program = program;
	return program_resolve(&r, out, err);
}

static int
start(const struct prover_request *request, struct caisson_child **out,
      struct caisson_error *err)
{
	FD_OWNED input = input_of(request->claim);
	struct caisson_spec *spec = NULL;
	char *path = NULL;
	int code;

	if (input < 0)
		return failed("a file in memory", err);
	code = find(request, &path, err);
	if (code == 0)
		code = caisson_spec_new(&spec, err);
	if (code == 0)
		code = fill(spec, path, input, request, err);
	if (code == 0)
		code = caisson_launch(spec, NULL, out, err);
	caisson_spec_free(spec);
	free(path);
	return code;
}

/* What fits into a pipe; the answer is a few lines. */
static size_t
read_answer(int fd, char out[ANSWER_MAX])
{
	size_t len = 0;
	ssize_t n;

	do {
		n = read(fd, out + len, ANSWER_MAX - 1 - len);
		if (n > 0)
			len += (size_t)n;
	} while (len < ANSWER_MAX - 1 && (n > 0 || (n < 0 && errno == EINTR)));
	out[len] = '\0';
	return len;
}

/* "(name #x...)" or "#b...", in the text of all values; false: not there. */
static bool
value_of(const char *text, const char *name, uint64_t *out)
{
	size_t n = strlen(name);
	const char *p = text;
	unsigned base;

	do {
		p = strstr(p, name);
		if (p == NULL)
			return false;
		p += n;
	} while (p[-(ptrdiff_t)n - 1] != '(' || p[0] != ' ' || p[1] != '#');
	base = p[2] == 'x' ? 16 : 2;
	*out = strtoull(p + 3, NULL, (int)base);
	return true;
}

static bool
read_witness(const char *text, struct seccomp_data *out)
{
	static const char *const names[] = { "arg0", "arg1", "arg2",
					     "arg3", "arg4", "arg5" };
	uint64_t arch, nr, value;

	memset(out, 0, sizeof(*out));
	if (!value_of(text, "arch", &arch) || !value_of(text, "nr", &nr))
		return false;
	out->arch = (uint32_t)arch;
	out->nr = (int)(uint32_t)nr;
	for (int i = 0; i < 6; i++) {
		if (!value_of(text, names[i], &value))
			return false;
		out->args[i] = value;
	}
	return true;
}

static void
understand(const char *text, struct prover_answer *out)
{
	out->status = POLICY_UNKNOWN;
	if (strncmp(text, "unsat\n", 6) == 0)
		out->status = POLICY_SAME;
	else if (strncmp(text, "sat\n", 4) == 0 &&
		 read_witness(text + 4, &out->witness))
		out->status = POLICY_DIFFERS;
}

int
prover_run(const struct prover_request *request, struct prover_answer *out,
	   struct caisson_error *err)
{
	struct caisson_child *child = NULL;
	struct caisson_exit end;
	char text[ANSWER_MAX];
	int code = start(request, &child, err);

	if (code < 0)
		return code;
	code = caisson_child_wait(child, CAISSON_FOREVER, &end, err);
	if (code == 0) {
		(void)read_answer(caisson_child_fd(child, 1), text);
		*out = (struct prover_answer){ .timed_out = end.timed_out };
		understand(text, out);
	}
	caisson_child_free(child);
	return code;
}
