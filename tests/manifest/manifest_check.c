/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Reads one manifest and prints its problems; for tests/manifest/run and test_schema.py.
 *
 * manifest-check [--trusted] [--exports NAME,NAME...] FILE
 * manifest-check --schema | --module-dir
 * Exit status: 0 good, 1 problems (on stderr), 2 wrong use or the file cannot be read.
 */
#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/error.h"
#include "manifest/manifest.h"
#include "manifest/schema.h"

#define EXPORTS_MAX 32

static int usage(void)
{
	(void)fputs("usage: manifest-check [--trusted] [--exports NAME,...] FILE | --schema | "
		    "--module-dir\n",
		    stderr);
	return 2;
}

static void exports_split(char *list, const char *names[EXPORTS_MAX + 1])
{
	char *rest = list, *name;
	size_t len = 0;

	while (rest && len < EXPORTS_MAX) {
		name = strsep(&rest, ",");
		if (*name)
			names[len++] = name;
	}
	names[len] = NULL;
}

static int check(const char *file, unsigned flags, char *exports)
{
	cleanup_error struct error err = {};
	struct manifest_problems problems = {};
	struct manifest *m = NULL;
	int r;

	r = manifest_read(file, flags, &m, &problems, &err);
	if (r == 0 && exports) {
		const char *names[EXPORTS_MAX + 1] = {};

		exports_split(exports, names);
		r = manifest_check_module(m, names, &problems);
	}
	manifest_problems_print(&problems, file, stderr);
	if (r < 0 && r != -EBADMSG)
		(void)fprintf(stderr, "%s%s%s\n", error_text(&err), err.hint ? "; " : "",
			      err.hint ? err.hint : "");
	manifest_problems_clear(&problems);
	manifest_free(m);
	if (r == 0)
		return 0;
	return r == -EBADMSG ? 1 : 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"trusted", no_argument, NULL, 't'},
		{"exports", required_argument, NULL, 'e'},
		{"schema", no_argument, NULL, 's'},
		{"module-dir", no_argument, NULL, 'm'},
		{},
	};
	unsigned flags = 0;
	char *exports = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 't':
			flags |= MANIFEST_TRUSTED_ONLY;
			break;
		case 'e':
			exports = optarg;
			break;
		case 's':
			return manifest_schema_print(stdout) < 0 ? 2 : 0;
		case 'm':
			return puts(POSTERN_MODULE_DIR) < 0 ? 2 : 0;
		default:
			return usage();
		}
	}
	if (optind + 1 != argc)
		return usage();
	return check(argv[optind], flags, exports);
}
