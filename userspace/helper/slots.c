/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Binding a call's arguments to the slots of its entrypoint's paths. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/prctl.h>

#include "bpf/abi.h"
#include "helper/slots.h"

int slot_bind(unsigned slot, const char *value, size_t len)
{
	char touched[POSTERN_VALUE_BYTES] = {};

	if (len >= sizeof(touched))
		return -EINVAL;
	/* A copy that was just written: the programs read it without taking a page fault. */
	memcpy(touched, value, len);
	errno = 0;
	if (prctl(POSTERN_DOOR, POSTERN_DOOR_BIND, (unsigned long)slot, touched, len) == -1 &&
	    errno == POSTERN_DOOR_DONE)
		return 0;
	return -EACCES;
}

/* One component of a path, as the door takes it. */
static bool is_component(const char *value, size_t len)
{
	return len > 0 && len < POSTERN_VALUE_BYTES && !memchr(value, '/', len) &&
	       strcmp(value, ".") != 0 && strcmp(value, "..") != 0;
}

APART static int value_bind(const struct postern_value *v, unsigned slot, slot_bind_fn bind,
			    char message[ARGUMENT_MESSAGE_MAX])
{
	char number[24];
	const char *text = number;
	size_t len;
	int r;

	if (v->kind == POSTERN_KIND_INTEGER) {
		len = (size_t)snprintf(number, sizeof(number), "%" PRId64, v->integer);
	} else if (v->kind == POSTERN_KIND_STRING) {
		text = v->text.data;
		len = v->text.len;
	} else {
		(void)snprintf(message, ARGUMENT_MESSAGE_MAX, "expected a value: a path holds it");
		return -EINVAL;
	}
	if (!is_component(text, len)) {
		(void)snprintf(message, ARGUMENT_MESSAGE_MAX,
			       "expected one component of a path: 1 to %d bytes, no /, not . or ..",
			       POSTERN_VALUE_BYTES - 1);
		return -EINVAL;
	}
	r = bind ? bind(slot, text, len) : -EACCES;
	if (r < 0)
		(void)snprintf(message, ARGUMENT_MESSAGE_MAX,
			       "the kernel did not narrow this call to its value");
	return r;
}

int slots_bind(const struct manifest_entrypoint *e, const struct postern_value *values,
	       slot_bind_fn bind, size_t *ret_argument, char message[ARGUMENT_MESSAGE_MAX])
{
	for (unsigned slot = 0; slot < e->slots_len; slot++) {
		const struct postern_value *v = &values[e->slots[slot]];
		int r;

		message[0] = '\0';
		r = value_bind(v, slot, bind, message);
		if (r == 0)
			continue;
		*ret_argument = e->slots[slot];
		return r;
	}
	return 0;
}
