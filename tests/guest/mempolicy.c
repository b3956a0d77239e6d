/* SPDX-License-Identifier: GPL-2.0 */
/* Memory policies on one node: set_mempolicy, mbind, get_mempolicy. */
#include "test.h"

#include <linux/mempolicy.h>

#define STATIC MPOL_F_STATIC_NODES
#define RELATIVE MPOL_F_RELATIVE_NODES
#define BALANCING MPOL_F_NUMA_BALANCING

static unsigned long mask[1024 / 64 + 1];

/* What get_mempolicy shows: mode and nodes. */
static void shows(const void *addr, int flags, int mode, unsigned long nodes)
{
	unsigned long got[2] = { 7, 7 };
	int policy = -1;

	RET(sys(get_mempolicy, &policy, got, 65, addr, flags), 0);
	EQ(policy, mode);
	EQ(got[0], nodes);
	EQ(got[1], 7);
}

struct set_row {
	const char *name;
	unsigned mode;
	unsigned long nodes;
	long ret;
	int shown;
	unsigned long shown_nodes;
};

static void set(const void *row)
{
	const struct set_row *r = row;
	char *p = map(1);

	mask[0] = r->nodes;
	RET(sys(set_mempolicy, r->mode, mask, 65), r->ret);
	shows(NULL, 0, r->shown, r->shown_nodes);
	RET(sys(mbind, p, PAGE, r->mode, mask, 65, 0), r->ret);
	shows(p, MPOL_F_ADDR, r->shown, r->shown_nodes);
}

static const struct set_row set_rows[] = {
	{ "default", MPOL_DEFAULT, 0, 0, MPOL_DEFAULT, 0 },
	{ "default with nodes", MPOL_DEFAULT, 1, -EINVAL, 0, 0 },
	{ "default with a flag", MPOL_DEFAULT | STATIC, 0, 0, 0, 0 },
	{ "preferred", MPOL_PREFERRED, 3, 0, MPOL_PREFERRED, 1 },
	{ "preferred, none", MPOL_PREFERRED, 0, 0, MPOL_LOCAL, 0 },
	{ "preferred, none, static", MPOL_PREFERRED | STATIC, 0, -EINVAL, 0,
	  0 },
	{ "bind", MPOL_BIND, 1, 0, MPOL_BIND, 1 },
	{ "bind to nodes that are not there", MPOL_BIND, 2, -EINVAL, 0, 0 },
	{ "bind to none", MPOL_BIND, 0, -EINVAL, 0, 0 },
	{ "bind, static", MPOL_BIND | STATIC, 3, 0, MPOL_BIND | STATIC, 3 },
	{ "bind, relative", MPOL_BIND | RELATIVE, 2, 0, MPOL_BIND | RELATIVE,
	  2 },
	{ "bind, both", MPOL_BIND | STATIC | RELATIVE, 1, -EINVAL, 0, 0 },
	{ "bind, balancing", MPOL_BIND | BALANCING, 3, 0, MPOL_BIND | BALANCING,
	  3 },
	{ "interleave", MPOL_INTERLEAVE, 3, 0, MPOL_INTERLEAVE, 1 },
	{ "interleave, balancing", MPOL_INTERLEAVE | BALANCING, 1, -EINVAL, 0,
	  0 },
	{ "local", MPOL_LOCAL, 0, 0, MPOL_LOCAL, 0 },
	{ "local with nodes", MPOL_LOCAL, 1, -EINVAL, 0, 0 },
	{ "preferred many", MPOL_PREFERRED_MANY, 1, 0, MPOL_PREFERRED_MANY, 1 },
	{ "no mode", MPOL_MAX, 1, -EINVAL, 0, 0 },
	{ "no flag", MPOL_BIND | 1 << 12, 1, -EINVAL, 0, 0 },
};
TEST_TABLE("set", set_rows, set);

TEST("masks: how long they may be")
{
	mask[0] = 1;
	RET(sys(set_mempolicy, MPOL_BIND, mask, 0), -EINVAL);
	RET(sys(set_mempolicy, MPOL_BIND, mask, 1), -EINVAL);
	RET(sys(set_mempolicy, MPOL_BIND, mask, 2), 0);
	RET(sys(set_mempolicy, MPOL_BIND, mask, 8 * PAGE + 2), -EINVAL);
	mask[15] = mask[16] = 1;
	RET(sys(set_mempolicy, MPOL_BIND, mask, 1025), 0);
	RET(sys(set_mempolicy, MPOL_BIND, mask, 1026), -EINVAL);
	mask[0] = 0;
	RET(sys(set_mempolicy, MPOL_BIND, mask, 1024), -EINVAL);
	RET(sys(set_mempolicy, MPOL_BIND, 8, 64), -EFAULT);
	RET(sys(set_mempolicy, MPOL_DEFAULT, NULL, 99), 0);
}

TEST("get_mempolicy: what is asked for")
{
	unsigned long got[3] = { 7, 7, 7 };
	char *p = map(1);

	RET(sys(get_mempolicy, NULL, NULL, 0, NULL, 0), 0);
	RET(sys(get_mempolicy, NULL, got, 0, NULL, 0), -EINVAL);
	RET(sys(get_mempolicy, NULL, got, 1, NULL, 0), 0);
	EQ(got[0], 7);
	RET(sys(get_mempolicy, NULL, got, 129, NULL, MPOL_F_MEMS_ALLOWED), 0);
	EQ(got[0], 1);
	EQ(got[1], 0);
	EQ(got[2], 7);
	RET(sys(get_mempolicy, NULL, got, 99999, NULL, 0), -EINVAL);
	RET(sys(get_mempolicy, 8, NULL, 0, NULL, 0), -EFAULT);
	RET(sys(get_mempolicy, NULL, 8, 64, NULL, 0), -EFAULT);
	RET(sys(get_mempolicy, NULL, NULL, 0, p, 0), -EINVAL);
	RET(sys(get_mempolicy, NULL, NULL, 0, 8, MPOL_F_ADDR), -EFAULT);
	RET(sys(get_mempolicy, NULL, NULL, 0, NULL, 8), -EINVAL);
	RET(sys(get_mempolicy, NULL, NULL, 0, p,
		MPOL_F_MEMS_ALLOWED | MPOL_F_ADDR), -EINVAL);
	RET(sys(get_mempolicy, NULL, NULL, 0, NULL, MPOL_F_NODE), -EINVAL);
	shows(p, MPOL_F_ADDR | MPOL_F_NODE, 0, 0);
	PRESENT(p, "1");
	mprotect(p, PAGE, PROT_NONE);
	RET(sys(get_mempolicy, NULL, NULL, 0, p, MPOL_F_ADDR | MPOL_F_NODE),
	    -EFAULT);
}

TEST("mbind: ranges, holes and flags")
{
	char *p = map(3);

	mask[0] = 1;
	munmap(p + PAGES(1), PAGE);
	RET(sys(mbind, p, PAGES(3), MPOL_BIND, mask, 64, 0), -EFAULT);
	shows(p, MPOL_F_ADDR, MPOL_DEFAULT, 0);
	RET(sys(mbind, p, PAGES(2), MPOL_BIND, mask, 64, 0), -EFAULT);
	RET(sys(mbind, p + PAGE, PAGES(2), MPOL_BIND, mask, 64, 0), -EFAULT);
	RET(sys(mbind, p, PAGES(3), MPOL_DEFAULT, NULL, 0, 0), 0);
	RET(sys(mbind, p + PAGE, PAGE, MPOL_DEFAULT, NULL, 0, 0), -EFAULT);
	RET(sys(mbind, p + 1, PAGE, MPOL_BIND, mask, 64, 0), -EINVAL);
	RET(sys(mbind, p, -PAGES(2), MPOL_BIND, mask, 64, 0), -EINVAL);
	RET(sys(mbind, p, 0, MPOL_BIND, NULL, 0, 0), 0);
	RET(sys(mbind, p, 0, MPOL_MAX, NULL, 0, 0), -EINVAL);
	RET(sys(mbind, p, PAGE, MPOL_BIND, mask, 64, 8), -EINVAL);
	RET(sys(mbind, p, PAGE, MPOL_BIND, mask, 64, MPOL_MF_VALID), 0);
}

TEST("areas with policies of their own stay apart, and locked")
{
	char *p = map(3);

	mask[0] = 1;
	RET(sys(mlock, p, PAGES(3)), 0);
	RET(sys(mbind, p + PAGE, PAGE, MPOL_INTERLEAVE, mask, 64, 0), 0);
	shows(p, MPOL_F_ADDR, MPOL_DEFAULT, 0);
	shows(p + PAGES(1), MPOL_F_ADDR, MPOL_INTERLEAVE, 1);
	shows(p + PAGES(2), MPOL_F_ADDR, MPOL_DEFAULT, 0);
	LOCKS(p, "lll");
	RET(sys(mbind, p, PAGES(3), MPOL_BIND, mask, 64, 0), 0);
	shows(p + PAGES(1), MPOL_F_ADDR, MPOL_BIND, 1);
	p = mremap(p, PAGES(3), PAGES(3), MREMAP_MAYMOVE | MREMAP_FIXED, AT(9));
	shows(p, MPOL_F_ADDR, MPOL_BIND, 1);
}

TEST("a child has its parent's; interleaving tells the next node")
{
	int policy = -1;

	mask[0] = 1;
	RET(sys(set_mempolicy, MPOL_INTERLEAVE, mask, 64), 0);
	shows(NULL, MPOL_F_NODE, 0, 1);
	if (!fork()) {
		sys(get_mempolicy, &policy, NULL, 0, NULL, 0);
		_exit(policy);
	}
	wait(&policy);
	EQ(policy, MPOL_INTERLEAVE << 8);
}
