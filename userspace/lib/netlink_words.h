/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Refused netlink messages in words. What comes from the message itself is cleaned, so that it can
 * be shown. */
#ifndef POSTERN_LIB_NETLINK_WORDS_H
#define POSTERN_LIB_NETLINK_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include "bpf/abi.h"

#define MESSAGE_NAME_MAX 96
#define MESSAGE_TEXT_MAX 320

/* "route RTM_NEWLINK", "netfilter nftables NFT_MSG_NEWRULE", "generic nl80211
 * NL80211_CMD_SET_WIPHY". family: of generic ones, NULL when it is not known. A number stands for
 * what has no name. Returns to. */
const char *message_name(uint16_t protocol, uint16_t type, const char *family, uint32_t command,
			 char to[MESSAGE_NAME_MAX]);

/* The message, and the interface that it is about: `route RTM_NEWLINK of interface "eth0"`. */
const char *message_object(const struct postern_message *m, char to[MESSAGE_TEXT_MAX]);

/* What is wrong with it, as half a sentence: "attribute IFLA_XDP may not be there". */
const char *message_fault(const struct postern_message *m, char to[MESSAGE_TEXT_MAX]);

/* A short word for a fault, for programs: "attribute". */
const char *message_fault_word(uint16_t fault);

/* "IFLA_XDP", or "attribute 43" for one without a name. */
const char *message_attribute(const struct postern_message *m, char to[MESSAGE_NAME_MAX]);

/* "RTNLGRP_LINK", or "group 7". */
const char *netlink_group(uint16_t protocol, uint32_t group, char to[MESSAGE_NAME_MAX]);

#endif
