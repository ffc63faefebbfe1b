/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OCI runtime-spec linux.seccomp to policy text: the object's head, and the
 * result.  Understands also a whole config.json, and the templates of Docker
 * and Podman.  Errors have the JSON pointer of what is wrong.
 */
#include "policy/import/oci.h"

#include "base/err.h"
#include "base/suggest.h"
#include "policy/import/mux.h"
#include "policy/import/order.h"
#include "policy/import/write.h"
#include "policy/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_SIZE 512

static void
add_comment(struct oci *oci, const struct json_at *at, const char *text)
{
	char pointer[JSON_POINTER_SIZE];

	(void)json_pointer(at, pointer);
	buffer_add(&oci->comments, "# ");
	buffer_quote(&oci->comments, pointer, strlen(pointer));
	buffer_add(&oci->comments, ": ");
	buffer_quote(&oci->comments, text, strlen(text));
	buffer_add(&oci->comments, "\n");
}

void
oci_comment(struct oci *oci, const struct json_at *at, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	add_comment(oci, at, text);
}

void
oci_remark(struct oci *oci, const struct json_at *at, const char *fmt, ...)
{
	char text[TEXT_SIZE];
	va_list args;

	va_start(args, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	json_note(&oci->in, at, "%s", text);
	add_comment(oci, at, text);
}

static int
check_key(struct oci *oci, const struct json_at *object, const char *key,
	  const struct oci_known *known)
{
	struct suggest s;

	suggest_init(&s, key);
	for (size_t i = 0; known->keys[i] != NULL; i++) {
		if (strcmp(known->keys[i], key) == 0)
			return 0;
		suggest_offer(&s, known->keys[i]);
	}
	if (s.best != NULL)
		return json_fail(&oci->in, object,
				 "unknown key \"%.64s\"; did you mean \"%s\"?",
				 key, s.best);
	if (known->closed)
		return json_fail(&oci->in, object, "unknown key \"%.64s\"",
				 key);
	oci_remark(oci, object, "\"%.64s\" is left out", key);
	return 0;
}

int
oci_check_keys(struct oci *oci, const struct json_at *object,
	       const struct oci_known *known)
{
	const char *key;
	json_t *value;

	json_object_foreach(object->value, key, value)
	{
		if (check_key(oci, object, key, known) < 0)
			return CAISSON_E_POLICY;
	}
	return 0;
}

/* The object itself, or where a whole config.json has it. */
static int
find_object(struct oci *oci, const struct json_at *root,
	    struct json_at chain[2], const struct json_at **out)
{
	if (!json_is_object(root->value))
		return json_fail(&oci->in, root, "must be an object");
	chain[0] = json_member(root, "linux");
	*out = root;
	if (chain[0].value == NULL &&
	    json_object_get(root->value, "ociVersion") == NULL)
		return 0;
	if (json_want_object(&oci->in, &chain[0]) < 0)
		return CAISSON_E_POLICY;
	chain[1] = json_member(&chain[0], "seccomp");
	*out = &chain[1];
	if (chain[1].value == NULL)
		return json_fail(&oci->in, &chain[1],
				 "this configuration has no filter");
	return json_want_object(&oci->in, &chain[1]);
}

static int
read_flags(struct oci *oci, const struct json_at *object)
{
	static const char *const flags[] = {
		"SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_LOG",
		"SECCOMP_FILTER_FLAG_SPEC_ALLOW",
		"SECCOMP_FILTER_FLAG_WAIT_KILLABLE_RECV", NULL
	};
	struct json_at list = json_member(object, "flags");

	if (json_want_list(&oci->in, &list) < 0)
		return CAISSON_E_POLICY;
	for (size_t i = 0; i < json_length(&list); i++) {
		struct json_at at = json_element(&list, i);
		int word = -1;

		if (json_read_word(&oci->in, &at, flags, &word) < 0)
			return CAISSON_E_POLICY;
		if (word < 0)
			return json_fail(&oci->in, &at, "not a flag");
		oci_remark(oci, &at, "%s is left out", flags[word]);
	}
	return 0;
}

static int
read_listener(struct oci *oci, const struct json_at *object)
{
	static const char *const keys[] = { "listenerPath",
					    "listenerMetadata" };

	for (size_t i = 0; i < 2; i++) {
		struct json_at at = json_member(object, keys[i]);
		const char *text = NULL;

		if (json_read_string(&oci->in, &at, &text) < 0)
			return CAISSON_E_POLICY;
		if (text != NULL)
			oci_remark(oci, &at,
				   "is left out: a launch has no listener");
	}
	return 0;
}

static int
read_head(struct oci *oci, const struct json_at *object)
{
	struct oci_action action = {
		.word = json_member(object, "defaultAction"),
		.number = json_member(object, "defaultErrnoRet"),
		.name = json_member(object, "defaultErrno"),
	};
	int r = oci_read_action(oci, &action, &oci->rules.default_action);

	if (r == 0 && oci->rules.default_action == SECCOMP_RET_TRACE)
		return json_fail(&oci->in, &action.word,
				 "a tracer cannot be asked about all calls");
	if (r == 0)
		r = oci_read_archs(oci, object);
	if (r == 0)
		r = read_flags(oci, object);
	if (r == 0)
		r = read_listener(oci, object);
	return r;
}

static void
order_calls(struct oci *oci)
{
	static const char *const texts[] = {
		[ORDER_CONDITIONS_IGNORED] =
		    "rules with arguments do not count beside one without, "
		    "whatever their action",
		[ORDER_FIRST] = "of two rules without arguments the first "
				"counts, whatever the action of the second",
		[ORDER_STRICTER] = "rules with different actions overlap; the "
				   "strictest goes first",
	};
	struct note_place place = { .file = oci->in.file };

	for (size_t i = 0; i < oci->rules.n_calls; i++) {
		struct rules_call *call = &oci->rules.calls[i];
		enum order_verdict verdict = order_call(&oci->rules, call);

		if (verdict == ORDER_CLEAR)
			continue;
		notes_add(oci->in.notes, &place, "%s: %s", call->name,
			  texts[verdict]);
		buffer_add(&oci->comments, "# %s: %s\n", call->name,
			   texts[verdict]);
	}
}

static int
write_text(struct oci *oci, const struct json_at *root, char **out)
{
	struct mux_remarks remarks = { oci->in.file, oci->in.notes,
				       &oci->comments };
	struct buffer text = { 0 };

	order_calls(oci);
	if (mux_add(&oci->rules, &remarks) < 0)
		return err_no_memory(oci->in.err, CAISSON_STAGE_POLICY);
	buffer_add(&text, "# Imported from an OCI seccomp profile, ");
	buffer_quote(&text, oci->in.file, strlen(oci->in.file));
	buffer_add(&text, "\n");
	write_head(&oci->rules, &text);
	if (oci->comments.len > 0)
		buffer_add(&text, "\n# Left out, or changed:\n%s",
			   oci->comments.text);
	write_rules(&oci->rules, &text);
	if (text.failed || oci->comments.failed) {
		buffer_done(&text);
		return err_no_memory(oci->in.err, CAISSON_STAGE_POLICY);
	}
	if (text.len > TEXT_SIZE_MAX) {
		buffer_done(&text);
		return json_fail(&oci->in, root,
				 "longer than 1 MiB as policy text");
	}
	*out = text.text;
	return 0;
}

static int
import_root(struct oci *oci, json_t *value, char **out)
{
	static const char *const keys[] = { "defaultAction", "defaultErrnoRet",
					    "defaultErrno",  "architectures",
					    "archMap",       "flags",
					    "listenerPath",  "listenerMetadata",
					    "syscalls",      NULL };
	static const struct oci_known known = { keys, false };
	struct json_at root = { .value = value }, chain[2];
	const struct json_at *object;
	int r = find_object(oci, &root, chain, &object);

	if (r == 0)
		r = read_head(oci, object);
	if (r == 0)
		r = oci_check_keys(oci, object, &known);
	if (r == 0)
		r = oci_read_syscalls(oci, object);
	if (r < 0)
		return r;
	return write_text(oci, &root, out);
}

int
import_oci(const char *text, size_t len, const struct import_options *options,
	   char **out, struct caisson_error *err)
{
	struct oci oci = {
		.in = { options->file, options->notes, err },
		.options = options,
		.rules = { .whole_registers = true },
	};
	json_t *root = NULL;
	int r = json_parse(&oci.in, text, len, &root);

	if (r == 0)
		r = import_root(&oci, root, out);
	json_decref(root);
	rules_done(&oci.rules);
	buffer_done(&oci.comments);
	return r;
}
