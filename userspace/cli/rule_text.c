/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Path rules in words. */
#include "cli/rule_text.h"

void rule_rights_write(FILE *to, uint32_t rights)
{
	const char *between = "";

	for (unsigned i = 0; i < MANIFEST_RIGHTS; i++) {
		if (!(rights & 1u << i))
			continue;
		(void)fprintf(to, "%s%s", between, manifest_right_name(i));
		between = ", ";
	}
}

void rule_command_write(FILE *to, uint32_t command)
{
	const char *name = manifest_ioctl_name(command);

	if (name)
		(void)fputs(name, to);
	else
		(void)fprintf(to, "0x%x", command);
}

const char *rule_device_word(enum manifest_device_kind kind)
{
	return kind == MANIFEST_DEVICE_BLOCK ? "block" : "char";
}
