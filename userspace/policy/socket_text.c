/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a denial of a socket was about, in words. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "base/socket_names.h"
#include "policy/sockets.h"

/* A name, or the number where there is none. */
static const char *name_or_number(const char *name, uint32_t number, char to[16])
{
	(void)snprintf(to, 16, "%u", number);
	return name ? name : to;
}

static void make_text(const struct postern_message *m, char *to, size_t size)
{
	char family[16], type[16], protocol[16];
	const char *of =
		m->protocol ? socket_name_of(socket_protocols, (uint16_t)m->command, m->protocol)
			    : NULL;

	(void)snprintf(to, size, "%s %s%s%s",
		       name_or_number(socket_family_name(m->command), m->command, family),
		       name_or_number(socket_name_of(socket_types, 0, m->type), m->type, type),
		       m->protocol ? " " : "",
		       m->protocol ? name_or_number(of, m->protocol, protocol) : "");
}

static void address_text(const struct postern_message *m, char *to, size_t size)
{
	char address[INET6_ADDRSTRLEN];

	if (m->command == AF_INET)
		(void)snprintf(to, size, "%s:%u",
			       inet_ntop(AF_INET, m->family + 12, address, sizeof(address)),
			       m->index);
	else if (m->command == AF_INET6)
		(void)snprintf(to, size, "[%s]:%u",
			       inet_ntop(AF_INET6, m->family, address, sizeof(address)), m->index);
	else
		(void)snprintf(to, size, "an address that is too short");
}

static void option_text(const struct postern_message *m, char *to, size_t size)
{
	const char *name = socket_name_of(socket_options, (uint16_t)m->command, m->index);

	if (name)
		(void)snprintf(to, size, "%s", name);
	else if (m->command == 270 && m->index == 1)
		(void)snprintf(to, size, "NETLINK_ADD_MEMBERSHIP");
	else
		(void)snprintf(to, size, "option %u of level %u", m->index, m->command);
}

static void ioctl_text(const struct postern_message *m, char *to, size_t size)
{
	const char *name = socket_name_of(socket_ioctls, 0, m->index);
	char number[16];

	(void)snprintf(number, sizeof(number), "0x%x", m->index);
	(void)snprintf(to, size, "%s%s%.*s", name ? name : number, m->name[0] ? " of " : "",
		       (int)sizeof(m->name), m->name);
}

const char *policy_socket_text(enum postern_operation operation,
			       const struct postern_message *message, char *to, size_t size)
{
	to[0] = '\0';
	if (message->attribute != POSTERN_MESSAGE_OF_SOCKET)
		return to;
	if (operation == POSTERN_OP_SOCKET)
		make_text(message, to, size);
	else if (operation == POSTERN_OP_BIND || operation == POSTERN_OP_CONNECT ||
		 operation == POSTERN_OP_SEND)
		address_text(message, to, size);
	else if (operation == POSTERN_OP_SOCKET_OPTION)
		option_text(message, to, size);
	else if (operation == POSTERN_OP_IOCTL)
		ioctl_text(message, to, size);
	else if (operation == POSTERN_OP_MODULE)
		(void)snprintf(to, size, "%.*s", (int)sizeof(message->name), message->name);
	return to;
}

const char *policy_socket_key(enum postern_operation operation)
{
	static const char *const keys[POSTERN_OPS] = {
		[POSTERN_OP_SOCKET] = "sockets",
		[POSTERN_OP_BIND] = "bind",
		[POSTERN_OP_CONNECT] = "connect",
		[POSTERN_OP_SEND] = "connect",
		[POSTERN_OP_SOCKET_OPTION] = "socket_options",
		[POSTERN_OP_IOCTL] = "socket_ioctls",
		[POSTERN_OP_MODULE] = "kernel_modules",
	};

	return operation < POSTERN_OPS ? keys[operation] : NULL;
}
