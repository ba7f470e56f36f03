/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Reading PT_INTERP and the dynamic section by libelf. */
#include <errno.h>
#include <gelf.h>
#include <libelf.h>
#include <limits.h>
#include <string.h>

#include "policy/elf_needs.h"

struct image {
	int fd;
	const char *path;
	Elf *elf;
	size_t headers;
};

static int malformed(const struct image *image, const char *why, struct error *err)
{
	return error_say(err, -ENOEXEC, "%s: %s", image->path, why);
}

/* Where in the file an address of the loaded image lies; -1: nowhere. */
static off_t offset_of(const struct image *image, uint64_t address)
{
	for (size_t i = 0; i < image->headers; i++) {
		GElf_Phdr p;

		if (!gelf_getphdr(image->elf, (int)i, &p) || p.p_type != PT_LOAD ||
		    address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz ||
		    p.p_offset > INT64_MAX - (address - p.p_vaddr))
			continue;
		return (off_t)(p.p_offset + (address - p.p_vaddr));
	}
	return -1;
}

/* A string of the file, at most a path's length. NULL when it is longer or there is none. */
static char *text_at(const struct image *image, off_t offset)
{
	char text[PATH_MAX];
	ssize_t n = offset < 0 ? -1 : pread(image->fd, text, sizeof(text), offset);

	if (n <= 0 || !memchr(text, '\0', (size_t)n))
		return NULL;
	return strdup(text);
}

static char *string_of(const struct image *image, uint64_t strings, uint64_t at)
{
	return at > UINT32_MAX ? NULL : text_at(image, offset_of(image, strings + at));
}

static int needed_add(struct elf_needs *needs, char *name)
{
	char **grown =
		name ? reallocarray(needs->needed, needs->needed_len + 1, sizeof(*grown)) : NULL;

	if (!grown || needs->needed_len >= ELF_NEEDED_MAX) {
		free(name);
		needs->needed = grown ? grown : needs->needed;
		return -ENOEXEC;
	}
	needs->needed = grown;
	grown[needs->needed_len++] = name;
	return 0;
}

static int dynamic_read(const struct image *image, Elf_Data *data, struct elf_needs *needs,
			struct error *err)
{
	size_t len = data->d_size / gelf_fsize(image->elf, ELF_T_DYN, 1, EV_CURRENT);
	uint64_t strings = 0;
	GElf_Dyn d;

	for (size_t i = 0; i < len && gelf_getdyn(data, (int)i, &d) && d.d_tag != DT_NULL; i++)
		if (d.d_tag == DT_STRTAB)
			strings = d.d_un.d_ptr;
	for (size_t i = 0; i < len && gelf_getdyn(data, (int)i, &d) && d.d_tag != DT_NULL; i++) {
		if (d.d_tag == DT_NEEDED &&
		    needed_add(needs, string_of(image, strings, d.d_un.d_val)) < 0)
			return malformed(image, "its list of libraries cannot be read", err);
		if (d.d_tag == DT_RPATH && !needs->rpath)
			needs->rpath = string_of(image, strings, d.d_un.d_val);
		if (d.d_tag == DT_RUNPATH && !needs->runpath)
			needs->runpath = string_of(image, strings, d.d_un.d_val);
	}
	return 0;
}

static int headers_read(const struct image *image, struct elf_needs *needs, struct error *err)
{
	for (size_t i = 0; i < image->headers; i++) {
		Elf_Data *data;
		GElf_Phdr p;
		int r;

		if (!gelf_getphdr(image->elf, (int)i, &p))
			return malformed(image, "its headers cannot be read", err);
		if (p.p_type == PT_INTERP && !needs->interpreter) {
			needs->interpreter =
				p.p_offset > INT64_MAX ? NULL : text_at(image, (off_t)p.p_offset);
			if (!needs->interpreter || needs->interpreter[0] != '/')
				return malformed(image, "its interpreter cannot be read", err);
		}
		if (p.p_type != PT_DYNAMIC)
			continue;
		data = elf_getdata_rawchunk(image->elf, (int64_t)p.p_offset, p.p_filesz, ELF_T_DYN);
		if (!data)
			return malformed(image, "its dynamic section cannot be read", err);
		r = dynamic_read(image, data, needs, err);
		if (r < 0)
			return r;
	}
	return 0;
}

int elf_needs_read(int fd, const char *path, struct elf_needs *ret, struct error *err)
{
	struct image image = {.fd = fd, .path = path};
	struct elf_needs needs = {};
	GElf_Ehdr header;
	int r;

	if (elf_version(EV_CURRENT) == EV_NONE)
		return error_say(err, -ENOSYS, "%s: libelf: %s", path, elf_errmsg(-1));
	image.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!image.elf || elf_kind(image.elf) != ELF_K_ELF || !gelf_getehdr(image.elf, &header) ||
	    elf_getphdrnum(image.elf, &image.headers) < 0 ||
	    (header.e_type != ET_EXEC && header.e_type != ET_DYN)) {
		(void)elf_end(image.elf);
		return malformed(&image, "is neither a program nor a script", err);
	}
	needs.machine = header.e_machine;
	needs.class = gelf_getclass(image.elf);
	r = headers_read(&image, &needs, err);
	(void)elf_end(image.elf);
	if (r < 0) {
		elf_needs_clear(&needs);
		return r;
	}
	*ret = needs;
	return 0;
}

void elf_needs_clear(struct elf_needs *needs)
{
	free(needs->interpreter);
	for (size_t i = 0; i < needs->needed_len; i++)
		free(needs->needed[i]);
	free(needs->needed);
	free(needs->rpath);
	free(needs->runpath);
	*needs = (struct elf_needs){};
}
