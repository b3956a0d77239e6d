/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Every system call that Holdfast has, with the kinds of its arguments, for
 * programs that make them all.  Left out are those that end the caller or the
 * machine: exit, exit_group, reboot.
 *
 * Kinds: d descriptor, D descriptor of a folder, p buffer, a page of an area,
 * l length, z size of a signal set, f flags, P path to look at, S path in a
 * sandbox, N name that is no path, i small number, g signal, t pid, u uid,
 * o offset, F flags of IPC, T timespec, v iovec, r request of ptrace, I request
 * of ioctl, x whatever.
 */
#ifndef TESTS_GUEST_CALLS_H
#define TESTS_GUEST_CALLS_H

#include "test.h"

struct call {
	const char *name;
	int nr;
	const char *kinds;
};

#define C(name, kinds) { #name, SYS_##name, kinds }
static const struct call calls[] = {
	C(access, "Pi"), C(adjtimex, "p"), C(alarm, "i"), C(arch_prctl, "xp"),
	C(brk, "x"), C(capget, "pp"), C(capset, "pp"), C(chdir, "S"),
	C(chmod, "Si"), C(chown, "Suu"), C(chroot, "S"), C(clock_adjtime, "ip"),
	C(clock_getres, "ip"), C(clock_gettime, "ip"),
	C(clock_nanosleep, "iiTp"), C(clock_settime, "ip"), C(clone, "fpppp"),
	C(clone3, "pl"), C(close, "d"), C(close_range, "iif"),
	C(copy_file_range, "dpdplf"), C(creat, "Si"), C(dup, "d"),
	C(dup2, "di"), C(dup3, "dif"), C(epoll_create, "i"),
	C(epoll_create1, "f"), C(epoll_ctl, "didp"), C(epoll_pwait, "dpiipz"),
	C(epoll_pwait2, "dpiTpz"), C(epoll_wait, "dpii"), C(eventfd, "i"),
	C(eventfd2, "if"), C(execve, "Ppp"), C(execveat, "DPppf"),
	C(faccessat, "DPi"), C(faccessat2, "DPif"), C(fadvise64, "doli"),
	C(fallocate, "dfol"), C(fchdir, "d"), C(fchmod, "di"),
	C(fchmodat, "DSi"), C(fchown, "duu"), C(fchownat, "DSuuf"),
	C(fcntl, "dip"), C(fcntl, "dix"), C(fdatasync, "d"),
	C(fgetxattr, "dNpl"), C(flistxattr, "dpl"), C(flock, "df"), C(fork, ""),
	C(fremovexattr, "dN"), C(fsetxattr, "dNplf"), C(fstat, "dp"),
	C(fstatfs, "dp"), C(fsync, "d"), C(ftruncate, "do"), C(futex, "pfiTpi"),
	C(futimesat, "DSp"), C(get_robust_list, "tpp"), C(getcpu, "ppp"),
	C(get_mempolicy, "pplxf"), C(set_mempolicy, "ipl"),
	C(getcwd, "pl"), C(getdents, "dpl"), C(getdents64, "dpl"),
	C(getegid, ""), C(geteuid, ""), C(getgid, ""), C(getgroups, "ip"),
	C(getitimer, "ip"), C(getpgid, "t"), C(getpgrp, ""), C(getpid, ""),
	C(getppid, ""), C(getpriority, "it"), C(getrandom, "plf"),
	C(getresgid, "ppp"), C(getresuid, "ppp"), C(getrlimit, "ip"),
	C(getrusage, "ip"), C(getsid, "t"), C(gettid, ""),
	C(gettimeofday, "pp"), C(getuid, ""), C(getxattr, "PNpl"),
	C(inotify_add_watch, "dPf"), C(inotify_init, ""), C(inotify_init1, "f"),
	C(inotify_rm_watch, "di"), C(ioctl, "dIp"), C(ioprio_get, "ii"),
	C(ioprio_set, "iix"), C(kill, "tg"), C(lchown, "Suu"),
	C(lgetxattr, "PNpl"), C(link, "SS"), C(linkat, "DSDSf"),
	C(listxattr, "Ppl"), C(llistxattr, "Ppl"), C(lremovexattr, "SN"),
	C(lseek, "doi"), C(lsetxattr, "SNplf"), C(lstat, "Pp"),
	C(madvise, "ali"), C(mbind, "aliplf"), C(membarrier, "if"),
	C(memfd_create, "Nf"),
	C(mincore, "alp"), C(mkdir, "Si"), C(mkdirat, "DSi"), C(mknod, "Six"),
	C(mknodat, "DSix"), C(mlock, "al"), C(mlock2, "ali"), C(mlockall, "i"),
	C(mmap, "alffdo"), C(mount, "SSpfp"), C(mprotect, "ali"),
	C(mq_getsetattr, "dpp"), C(mq_notify, "dp"), C(mq_open, "Nfip"),
	C(mq_timedreceive, "dplpT"), C(mq_timedsend, "dpliT"),
	C(mq_unlink, "N"), C(mremap, "allia"), C(msgctl, "iip"),
	C(msgget, "if"), C(msgrcv, "ipliF"), C(msgsnd, "iplF"), C(msync, "ali"),
	C(munlock, "al"), C(munlockall, ""), C(munmap, "al"),
	C(nanosleep, "Tp"), C(newfstatat, "DPpf"), C(open, "Pfi"),
	C(openat, "DPfi"), C(pause, ""), C(personality, "x"),
	C(pidfd_getfd, "dif"), C(pidfd_open, "tf"),
	C(pidfd_send_signal, "dgpf"), C(pipe, "p"), C(pipe2, "pf"),
	C(pkey_alloc, "ii"), C(pkey_free, "i"), C(pkey_mprotect, "alii"),
	C(poll, "pii"), C(ppoll, "piTpz"), C(prctl, "ipxxx"),
	C(pread64, "dplo"), C(preadv, "dvio"), C(preadv2, "dvioof"),
	C(prlimit64, "tipp"), C(process_madvise, "dviif"),
	C(process_vm_readv, "tvivif"), C(process_vm_writev, "tvivif"),
	C(pselect6, "ipppTp"), C(ptrace, "rtpp"), C(pwrite64, "dplo"),
	C(pwritev, "dvio"), C(pwritev2, "dvioof"), C(read, "dpl"),
	C(readahead, "dol"), C(readlink, "Ppl"), C(readlinkat, "DPpl"),
	C(readv, "dvi"), C(remap_file_pages, "aliif"), C(removexattr, "SN"),
	C(rename, "SS"), C(renameat, "DSDS"), C(renameat2, "DSDSf"),
	C(restart_syscall, ""), C(rmdir, "S"), C(rseq, "plii"),
	C(rt_sigaction, "gppz"), C(rt_sigpending, "pz"),
	C(rt_sigprocmask, "ippz"), C(rt_sigqueueinfo, "tgp"),
	C(rt_sigreturn, ""), C(rt_sigsuspend, "pz"), C(rt_sigtimedwait, "ppTz"),
	C(rt_tgsigqueueinfo, "ttgp"), C(sched_get_priority_max, "i"),
	C(sched_get_priority_min, "i"), C(sched_getaffinity, "tlp"),
	C(sched_getattr, "tplf"), C(sched_getparam, "tp"),
	C(sched_getscheduler, "t"), C(sched_rr_get_interval, "tp"),
	C(sched_setaffinity, "tlp"), C(sched_setattr, "tpf"),
	C(sched_setparam, "tp"), C(sched_setscheduler, "tip"),
	C(sched_yield, ""), C(select, "ipppp"), C(semctl, "iiip"),
	C(semget, "iif"), C(semop, "ipi"), C(semtimedop, "ipiT"),
	C(sendfile, "ddpl"), C(set_robust_list, "pl"), C(set_tid_address, "p"),
	C(setdomainname, "pl"), C(setfsgid, "u"), C(setfsuid, "u"),
	C(setgid, "u"), C(setgroups, "ip"), C(sethostname, "pl"),
	C(setitimer, "ipp"), C(setns, "df"), C(setpgid, "tt"),
	C(setpriority, "iti"), C(setregid, "uu"), C(setresgid, "uuu"),
	C(setresuid, "uuu"), C(setreuid, "uu"), C(setrlimit, "ip"),
	C(setsid, ""), C(settimeofday, "pp"), C(setuid, "u"),
	C(setxattr, "SNplf"), C(shmat, "iaf"), C(shmctl, "iip"), C(shmdt, "a"),
	C(shmget, "ilf"), C(sigaltstack, "pp"), C(signalfd, "dpz"),
	C(signalfd4, "dpzf"), C(splice, "dpdplf"), C(splice, "dxdxlf"),
	C(stat, "Pp"), C(statfs, "Pp"), C(statx, "DPffp"), C(swapoff, "S"),
	C(swapon, "Sf"), C(symlink, "SS"), C(symlinkat, "SDS"), C(sync, ""),
	C(sync_file_range, "dolf"), C(syncfs, "d"), C(sysinfo, "p"),
	C(syslog, "ipl"), C(tee, "ddlf"), C(tgkill, "ttg"), C(time, "p"),
	C(timer_create, "ipp"), C(timer_delete, "i"), C(timer_getoverrun, "i"),
	C(timer_gettime, "ip"), C(timer_settime, "iipp"),
	C(timerfd_create, "if"), C(timerfd_gettime, "dp"),
	C(timerfd_settime, "dfpp"), C(times, "p"), C(tkill, "tg"),
	C(truncate, "So"), C(umask, "i"), C(umount2, "Sf"), C(uname, "p"),
	C(unlink, "S"), C(unlinkat, "DSf"), C(unshare, "f"),
	C(userfaultfd, "f"), C(utime, "Sp"), C(utimensat, "DSpf"),
	C(utimes, "Sp"), C(vfork, ""), C(vhangup, ""), C(vmsplice, "dvif"),
	C(wait4, "tpip"), C(waitid, "itpip"), C(write, "dpl"), C(writev, "dvi"),
};
#undef C

/* Each number that the kernel answers must be in the table. */
static inline bool in_calls(int nr)
{
	for (size_t i = 0; i < ARRAY_SIZE(calls); i++)
		if (calls[i].nr == nr)
			return true;
	return nr == SYS_exit || nr == SYS_exit_group || nr == SYS_reboot;
}

#endif
