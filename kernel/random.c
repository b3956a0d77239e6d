// SPDX-License-Identifier: GPL-2.0
/*
 * Random bytes: a splitmix64 generator, seeded from the processor's RDRAND
 * where there is one and the clocks, stirred with the cycle counter at every
 * word.  Good for layouts and tests, not for keys: docs say so.
 * (Linux: drivers/char/random.c)
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/uaccess.h>
#include <kernel/random.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/string.h>
#include <linux/random.h>

static u64 hardware_random(void)
{
	u32 r[4];
	u64 v = 0;

	cpuid(1, r);
	if (r[2] & 1u << 30)
		__asm__ volatile("rdrand %0" : "=r"(v) : : "cc");
	return v;
}

static u64 next_random(void)
{
	static u64 state;
	u64 z;

	if (!state)
		state = clock_boot_epoch() << 20 ^ hardware_random();
	state += rdtsc() ^ 0x9e3779b97f4a7c15ull;
	z = state;
	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

void get_random_bytes(void *buf, size_t n)
{
	u8 *p = buf;
	size_t k;
	u64 v;

	for (; n; n -= k, p += k) {
		v = next_random();
		k = min(n, sizeof(v));
		memcpy(p, &v, k);
	}
}

SYSCALL_DEFINE3(getrandom, u8 *, ubuf, size_t, n, unsigned, flags)
{
	u8 buf[64];
	size_t done, k, left;

	if (flags & ~(GRND_NONBLOCK | GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	if ((flags & (GRND_RANDOM | GRND_INSECURE)) ==
	    (GRND_RANDOM | GRND_INSECURE))
		return -EINVAL;
	n = min(n, (size_t)INT32_MAX);
	for (done = 0; done < n; done += k) {
		k = min(n - done, sizeof(buf));
		get_random_bytes(buf, k);
		left = raw_copy_to_user(ubuf + done, buf, k);
		if (left)
			return done + k - left ? (long)(done + k - left) :
						 -EFAULT;
		if (signal_pending())
			return done + k;
		cond_resched();
	}
	return n;
}
