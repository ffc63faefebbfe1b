/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What only /proc says of a process.  Each file is read once, into memory of a
 * fixed size; what is not there as expected is not known, and whoever asks
 * takes that for the worse.
 */
#include "launcher/launcher.h"

#include <sys/stat.h>

/* Both words are short, and constant. */
struct proc_path
proc_path(const char *before, int32_t number, const char *after)
{
	struct proc_path path = { "/proc/" };
	char *to = path.text + strlen(path.text);
	int32_t unit = 1;

	to = (char *)memcpy(to, before, strlen(before)) + strlen(before);
	while (number / unit > 9)
		unit *= 10;
	for (; unit > 0; unit /= 10)
		*to++ = (char)('0' + number / unit % 10);
	(void)memcpy(to, after, strlen(after));
	return path;
}

bool
proc_read(struct proc_path path, char text[PROC_TEXT])
{
	long fd = sys_open(path.text, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	long len = sys3(SYS_read, fd, text, PROC_TEXT - 1);

	if (fd >= 0)
		(void)sys1(SYS_close, fd);
	text[len > 0 ? len : 0] = '\0';
	return len > 0;
}

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

/* While the process is there, its number is nobody else's. */
bool
proc_owner(int pidfd, int32_t *pid, uint32_t *uid)
{
	static const char field[] = "\nPid:\t";
	char text[PROC_TEXT];
	struct stat st;
	const char *p = NULL;

	if (proc_read(proc_path("self/fdinfo/", pidfd, ""), text))
		p = strstr(text, field);
	if (p == NULL)
		return false;
	p += strlen(field);
	if (!proc_number(&p, pid) || *pid < 1 ||
	    sys4(SYS_newfstatat, AT_FDCWD, proc_path("", *pid, "").text, &st,
		 AT_SYMLINK_NOFOLLOW) < 0 ||
	    sys4(SYS_pidfd_send_signal, pidfd, 0, 0, 0) < 0)
		return false;
	*uid = st.st_uid;
	return true;
}
