/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A small program: answers on descriptor 3 and ends.
 *
 * With "twice" it executes itself before that, loads a module, and a child answers: as what sets a
 * context up becomes the helper, which forks a worker. With "stays" it waits for the end of the
 * stream.
 */
#include <dlfcn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int answer(void)
{
	static const char text[25] = "here";

	return send(3, text, sizeof(text), 0) != sizeof(text);
}

static int answer_by_child(void)
{
	int status;
	pid_t pid;

	/* Its functions are never called, so those that it calls need not be there. */
	if (!dlopen(POSTERN_MODULE_DIR "/bench.so", RTLD_LAZY | RTLD_LOCAL))
		return 1;
	pid = fork();
	if (pid == 0)
		_exit(answer());
	return pid < 0 || waitpid(pid, &status, 0) != pid || status != 0;
}

static int stay(void)
{
	char byte;

	return answer() != 0 || recv(3, &byte, 1, 0) != 0;
}

int main(int argc, char **argv)
{
	if (argc < 2)
		return answer();
	if (strcmp(argv[1], "twice") == 0)
		return execl(argv[0], argv[0], "child", (char *)NULL);
	return strcmp(argv[1], "child") == 0 ? answer_by_child() : stay();
}
