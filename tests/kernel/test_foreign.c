/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Other LSM programs beside ours: what they allow is still refused, and where they leave no room,
 * nothing starts half. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "supervisor/enforcement.h"
#include "tests/kernel/hand.h"
#include "tests/tap.h"

#define POLICY 7
#define DIR_   "/srv/foreign"
#define OK     DIR_ "/ok/file"
#define SECRET DIR_ "/secret"
#define HOOK   "file_open"
#define BEFORE 33 /* so that ours come late: the kernels take 36 to 38 */
#define ROUNDS 30

static int links[64];
static size_t links_len;

/* Another `return 0` on the hook. Returns 0 or an errno. */
static int attach_one(void)
{
	const struct bpf_insn code[] = {
		{.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0},
		{.code = BPF_JMP | BPF_EXIT},
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_LSM_MAC,
		    .attach_btf_id = (uint32_t)libbpf_find_vmlinux_btf_id(HOOK, BPF_LSM_MAC));
	int program = bpf_prog_load(BPF_PROG_TYPE_LSM, "foreign", "GPL", code, ARRAY_SIZE(code),
				    &options);
	int link;

	if (program < 0)
		hand_bail("load a foreign program: %s", strerror(errno));
	link = bpf_raw_tracepoint_open(NULL, program);
	(void)close(program);
	if (link < 0)
		return errno;
	links[links_len++] = link;
	return 0;
}

static int attach_all(size_t len)
{
	int r = 0;

	while (r == 0 && links_len < len)
		r = attach_one();
	return r;
}

/* What an earlier test pinned is dropped by a process of its own, which may take a while: its place
 * is taken too when it comes free. */
static int attach_until_full(void)
{
	int r = 0;

	for (int i = 0; i < ROUNDS; i++) {
		r = attach_all(ARRAY_SIZE(links));
		(void)usleep(100000);
	}
	return r;
}

static void verdicts(const char *when)
{
	int refused = hand_attempt(POLICY, "open to read", SECRET, "");
	int allowed = hand_attempt(POLICY, "open to read", OK, "");

	(void)tap(refused == EACCES && allowed == 0, "%s: the secret %s, the allowed file %s", when,
		  strerror(refused), allowed ? strerror(allowed) : "is opened");
}

/* A second start finds the hook full. */
static void start_refused(void)
{
	struct enforcement *second = NULL;
	struct error err = {};
	int r;

	r = enforcement_open("/run/postern-test-second", true, &second, &err);
	if (r == 0)
		r = enforcement_load(second, 0, 0, &err);
	(void)tap(r == -E2BIG && strstr(error_text(&err), HOOK),
		  "with the hook full the programs do not start, and it is named: %s",
		  error_text(&err));
	error_clear(&err);
	enforcement_free(second);
}

int main(void)
{
	int r;

	hand_directory("/srv");
	hand_directory(DIR_);
	hand_directory(DIR_ "/ok");
	hand_file(OK, "allowed\n");
	hand_file(SECRET, "secret\n");
	r = attach_all(BEFORE);
	if (r != 0)
		hand_bail("attach %d foreign programs: %s", BEFORE, strerror(r));
	(void)hand_start();
	hand_policy(POLICY, hand_capable,
		    (const struct hand_rule[]){{DIR_ "/ok", NULL, ALL_RIGHTS}, {NULL, NULL, 0}});
	verdicts("with 33 programs before ours that allow all");
	r = attach_until_full();
	(void)tap(r == E2BIG && links_len > BEFORE,
		  "the kernel takes %zu programs and ours: then %s", links_len, strerror(r));
	verdicts("with the hook full");
	start_refused();
	verdicts("after a second start that failed");
	while (links_len > 0)
		(void)close(links[--links_len]);
	verdicts("when the others are gone");
	return tap_done();
}
