/* SPDX-License-Identifier: Apache-2.0 */
/* Which library this is. */
#include "caisson.h"

#include "base/compat.h"

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

uint32_t
caisson_version(void)
{
	return CAISSON_VERSION_HEX;
}

const char *
caisson_features(void)
{
	return TEXT(CAISSON_VERSION_MAJOR) "." TEXT(
	    CAISSON_VERSION_MINOR) "." TEXT(CAISSON_VERSION_PATCH) " " COMPAT_ARCH
								   " engines="
								   "vfork,fork,"
								   "replace "
								   "json "
								   "seccomp="
								   "default"
								   " libcap-ng "
								   "libseccomp("
								   "build)";
}
