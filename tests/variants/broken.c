/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Launches that may go wrong in every way: nothing here fails a test but what
 * cannot be the variant's doing.
 */
#include "broken.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *
broken_members(const char *recipe, const char *members)
{
	return harness_text("'env':{'CAISSON_VARIANT':'%s'}%s%s", recipe,
			    members[0] != '\0' ? "," : "", members);
}

/* What the program says within two seconds, up to its end. */
static json_t *
listen(struct caisson_child *child)
{
	static char text[1 << 16];
	struct pollfd p = { caisson_child_fd(child, 1), POLLIN, 0 };
	size_t len = 0;
	ssize_t n = 1;

	while (n > 0 && len < sizeof(text) - 1 && poll(&p, 1, 2000) == 1) {
		n = read(p.fd, text + len, sizeof(text) - 1 - len);
		len += n > 0 ? (size_t)n : 0;
	}
	text[len] = '\0';
	return json_loads(text, 0, NULL);
}

static void
describe(struct launched *l, struct caisson_child *child, const char *members)
{
	struct stat st;

	assert_int_equal(fstat(caisson_child_fd(child, 1), &st), 0);
	l->pipe_dev = st.st_dev;
	l->pipe_ino = st.st_ino;
	l->pid = caisson_child_pid(child);
	l->engine = caisson_child_engine(child);
	l->confined = strstr(members, "unconfined") == NULL;
	l->state = listen(child);
}

int
broken_differences(const char *recipe, const char *members, const char *except,
		   struct caisson_error *err)
{
	const char *all = broken_members(recipe, members);
	struct caisson_spec *spec = launching_spec(all, "state", "1", NULL);
	struct caisson_child *child = NULL;
	struct launched l;
	int r;

	memset(err, 0, sizeof(*err));
	assert_int_equal(caisson_spec_freeze(spec, err), 0);
	r = caisson_launch(spec, NULL, &child, err);
	caisson_spec_free(spec);
	if (r < 0) {
		assert_null(child);
		return r;
	}
	describe(&l, child, all);
	caisson_child_free(child);
	if (l.state == NULL)
		return 1;
	r = oracle_differences(
	    &l, harness_text("{'environ':['CAISSON_VARIANT=%s']%s%s}", recipe,
			     except[0] != '\0' ? "," : "", except));
	json_decref(l.state);
	return r;
}
