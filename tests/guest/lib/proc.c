/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The harness's eyes: smaps, status, pagemap and mincore, read with raw calls
 * and static buffers so that looking changes nothing in what is looked at.
 */
#include "test.h"

struct reader {
	int fd;
	size_t pos, len;
	char buf[8192], line[512];
};

static struct reader smaps;

static bool next_line(struct reader *r)
{
	size_t n = 0;
	long got;

	for (;;) {
		if (r->pos == r->len) {
			got = sys(read, r->fd, r->buf, sizeof(r->buf));
			if (got <= 0)
				return false;
			r->pos = 0;
			r->len = got;
		}
		char c = r->buf[r->pos++];

		if (c == '\n')
			break;
		if (n < sizeof(r->line) - 1)
			r->line[n++] = c;
	}
	r->line[n] = 0;
	return true;
}

static void smaps_open(void)
{
	long fd = sys(open, "/proc/self/smaps", O_RDONLY, 0);

	if (failed(fd))
		die("/proc/self/smaps: %s", ret_name(fd));
	smaps.fd = fd;
	smaps.pos = smaps.len = 0;
}

/* "start-end perms offset dev inode   name" */
static bool parse_head(const char *s, struct area *a)
{
	char *end;
	int n = 0;

	memset(a, 0, sizeof(*a));
	a->start = strtoul(s, &end, 16);
	if (end == s || *end != '-')
		return false;
	a->end = strtoul(end + 1, &end, 16);
	if (*end != ' ')
		return false;
	while (*++end && *end != ' ' && n < 4)
		a->perms[n++] = *end;
	a->offset = strtoul(end, &end, 16);
	for (n = 0; n < 2; n++) {	/* device, inode */
		while (*end == ' ')
			end++;
		while (*end && *end != ' ')
			end++;
	}
	while (*end == ' ')
		end++;
	snprintf(a->name, sizeof(a->name), "%.60s", end);
	return true;
}

static unsigned long field_pages(const char *line, const char *field)
{
	size_t n = strlen(field);

	return strncmp(line, field, n) ? 0 : strtoul(line + n, NULL, 10) / 4;
}

/* The next area, up to its VmFlags line, which is the last. */
static bool smaps_next(struct area *a)
{
	while (next_line(&smaps))
		if (parse_head(smaps.line, a))
			goto found;
	return false;
found:
	while (next_line(&smaps)) {
		a->rss += field_pages(smaps.line, "Rss:");
		a->anon += field_pages(smaps.line, "Anonymous:");
		a->swap += field_pages(smaps.line, "Swap:");
		a->locked += field_pages(smaps.line, "Locked:");
		if (!strncmp(smaps.line, "VmFlags:", 8)) {
			snprintf(a->flags, sizeof(a->flags), "%.120s ",
				 smaps.line + 8);
			return true;
		}
	}
	return true;
}

bool area_at(const void *addr, struct area *a)
{
	unsigned long at = (unsigned long)addr;
	bool found = false;

	smaps_open();
	while (!found && smaps_next(a))
		found = a->start <= at && at < a->end;
	sys(close, smaps.fd);
	return found;
}

bool area_has(const struct area *a, const char *word)
{
	char padded[8];

	snprintf(padded, sizeof(padded), " %s ", word);
	return strstr(a->flags, padded);
}

static char lock_char(const struct area *a)
{
	if (!area_has(a, "lo"))
		return '.';
	return area_has(a, "??") ? 'o' : 'l';
}

void check_locks(const char *file, int line, const void *addr,
		 const char *expected)
{
	unsigned long base = (unsigned long)addr;
	size_t n = strlen(expected);
	char seen[128];
	struct area a;

	memset(seen, '-', n);
	seen[n] = 0;
	smaps_open();
	while (smaps_next(&a))
		for (size_t i = 0; i < n; i++)
			if (a.start <= base + PAGES(i) &&
			    base + PAGES(i) < a.end)
				seen[i] = lock_char(&a);
	sys(close, smaps.fd);
	if (strcmp(seen, expected))
		fail("%s:%d: locks of %p: expected \"%s\", seen \"%s\"", file,
		     line, addr, expected, seen);
}

uint64_t pagemap(const void *addr)
{
	uint64_t entry = 0;
	long fd = sys(open, "/proc/self/pagemap", O_RDONLY, 0);

	if (failed(fd))
		die("/proc/self/pagemap: %s", ret_name(fd));
	if (sys(pread64, fd, &entry, 8, (unsigned long)addr / PAGE * 8) != 8)
		entry = 0;
	sys(close, fd);
	return entry;
}

void check_present(const char *file, int line, const void *addr,
		   const char *expected)
{
	size_t n = strlen(expected);
	uint64_t entries[128] = { 0 };
	char seen[129];
	long fd = sys(open, "/proc/self/pagemap", O_RDONLY, 0);

	if (failed(fd))
		die("/proc/self/pagemap: %s", ret_name(fd));
	sys(pread64, fd, entries, n * 8, (unsigned long)addr / PAGE * 8);
	sys(close, fd);
	for (size_t i = 0; i < n; i++)
		seen[i] = entries[i] & PM_PRESENT ? '1' : '0';
	seen[n] = 0;
	if (strcmp(seen, expected))
		fail("%s:%d: present at %p: expected \"%s\", seen \"%s\"", file,
		     line, addr, expected, seen);
}

void check_mincore(const char *file, int line, const void *addr,
		   const char *expected)
{
	size_t n = strlen(expected);
	unsigned char vec[128];
	char seen[129];
	long ret = sys(mincore, addr, PAGES(n), vec);

	if (ret) {
		fail("%s:%d: mincore: expected 0, seen %s", file, line,
		     ret_name(ret));
		return;
	}
	for (size_t i = 0; i < n; i++)
		seen[i] = vec[i] & 1 ? '1' : '0';
	seen[n] = 0;
	if (strcmp(seen, expected))
		fail("%s:%d: mincore of %p: expected \"%s\", seen \"%s\"", file,
		     line, addr, expected, seen);
}

long slurp(const char *path, char *buf, size_t size)
{
	long fd = sys(open, path, O_RDONLY, 0), got, n = 0;

	buf[0] = 0;
	if (failed(fd))
		return fd;
	while ((size_t)n < size - 1) {
		got = sys(read, fd, buf + n, size - 1 - n);
		if (got <= 0)
			break;
		n += got;
	}
	buf[n] = 0;
	sys(close, fd);
	return n;
}

unsigned long status_kb(const char *field)
{
	static char buf[4096];
	size_t n = strlen(field);
	long ret = slurp("/proc/self/status", buf, sizeof(buf));

	if (ret <= 0)
		die("/proc/self/status: %s", ret_name(ret));
	for (char *p = buf; p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (!strncmp(p, field, n) && p[n] == ':')
			return strtoul(p + n + 1, NULL, 10);
	}
	die("/proc/self/status has no %s", field);
}

long vm_locked(void)
{
	return status_kb("VmLck") / 4;
}

long vm_total(void)
{
	return status_kb("VmSize") / 4;
}
