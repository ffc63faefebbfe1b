/* SPDX-License-Identifier: Apache-2.0 */
/* Which library this is. */
#include "caisson.h"

#include "base/compat.h"

#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

#define NUMBER                      \
	TEXT(CAISSON_VERSION_MAJOR) \
	"." TEXT(CAISSON_VERSION_MINOR) "." TEXT(CAISSON_VERSION_PATCH)
#define BUILT_IN                                    \
	"engines=vfork,fork,replace,launcher json " \
	"seccomp=profiles,policies,denials "        \
	"import=oci,systemd libcap-ng"

uint32_t
caisson_version(void)
{
	return CAISSON_VERSION_HEX;
}

const char *
caisson_features(void)
{
	return NUMBER " " COMPAT_ARCH " " BUILT_IN;
}
