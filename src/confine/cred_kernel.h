/* SPDX-License-Identifier: Apache-2.0 */
/* The capability sets of this thread as the kernel says; cred*.c only. */
#ifndef CONFINE_CRED_KERNEL_H
#define CONFINE_CRED_KERNEL_H

#include "confine/cred.h"

/*
 * out = the five sets, without bits above the last capability (which some
 * kernels set); *last_cap = its number.  The error has the given stage.
 */
CAISSON_CHECK int cred_kernel_sets(uint32_t stage, struct cred_sets *out,
				   uint32_t *last_cap,
				   struct caisson_error *err);

#endif
