/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Makes, writes and executes the small ELF program of tinyelf.h.  What execve
 * answered comes back through a close-on-exec pipe, so that an errno and an
 * exit status cannot be mistaken for each other.
 */
#include "tinyelf.h"

#include <poll.h>

#define RUN_LIMIT_MS 20000

void tiny_init(struct tiny *t)
{
	/* mov edi, 42; mov eax, 231 (exit_group); syscall */
	static const unsigned char code[] = {
		0xbf, TINY_STATUS, 0, 0, 0, 0xb8, 231, 0, 0, 0, 0x0f, 0x05,
	};

	memset(t, 0, sizeof(*t));
	memcpy(t->e.e_ident, ELFMAG, SELFMAG);
	t->e.e_ident[EI_CLASS] = ELFCLASS64;
	t->e.e_ident[EI_DATA] = ELFDATA2LSB;
	t->e.e_ident[EI_VERSION] = EV_CURRENT;
	t->e.e_type = ET_EXEC;
	t->e.e_machine = EM_X86_64;
	t->e.e_version = EV_CURRENT;
	t->e.e_entry = TINY_BASE + TINY_CODE;
	t->e.e_phoff = sizeof(Elf64_Ehdr);
	t->e.e_ehsize = sizeof(Elf64_Ehdr);
	t->e.e_phentsize = sizeof(Elf64_Phdr);
	memcpy(t->bytes + TINY_CODE, code, sizeof(code));
	t->size = TINY_SIZE;
	tiny_add(t, PT_LOAD, 0, TINY_SIZE)->p_flags = PF_R | PF_X;
}

Elf64_Phdr *tiny_add(struct tiny *t, unsigned type, unsigned long offset,
		     unsigned long size)
{
	Elf64_Phdr *p = &t->p[t->e.e_phnum++];

	p->p_type = type;
	p->p_flags = PF_R;
	p->p_offset = offset;
	p->p_vaddr = p->p_paddr = TINY_BASE + offset;
	p->p_filesz = p->p_memsz = size;
	p->p_align = type == PT_LOAD ? 4096 : 4;
	return p;
}

Elf64_Phdr *tiny_note(struct tiny *t, const char *name, unsigned namesz,
		      unsigned type, const void *desc, unsigned descsz)
{
	unsigned char *n = t->bytes + TINY_NOTE;
	unsigned padded = (namesz + 3) & ~3u;
	Elf64_Nhdr h = { namesz, descsz, type };

	memcpy(n, &h, sizeof(h));
	memcpy(n + sizeof(h), name, namesz);
	memcpy(n + sizeof(h) + padded, desc, descsz);
	return tiny_add(t, PT_NOTE, TINY_NOTE,
			sizeof(h) + padded + ((descsz + 3) & ~3u));
}

void tiny_write(const struct tiny *t, const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0755);

	if (fd < 0 || write(fd, t->bytes, t->size) != (ssize_t)t->size)
		die("writing %s: errno %d", path, errno);
	close(fd);
	chmod(path, 0755);
}

static int finish(pid_t pid, int fd, bool hung)
{
	long err = 0;
	int status;

	if (!hung && read(fd, &err, sizeof(err)) != sizeof(err))
		err = 0;
	close(fd);
	if (waitpid(pid, &status, 0) != pid)
		die("waitpid: errno %d", errno);
	if (hung)
		return 2000;
	if (err)
		return err;
	return WIFEXITED(status) ? WEXITSTATUS(status) :
				   1000 + WTERMSIG(status);
}

/* The pipe closes at a successful exec; the second one when the child ends. */
int run_path(const char *path)
{
	char *const argv[] = { (char *)path, NULL };
	int said[2], life[2];
	struct pollfd p;
	bool hung;
	pid_t pid;

	if (pipe(life) || sys(pipe2, said, O_CLOEXEC))
		die("pipe: errno %d", errno);
	pid = fork();
	if (pid < 0)
		die("fork: errno %d", errno);
	if (!pid) {
		long err;

		set_limit(RLIMIT_CORE, 0, 0);
		close(life[0]);
		err = sys(execve, path, argv, argv + 1);
		write(said[1], &err, sizeof(err));
		_exit(0);
	}
	close(life[1]);
	close(said[1]);
	p = (struct pollfd){ life[0], POLLIN, 0 };
	hung = poll(&p, 1, RUN_LIMIT_MS) == 0;
	if (hung)
		kill(pid, SIGKILL);
	close(life[0]);
	return finish(pid, said[0], hung);
}

int tiny_run(const struct tiny *t, const char *path)
{
	tiny_write(t, path);
	return run_path(path);
}
