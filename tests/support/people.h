/* SPDX-License-Identifier: Apache-2.0 */
/* Throwaway users, for tests that run as root and need names. */
#ifndef SUPPORT_PEOPLE_H
#define SUPPORT_PEOPLE_H

#include <stdint.h>

struct person {
	char name[32];
	uint32_t uid, gid;
	char group_name[2][32]; /* supplementary */
	uint32_t group[2]; /* ascending */
};

/*
 * The user of this test process, made at the first call and removed when the
 * process ends; NULL: it could not be made.
 */
const struct person *people_get(void);

#endif
