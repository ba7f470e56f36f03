/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a crash leaves: of an entrypoint with a secret nothing, whatever the host does with cores.
 */
#include <fcntl.h>
#include <string.h>

#include "tests/conformance/conformance.h"
#include "tests/tap.h"

#define PATTERN "/proc/sys/kernel/core_pattern"
#define CORES	"/srv/conform-cores"
#define CORE	CORES "/core"
#define WORD	"correct-horse-in-a-core"

int cores_collect(void)
{
	static char data[65536];
	cleanup_close int to = open(CORE ".part", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	ssize_t n;

	while ((n = read(STDIN_FILENO, data, sizeof(data))) > 0)
		if (write(to, data, (size_t)n) != n)
			return 1;
	return rename(CORE ".part", CORE) < 0;
}

static void pattern_set(const char *pattern)
{
	cleanup_close int fd = open(PATTERN, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, pattern, strlen(pattern)) < 0)
		trial_bail("cannot write " PATTERN);
}

/* Is there a core, and does it hold the word? Waits for it where one is expected. */
static bool core_is_there(bool expected, bool *ret_has_word)
{
	cleanup_file FILE *f = NULL;
	char *data = NULL;
	size_t len = 0;

	*ret_has_word = false;
	for (int i = 0; i < (expected ? 200 : 20) && !f; i++) {
		trial_sleep(50);
		f = fopen(CORE, "re");
	}
	if (!f)
		return false;
	if (fseek(f, 0, SEEK_END) == 0 && ftell(f) > 0) {
		len = (size_t)ftell(f);
		rewind(f);
		data = malloc(len);
		len = data ? fread(data, 1, len, f) : 0;
	}
	*ret_has_word = data && memmem(data, len, WORD, strlen(WORD));
	free(data);
	return true;
}

static void crash(struct postern *p, const char *entrypoint, bool expected, const char *what)
{
	bool has_word;
	struct answer a;

	(void)unlink(CORE);
	answer_get(&a, p, entrypoint, with_string("word", WORD), 0);
	tap(a.result == POSTERN_RESULT_WORKER_DIED && a.signal == 6, "cores: %s: %s crashes", what,
	    entrypoint);
	answer_clear(&a);
	if (expected)
		tap(core_is_there(true, &has_word) && has_word,
		    "cores: %s: what %s was given is in its core", what, entrypoint);
	else
		tap(!core_is_there(false, &has_word), "cores: %s: %s leaves no core", what,
		    entrypoint);
}

void part_cores(struct postern *p)
{
	cleanup_free char *before = trial_read(PATTERN);
	char self[256] = "", pattern[300];

	trial_directory(CORES);
	if (readlink("/proc/self/exe", self, sizeof(self) - 1) < 0)
		trial_bail("cannot tell where this program is");
	(void)snprintf(pattern, sizeof(pattern), "|%s collect", self);
	pattern_set(pattern);
	crash(p, "crash", true, "piped");
	crash(p, "crash_secret", false, "piped");
	crash(p, "crash_each", false, "piped");
	pattern_set(CORE);
	crash(p, "crash", false, "to a file");
	crash(p, "crash_secret", false, "to a file");
	pattern_set(before);
}
