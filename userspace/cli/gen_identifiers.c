/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a name of a manifest is in code, and what it must not be there. */
#include <string.h>

#include "cli/gen.h"

/* C11 and C++20, so that one header serves both; macros of the C library and of gcc that are in
 * lower case; and types that the code uses. */
static const char *const c_words[] = {
	"alignas",
	"alignof",
	"and",
	"and_eq",
	"asm",
	"assert",
	"atomic_cancel",
	"atomic_commit",
	"atomic_noexcept",
	"auto",
	"bitand",
	"bitor",
	"bool",
	"break",
	"case",
	"catch",
	"char",
	"char16_t",
	"char32_t",
	"char8_t",
	"class",
	"co_await",
	"co_return",
	"co_yield",
	"compl",
	"complex",
	"concept",
	"const",
	"const_cast",
	"consteval",
	"constexpr",
	"constinit",
	"continue",
	"decltype",
	"default",
	"delete",
	"do",
	"double",
	"dynamic_cast",
	"else",
	"enum",
	"errno",
	"explicit",
	"export",
	"extern",
	"false",
	"float",
	"for",
	"friend",
	"goto",
	"i386",
	"if",
	"imaginary",
	"inline",
	"int",
	"int64_t",
	"linux",
	"long",
	"mutable",
	"namespace",
	"new",
	"noexcept",
	"noreturn",
	"not",
	"not_eq",
	"nullptr",
	"offsetof",
	"operator",
	"or",
	"or_eq",
	"private",
	"protected",
	"public",
	"reflexpr",
	"register",
	"reinterpret_cast",
	"requires",
	"restrict",
	"return",
	"short",
	"signed",
	"size_t",
	"sizeof",
	"static",
	"static_assert",
	"static_cast",
	"stderr",
	"stdin",
	"stdout",
	"struct",
	"switch",
	"synchronized",
	"template",
	"this",
	"thread_local",
	"throw",
	"true",
	"try",
	"typedef",
	"typeid",
	"typename",
	"typeof",
	"typeof_unqual",
	"union",
	"unix",
	"unsigned",
	"using",
	"virtual",
	"void",
	"volatile",
	"wchar_t",
	"while",
	"xor",
	"xor_eq",
	NULL,
};

const struct gen_language gen_c_language = {.name = "C", .c = true, .words = c_words};

/* And the package that generated modules are made on. */
static const char *const python_words[] = {
	"and",	  "as",	    "assert", "async",	"await",    "break", "class", "continue", "def",
	"del",	  "elif",   "else",   "except", "finally",  "for",   "from",  "global",	  "if",
	"import", "in",	    "is",     "lambda", "nonlocal", "not",   "or",    "pass",	  "postern",
	"raise",  "return", "try",    "while",	"with",	    "yield", NULL,
};

const struct gen_language gen_python_language = {.name = "Python", .words = python_words};

static char upper_of(char c)
{
	return (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
}

static bool plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

char *gen_identifier(const char *prefix, const char *name, bool upper)
{
	char *text = NULL;

	if (asprintf(&text, "%s%s", prefix, name) < 0)
		return NULL;
	for (char *p = text; *p; p++) {
		if (!plain(*p))
			*p = '_';
		else if (upper)
			*p = upper_of(*p);
	}
	return text;
}

/* What no class may be called: keywords, and names that the module imports. */
static const char *const class_words[] = {"False", "Literal", "None", "Sequence", "True"};

char *gen_class_name(const char *name)
{
	char *text = strdup(name), *to = text, *longer = NULL;
	bool first = true;

	for (const char *p = name; text && *p; p++) {
		if (*p == '-' || *p == '_') {
			first = true;
			continue;
		}
		*to++ = (char)(first && *p >= 'a' && *p <= 'z' ? *p - 'a' + 'A' : *p);
		first = false;
	}
	if (!text)
		return NULL;
	*to = '\0';
	for (size_t i = 0; i < ARRAY_SIZE(class_words); i++)
		if (strcmp(class_words[i], text) == 0) {
			if (asprintf(&longer, "%s_", text) < 0)
				longer = NULL;
			free(text);
			return longer;
		}
	return text;
}

/* A word is any text: what separates words becomes an underscore, all else that no identifier has
 * its number. */
char *gen_enumerator(const char *enum_name, const char *word)
{
	char *text = NULL;
	size_t len = 0;
	FILE *to = open_memstream(&text, &len);

	if (!to)
		return NULL;
	for (const char *p = enum_name; *p; p++)
		(void)fputc(upper_of(*p), to);
	(void)fputc('_', to);
	for (const char *p = word; *p; p++) {
		if (plain(*p))
			(void)fputc(upper_of(*p), to);
		else if (strchr("-_ ./:", *p))
			(void)fputc('_', to);
		else
			(void)fprintf(to, "x%02X", (unsigned char)*p);
	}
	if (fclose(to) == 0)
		return text;
	free(text);
	return NULL;
}
