// SPDX-License-Identifier: GPL-2.0
/*
 * Copies to and from user memory.  An instruction that may fault has an entry
 * in the exception table; when the fault cannot be served the trap continues
 * at the fixup, which leaves the number of bytes not copied in rcx.  Under
 * SMAP user memory is reachable only between stac and clac.  Words first,
 * then bytes: a fault in the words is taken again by bytes, so that the count
 * is exact.  (Linux: arch/x86/lib/copy_user_64.S)
 */
#include <arch/cpu.h>
#include <arch/uaccess.h>
#include <lib/string.h>

#define EX_TABLE(from, to)						\
	".pushsection __ex_table, \"a\"\n\t"				\
	".quad " from ", " to "\n\t"					\
	".popsection\n\t"

static inline void user_access_begin(void)
{
	if (cpu_has_smap)
		__asm__ volatile("stac" : : : "memory");
}

static inline void user_access_end(void)
{
	if (cpu_has_smap)
		__asm__ volatile("clac" : : : "memory");
}

static inline size_t copy_user(void *to, const void *from, size_t n)
{
	size_t left = n >> 3;

	user_access_begin();
	__asm__ volatile("1: rep movsq\n\t"
			 "movq %[tail], %%rcx\n\t"
			 "2: rep movsb\n\t"
			 "3:\n\t"
			 ".pushsection .text.fixup, \"ax\"\n\t"
			 "4: leaq (%[tail], %%rcx, 8), %%rcx\n\t"
			 "jmp 2b\n\t"
			 ".popsection\n\t"
			 EX_TABLE("1b", "4b")
			 EX_TABLE("2b", "3b")
			 : "+D"(to), "+S"(from), "+c"(left)
			 : [tail] "r"(n & 7) : "memory");
	user_access_end();
	return left;
}

size_t raw_copy_from_user(void *to, const void *from, size_t n)
{
	return access_ok(from, n) ? copy_user(to, from, n) : n;
}

size_t raw_copy_to_user(void *to, const void *from, size_t n)
{
	return access_ok(to, n) ? copy_user(to, from, n) : n;
}

int copy_from_user(void *to, const void *from, size_t n)
{
	return raw_copy_from_user(to, from, n) ? -EFAULT : 0;
}

int copy_struct_from_user(void *to, size_t size, const void *from,
			  size_t usize)
{
	const char *rest = (const char *)from + size;
	char c;

	for (size_t i = size; i < usize; i++, rest++) {
		if (get_user(c, rest))
			return -EFAULT;
		if (c)
			return -E2BIG;
	}
	memset(to, 0, size);
	return copy_from_user(to, from, size < usize ? size : usize);
}

int copy_to_user(void *to, const void *from, size_t n)
{
	return raw_copy_to_user(to, from, n) ? -EFAULT : 0;
}

int cmpxchg_user(u32 *uptr, u32 *old, u32 new)
{
	int err = -EFAULT;

	if (!access_ok(uptr, sizeof(*uptr)))
		return err;
	user_access_begin();
	__asm__ volatile("1: lock cmpxchgl %[new], %[word]\n\t"
			 "movl $0, %[err]\n"
			 "2:\n\t"
			 EX_TABLE("1b", "2b")
			 : "+a"(*old), [word] "+m"(*uptr), [err] "+r"(err)
			 : [new] "r"(new) : "memory", "cc");
	user_access_end();
	return err;
}

#define FPU_USER(op, image) ({						\
	int _err = -EFAULT;						\
									\
	if (access_ok(image, FXSAVE_SIZE)) {				\
		user_access_begin();					\
		__asm__ volatile("1: " op " (%[p])\n\t"			\
				 "xorl %[err], %[err]\n"		\
				 "2:\n\t"				\
				 EX_TABLE("1b", "2b")			\
				 : [err] "+r"(_err) : [p] "r"(image)	\
				 : "memory", "cc");			\
		user_access_end();					\
	}								\
	_err; })

int fxsave_to_user(void *image)
{
	return FPU_USER("fxsave64", image);
}

int fxrstor_from_user(const void *image)
{
	return FPU_USER("fxrstor64", image);
}

int clear_user(void *to, size_t n)
{
	static const char zeros[512];
	size_t part;

	for (; n; n -= part, to = (char *)to + part) {
		part = min(n, sizeof(zeros));
		if (copy_to_user(to, zeros, part))
			return -EFAULT;
	}
	return 0;
}

/* Copies up to and with the NUL; bytes left of n afterwards, *fault if one
 * could not be read. */
static size_t copy_string(char *to, const char *from, size_t n, bool *fault)
{
	u8 bad = 1;

	user_access_begin();
	__asm__ volatile("jmp 2f\n"
			 "1: lodsb\n\t"
			 "stosb\n\t"
			 "testb %%al, %%al\n\t"
			 "jz 3f\n\t"
			 "decq %%rcx\n"
			 "2: testq %%rcx, %%rcx\n\t"
			 "jnz 1b\n"
			 "3: movb $0, %[bad]\n"
			 "4:\n\t"
			 EX_TABLE("1b", "4b")
			 : "+D"(to), "+S"(from), "+c"(n), [bad] "+r"(bad)
			 : : "rax", "memory", "cc");
	user_access_end();
	*fault = bad;
	return n;
}

long strncpy_from_user(char *to, const char *from, size_t max)
{
	unsigned long addr = (unsigned long)from;
	size_t n = max, left;
	bool fault;

	if (addr >= TASK_SIZE)
		return max ? -EFAULT : 0;
	if (n > TASK_SIZE - addr)
		n = TASK_SIZE - addr;
	left = copy_string(to, from, n, &fault);
	if (fault || (!left && n < max))
		return -EFAULT;
	return n - left;
}
