// SPDX-License-Identifier: GPL-2.0
/*
 * The MMU: a page walk in hardware's manner (A and D bits included) behind a
 * TLB that remembers.  It holds translations of one address space, as a
 * processor without PCIDs does, and stops the host when kernel code relied on
 * a flush it did not do (I18):
 *   - an access hits an entry whose page-table entry has since changed frame,
 *     gone, lost write or execute permission, or lost its dirty bit;
 *   - a frame is cleared, copied to or read into while an entry maps it.
 * A cleared accessed bit needs no flush: as on Linux, reclaim takes the risk.
 */
#include <arch/host.h>

#ifndef HOST_TLB_SIZE
#define HOST_TLB_SIZE 256u
#endif

struct tlb_entry {
	bool write, exec, dirty;
	unsigned long page;		/* address, page aligned */
	u64 pfn;
};

static struct tlb_entry tlb[HOST_TLB_SIZE];
static u64 tlb_valid[DIV_ROUND_UP(HOST_TLB_SIZE, 64)];	/* a bit an entry */
size_t host_page_bytes = PAGE_SIZE;
pte_t *host_pgd;
unsigned long host_tlb_hits, host_tlb_misses, host_tlb_flushes;

static unsigned tlb_slot(unsigned long addr)
{
	unsigned long n = addr >> PAGE_SHIFT;

	return (n ^ (n >> 8) ^ (n >> 17)) % HOST_TLB_SIZE;
}

static bool is_valid(unsigned slot)
{
	return tlb_valid[slot / 64] >> slot % 64 & 1;
}

static void invalidate(unsigned slot)
{
	tlb_valid[slot / 64] &= ~(1ull << slot % 64);
}

/* The first valid entry at or after `slot`, or HOST_TLB_SIZE. */
static unsigned next_valid(unsigned slot)
{
	while (slot < HOST_TLB_SIZE) {
		u64 rest = tlb_valid[slot / 64] >> slot % 64;

		if (rest)
			return slot + __builtin_ctzll(rest);
		slot = (slot / 64 + 1) * 64;
	}
	return HOST_TLB_SIZE;
}

#define for_each_valid(i) \
	for (unsigned i = next_valid(0); i < HOST_TLB_SIZE; \
	     i = next_valid(i + 1))

void flush_tlb_page(pte_t *pgd, unsigned long addr)
{
	unsigned slot = tlb_slot(addr);

	host_tlb_flushes++;
	if (pgd == host_pgd && tlb[slot].page == (addr & PAGE_MASK))
		invalidate(slot);
}

void flush_tlb_range(pte_t *pgd, unsigned long start, unsigned long end)
{
	host_tlb_flushes++;
	if (pgd != host_pgd)
		return;
	for_each_valid(i)
		if (tlb[i].page >= (start & PAGE_MASK) && tlb[i].page < end)
			invalidate(i);
}

void flush_tlb_mm(pte_t *pgd)
{
	flush_tlb_range(pgd, 0, ~0ul);
}

void switch_pgd(pte_t *pgd)
{
	if (pgd != host_pgd)
		memset(tlb_valid, 0, sizeof(tlb_valid));
	host_pgd = pgd;
}

/* There is no kernel half. */
void pgd_init(pte_t *pgd)
{
	for (unsigned i = 0; i < PTRS_PER_TABLE; i++)
		BUG_ON(!pte_none(pgd[i]));
}

/* The bottom entry for addr, or NULL; *bits: WRITE and USER as all levels
 * together grant them, NX if any level has it. */
static pte_t *hw_walk(pte_t *pgd, unsigned long addr, u64 *bits)
{
	u64 grant = PTE_WRITE | PTE_USER, nx = 0;
	pte_t *table = pgd;

	for (int level = PT_LEVELS; ; level--) {
		pte_t *e = &table[pt_index(addr, level)];

		grant &= e->v;
		nx |= e->v & PTE_NX;
		*bits = grant | nx;
		if (level == 1)
			return e;
		if (!(e->v & PTE_PRESENT))
			return NULL;
		BUG_ON(e->v & PTE_HUGE);
		table = phys_to_virt(pte_pfn(*e) << PAGE_SHIFT);
	}
}

/* What is wrong with a TLB entry, or NULL. */
static const char *tlb_fault(const struct tlb_entry *e)
{
	struct page *page = pfn_to_page(e->pfn);
	u64 bits;
	pte_t *pte = hw_walk(host_pgd, e->page, &bits);

	if (!pte || !(pte->v & PTE_PRESENT))
		return "maps a page that is no longer mapped";
	if (pte_pfn(*pte) != e->pfn)
		return "maps the frame that was there before";
	if (e->write && !(bits & PTE_WRITE))
		return "allows writes the page table forbids";
	if (e->exec && (bits & PTE_NX))
		return "allows execution the page table forbids";
	if (e->dirty && !pte_dirty(*pte))
		return "would not set a dirty bit that was cleared";
	if (!page_test(page, PG_reserved) && page->_refcount <= 0)
		return "maps a free frame";
	return NULL;
}

int host_tlb_check(char *why, size_t size)
{
	for_each_valid(i) {
		const char *what = tlb_fault(&tlb[i]);

		if (!what)
			continue;
		snprintf(why, size, "TLB entry of %lx (frame %lx) %s",
			 tlb[i].page, (unsigned long)tlb[i].pfn, what);
		return 18;
	}
	return 0;
}

void host_tlb_assert_unmapped(u64 pfn, const char *what)
{
	for_each_valid(i)
		if (tlb[i].pfn == pfn)
			panic("%s: TLB still maps frame %lx at %lx (I18)",
			      what, (unsigned long)pfn, tlb[i].page);
}

static bool allowed(const struct tlb_entry *e, enum host_access how)
{
	if (how == HOST_WRITE)
		return e->write && e->dirty;
	return how == HOST_READ || e->exec;
}

/* Page walk and fill; false: page fault. */
static bool tlb_fill(unsigned slot, unsigned long addr, enum host_access how)
{
	u64 bits;
	pte_t *pte = hw_walk(host_pgd, addr, &bits);

	if (!pte || !(pte->v & PTE_PRESENT) || !(bits & PTE_USER))
		return false;
	if (how == HOST_WRITE && !(bits & PTE_WRITE))
		return false;
	if (how == HOST_EXEC && (bits & PTE_NX))
		return false;
	BUG_ON(pte_pfn(*pte) >= max_pfn);
	*pte = pte_mkyoung(*pte);
	if (how == HOST_WRITE)
		*pte = pte_mkdirty(*pte);
	tlb[slot] = (struct tlb_entry){
		.page = addr & PAGE_MASK, .pfn = pte_pfn(*pte),
		.write = bits & PTE_WRITE, .exec = !(bits & PTE_NX),
		.dirty = pte_dirty(*pte),
	};
	tlb_valid[slot / 64] |= 1ull << slot % 64;
	return true;
}

void host_tlb_remember(unsigned long addr)
{
	unsigned slot = tlb_slot(addr);

	if (!is_valid(slot) || tlb[slot].page != (addr & PAGE_MASK))
		tlb_fill(slot, addr, HOST_READ);
}

bool host_mmu_access(unsigned long addr, enum host_access how, void **va)
{
	unsigned slot = tlb_slot(addr);
	struct tlb_entry *e = &tlb[slot];
	bool hit = is_valid(slot) && e->page == (addr & PAGE_MASK);
	const char *what;

	if (!host_pgd || addr >= TASK_SIZE)
		return false;
	what = hit ? tlb_fault(e) : NULL;
	if (what)
		panic("access to %lx: the TLB %s (I18)", addr, what);
	/* Denied by the entry: hardware walks again, or faults and retries. */
	if (hit && allowed(e, how)) {
		host_tlb_hits++;
	} else {
		host_tlb_misses++;
		invalidate(slot);
		if (!tlb_fill(slot, addr, how))
			return false;
	}
	*va = (char *)phys_to_virt(e->pfn << PAGE_SHIFT) + offset_in_page(addr);
	return true;
}

void clear_page(void *page)
{
	host_tlb_assert_unmapped(virt_to_phys(page) >> PAGE_SHIFT,
				 "clear_page");
	memset(page, 0, host_page_bytes);
}

bool page_is_clear(const void *page)
{
	const u64 *word = page, *end = word + host_page_bytes / sizeof(*word);

	while (word < end && !*word)
		word++;
	return word == end;
}

void copy_page(void *to, const void *from)
{
	host_tlb_assert_unmapped(virt_to_phys(to) >> PAGE_SHIFT, "copy_page");
	memcpy(to, from, host_page_bytes);
}
