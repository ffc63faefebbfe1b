/* SPDX-License-Identifier: Apache-2.0 */
/* The tables made during the build.  Only for the files of this directory. */
#ifndef POLICY_DATA_DATA_H
#define POLICY_DATA_DATA_H

#include "policy/calls.h"

extern const struct calls_arch data_archs[];
extern const size_t data_archs_n, data_host;

/* Every name of any architecture, sorted; NULL at the end. */
extern const char *const data_known[];
extern const size_t data_known_n;

/* A constant depends on... */
#define DATA_SIZED 1u /* ...how ioctl commands encode sizes */
#define DATA_WORD  2u /* ...the size of long, or of a structure */

/* Sorted by name; name is an offset into the table's names. */
struct data_constant {
	uint64_t value;
	uint32_t name;
	uint32_t flags; /* of errors: 1 for a second name */
};

extern const char data_constants_names[], data_errors_names[];
extern const struct data_constant data_constants[], data_errors[];
extern const size_t data_constants_n, data_errors_n;

/* Bit i: the kernel takes argument i as 32 bits. */
struct data_width {
	char name[31];
	uint8_t narrow;
};

/* Sorted by name: everybody's, and what x32, N32 and s390 have instead. */
extern const struct data_width data_widths[], data_widths_x32[],
    data_widths_n32[], data_widths_s390[];
extern const size_t data_widths_n, data_widths_x32_n, data_widths_n32_n,
    data_widths_s390_n;

/* long is 32 bits wide, though registers are 64: x32 and N32. */
bool data_is_ilp32(const struct calls_arch *arch);

struct data_group {
	const char *name, *summary;
	const char *const *members; /* NULL at the end */
};

/* Sorted by name, but for @known, which is the last one. */
extern const struct data_group data_groups[];
extern const size_t data_groups_n;

/* Constants that are not the same everywhere; see differs.c. */
bool
data_differs(const struct calls_arch *arch, const char *name, unsigned flags);

#endif
