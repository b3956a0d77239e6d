/* SPDX-License-Identifier: GPL-2.0 */
/* Object caches and kmalloc on top of them (mm/slab.c; Linux: mm/slab.h). */
#ifndef MM_SLAB_H
#define MM_SLAB_H

#include <lib/err.h>
#include <mm/page.h>

struct kmem_cache {
	const char *name;		/* "struct ..."; NULL: kmalloc's */
	unsigned size;			/* bytes of an object, multiple of 16 */
	unsigned order;			/* of a slab */
	unsigned per_slab;		/* objects in a slab */
	struct page_list partial;	/* slabs with a free object */
	unsigned long nr_objects;	/* allocated now */
	unsigned long nr_slabs;
	TAILQ_ENTRY(kmem_cache) list;
};

#define KMEM_CACHE(type) \
	{ .name = #type, .size = ALIGN_UP(sizeof(type), 16) }
/* The caches that have been used, newest last; NULL: the first. */
struct kmem_cache *next_cache(const struct kmem_cache *c);

/* Object with undefined contents (zeroed with GFP_ZERO), 16-byte aligned, or
 * NULL.  Sleeps only with GFP_KERNEL.  A cache needs no registration. */
void *kmem_cache_alloc(struct kmem_cache *c, gfp_t gfp);
void kmem_cache_free(struct kmem_cache *c, void *obj);

/* Give back every wholly free slab (reclaim, leak checks).  Never sleeps. */
unsigned long kmem_cache_shrink_all(void);

/* Any size up to 4 MiB; above 2 KiB whole pages.  NULL on failure. */
void *kmalloc(size_t bytes, gfp_t gfp);
static inline void *kzalloc(size_t bytes, gfp_t gfp)
{
	return kmalloc(bytes, gfp | GFP_ZERO);
}
void kfree(const void *obj);		/* NULL is allowed */
static inline void free_memory(void *obj) /* __free(memory), ERR_PTR too */
{
	if (!IS_ERR(*(void **)obj))
		kfree(*(void **)obj);
}
char *kstrdup(const char *s, gfp_t gfp);

extern unsigned long nr_slab_pages;	/* frames */
extern unsigned long nr_slab_bytes;	/* of objects in use */

#endif
