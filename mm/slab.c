// SPDX-License-Identifier: GPL-2.0
/*
 * Object caches (Linux: mm/slab.c, mm/slub.c).
 *
 * A slab is one block of frames cut into equal objects; free ones are linked
 * through their first word.  In a slab's head page: mapping = its cache,
 * private = first free object, _mapcount = objects in use.  Every frame of a
 * slab has PG_slab and index = the head's frame number, so that an object
 * finds its slab by its address.  A kmalloc of more than 2 KiB is a block with
 * mapping NULL and private = order.
 *
 * Keeps true: slabs with a free object are on the cache's partial list; a
 * cache keeps at most one slab that is wholly free.  Guarded by (t).
 */
#include <mm/mm.h>
#include <mm/swap.h>

unsigned long nr_slab_pages, nr_slab_bytes;

static TAILQ_HEAD(, kmem_cache) caches = TAILQ_HEAD_INITIALIZER(caches);

#define FREE_POISON 0x6b	/* Linux's POISON_FREE */
#define POISONED 64u		/* bytes of a freed object, at most */

struct kmem_cache *next_cache(const struct kmem_cache *c)
{
	return c ? TAILQ_NEXT(c, list) : TAILQ_FIRST(&caches);
}

static void cache_init(struct kmem_cache *c)
{
	c->order = c->size > PAGE_SIZE / 4 ? 1 : 0;
	while ((PAGE_SIZE << c->order) / c->size < 4)
		c->order++;
	c->per_slab = (PAGE_SIZE << c->order) / c->size;
	TAILQ_INIT(&c->partial);
	TAILQ_INSERT_TAIL(&caches, c, list);
}

static struct page *slab_head(const void *obj)
{
	return pfn_to_page(virt_to_page(obj)->index);
}

static void mark_slab(struct page *head, unsigned order)
{
	for (unsigned i = 0; i < 1u << order; i++) {
		page_set(head + i, PG_slab);
		head[i].index = page_to_pfn(head);
	}
	nr_slab_pages += 1ul << order;
}

static void free_slab(struct page *head, unsigned order)
{
	for (unsigned i = 0; i < 1u << order; i++)
		page_clear(head + i, PG_slab);
	nr_slab_pages -= 1ul << order;
	head->_mapcount = 0;
	free_pages(head, order);
}

static struct page *new_slab(struct kmem_cache *c, gfp_t gfp)
{
	struct page *head = alloc_pages(gfp & ~GFP_ZERO, c->order);
	void *obj, *next = NULL;
	unsigned i;

	if (!head)
		return NULL;
	mark_slab(head, c->order);
	for (i = c->per_slab; i-- > 0; next = obj) {
		obj = (char *)page_address(head) + i * c->size;
		*(void **)obj = next;
	}
	head->mapping = c;
	head->private = (u64)next;
	c->nr_slabs++;
	TAILQ_INSERT_HEAD(&c->partial, head, lru);
	return head;
}

void *kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp)
{
	struct page *head;
	void *obj;

	if (!c->per_slab)
		cache_init(c);
	head = TAILQ_FIRST(&c->partial);
	if (head ? should_fail_alloc() : !(head = new_slab(c, gfp)))
		return NULL;
	obj = (void *)head->private;
	head->private = *(u64 *)obj;
	head->_mapcount++;
	if (!head->private)
		TAILQ_REMOVE(&c->partial, head, lru);
	c->nr_objects++;
	nr_slab_bytes += c->size;
	if (gfp & GFP_ZERO)
		memset(obj, 0, c->size);
	return obj;
}

static void drop_slab(struct kmem_cache *c, struct page *head)
{
	TAILQ_REMOVE(&c->partial, head, lru);
	c->nr_slabs--;
	free_slab(head, c->order);
}

/* A wholly free slab is kept if it is the only one with free objects. */
static void release_if_empty(struct kmem_cache *c, struct page *head)
{
	if (!head->_mapcount && (TAILQ_FIRST(&c->partial) != head ||
				 TAILQ_NEXT(head, lru)))
		drop_slab(c, head);
}

void kmem_cache_free(struct kmem_cache *c, void *obj)
{
	struct page *head = slab_head(obj);

	BUG_ON(!page_test(head, PG_slab) || head->mapping != c);
	if (c->size >= POISONED)
		__builtin_memset(obj, FREE_POISON, POISONED); /* inline */
	else
		memset(obj, FREE_POISON, c->size);
	if (!head->private)
		TAILQ_INSERT_HEAD(&c->partial, head, lru);
	*(u64 *)obj = head->private;
	head->private = (u64)obj;
	head->_mapcount--;
	c->nr_objects--;
	nr_slab_bytes -= c->size;
	release_if_empty(c, head);
}

unsigned long kmem_cache_shrink_all(void)
{
	unsigned long before = nr_slab_pages;
	struct kmem_cache *c;
	struct page *head, *next;

	TAILQ_FOREACH(c, &caches, list) {
		for (head = TAILQ_FIRST(&c->partial); head; head = next) {
			next = TAILQ_NEXT(head, lru);
			if (!head->_mapcount)
				drop_slab(c, head);
		}
	}
	return before - nr_slab_pages;
}

/* ---- kmalloc ---------------------------------------------------------- */

static struct kmem_cache kmalloc_caches[] = {
	{ .size = 16 }, { .size = 32 }, { .size = 64 }, { .size = 96 },
	{ .size = 128 }, { .size = 192 }, { .size = 256 }, { .size = 512 },
	{ .size = 1024 }, { .size = 2048 },
};

static void *kmalloc_pages(size_t bytes, gfp_t gfp)
{
	unsigned order = 0;
	struct page *head;

	while (order <= MAX_ORDER && (PAGE_SIZE << order) < bytes)
		order++;
	head = alloc_pages(gfp, order);
	if (!head)
		return NULL;
	mark_slab(head, order);
	return page_address(head);
}

void *kmalloc(size_t bytes, gfp_t gfp)
{
	for (unsigned i = 0; i < ARRAY_SIZE(kmalloc_caches); i++)
		if (bytes <= kmalloc_caches[i].size)
			return kmem_cache_alloc(&kmalloc_caches[i], gfp);
	return kmalloc_pages(bytes, gfp);
}

void kfree(const void *obj)
{
	struct page *head;

	if (!obj)
		return;
	head = slab_head(obj);
	BUG_ON(!page_test(head, PG_slab));
	if (head->mapping)
		kmem_cache_free(head->mapping, (void *)obj);
	else
		free_slab(head, head->private);
}

char *kstrdup(const char *s, gfp_t gfp)
{
	size_t n = strlen(s) + 1;
	char *copy = kmalloc(n, gfp);

	if (copy)
		memcpy(copy, s, n);
	return copy;
}
