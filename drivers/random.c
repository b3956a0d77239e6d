// SPDX-License-Identifier: GPL-2.0
/*
 * The random number generator behind /dev/random, /dev/urandom, getrandom(2)
 * and address-space randomisation: ChaCha20 (RFC 8439) in the fast-key-erasure
 * construction, as Linux's drivers/char/random.c.
 *
 * Keeps true: the first half of every block becomes the next key before any
 * of it is given out, so that what was given out cannot be computed again
 * from the state.  Seeded from the clock alone: enough for a teaching kernel
 * in a virtual machine, not for keys that matter.  No lock: never sleeps.
 */
#include <arch/clock.h>
#include <drivers/random.h>
#include <lib/string.h>

#define KEY_WORDS 8
#define BLOCK_WORDS 16
#define ROUNDS 20

static u32 key[KEY_WORDS];
static u64 counter;

static u32 rotate(u32 x, int n)
{
	return x << n | x >> (32 - n);
}

static void quarter_round(u32 *x, int a, int b, int c, int d)
{
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 16);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 12);
	x[a] += x[b];
	x[d] = rotate(x[d] ^ x[a], 8);
	x[c] += x[d];
	x[b] = rotate(x[b] ^ x[c], 7);
}

static void chacha_block(u32 out[BLOCK_WORDS])
{
	u64 now = clock_monotonic_ns();
	u32 in[BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(in + 4, key, sizeof(key));
	in[12] = ++counter;
	in[13] = counter >> 32;
	in[14] = now;
	in[15] = now >> 32;
	memcpy(out, in, sizeof(in));
	for (int i = 0; i < ROUNDS; i += 2) {
		for (int c = 0; c < 4; c++)
			quarter_round(out, c, 4 + c, 8 + c, 12 + c);
		for (int c = 0; c < 4; c++)
			quarter_round(out, c, 4 + (c + 1) % 4, 8 + (c + 2) % 4,
				      12 + (c + 3) % 4);
	}
	for (int i = 0; i < BLOCK_WORDS; i++)
		out[i] += in[i];
	memcpy(key, out, sizeof(key));
}

void get_random_bytes(void *buf, size_t n)
{
	u32 block[BLOCK_WORDS];

	if (!counter)
		key[0] ^= clock_boot_epoch();
	while (n) {
		size_t part = min(n, sizeof(block) / 2);

		chacha_block(block);
		memcpy(buf, block + KEY_WORDS, part);
		buf = (char *)buf + part;
		n -= part;
	}
	memset(block, 0, sizeof(block));
}

void add_randomness(const void *buf, size_t n)
{
	const u8 *p = buf;
	u8 discard[1];

	for (size_t i = 0; i < n; i++)
		((u8 *)key)[i % sizeof(key)] ^= p[i];
	get_random_bytes(discard, sizeof(discard));
}
