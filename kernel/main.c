// SPDX-License-Identifier: GPL-2.0
/*
 * From boot_info to process 1.  kmain() runs on the boot stack as the
 * scheduler's boot task and then never again; what may sleep (disks, the
 * initrd) is done by process 1 itself before it becomes /init.  A machine that
 * cannot go on says why in one line and ends with a non-zero status.
 * (Linux: init/main.c)
 */
#include <arch/clock.h>
#include <drivers/block.h>
#include <drivers/uart.h>
#include <fs/file.h>
#include <kernel/kernel.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <lib/bug.h>
#include <lib/string.h>
#include <mm/swap.h>

struct boot_info *boot_info;
char saved_command_line[BOOT_CMDLINE_MAX];

static struct boot_info boot_copy;	/* the loader's memory is freed */

/* ---- the command line -------------------------------------------------- */

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Next word at *p, its length in *len; NULL: no more. */
static const char *next_word(const char **p, size_t *len)
{
	const char *start;

	while (is_space(**p))
		(*p)++;
	start = *p;
	while (**p && !is_space(**p))
		(*p)++;
	*len = *p - start;
	return *len ? start : NULL;
}

/* Is it `name` or `name=...`? */
static bool is_word(const char *word, size_t len, const char *name)
{
	size_t n = strlen(name);

	return len >= n && !memcmp(word, name, n) &&
	       (len == n || word[n] == '=');
}

int cmdline_get(const char *name, char *buf, size_t size)
{
	const char *p = saved_command_line, *word;
	size_t n = strlen(name), len, value, copy;
	int found = -1;

	while ((word = next_word(&p, &len))) {
		if (!is_word(word, len, name))
			continue;
		value = len > n ? len - n - 1 : 0;
		if (size) {
			copy = min(value, size - 1);
			memcpy(buf, word + len - value, copy);
			buf[copy] = 0;
		}
		found = value;		/* the last one counts */
	}
	return found;
}

static bool known_word(const char *word, size_t len)
{
	static const char *const known[] = {
		"memlock", "init", "blkfail", "quiet", "debug", "norandmaps" };

	for (unsigned i = 0; i < ARRAY_SIZE(known); i++)
		if (is_word(word, len, known[i]))
			return true;
	return memchr(word, '.', len);
}

/* Log the words that nobody reads, all in one line. */
static void report_unknown_words(void)
{
	const char *p = saved_command_line, *word;
	char list[256];
	size_t len, at = 0;

	while ((word = next_word(&p, &len))) {
		if (known_word(word, len) || at + len + 2 > sizeof(list))
			continue;
		list[at++] = ' ';
		memcpy(list + at, word, len);
		at += len;
	}
	list[at] = 0;
	if (at)
		printk(KERN_NOTICE "unknown command line words ignored:%s\n",
		       list);
}

static void parse_cmdline(void)
{
	char name[32];

	strlcpy(saved_command_line, boot_info->cmdline,
		sizeof(saved_command_line));
	if (cmdline_get("quiet", NULL, 0) >= 0)
		console_loglevel = 5;
	if (cmdline_get("debug", NULL, 0) >= 0)
		console_loglevel = 8;
	if (cmdline_get("norandmaps", NULL, 0) >= 0)
		randomize_va_space = 0;
	printk(KERN_NOTICE "Holdfast, command line: %s\n", saved_command_line);
	report_unknown_words();
	if (cmdline_get("memlock", name, sizeof(name)) < 0)
		strlcpy(name, "task", sizeof(name));
	if (memlock_select(name))
		boot_fail("memlock=%s: unknown design, valid: %s", name,
			  memlock_names());
}

/* ---- process 1 --------------------------------------------------------- */

static void unpack_initrd(void)
{
	const struct boot_info *bi = boot_info;

	if (!bi->initrd_base || !bi->initrd_size)
		boot_fail("no initrd");
	if (fs_init(phys_to_virt(bi->initrd_base), bi->initrd_size))
		boot_fail("corrupt initrd");
	arch_free_loader_memory(bi);
}

static void init_thread(void *arg)
{
	static char path[256] = "/init";
	static const char *argv[2] = { path };
	static const char *const envp[] = {
		"HOME=/", "TERM=linux", "PATH=/sbin:/bin:/usr/sbin:/usr/bin",
		NULL };
	int err;

	virtio_blk_init();
	unpack_initrd();
	if (fs_open_console())
		boot_fail("cannot open /dev/console");
	if (cmdline_get("init", path, sizeof(path)) >= (int)sizeof(path))
		boot_fail("init= is too long");
	err = kernel_execve(path, argv, envp);
	if (err)
		boot_fail("cannot start %s: error %d", path, err);
}

void kmain(struct boot_info *bi)
{
	arch_early_init(bi);
	clock_init();
	if (bi->magic != BOOT_MAGIC || bi->version != BOOT_VERSION ||
	    bi->size != sizeof(*bi))
		boot_fail("boot_info of another version");
	boot_copy = *bi;
	boot_info = &boot_copy;
	parse_cmdline();
	arch_mm_init(boot_info);
	page_alloc_init_watermarks();
	zero_page = alloc_page(GFP_KERNEL | GFP_ZERO);
	page_set(zero_page, PG_reserved);
	sched_init();
	syscall_init();
	arch_irq_init();
	uart_irq_init();
	if (!init_create(init_thread, NULL))
		boot_fail("cannot start process 1");
	kswapd_init();
	current->state = TASK_DEAD;
	schedule();
	panic("the boot task ran again");
}
