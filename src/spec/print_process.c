/* SPDX-License-Identifier: Apache-2.0 */
/* Spec to JSON: the process, its limits, the handshake. */
#include "spec/print.h"

#include "base/names.h"
#include "spec/words.h"

#include <stdio.h>

static json_t *
group_value(int64_t group)
{
	if (group == CAISSON_GROUP_NEW)
		return json_string("new");
	if (group == CAISSON_GROUP_INHERIT)
		return json_string("inherit");
	return json_integer(group);
}

static json_t *
umask_value(int64_t mask)
{
	char text[8];

	(void)snprintf(text, sizeof(text), "%04o", (unsigned int)mask & 0777);
	return json_string(text);
}

static json_t *
signal_value(int64_t signo)
{
	char name[16];

	return json_string(names_signal_name((int)signo, name));
}

/* What is there only when it was set: the default is the caller's value. */
static int
add_optional(json_t *object, const struct spec_process *process)
{
	int r = 0;

	if (process->has_group)
		r |= json_object_set_new(object, "group",
					 group_value(process->group));
	if (process->parent_death_signal != 0)
		r |= json_object_set_new(object, "parent_death_signal",
					 signal_value(
					     process->parent_death_signal));
	if (process->has_umask)
		r |= json_object_set_new(object, "umask",
					 umask_value(process->umask));
	if (process->has_nice)
		r |= json_object_set_new(object, "nice",
					 json_integer(process->nice));
	if (process->has_oom_score_adj)
		r |= json_object_set_new(object, "oom_score_adj",
					 json_integer(process->oom_score_adj));
	if (process->chroot != NULL)
		r |= json_object_set_new(object, "chroot",
					 json_string(process->chroot));
	return r;
}

json_t *
print_process(const struct spec_process *process)
{
	json_t *object =
	    json_pack("{s:s, s:s, s:b, s:b}", "session",
		      words_text(words_session, process->session ? 1 : 0),
		      "tty", words_text(words_tty, process->tty), "foreground",
		      (int)process->foreground, "ptrace", (int)process->ptrace);

	if (object != NULL && add_optional(object, process) < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}

static json_t *
limit_value(uint64_t value)
{
	if (value == CAISSON_UNLIMITED)
		return json_string("unlimited");
	return json_integer((json_int_t)value);
}

json_t *
print_rlimits(const struct caisson_spec *spec)
{
	json_t *object = json_object();

	for (size_t i = 0; object != NULL && i < spec->n_rlimits; i++) {
		const struct spec_rlimit *limit = &spec->rlimits[i];
		json_t *pair = json_pack("[o, o]", limit_value(limit->soft),
					 limit_value(limit->hard));

		if (json_object_set_new(object,
					names_rlimit_name(limit->resource),
					pair) < 0) {
			json_decref(object);
			return NULL;
		}
	}
	return object;
}

json_t *
print_handshake(const struct spec_handshake *handshake)
{
	json_t *object = json_pack("{s:s, s:I}", "protocol",
				   handshake->protocol, "ready_timeout_ms",
				   (json_int_t)handshake->ready_timeout_ms);
	int r = 0;

	if (handshake->has_config)
		r |= json_object_set_new(object, "config",
					 json_stringn(handshake->config,
						      handshake->config_len));
	if (handshake->has_map)
		r |= json_object_set_new(object, "config",
					 print_map(&handshake->keys,
						   &handshake->values));
	if (handshake->has_fds)
		r |= json_object_set_new(object, "data_fd",
					 json_integer(handshake->data_fd));
	if (handshake->has_fds)
		r |= json_object_set_new(object, "status_fd",
					 json_integer(handshake->status_fd));
	if (r < 0) {
		json_decref(object);
		return NULL;
	}
	return object;
}
