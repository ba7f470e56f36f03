/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reading a module's table from its ELF file (elf(5)).
 *
 * The table is data that the loader would fill in: postern_module points to the entries, each entry
 * to its name. In the file such a pointer is either the addend of a relative relocation at its
 * place, or stands there already (relocations of the packed kind, RELR). libelf holds offsets and
 * sizes against the file; what the file says is otherwise not believed.
 */
#include <errno.h>
#include <fcntl.h>
#include <gelf.h>
#include <libelf.h>
#include <string.h>

#include "cli/check_module.h"
#include "lib/postern-entrypoint.h"
#include "manifest/manifest.h"

#define ENTRIES_MAX 1024

_Static_assert(sizeof(struct postern_module) == 16 && sizeof(struct postern_entry) == 16,
	       "the table's layout on a 64-bit machine");

struct image {
	const char *file;
	int fd;
	Elf *elf;
};

static int malformed(const struct image *image, const char *why, struct error *err)
{
	return error_say(err, -ENOEXEC, "%s: %s", image->file, why);
}

/* Reads what would lie at an address. Returns the number of bytes that the file has of it. */
static size_t image_read(const struct image *image, uint64_t address, void *to, size_t size)
{
	size_t count = 0;

	if (elf_getphdrnum(image->elf, &count) < 0)
		return 0;
	for (size_t i = 0; i < count; i++) {
		uint64_t within, left;
		GElf_Phdr p;
		ssize_t n;

		if (!gelf_getphdr(image->elf, (int)i, &p) || p.p_type != PT_LOAD ||
		    address < p.p_vaddr || address - p.p_vaddr >= p.p_filesz)
			continue;
		within = address - p.p_vaddr;
		left = p.p_filesz - within;
		if (p.p_offset > INT64_MAX - within)
			return 0;
		n = pread(image->fd, to, MIN_OF((uint64_t)size, left),
			  (off_t)(p.p_offset + within));
		return n < 0 ? 0 : (size_t)n;
	}
	return 0;
}

static bool is_relative(const GElf_Ehdr *header, uint64_t type)
{
	switch (header->e_machine) {
	case EM_X86_64:
		return type == R_X86_64_RELATIVE;
	case EM_AARCH64:
		return type == R_AARCH64_RELATIVE;
	case EM_RISCV:
		return type == R_RISCV_RELATIVE;
	default:
		return false;
	}
}

/* The addend of the relative relocation at an address. */
static bool relocation_find(const struct image *image, uint64_t address, uint64_t *ret)
{
	Elf_Scn *section = NULL;
	GElf_Ehdr header;

	if (!gelf_getehdr(image->elf, &header))
		return false;
	while ((section = elf_nextscn(image->elf, section))) {
		Elf_Data *data;
		GElf_Shdr s;

		if (!gelf_getshdr(section, &s) || s.sh_type != SHT_RELA ||
		    !(s.sh_flags & SHF_ALLOC))
			continue;
		data = elf_getdata(section, NULL);
		for (size_t i = 0; data && i < data->d_size / sizeof(Elf64_Rela); i++) {
			GElf_Rela rela;

			if (!gelf_getrela(data, (int)i, &rela) || rela.r_offset != address ||
			    !is_relative(&header, GELF_R_TYPE(rela.r_info)))
				continue;
			*ret = (uint64_t)rela.r_addend;
			return true;
		}
	}
	return false;
}

static bool pointer_read(const struct image *image, uint64_t address, uint64_t *ret)
{
	if (relocation_find(image, address, ret))
		return true;
	return image_read(image, address, ret, sizeof(*ret)) == sizeof(*ret) && *ret != 0;
}

static bool symbol_find(const struct image *image, const char *name, uint64_t *ret)
{
	Elf_Scn *section = NULL;

	while ((section = elf_nextscn(image->elf, section))) {
		Elf_Data *data;
		GElf_Shdr s;

		if (!gelf_getshdr(section, &s) || s.sh_type != SHT_DYNSYM)
			continue;
		data = elf_getdata(section, NULL);
		for (size_t i = 0; data && i < data->d_size / sizeof(Elf64_Sym); i++) {
			const char *is;
			GElf_Sym symbol;

			if (!gelf_getsym(data, (int)i, &symbol) || symbol.st_shndx == SHN_UNDEF)
				continue;
			is = elf_strptr(image->elf, s.sh_link, symbol.st_name);
			if (!is || strcmp(is, name) != 0)
				continue;
			*ret = symbol.st_value;
			return true;
		}
	}
	return false;
}

static char *name_read(const struct image *image, uint64_t entry)
{
	char name[MANIFEST_NAME_MAX + 1];
	uint64_t at = 0;
	size_t len;

	if (!pointer_read(image, entry + offsetof(struct postern_entry, name), &at))
		return NULL;
	len = image_read(image, at, name, sizeof(name));
	/* A longer one is no manifest's: its first bytes tell it from all others. */
	return strndup(name, len);
}

static int entries_read(const struct image *image, uint64_t entries, uint32_t len, char ***ret,
			struct error *err)
{
	char **names = calloc((size_t)len + 1, sizeof(*names));

	if (!names)
		return error_set(err, -ENOMEM, "%s", image->file);
	for (uint32_t i = 0; i < len; i++) {
		names[i] = name_read(image, entries + i * sizeof(struct postern_entry));
		if (names[i])
			continue;
		module_names_free(names);
		return malformed(image, "the names in its table cannot be read", err);
	}
	*ret = names;
	return 0;
}

static int table_read(const struct image *image, char ***ret, struct error *err)
{
	uint64_t table = 0, entries = 0;
	uint32_t head[2]; /* version, entries_len */
	GElf_Ehdr header;

	if (elf_kind(image->elf) != ELF_K_ELF || !gelf_getehdr(image->elf, &header) ||
	    gelf_getclass(image->elf) != ELFCLASS64 || header.e_ident[EI_DATA] != ELFDATA2LSB ||
	    header.e_type != ET_DYN)
		return malformed(image, "is not a shared object of a 64-bit machine", err);
	if (!symbol_find(image, POSTERN_MODULE_SYMBOL, &table)) {
		(void)malformed(image, "does not export " POSTERN_MODULE_SYMBOL, err);
		error_hint(err, "list its functions with POSTERN_MODULE() of postern-entrypoint.h");
		return -ENOEXEC;
	}
	if (image_read(image, table, head, sizeof(head)) != sizeof(head) ||
	    head[0] != POSTERN_MODULE_VERSION) {
		(void)malformed(image, "its table is of another version", err);
		error_hint(err, "build it against this version's postern-entrypoint.h");
		return -ENOEXEC;
	}
	if (head[1] == 0 || head[1] > ENTRIES_MAX)
		return malformed(image, "its table has no entries, or too many", err);
	if (!pointer_read(image, table + offsetof(struct postern_module, entries), &entries))
		return malformed(image, "its table points nowhere", err);
	return entries_read(image, entries, head[1], ret, err);
}

int module_names_read(const char *file, char ***ret, struct error *err)
{
	cleanup_close int fd = open(file, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct image image = {.file = file, .fd = fd};
	int r;

	if (fd < 0)
		return error_set(err, errno, "%s", file);
	if (elf_version(EV_CURRENT) == EV_NONE)
		return error_say(err, -ENOSYS, "%s: libelf: %s", file, elf_errmsg(-1));
	image.elf = elf_begin(fd, ELF_C_READ, NULL);
	if (!image.elf)
		return malformed(&image, "is not a shared object", err);
	r = table_read(&image, ret, err);
	(void)elf_end(image.elf);
	return r;
}

void module_names_free(char **names)
{
	for (size_t i = 0; names && names[i]; i++)
		free(names[i]);
	free(names);
}
