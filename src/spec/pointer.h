/* SPDX-License-Identifier: Apache-2.0 */
/* JSON pointers, for messages. */
#ifndef SPEC_POINTER_H
#define SPEC_POINTER_H

#include <stddef.h>

#define POINTER_SIZE    128
#define POINTER_KEY_MAX 48 /* longer keys are cut: the message needs room */

/*
 * The pointer as printf writes it, in a buffer that lives as long as the block
 * it is used in:
 *
 *	return err_spec(err, AT("/argv/%zu", i), "too long");
 */
#define AT(...) pointer_format((char[POINTER_SIZE]){ 0 }, __VA_ARGS__)

/* parent, "/", key: the key may come from the user and is escaped. */
#define AT_KEY(parent, key) pointer_join((char[POINTER_SIZE]){ 0 }, parent, key)

const char *pointer_format(char out[POINTER_SIZE], const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
const char *
pointer_join(char out[POINTER_SIZE], const char *parent, const char *key);

#endif
