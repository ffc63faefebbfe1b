/* SPDX-License-Identifier: Apache-2.0 */
/* System calls that fail, or claim success, for this process and its children. */
#ifndef SUPPORT_REFUSAL_H
#define SUPPORT_REFUSAL_H

#include <stdint.h>

#define REFUSAL_ANY UINT32_MAX

/*
 * From now on the call nr whose first argument's low half is arg0 (or
 * REFUSAL_ANY) does nothing and answers this errno; 0: it claims success.
 * Without CAP_SYS_ADMIN this sets no_new_privs.
 */
void refusal_add(uint32_t nr, uint32_t arg0, uint16_t error);

#endif
