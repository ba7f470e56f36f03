/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A program that an entrypoint executes. Exits with the sum of what it finds wrong. */
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#define HELD (1U << CAP_NET_ADMIN)

enum {
	OTHER_CAPABILITIES = 1,
	OPEN_DESCRIPTORS = 2,
	NEW_PRIVILEGES = 4,
	VARIABLES = 8,
};

int main(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct caps[2] = {};
	int wrong = 0;

	if (syscall(SYS_capget, &header, caps) < 0 || caps[0].effective != HELD ||
	    caps[0].permitted != HELD || caps[1].effective || caps[1].permitted ||
	    prctl(PR_CAPBSET_READ, CAP_SYS_ADMIN) != 0)
		wrong |= OTHER_CAPABILITIES;
	for (int fd = STDERR_FILENO + 1; fd < 256; fd++)
		if (fcntl(fd, F_GETFD) >= 0)
			wrong |= OPEN_DESCRIPTORS;
	if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
		wrong |= NEW_PRIVILEGES;
	if (environ && environ[0])
		wrong |= VARIABLES;
	return wrong;
}
