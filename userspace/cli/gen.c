/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* postern gen: code and pages from a manifest. */
#include <dirent.h>
#include <errno.h>
#include <string.h>

#include "base/nearest.h"
#include "cli/context_file.h"
#include "cli/exit.h"
#include "cli/gen.h"
#include "cli/options.h"
#include "cli/say.h"

struct kind {
	const char *name;
	const char *file; /* with the context's name in it */
	bool identifier;  /* which has to be one */
	bool prefix;	  /* --prefix means something */
	int (*write)(const struct manifest *m, const char *prefix, FILE *to, struct error *err);
};

static const struct kind kinds[] = {
	{"c", "postern-%s.h", false, true, gen_c},
	{"module", "postern-%s-module.h", false, true, gen_module},
	{"python", "%s.py", true, false, gen_python},
	{"python-module", "%s_functions.py", true, false, gen_python_module},
	{"doc", "%s.md", false, false, gen_doc},
};

struct request {
	const struct kind *kind;
	const char *contexts, *output, *prefix;
};

static const struct kind *kind_find(const char *name)
{
	struct nearest n = {.text = name, .len = strlen(name)};

	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, name) == 0)
			return &kinds[i];
		nearest_offer(&n, kinds[i].name);
	}
	if (n.best)
		say_error("gen: there is no kind \"%s\"; did you mean \"%s\"?", name, n.best);
	else
		say_error("gen: there is no kind \"%s\"", name);
	say_hint("one of c, module, python, python-module, doc; more with: postern help gen");
	return NULL;
}

/* What is there is replaced in one step, so that a build never reads half a file. */
static int file_write(const struct request *q, const struct manifest *m, const char *text,
		      size_t len, struct error *err)
{
	cleanup_free char *name =
		q->kind->identifier ? gen_identifier("", m->name, false) : strdup(m->name);
	cleanup_free char *form = NULL, *file = NULL, *temporary = NULL;
	FILE *to;
	int r = 0;

	if (!name || asprintf(&form, "%s/%s", q->output, q->kind->file) < 0)
		return error_set(err, -ENOMEM, "context %s", m->name);
	/* The directory may hold a percent sign. */
	if (asprintf(&file, "%s/%.*s%s%s", q->output, (int)strcspn(q->kind->file, "%"),
		     q->kind->file, name, strchr(q->kind->file, '%') + 2) < 0 ||
	    asprintf(&temporary, "%s.new", file) < 0)
		return error_set(err, -ENOMEM, "context %s", m->name);
	to = fopen(temporary, "we");
	if (!to)
		return error_set(err, -errno, "write %s", temporary);
	if (fwrite(text, 1, len, to) != len)
		r = -errno;
	if (fclose(to) != 0 && r == 0)
		r = -errno;
	if (r == 0 && rename(temporary, file) < 0)
		r = -errno;
	if (r == 0)
		return 0;
	(void)unlink(temporary);
	return error_set(err, r, "write %s", file);
}

/* Into memory first: what fails leaves nothing behind. */
static int generate(const struct request *q, const struct manifest *m, struct error *err)
{
	cleanup_free char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);
	int r;

	if (!to)
		return error_set(err, -ENOMEM, "context %s", m->name);
	r = q->kind->write(m, q->prefix, to, err);
	if (fclose(to) != 0 && r == 0)
		r = error_set(err, -ENOMEM, "context %s", m->name);
	if (r < 0)
		return r;
	if (q->output)
		return file_write(q, m, text, len, err);
	(void)fwrite(text, 1, len, stdout);
	return 0;
}

/* A mistyped name: the nearest of the folders there. */
static void nearest_hint(const char *contexts, const char *operand, struct error *err)
{
	struct nearest n = {.text = operand, .len = strlen(operand)};
	struct dirent **entries = NULL;
	int len = scandir(contexts, &entries, NULL, alphasort);

	for (int i = 0; i < len; i++)
		nearest_offer(&n, entries[i]->d_name);
	if (n.best)
		error_hint(err, "did you mean %s?", n.best);
	for (int i = 0; i < len; i++)
		free(entries[i]);
	free(entries);
}

/* Needs the file and nothing else of the host: users, groups of rules and programs may be lacking
 * where code is built. */
static int manifest_generate(const struct request *q, const char *operand)
{
	bool path = strpbrk(operand, "/.") != NULL;
	cleanup_free char *file = context_file(q->contexts, operand, path);
	struct manifest_problems problems = {};
	cleanup_error struct error err = {};
	struct manifest *m = NULL;
	int r;

	if (!file) {
		say_error("out of memory");
		return CLI_FAILED;
	}
	r = manifest_read(file, MANIFEST_NAMES_UNKNOWN, &m, &problems, &err);
	manifest_problems_print(&problems, file, stderr);
	if (r == -ENOENT && !path)
		nearest_hint(q->contexts, operand, &err);
	if (r == -ENOENT && !path)
		error_hint(&err,
			   "contexts are looked for in %s, or in --contexts DIR; the path of "
			   "a manifest has a slash in it",
			   q->contexts);
	if (r == 0)
		r = generate(q, m, &err);
	if (r < 0 && problems.len == 0)
		say_struct(&err);
	manifest_problems_clear(&problems);
	manifest_free(m);
	return r < 0 ? CLI_FAILED : CLI_OK;
}

static bool prefix_good(const char *prefix)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz";
	static const char all[] = "abcdefghijklmnopqrstuvwxyz0123456789_";

	return prefix[0] == '\0' ||
	       (strchr(letters, prefix[0]) && prefix[strspn(prefix, all)] == '\0');
}

static int run(const struct verb *verb, int argc, char **argv)
{
	struct request q = {.contexts = POSTERN_CONTEXT_DIR};
	const struct option_spec specs[] = {
		{.name = "contexts", .value = &q.contexts, .meaning = "DIR"},
		{.name = "output", .value = &q.output, .meaning = "DIR"},
		{.name = "prefix", .value = &q.prefix, .meaning = "WORD_"},
	};
	int r;

	if (!options_read(verb, specs, ARRAY_SIZE(specs), &argc, argv, &r))
		return r;
	if (argc == 0)
		return options_usage(verb, "what is to be made?");
	q.kind = kind_find(argv[0]);
	if (!q.kind)
		return CLI_USAGE;
	if (argc != 2)
		return options_usage(verb,
				     argc > 2 ? "one context at a time" : "of which context?");
	if (q.prefix && !q.kind->prefix)
		return options_usage(verb, "--prefix is for c and module");
	if (q.prefix && !prefix_good(q.prefix))
		return options_usage(verb,
				     "\"%.64s\" is no prefix: lower-case letters, digits and "
				     "_, and a letter first",
				     q.prefix);
	return manifest_generate(&q, argv[1]);
}

const struct verb verb_gen = {
	.name = "gen",
	.operands = "[--contexts DIR] [--output DIR] [--prefix WORD_] "
		    "c|module|python|python-module|doc CONTEXT",
	.summary = "make code and a page from a manifest",
	.help = "Makes code of which the compiler, or a type checker, holds every call against the "
		"manifest:\n\n"
		"  c       postern-CONTEXT.h, for clients: a function for each entrypoint\n"
		"  module  postern-CONTEXT-module.h, for the module: prototypes of its functions, "
		"and its\n"
		"          table. A function with another signature does not compile, and one that "
		"is\n"
		"          missing does not link\n"
		"  python  CONTEXT.py, for clients in Python\n"
		"  python-module\n"
		"          CONTEXT_functions.py, a beginning of the module in Python, to be filled "
		"in\n"
		"  doc     CONTEXT.md: entrypoints, arguments, results and rules, for people\n\n"
		"CONTEXT is a name, or, with a slash or a dot in it, the path of a manifest or of "
		"its\n"
		"folder. Only that file is read.\n\n"
		"  --contexts DIR   folder of contexts (default " POSTERN_CONTEXT_DIR ")\n"
		"  --output DIR     write the file there, not to standard output\n"
		"  --prefix WORD_   what names of functions in C begin with (default: CONTEXT_ for "
		"c, "
		"nothing\n"
		"                   for module)",
	.run = run,
};
