// SPDX-License-Identifier: GPL-2.0
/*
 * User memory: every access goes through the MMU and, when it faults, through
 * mm's do_user_fault(), whose errors become -EFAULT in copies of the kernel
 * and recorded signals in accesses of a task.  (Linux: arch/x86/mm/fault.c)
 */
#include <arch/host.h>
#include <asm/siginfo.h>
#include <asm/signal.h>

#define MAX_TRIES 16	/* faults on one address before it is a loop */
#define OOM_TRIES 3

static void record_signal(unsigned result, unsigned long addr)
{
	struct task_struct *t = current;

	t->sig_addr = addr;
	if (result & VM_FAULT_OOM) {
		t->sig = SIGKILL;
		t->sig_code = SI_KERNEL;
	} else if (result & VM_FAULT_SIGBUS) {
		t->sig = SIGBUS;
		t->sig_code = BUS_ADRERR;
	} else {
		t->sig = SIGSEGV;
		t->sig_code = result & VM_FAULT_SEGV_ACCERR ? SEGV_ACCERR :
							      SEGV_MAPERR;
	}
}

/* One fault: 0 to try the access again, else VM_FAULT_* error bits. */
static unsigned fault(unsigned long addr, enum host_access how)
{
	unsigned flags = 0, result;

	if (addr >= TASK_SIZE)
		return VM_FAULT_SEGV_MAPERR;
	if (how == HOST_WRITE)
		flags |= FAULT_FLAG_WRITE;
	if (how == HOST_EXEC)
		flags |= FAULT_FLAG_INSTRUCTION;
	result = do_user_fault(current->mm, addr, flags);
	if (host_locks_held())
		panic("fault at %lx returned with a lock held", addr);
	if (result & VM_FAULT_ERROR)
		return result & VM_FAULT_ERROR;
	if (result & VM_FAULT_MAJOR)
		current->maj_flt++;
	else
		current->min_flt++;
	return 0;
}

/* Make addr accessible: its place in RAM, or NULL with *result set. */
static void *resolve(unsigned long addr, enum host_access how, bool user,
		     unsigned *result)
{
	unsigned oom = 0;
	void *va;

	*result = VM_FAULT_SEGV_MAPERR;
	if (!current->mm)
		return NULL;
	if (host_pgd != current->mm->pgd)
		panic("user access with another address space loaded");
	for (unsigned tries = 0; tries < MAX_TRIES; tries++) {
		if (host_mmu_access(addr, how, &va))
			return va;
		*result = fault(addr, how);
		if (!*result)
			continue;
		if (!(*result & VM_FAULT_OOM) || ++oom == OOM_TRIES ||
		    current->killed)
			return NULL;
		cond_resched();
	}
	panic("fault at %lx (%d) succeeds without end", addr, how);
}

/* Bytes not done; *result: why. */
static size_t transfer(unsigned long addr, char *buf, size_t n,
		       enum host_access how, bool user, unsigned *result)
{
	while (n) {
		size_t part = min(n, PAGE_SIZE - offset_in_page(addr));
		char *va = resolve(addr, how, user, result);

		if (!va)
			return n;
		if (how == HOST_WRITE)
			memcpy(va, buf, part);
		else if (how == HOST_READ)
			memcpy(buf, va, part);
		addr += part;
		buf += part;
		n -= part;
	}
	return 0;
}

static size_t kernel_copy(unsigned long addr, void *buf, size_t n,
			  enum host_access how)
{
	unsigned result = 0;

	for (unsigned i = 0; i < current->locks.n; i++)
		if (current->locks.held[i] >= LOCK_MMAP)
			panic("user copy with lock class %d held",
			      current->locks.held[i]);
	if (!access_ok((void *)addr, n))
		return n;
	return transfer(addr, buf, n, how, false, &result);
}

size_t raw_copy_from_user(void *to, const void *from, size_t n)
{
	return kernel_copy((unsigned long)from, to, n, HOST_READ);
}

size_t raw_copy_to_user(void *to, const void *from, size_t n)
{
	return kernel_copy((unsigned long)to, (void *)from, n, HOST_WRITE);
}

int copy_from_user(void *to, const void *from, size_t n)
{
	return raw_copy_from_user(to, from, n) ? -EFAULT : 0;
}

int copy_to_user(void *to, const void *from, size_t n)
{
	return raw_copy_to_user(to, from, n) ? -EFAULT : 0;
}

int clear_user(void *to, size_t n)
{
	static const char zeros[256];

	if (!access_ok(to, n))
		return -EFAULT;
	while (n) {
		size_t part = min(n, sizeof(zeros));

		if (raw_copy_to_user(to, zeros, part))
			return -EFAULT;
		to = (void *)((unsigned long)to + part);
		n -= part;
	}
	return 0;
}

long strncpy_from_user(char *to, const char *from, size_t max)
{
	unsigned long addr = (unsigned long)from;

	for (size_t i = 0; i < max; i++) {
		if (raw_copy_from_user(&to[i], (void *)(addr + i), 1))
			return -EFAULT;
		if (!to[i])
			return i;
	}
	return max;
}

static int user_access(struct task_struct *t, unsigned long addr, void *buf,
		       size_t n, enum host_access how)
{
	struct task_struct *old = host_switch(t);
	unsigned result = 0;
	size_t left;

	t->sig = 0;
	left = transfer(addr, buf, n, how, true, &result);
	if (left)
		record_signal(result, addr + (n - left));
	host_switch(old);
	if (!left)
		return 0;
	return result & VM_FAULT_OOM ? -ENOMEM : -EFAULT;
}

int host_user_read(struct task_struct *t, unsigned long addr, void *buf,
		   size_t n)
{
	return user_access(t, addr, buf, n, HOST_READ);
}

int host_user_write(struct task_struct *t, unsigned long addr,
		    const void *buf, size_t n)
{
	return user_access(t, addr, (void *)buf, n, HOST_WRITE);
}

int host_user_fetch(struct task_struct *t, unsigned long addr)
{
	char none;

	return user_access(t, addr, &none, 1, HOST_EXEC);
}
