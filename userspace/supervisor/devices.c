/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Looking a driver up in /proc/devices. */
#include <errno.h>
#include <string.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "supervisor/devices.h"

/* "Character devices:", lines "  10 misc", an empty line, "Block devices:", lines. */
static int major_find(FILE *file, bool block, const char *driver, uint32_t *ret)
{
	cleanup_free char *line = NULL;
	bool in_blocks = false;
	size_t room = 0;

	while (getline(&line, &room, file) > 0) {
		unsigned long major;
		char *at;

		if (strncmp(line, "Block devices:", strlen("Block devices:")) == 0)
			in_blocks = true;
		major = strtoul(line, &at, 10);
		if (at == line || *at != ' ' || in_blocks != block)
			continue;
		at[strcspn(at, "\n")] = '\0';
		if (strcmp(at + 1, driver) != 0 || major > POSTERN_DEVICE_MAJOR_MASK)
			continue;
		*ret = (uint32_t)major;
		return 0;
	}
	return -ENODEV;
}

int device_constraint(const struct manifest_device *device, uint32_t *ret)
{
	bool block = device->kind == MANIFEST_DEVICE_BLOCK;
	cleanup_file FILE *file = NULL;
	uint32_t major;
	int r;

	*ret = 0;
	if (device->kind == MANIFEST_DEVICE_ANY)
		return 0;
	*ret = block ? POSTERN_DEVICE_BLOCK : POSTERN_DEVICE_CHAR;
	if (!device->driver)
		return 0;
	file = fopen("/proc/devices", "re");
	if (!file)
		return -errno;
	r = major_find(file, block, device->driver, &major);
	if (r == 0)
		*ret |= POSTERN_DEVICE_MAJOR | major;
	return r;
}
