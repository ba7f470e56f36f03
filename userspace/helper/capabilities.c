/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The five capability sets of this process and the bits that rule them. */
#include <errno.h>
#include <linux/securebits.h>
#include <sys/capability.h>
#include <sys/prctl.h>

#include "helper/capabilities.h"

#define BITS_BEGIN                                                                                 \
	(SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |                           \
	 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED)
/* capabilities(7): execve clears KEEP_CAPS, so it is locked as off; NO_SETUID_FIXUP does its work.
 */
#define BITS_FINAL (BITS_BEGIN | SECBIT_NO_CAP_AMBIENT_RAISE | SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED)

int capabilities_begin(struct error *err)
{
	if (prctl(PR_SET_SECUREBITS, BITS_BEGIN, 0, 0, 0) < 0)
		return error_set(err, errno, "set the securebits");
	return 0;
}

int capabilities_lock(struct error *err)
{
	if (prctl(PR_SET_SECUREBITS, BITS_FINAL, 0, 0, 0) < 0)
		return error_set(err, errno, "lock the securebits");
	return 0;
}

int capabilities_verify_locked(struct error *err)
{
	int bits = prctl(PR_GET_SECUREBITS, 0, 0, 0, 0);

	if (bits < 0)
		return error_set(err, errno, "read the securebits");
	if (bits != BITS_FINAL)
		return error_say(err, EPERM, "the securebits are 0x%x and should be 0x%x",
				 (unsigned)bits, (unsigned)BITS_FINAL);
	return 0;
}

/* capset(2), version 3: two words of 32 bits a set. */
static int sets_write(uint64_t wanted, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2];

	for (int i = 0; i < 2; i++) {
		uint32_t word = (uint32_t)(wanted >> 32 * i);

		data[i] = (struct __user_cap_data_struct){
			.effective = word, .permitted = word, .inheritable = word};
	}
	if (capset(&header, data) < 0)
		return error_set(err, errno, "capset to 0x%llx", (unsigned long long)wanted);
	return 0;
}

/* capset() has taken away all others: none is ambient that is not permitted and inheritable
 * (capabilities(7)). Raising fails once capabilities_lock() was called; what is there stays. */
static int ambient_write(uint64_t wanted, struct error *err)
{
	for (unsigned long c = 0; c < 64; c++) {
		int is = 1;

		if (wanted & UINT64_C(1) << c)
			is = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c, 0, 0);
		if (is < 0)
			return error_set(err, errno, "read ambient capability %lu", c);
		if (!is && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, c, 0, 0) < 0)
			return error_set(err, errno, "raise ambient capability %lu", c);
	}
	return 0;
}

/* Numbers have no gaps (cap_valid(), security/commoncap.c): what the kernel does not know ends it.
 */
static int bounding_drop(uint64_t dropped, struct error *err)
{
	for (unsigned long c = 0; c < 64; c++) {
		if (!(dropped & UINT64_C(1) << c) || prctl(PR_CAPBSET_DROP, c, 0, 0, 0) == 0)
			continue;
		if (errno == EINVAL)
			break;
		return error_set(err, errno, "drop capability %lu from the bounding set", c);
	}
	return 0;
}

int capabilities_set(uint64_t held, uint64_t wanted, struct error *err)
{
	int r;

	for (unsigned long c = 0; c < 64; c++)
		if (wanted & UINT64_C(1) << c && prctl(PR_CAPBSET_READ, c, 0, 0, 0) < 0)
			return error_say(err, EINVAL, "this kernel does not know capability %lu",
					 c);
	r = bounding_drop(held & ~wanted, err);
	if (r == 0)
		r = sets_write(wanted, err);
	if (r == 0)
		r = ambient_write(wanted, err);
	return r;
}

static int set_compare(const char *set, uint64_t is, uint64_t wanted, struct error *err)
{
	if (is == wanted)
		return 0;
	return error_say(err, EPERM, "the %s capabilities are 0x%llx and should be 0x%llx", set,
			 (unsigned long long)is, (unsigned long long)wanted);
}

static int sets_verify(uint64_t wanted, struct error *err)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct d[2];
	int r;

	if (capget(&header, d) < 0)
		return error_set(err, errno, "capget");
	r = set_compare("effective", (uint64_t)d[1].effective << 32 | d[0].effective, wanted, err);
	if (r == 0)
		r = set_compare("permitted", (uint64_t)d[1].permitted << 32 | d[0].permitted,
				wanted, err);
	if (r == 0)
		r = set_compare("inheritable", (uint64_t)d[1].inheritable << 32 | d[0].inheritable,
				wanted, err);
	return r;
}

/* The kernel holds the ambient set within the permitted one, which is read before it: what is not
 * wanted is not asked about. */
int capabilities_verify(uint64_t wanted, struct error *err)
{
	uint64_t bounding = 0, ambient = 0;
	int r = sets_verify(wanted, err);

	if (r < 0)
		return r;
	for (unsigned long c = 0; c < 64; c++) {
		uint64_t bit = UINT64_C(1) << c;
		int is = prctl(PR_CAPBSET_READ, c, 0, 0, 0);

		if (is < 0) /* nor does it know any higher one */
			break;
		if (is)
			bounding |= bit;
		if (wanted & bit && prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, c, 0, 0) == 1)
			ambient |= bit;
	}
	r = set_compare("bounding", bounding, wanted, err);
	return r < 0 ? r : set_compare("ambient", ambient, wanted, err);
}
