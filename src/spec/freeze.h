/* SPDX-License-Identifier: Apache-2.0 */
/* The parts of validation.  Each looks at a spec and changes nothing. */
#ifndef SPEC_FREEZE_H
#define SPEC_FREEZE_H

#include "spec/spec.h"

/* credentials, drop_sudo_credentials, capabilities, seccomp */
CAISSON_CHECK int freeze_check_identity(const struct caisson_spec *spec,
					struct caisson_error *err);
/* stdio, extra_fds */
CAISSON_CHECK int
freeze_check_fds(const struct caisson_spec *spec, struct caisson_error *err);
/* process, rlimits */
CAISSON_CHECK int freeze_check_process(const struct caisson_spec *spec,
				       struct caisson_error *err);
/* handshake, and its descriptors against extra_fds */
CAISSON_CHECK int freeze_check_handshake(const struct caisson_spec *spec,
					 struct caisson_error *err);

/* 0 to 2^53 milliseconds. */
CAISSON_CHECK int freeze_check_time(const char *pointer, int64_t value,
				    struct caisson_error *err);

#endif
