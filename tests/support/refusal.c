/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A seccomp filter as a fault injector: it is how a container would refuse a
 * call, and the only way in which a kernel can be made to lie.
 */
#include "refusal.h"

#include "harness.h"

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define LOAD(field)                        \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, \
		 (uint32_t)offsetof(struct seccomp_data, field))

void
refusal_add(uint32_t nr, uint32_t arg0, uint16_t error)
{
	struct sock_filter code[] = {
		LOAD(nr),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, nr, 0, 3),
		LOAD(args[0]),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, arg0, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog prog = { sizeof(code) / sizeof(code[0]), code };

	if (arg0 == REFUSAL_ANY)
		code[3] =
		    (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0,
						 0, 1);
	if (!harness_has_capability(CAP_SYS_ADMIN))
		assert_int_equal(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
	assert_int_equal(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0,
				 &prog),
			 0);
}
