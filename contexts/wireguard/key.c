/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Base64 (RFC 4648) of 32 bytes: 10 groups of three bytes, and one of two. */
#include <string.h>

#include "contexts/wireguard/key.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

bool key_read(const char *text, uint8_t key[WG_KEY_LEN])
{
	uint8_t bytes[WG_KEY_LEN + 1] = {};
	size_t len = 0;
	bool good = strlen(text) == KEY_TEXT && text[KEY_TEXT - 1] == '=';

	for (size_t i = 0; good && i < KEY_TEXT; i += 4) {
		uint32_t group = 0;

		for (size_t j = i; j < i + 4; j++) {
			const char *at = j == KEY_TEXT - 1 ? digits : strchr(digits, text[j]);

			good = good && at && *at;
			group = group << 6 | (good ? (uint32_t)(at - digits) : 0);
		}
		for (int shift = 16; shift >= 0; shift -= 8)
			bytes[len++] = (uint8_t)(group >> shift);
	}
	good = good && bytes[WG_KEY_LEN] == 0;
	if (good)
		memcpy(key, bytes, WG_KEY_LEN);
	explicit_bzero(bytes, sizeof(bytes));
	return good;
}

void key_write(const uint8_t key[WG_KEY_LEN], char text[KEY_TEXT + 1])
{
	size_t len = 0;

	for (size_t i = 0; i < WG_KEY_LEN; i += 3) {
		uint32_t group = (uint32_t)key[i] << 16 | (uint32_t)key[i + 1] << 8;

		if (i + 2 < WG_KEY_LEN)
			group |= key[i + 2];
		for (int shift = 18; shift >= 0; shift -= 6)
			text[len++] = digits[group >> shift & 63];
	}
	text[KEY_TEXT - 1] = '=';
	text[KEY_TEXT] = '\0';
}
