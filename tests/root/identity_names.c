/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Becoming somebody by name, or whoever called sudo, doas or pkexec, as root:
 * that user's ids and groups, or an error.
 */
#include "oracle.h"
#include "people.h"

#include <stdlib.h>
#include <string.h>

/* The members of a state that follow from these ids. */
static const char *
ids(uint32_t uid, uint32_t gid, const char *groups)
{
	return harness_text("'ruid':%u,'euid':%u,'suid':%u,'fsuid':%u,"
			    "'rgid':%u,'egid':%u,'sgid':%u,'fsgid':%u,"
			    "'groups':[%s]",
			    uid, uid, uid, uid, gid, gid, gid, gid, groups);
}

static void
a_user_is_its_uid_its_group_and_its_groups(void **state)
{
	const struct person *p = people_get();
	const char *groups;
	struct launched l;

	(void)state;
	if (p == NULL) {
		print_message("a throwaway user could not be made\n");
		skip();
	}
	groups = harness_text("%u,%u", p->group[0], p->group[1]);
	l = launching_state(harness_text("'credentials':{'user':'%s'}",
					 p->name),
			    NULL);
	oracle_check(&l, harness_text("{%s,'groups':null}",
				      ids(p->uid, p->gid, "")));
	l = launching_state(harness_text("'credentials':{'user':'%s',"
					 "'group':'%s'}",
					 p->name, p->group_name[0]),
			    NULL);
	assert_int_equal(json_array_size(json_object_get(l.state, "groups")),
			 2);
	oracle_check(&l,
		     harness_text("{%s}", ids(p->uid, p->group[0], groups)));
}

/* The primary group is one of the groups, as login(1) does it. */
static const char *
groups_of(const struct person *p)
{
	uint32_t g[3] = { p->gid, p->group[0], p->group[1] };

	for (int i = 0; i < 3; i++)
		for (int k = i + 1; k < 3; k++)
			if (g[k] < g[i]) {
				uint32_t swap = g[i];

				g[i] = g[k];
				g[k] = swap;
			}
	return harness_text("%u,%u,%u", g[0], g[1], g[2]);
}

static void
check_sudo(const char *mode, const char *const *env)
{
	const struct person *p = people_get();
	struct caisson_launch_options options = { .size = sizeof(options),
						  .caller_env = env };
	struct launched l = launching_state(
	    harness_text("'drop_sudo_credentials':'%s','env':{'A':'1',"
			 "'SUDO_UID':'7','SUDO_GID':'7','SUDO_USER':'x',"
			 "'SUDO_COMMAND':'y','DOAS_USER':'z','PKEXEC_UID':'8'}",
			 mode),
	    &options);

	oracle_check(&l, harness_text("{%s,'environ':['A=1']}",
				      ids(p->uid, p->gid, groups_of(p))));
}

static void
sudo_variables_lead_back_to_their_user(void **state)
{
	const struct person *p = people_get();
	const char *env[4] = { "X=1", NULL, NULL, NULL };

	(void)state;
	if (p == NULL) {
		print_message("a throwaway user could not be made\n");
		skip();
	}
	env[1] = harness_text("SUDO_UID=%u", p->uid);
	check_sudo("if-set", env);
	env[2] = harness_text("SUDO_GID=%u", p->gid);
	check_sudo("require", env);
	env[1] = harness_text("DOAS_USER=%s", p->name);
	env[2] = NULL;
	check_sudo("if-set", env);
	env[1] = harness_text("PKEXEC_UID=%u", p->uid);
	check_sudo("require", env);
}

static void
refuse_sudo(const char *const *env, int code)
{
	struct caisson_launch_options options = { .size = sizeof(options),
						  .caller_env = env };
	struct caisson_error err;

	launching_refused(launching_spec("'drop_sudo_credentials':'require'",
					 "exit", "0", NULL),
			  &options, &err);
	assert_int_equal(err.code, code);
	assert_int_equal(err.stage, CAISSON_STAGE_IDENTITY);
}

static void
sudo_variables_that_are_missing_or_lie_are_refused(void **state)
{
	const char *none[] = { "X=1", NULL };
	const char *root[] = { "SUDO_UID=0", "SUDO_GID=0", NULL };
	const char *wrapped[] = { "SUDO_UID=4294967295", NULL };
	const char *signs[] = { "SUDO_UID=-1", NULL };
	const char *text[] = { "SUDO_UID=1000x", NULL };
	struct launched l;

	(void)state;
	refuse_sudo(NULL, CAISSON_E_IDENTITY);
	refuse_sudo(none, CAISSON_E_IDENTITY);
	refuse_sudo(root, CAISSON_E_IDENTITY);
	refuse_sudo(wrapped, CAISSON_E_IDENTITY);
	refuse_sudo(signs, CAISSON_E_IDENTITY);
	refuse_sudo(text, CAISSON_E_IDENTITY);
	l = launching_state("'drop_sudo_credentials':'if-set'", NULL);
	oracle_check(&l, NULL);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_user_is_its_uid_its_group_and_its_groups),
		cmocka_unit_test(sudo_variables_lead_back_to_their_user),
		cmocka_unit_test(
		    sudo_variables_that_are_missing_or_lie_are_refused),
	};

	return harness_main("identity_names", argc, argv, tests,
			    sizeof(tests) / sizeof(tests[0]));
}
