// SPDX-License-Identifier: GPL-2.0
/*
 * POSIX timers: timer_create and its sisters.  A timer has the entry of its
 * signal from the beginning, which counts against RLIMIT_SIGPENDING and bounds
 * them; so the clock's interrupt allocates nothing.  A periodic timer runs on
 * when its signal is taken: what passed meanwhile is its overrun, and no
 * period is short enough to drown the system.  They lie with their process's
 * leader and end with exec.  Touched with interrupts off once they are
 * listed.  (Linux: kernel/time/posix-timers.c)
 */
#include <arch/clock.h>
#include <arch/uaccess.h>
#include <kernel/syscall.h>
#include <kernel/task.h>
#include <kernel/time.h>
#include <kernel/timer.h>
#include <mm/slab.h>

struct k_itimer {
	TAILQ_ENTRY(k_itimer) link;
	struct task_struct *leader;	/* its owner */
	int id, clock, notify, tid;
	u64 at, interval;		/* of its clock, ns; at 0: off */
	bool waits;			/* for its signal to be taken */
	u64 overrun, overrun_last;
	struct sigqueue *q;
	struct timer timer;		/* one of the two runs ... */
	struct cpu_timer cpu_timer;	/* ... this one if on_cpu_clock */
	bool on_cpu_clock;
};

static struct kmem_cache timer_cache = KMEM_CACHE(struct k_itimer);

/* Now, on the timer's clock; 0 if its task is no more. */
static u64 timer_now(const struct k_itimer *k)
{
	u64 now = 0;

	if (!k->on_cpu_clock)
		read_clock(k->clock, &now);
	else if (k->cpu_timer.clock.task)
		now = cpu_clock_read(&k->cpu_timer.clock);
	return now;
}

static void start(struct k_itimer *k)
{
	if (k->notify == SIGEV_NONE)
		return;
	if (k->on_cpu_clock)
		cpu_timer_start(&k->cpu_timer, k->at);
	else
		timer_start(&k->timer, clock_to_monotonic(k->clock, k->at));
}

static void stop(struct k_itimer *k)
{
	timer_stop(&k->timer);
	if (k->on_cpu_clock)
		cpu_timer_start(&k->cpu_timer, 0);
	k->waits = false;
}

/* An ignored signal is never taken: a periodic timer runs on by itself, at
 * most once in a tick. */
static void expire(struct k_itimer *k)
{
	struct task_struct *t = k->leader;
	bool to_thread = k->notify & SIGEV_THREAD_ID, ignored;

	k->waits = k->interval;
	if (k->q->on)
		return;
	if (to_thread)
		t = find_task(k->tid);
	if (!t || t->leader != k->leader)
		return;
	ignored = send_timer_signal(t, !to_thread, k->q);
	if (ignored && k->interval) {
		timer_forward(&k->at, k->interval,
			      timer_now(k) + NSEC / HZ);
		start(k);
	}
}

static void clock_expired(struct timer *t)
{
	expire(container_of(t, struct k_itimer, timer));
}

static void cpu_clock_expired(struct cpu_timer *t)
{
	expire(container_of(t, struct k_itimer, cpu_timer));
}

int posix_timer_taken(struct k_itimer *k)
{
	k->overrun_last = 0;
	if (k->waits) {
		k->overrun_last = timer_forward(&k->at, k->interval,
						timer_now(k));
		k->waits = false;
		start(k);
	}
	return min(k->overrun_last, (u64)INT32_MAX);
}

/* ---- creation and end -------------------------------------------------- */

static void free_timer(struct k_itimer *k)
{
	if (k->q)
		sigqueue_put(k->q);
	kmem_cache_free(&timer_cache, k);
}

static void delete_timer(struct k_itimer *k)
{
	unsigned long f = irq_save();

	stop(k);
	cpu_timer_detach(&k->cpu_timer);
	TAILQ_REMOVE(&k->leader->itimers.posix, k, link);
	k->leader->nr_timers--;
	free_timer(k);
	irq_restore(f);
}

void posix_timers_exit(struct task_struct *leader)
{
	struct k_itimer *k;

	while ((k = TAILQ_FIRST(&leader->itimers.posix)))
		delete_timer(k);
}

static struct k_itimer *find_timer(int id)
{
	struct k_itimer *k;

	TAILQ_FOREACH(k, &current->leader->itimers.posix, link)
		if (k->id == id)
			return k;
	return NULL;
}

static bool good_sigevent(const struct sigevent *ev)
{
	struct task_struct *t;

	switch (ev->sigev_notify) {
	case SIGEV_SIGNAL | SIGEV_THREAD_ID:
		t = find_task(ev->sigev_notify_thread_id);
		if (!t || t->leader != current->leader)
			return false;
		/* fallthrough */
	case SIGEV_SIGNAL:
	case SIGEV_THREAD:
		return valid_signal(ev->sigev_signo);
	default:
		return ev->sigev_notify == SIGEV_NONE;
	}
}

static struct k_itimer *alloc_timer(void)
{
	struct k_itimer *k = kmem_cache_alloc(&timer_cache,
					      GFP_KERNEL | GFP_ZERO);
	struct itimers *it = &current->leader->itimers;

	if (!k)
		return NULL;
	k->q = sigqueue_alloc(current->leader, true);
	if (!k->q) {
		kmem_cache_free(&timer_cache, k);
		return NULL;
	}
	do {
		k->id = it->next_id++ & INT32_MAX;
	} while (find_timer(k->id));
	k->leader = current->leader;
	k->timer.fn = clock_expired;
	k->cpu_timer.fn = cpu_clock_expired;
	k->q->keep = true;
	k->q->timer = k;
	return k;
}

static void set_notification(struct k_itimer *k, const struct sigevent *ev)
{
	kernel_siginfo_t *info = &k->q->info;

	k->notify = ev->sigev_notify;
	k->tid = ev->sigev_notify_thread_id;
	info->si_signo = ev->sigev_signo;
	info->si_code = SI_TIMER;
	info->si_tid = k->id;
	info->si_value = ev->sigev_value;
}

SYSCALL_DEFINE3(timer_create, int, clock, const struct sigevent *, uev,
		int *, uid)
{
	struct sigevent ev = { .sigev_notify = SIGEV_SIGNAL,
			       .sigev_signo = SIGALRM };
	struct cpu_clock cpu = { .task = NULL };
	struct k_itimer *k;
	int err;

	if (uev && copy_from_user(&ev, uev, sizeof(ev)))
		return -EFAULT;
	err = check_timer_clock(clock);
	if (err)
		return err;
	k = alloc_timer();
	if (!k)
		return -EAGAIN;
	if (!uev)
		ev.sigev_value.sival_int = k->id;
	err = good_sigevent(&ev) ? put_user(k->id, uid) : -EINVAL;
	if (!err && is_cpu_clock(clock))	/* it may go while we sleep */
		err = cpu_clock_of(clock, &cpu);
	if (err) {
		free_timer(k);
		return err;
	}
	set_notification(k, &ev);
	k->clock = clock;
	k->on_cpu_clock = cpu.task;
	if (cpu.task)
		cpu_timer_attach(&k->cpu_timer, &cpu);
	TAILQ_INSERT_TAIL(&k->leader->itimers.posix, k, link);
	k->leader->nr_timers++;
	return 0;
}

SYSCALL_DEFINE1(timer_delete, int, id)
{
	struct k_itimer *k = find_timer(id);

	if (!k)
		return -EINVAL;
	delete_timer(k);
	return 0;
}

SYSCALL_DEFINE1(timer_getoverrun, int, id)
{
	struct k_itimer *k = find_timer(id);

	return k ? (long)min(k->overrun_last, (u64)INT32_MAX) : -EINVAL;
}

/* ---- setting and reading ----------------------------------------------- */

/* Interrupts off.  A timer that fired but whose signal nobody took yet, or
 * that sends none, is told as if it had run on. */
static struct itimerspec get_timer(struct k_itimer *k)
{
	bool silent = k->notify == SIGEV_NONE;
	u64 now = timer_now(k), at = k->at;

	if (at && at <= now) {
		if (k->interval && (silent || k->waits))
			timer_forward(&at, k->interval, now);
		else
			at = silent || !k->timer.armed ? 0 : now + 1;
	}
	return (struct itimerspec){ to_timespec(k->interval),
				    to_timespec(at ? at - now : 0) };
}

SYSCALL_DEFINE2(timer_gettime, int, id, struct itimerspec *, uval)
{
	struct k_itimer *k = find_timer(id);
	struct itimerspec v;
	unsigned long f;

	if (!k)
		return -EINVAL;
	f = irq_save();
	v = get_timer(k);
	irq_restore(f);
	return put_user(v, uval);
}

SYSCALL_DEFINE4(timer_settime, int, id, int, flags,
		const struct itimerspec *, uval, struct itimerspec *, uold)
{
	struct itimerspec v, old;
	u64 value, interval;
	struct k_itimer *k;
	unsigned long f;

	if (!uval)
		return -EINVAL;
	if (copy_from_user(&v, uval, sizeof(v)))
		return -EFAULT;
	k = find_timer(id);
	if (time_to_ns(&value, v.it_value.tv_sec, v.it_value.tv_nsec) ||
	    time_to_ns(&interval, v.it_interval.tv_sec,
		       v.it_interval.tv_nsec) || !k)
		return -EINVAL;
	if (k->on_cpu_clock && !k->cpu_timer.clock.task)
		return -ESRCH;
	f = irq_save();
	old = get_timer(k);
	stop(k);
	k->overrun_last = 0;
	k->at = value;
	k->interval = value ? interval : 0;
	if (value && !(flags & TIMER_ABSTIME))
		k->at += timer_now(k);
	if (value)
		start(k);
	irq_restore(f);
	return uold ? put_user(old, uold) : 0;
}
