/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The claim that filter and policy differ, as SMT-LIB 2: the call, the policy
 * in terms of the call, the words that a kernel makes of it, the filter in
 * terms of the words.  Both sides are written out from what they are, rule by
 * rule and instruction by instruction, and share nothing but the call.
 */
#include "policy/proof/smt.h"

#include "base/err.h"
#include "policy/proof/call.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* Room for need bytes more. */
static bool
reserve(struct smt *smt, size_t need)
{
	size_t max = smt->max * 2 + need;
	char *v;

	if (smt->failed)
		return false;
	if (smt->max - smt->n >= need)
		return true;
	v = realloc(smt->v, max);
	if (v == NULL) {
		smt->failed = true;
		return false;
	}
	smt->v = v;
	smt->max = max;
	return true;
}

void
smt_add(struct smt *smt, const char *fmt, ...)
{
	va_list ap;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (len < 0 || !reserve(smt, (size_t)len + 1))
		return;
	va_start(ap, fmt);
	(void)vsnprintf(smt->v + smt->n, (size_t)len + 1, fmt, ap);
	va_end(ap);
	smt->n += (size_t)len;
}

void
smt_close(struct smt *smt, size_t parentheses)
{
	while (parentheses-- > 0)
		smt_add(smt, ")");
	smt_add(smt, "\n");
}

static void
declare_call(struct smt *smt)
{
	smt_add(smt, "; A call: the register's bits as the kernel gets them.\n"
		     "(set-logic QF_BV)\n"
		     "(declare-const nr (_ BitVec 32))\n"
		     "(declare-const arch (_ BitVec 32))\n"
		     "(declare-const ip (_ BitVec 64))\n");
	for (int i = 0; i < 6; i++)
		smt_add(smt, "(declare-const arg%d (_ BitVec 64))\n", i);
}

static void
define_half(struct smt *smt, int word, const char *of, bool high)
{
	smt_add(smt,
		"(define-fun word%d () (_ BitVec 32) ((_ extract %d %d) %s))\n",
		word, high ? 63 : 31, high ? 32 : 0, of);
}

/* struct seccomp_data, word by word. */
static void
define_words(struct smt *smt, bool big_endian)
{
	char arg[8];

	smt_add(smt,
		"; struct seccomp_data, %s endian.\n"
		"(define-fun word0 () (_ BitVec 32) nr)\n"
		"(define-fun word1 () (_ BitVec 32) arch)\n",
		big_endian ? "big" : "little");
	define_half(smt, 2, "ip", big_endian);
	define_half(smt, 3, "ip", !big_endian);
	for (int i = 0; i < 6; i++) {
		(void)snprintf(arg, sizeof(arg), "arg%d", i);
		define_half(smt, 4 + 2 * i, arg, big_endian);
		define_half(smt, 5 + 2 * i, arg, !big_endian);
	}
}

int
proof_smt(const struct policy *policy, const struct filter *filter, char **out,
	  size_t *len, struct caisson_error *err)
{
	struct smt smt = { 0 };

	declare_call(&smt);
	smt_policy(&smt, policy);
	define_words(&smt, proof_is_big_endian(policy));
	smt_filter(&smt, filter);
	smt_add(&smt, "; Is there a call that they answer differently?\n"
		      "(assert (not (= policy filter)))\n"
		      "(check-sat)\n");
	if (smt.failed) {
		free(smt.v);
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	}
	*out = smt.v;
	*len = smt.n;
	return 0;
}
