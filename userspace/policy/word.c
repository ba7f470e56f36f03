/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Short names of a manifest as the kernel programs compare them. */
#include <errno.h>
#include <string.h>

#include "manifest/rule_path.h"
#include "policy/policy.h"
#include "policy/word.h"

/* The glob that most lists hold needs no search. */
static void simplify(struct postern_word *word)
{
	if (word->kind != POSTERN_PART_GLOB || word->text[word->len - 1] != '*' ||
	    strcspn(word->text, "*?") != (size_t)word->len - 1)
		return;
	word->kind = POSTERN_PART_PREFIX;
	word->text[--word->len] = '\0';
}

int policy_word(const struct manifest_entrypoint *e, const char *text, struct postern_word *to)
{
	const char *at = text;
	struct rule_part part;
	unsigned slot;

	if (!rule_path_next(&at, &part) || *at)
		return -EINVAL;
	if (part.kind != RULE_SLOT) {
		if (part.len > sizeof(to->text))
			return -EINVAL;
		to->kind = part.kind == RULE_GLOB ? POSTERN_PART_GLOB : POSTERN_PART_LITERAL;
		to->len = (uint8_t)part.len;
		memcpy(to->text, part.text, part.len);
		simplify(to);
		return 0;
	}
	slot = policy_slot(e, &part);
	if (slot >= POSTERN_SLOTS || part.before + part.behind > sizeof(to->text))
		return -EINVAL;
	to->kind = POSTERN_PART_SLOT;
	to->slot = (uint8_t)slot;
	to->before = (uint8_t)part.before;
	to->len = (uint8_t)(part.before + part.behind);
	memcpy(to->text, part.text, part.before);
	memcpy(to->text + part.before, part.text + part.len - part.behind, part.behind);
	return 0;
}
