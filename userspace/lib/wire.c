/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The fixed-size parts of the wire: headers, OPEN and the names in it. */
#include <endian.h>
#include <errno.h>
#include <string.h>

#include "lib/wire.h"

/* May a record of this type carry this call number, these flags and this deadline? */
static bool wire_fields_fit(const struct postern_header *h)
{
	switch (h->type) {
	case POSTERN_CALL:
		return h->call && !(h->flags & ~(POSTERN_MORE | POSTERN_CALL_LOG)) &&
		       (h->flags & POSTERN_CALL_LOG) <= POSTERN_CALL_LOG_MOST;
	case POSTERN_RETURN:
		return h->call && !(h->flags & ~POSTERN_MORE) && !h->deadline;
	case POSTERN_LOG:
		return h->call && !h->flags && !h->deadline;
	case POSTERN_ERROR:
		return !h->flags && !h->deadline;
	case POSTERN_OPENED:
		return !h->call && !h->flags && !h->deadline;
	default:
		return false;
	}
}

int wire_header(const void *record, size_t len, struct postern_header *ret)
{
	struct postern_header h;

	if (len < sizeof(h))
		return -EBADMSG;
	memcpy(&h, record, sizeof(h));
	h.type = le16toh(h.type);
	h.flags = le16toh(h.flags);
	h.reserved = le32toh(h.reserved);
	h.call = le64toh(h.call);
	h.deadline = le64toh(h.deadline);
	if (h.reserved || !wire_fields_fit(&h))
		return -EBADMSG;
	*ret = h;
	return 0;
}

static bool wire_name_byte(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Looked at with each call: strspn() would make a table of all bytes each time. */
bool wire_name_valid(const char *name)
{
	size_t len = 1;

	if (name[0] < 'a' || name[0] > 'z')
		return false;
	while (len < POSTERN_WIRE_NAME && wire_name_byte(name[len]))
		len++;
	return len < POSTERN_WIRE_NAME && !name[len];
}

int wire_open_write(struct postern_open *open, const char *entrypoint, const char *network)
{
	if (!wire_name_valid(entrypoint) || (network && !wire_name_valid(network)))
		return -EINVAL;
	*open = (struct postern_open){
		.magic = htole32(POSTERN_MAGIC),
		.type = htole16(POSTERN_OPEN),
		.version = htole16(POSTERN_PROTOCOL_VERSION),
	};
	memcpy(open->entrypoint, entrypoint, strlen(entrypoint));
	if (network)
		memcpy(open->network, network, strlen(network));
	return 0;
}

static bool all_zero(const void *data, size_t len)
{
	const unsigned char *p = data;

	while (len > 0 && !*p) {
		p++;
		len--;
	}
	return len == 0;
}

/* A name field: NUL-terminated, only NULs behind it, and a name unless it may be empty. */
static bool wire_name_field(const char field[POSTERN_WIRE_NAME], bool may_be_empty)
{
	size_t len = strnlen(field, POSTERN_WIRE_NAME);

	if (len == POSTERN_WIRE_NAME || !all_zero(field + len, POSTERN_WIRE_NAME - len))
		return false;
	return (len == 0 && may_be_empty) || wire_name_valid(field);
}

int wire_open_read(const void *record, size_t len, struct postern_open *ret)
{
	struct postern_open o;

	if (len != sizeof(o))
		return -EBADMSG;
	memcpy(&o, record, sizeof(o));
	o.magic = le32toh(o.magic);
	o.type = le16toh(o.type);
	o.version = le16toh(o.version);
	o.flags = le32toh(o.flags);
	if (o.magic != POSTERN_MAGIC || o.type != POSTERN_OPEN)
		return -EBADMSG;
	if (o.version != POSTERN_PROTOCOL_VERSION) {
		*ret = (struct postern_open){.version = o.version};
		return -EPROTO;
	}
	if (o.flags || o.reserved || !all_zero(o.padding, sizeof(o.padding)))
		return -EBADMSG;
	if (!wire_name_field(o.entrypoint, false) || !wire_name_field(o.network, true))
		return -EBADMSG;
	*ret = o;
	return 0;
}
