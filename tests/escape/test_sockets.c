/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Sockets that a manifest grants, behind every layer; kernel/test_sockets tries more with the
 * kernel programs alone. */
#include <errno.h>

#include "base/util.h"
#include "bpf/abi.h"
#include "tests/escape/attack.h"
#include "tests/escape/rows.h"
#include "tests/escape/together.h"

#define CONTEXT	   "attack-sockets"
#define LSM(op)	   LAYER_LSM, EACCES, POSTERN_OP_##op
#define GRANT(op)  LAYER_LSM, EPERM, POSTERN_OP_##op
#define FILTER(e)  LAYER_SECCOMP, e, 0
#define GRANTED	   "127.0.0.1:7001"
#define OTHER	   "127.0.0.2:7001"
#define GRANTED6   "[::1]:7001"
#define ELSEWHERE6 "[2001:db8::1]:7001"

/* clang-format off */
static const struct row rows[] = {
	{"net make", GRANT(SOCKET), {"2:3:1", ""}, {"2:1:6", ""}, "inet raw icmp", NULL},
	{"net make", GRANT(SOCKET), {"16:3:0", ""}, {"17:3:768", ""}, "netlink raw", NULL},
	{"net make", GRANT(SOCKET), {"2:1:0", ""}, {"1:1:0", ""}, "inet stream", "bare"},
	{"net connect", LSM(CONNECT), {OTHER, "4s"}, {GRANTED, "4s"}, NULL, NULL},
	{"net connect", LSM(CONNECT), {ELSEWHERE6, "6d"}, {GRANTED6, "6d"}, NULL, NULL},
	{"net connect", LSM(CONNECT), {"[::ffff:127.0.0.2]:7001", "6s"}, {"[::ffff:127.0.0.1]:7001", "6s"}, OTHER,
	 NULL},
	{"net bind", LSM(BIND), {"0.0.0.0:7001", "4s"}, {"127.0.0.1:7002", "4s"}, NULL, NULL},
	{"net serve", LSM(BIND), {"127.0.0.1:80", "4s"}, {"127.0.0.1:7004", "4s"}, NULL, NULL},
	{"net listen", LSM(BIND), {"", "4s"}, {}, "0.0.0.0:0", NULL},
	{"net sendto", LSM(SEND), {OTHER, "4d"}, {GRANTED, "4d"}, NULL, NULL},
	{"net sendto", LSM(SEND), {OTHER, "4sf"}, {GRANTED, "4sf"}, NULL, NULL},
	{"net sendmsg", LSM(SEND), {OTHER, "4d"}, {GRANTED, "4d"}, NULL, NULL},
	{"net sendmmsg", FILTER(EPERM), {GRANTED, "4d"}, {}, NULL, NULL},
	{"net source route", GRANT(SEND), {GRANTED, "4d"}, {}, "", NULL},
	{"send a descriptor", GRANT(SEND), {AREA "/issue", NULL}, {}, "", NULL},
	{"sendmmsg a descriptor", FILTER(EPERM), {AREA "/issue", NULL}, {}, NULL, NULL},
	{"net option", GRANT(SOCKET_OPTION), {"1:25", "4d"}, {"1:36", "4d"}, "SO_BINDTODEVICE", NULL},
	{"net option", GRANT(SOCKET_OPTION), {"0:64", "4d"}, {"1:7", "4d"}, "IPT_SO_SET_REPLACE", NULL},
	{"net ioctl", LSM(IOCTL), {"8914:lo", "1"}, {"8933:lo", "1"}, "SIOCSIFFLAGS", NULL},
	{"net ioctl", LSM(IOCTL), {"8922:lo", "2"}, {"8922:tap0", "2"}, "SIOCSIFMTU of lo", NULL},
	{"net ioctl", LSM(IOCTL), {"8933:lo", "1"}, {}, "SIOCGIFINDEX", "bare"},
	{"net ioctl beside an argument", LSM(IOCTL), {"lo", "8921:eth0"}, {}, "SIOCGIFMTU of eth0", "each"},
	{"net ioctl, a thread swaps the name", LSM(IOCTL), {"8922:lo", "1"}, {}, "", NULL},
};
/* clang-format on */

/* What is granted by the value of a call's argument. */
static void run_argument(void)
{
	static struct seen seen;
	struct call_result r =
		driver_call(CONTEXT, "each", "net ioctl beside an argument", "lo", "8921:lo");

	driver_denials(CONTEXT, &seen);
	(void)check(r.value == 0 && seen.len == 0, "[%s] the interface of the call: %s", CONTEXT,
		    driver_word(r.value));
}

/* Reported, and let through. */
static void run_audit(void)
{
	static const struct {
		const char *name, *path, *other;
		uint32_t operation;
	} audited[] = {
		{"net make", "2:1:0", "", POSTERN_OP_SOCKET},
		{"net connect", OTHER, "4d", POSTERN_OP_CONNECT},
		{"net sendto", OTHER, "4d", POSTERN_OP_SEND},
		{"net option", "1:25", "4d", POSTERN_OP_SOCKET_OPTION},
	};
	static struct seen seen;

	for (size_t i = 0; i < ARRAY_SIZE(audited); i++) {
		struct call_result r = driver_call(CONTEXT, "audited", audited[i].name,
						   audited[i].path, audited[i].other);
		const struct admin_record *d;

		driver_denials(CONTEXT, &seen);
		d = seen_operation(&seen, audited[i].operation);
		(void)check(r.value == 0 && d && d->audit, "[%s] audit: %s: %s%s", CONTEXT,
			    audited[i].name, driver_word(r.value), d ? "" : ", without an event");
	}
}

void test_sockets(void)
{
	driver_forget(CONTEXT);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		row_run(&rows[i], CONTEXT, AREA);
	run_argument();
	run_audit();
}
