/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only /proc says of a process.  Each file is read once, into memory of a
 * fixed size; what is not there as expected is not known, and whoever asks
 * takes that for the worse.
 */
#include "launcher/launcher.h"

#include <sys/stat.h>

bool
proc_number(const char **text, int32_t *out)
{
	const char *p = *text;
	int64_t number = 0;

	while (*p >= '0' && *p <= '9' && number <= INT32_MAX)
		number = number * 10 + (*p++ - '0');
	if (p == *text || number > INT32_MAX)
		return false;
	*text = p;
	*out = (int32_t)number;
	return true;
}

/* There is room for it and the end of the text. */
static char *
put_number(char *to, uint32_t number)
{
	if (number > 9)
		to = put_number(to, number / 10);
	to[0] = (char)('0' + number % 10);
	to[1] = '\0';
	return to + 1;
}

/* While the process is there, its number is nobody else's. */
bool
proc_owner(int pidfd, int32_t *pid, uint32_t *uid)
{
	static const char field[] = "\nPid:\t";
	char path[40] = "/proc/self/fdinfo/";
	char text[PROC_TEXT] = "";
	struct stat st = { 0 };
	const char *p;
	long fd;

	(void)put_number(path + strlen(path), (uint32_t)pidfd);
	fd = sys_open(path, O_RDONLY | O_CLOEXEC);
	(void)sys3(SYS_read, fd, text, sizeof(text) - 1);
	(void)sys1(SYS_close, fd);
	p = strstr(text, field);
	if (p == NULL)
		return false;
	p += strlen(field);
	if (!proc_number(&p, pid) || *pid < 1)
		return false;
	(void)put_number(path + strlen("/proc/"), (uint32_t)*pid);
	if (sys4(SYS_newfstatat, AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW) <
		0 ||
	    sys4(SYS_pidfd_send_signal, pidfd, 0, 0, 0) < 0)
		return false;
	*uid = st.st_uid;
	return true;
}
