/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* WireGuard's keys as people write them: base64 of 32 bytes. */
#ifndef POSTERN_CONTEXTS_WIREGUARD_KEY_H
#define POSTERN_CONTEXTS_WIREGUARD_KEY_H

#include <linux/wireguard.h>
#include <stdbool.h>
#include <stdint.h>

#define KEY_TEXT 44 /* and a NUL */

/* False when it is none: of another length, other letters, or with bits left over that are not 0.
 */
bool key_read(const char *text, uint8_t key[WG_KEY_LEN]);
void key_write(const uint8_t key[WG_KEY_LEN], char text[KEY_TEXT + 1]);

#endif
