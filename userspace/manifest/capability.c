/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Taking capabilities by name, and refusing those that no worker may hold. */
#include <string.h>
#include <sys/capability.h>

#include "base/nearest.h"
#include "manifest/draft.h"

/* Each of these would give the holder a way round the LSM programs or out of the context. */
static const struct {
	cap_value_t number;
	const char *reason;
} refused[] = {
	{CAP_SYS_ADMIN, "it allows mounts, namespaces and BPF"},
	{CAP_SYS_MODULE, "it loads code into the kernel"},
	{CAP_SYS_BOOT, "it replaces or restarts the kernel"},
	{CAP_BPF, "it changes the maps and programs that enforce the rules"},
	{CAP_PERFMON, "it reads kernel memory through tracing"},
	{CAP_SYS_PTRACE, "it controls other processes"},
	{CAP_SYS_CHROOT, "it changes the root that path rules are tied to"},
	{CAP_MAC_ADMIN, "it changes the policy of other security modules"},
	{CAP_MAC_OVERRIDE, "it passes over other security modules"},
	{CAP_SYS_RAWIO, "it reaches memory and devices directly"},
};

static const char *refused_reason(unsigned number)
{
	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		if ((unsigned)refused[i].number == number)
			return refused[i].reason;
	return NULL;
}

/* libcap gives a bare number for what it has no name for. */
static bool capability_name(unsigned number, char buffer[CAPABILITY_TEXT_MAX])
{
	char *name = cap_to_name((cap_value_t)number);
	bool known = name && strncmp(name, "cap_", 4) == 0 && strlen(name) < CAPABILITY_TEXT_MAX;

	if (known) {
		size_t i;

		for (i = 0; name[i]; i++) {
			bool lower = name[i] >= 'a' && name[i] <= 'z';

			buffer[i] = (char)(lower ? name[i] - 'a' + 'A' : name[i]);
		}
		buffer[i] = '\0';
	}
	cap_free(name);
	return known;
}

const char *capability_allowed_name(unsigned number, char buffer[CAPABILITY_TEXT_MAX])
{
	if (!capability_name(number, buffer) || refused_reason(number))
		return NULL;
	return buffer;
}

static void capability_unknown(struct reader *r, const struct scalar *v)
{
	char names[CAPABILITIES_MAX][CAPABILITY_TEXT_MAX];
	struct nearest n = {.text = v->text, .len = v->len};

	for (unsigned i = 0; i < CAPABILITIES_MAX; i++)
		if (capability_name(i, names[i]))
			nearest_offer(&n, names[i]);
	problem(r, v->place, text_make("%s is no capability", QUOTE(v->text, v->len)),
		n.best ? text_make("did you mean \"%s\"?", n.best)
		       : text_make("see capabilities(7) for the names"));
}

/* cap_from_name() would take lower case and numbers as well: here one spelling holds. */
static bool capability_parse(const char *text, unsigned *ret)
{
	char name[CAPABILITY_TEXT_MAX];

	for (unsigned i = 0; i < CAPABILITIES_MAX; i++) {
		if (!capability_name(i, name) || strcmp(name, text) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

void take_capability(struct reader *r, const struct shape *s, const struct scalar *v, void *field)
{
	struct capabilities *c = field;
	unsigned number = 0;

	(void)s;
	if (!capability_parse(v->text, &number)) {
		c->wrong = true;
		capability_unknown(r, v);
		return;
	}
	if (refused_reason(number)) {
		c->wrong = true;
		problem(r, v->place,
			text_make("no worker may hold %s: %s", v->text, refused_reason(number)),
			text_make("remove it"));
		return;
	}
	if (c->set & (UINT64_C(1) << number))
		problem(r, v->place, text_make("%s is listed twice", v->text),
			text_make("line %u has it already", c->places[number].line));
	c->set |= UINT64_C(1) << number;
	c->places[number] = v->place;
}
