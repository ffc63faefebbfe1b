/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What libseccomp has made, into memory: it writes to a descriptor, in the
 * order of bytes of the architecture that the filter is for.
 */
#include "policy/second/compile.h"

#include "base/err.h"

#include <byteswap.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static int
read_all(int fd, void *out, size_t size, struct caisson_error *err)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n =
		    pread(fd, (char *)out + used, size - used, (off_t)used);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_set(err, CAISSON_E_SYSTEM,
				       CAISSON_STAGE_PROFILE,
				       n < 0 ? errno : EIO, "read a filter");
		used += (size_t)n;
	}
	return 0;
}

static int
read_filter(int fd, struct filter *out, struct caisson_error *err)
{
	struct filter filter = { NULL, 0 };
	struct stat st;
	int r;

	if (fstat(fd, &st) < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PROFILE,
			       errno, "fstat a filter");
	filter.len = (size_t)st.st_size / sizeof(*filter.insns);
	if (filter.len == 0 || filter.len > FILTER_MAX)
		return err_set(err, CAISSON_E_UNSUPPORTED,
			       CAISSON_STAGE_PROFILE, 0,
			       "libseccomp's filter would have %zu "
			       "instructions, more than %d",
			       filter.len, FILTER_MAX);
	filter.insns = calloc(filter.len, sizeof(*filter.insns));
	if (filter.insns == NULL)
		return err_no_memory(err, CAISSON_STAGE_PROFILE);
	r = read_all(fd, filter.insns, filter.len * sizeof(*filter.insns), err);
	if (r < 0) {
		filter_done(&filter);
		return r;
	}
	*out = filter;
	return 0;
}

int
second_export(scmp_filter_ctx ctx, bool swapped, struct filter *out,
	      struct caisson_error *err)
{
	int fd = memfd_create("filter", MFD_CLOEXEC), r;

	if (fd < 0)
		return err_set(err, CAISSON_E_SYSTEM, CAISSON_STAGE_PROFILE,
			       errno, "memfd_create");
	r = seccomp_export_bpf(ctx, fd);
	if (r < 0)
		r = err_set(err, CAISSON_E_UNSUPPORTED, CAISSON_STAGE_PROFILE,
			    -r, "libseccomp makes no filter of it");
	else
		r = read_filter(fd, out, err);
	(void)close(fd);
	for (size_t i = 0; r == 0 && swapped && i < out->len; i++) {
		out->insns[i].code = bswap_16(out->insns[i].code);
		out->insns[i].k = bswap_32(out->insns[i].k);
	}
	return r;
}
