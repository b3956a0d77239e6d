// SPDX-License-Identifier: GPL-2.0
/*
 * Time.  The clock is the ACPI PM timer, 24 bits at 3.579545 MHz: exact
 * without calibration, right under -icount, and no time is lost with a lost
 * tick, because the tick reads it far more often than it wraps (4.7 s).
 * Without ACPI it is the TSC, measured against the PIT for 1 ms.  Interrupts
 * are PIT channel 0's, each asked for on its own: no second timer has to be
 * found and calibrated, and 838 ns are fine enough.
 * (Linux: drivers/clocksource/acpi_pm.c, arch/x86/kernel/rtc.c)
 */
#include <arch/clock.h>
#include <arch/cpu.h>
#include <arch/io.h>
#include <arch/irq.h>
#include <kernel/timer.h>

#define NSEC		1000000000ul
#define PM_HZ		3579545ul
#define PM_MASK		0xffffffu
#define PIT_HZ		1193182ul

static u64 total, hz;		/* counts since clock_init, and a second's */
static u64 last;		/* raw reading that `total` includes */
static u64 boot_epoch;

static u64 read_counter(void)
{
	return acpi_pm_timer ? inl(acpi_pm_timer) & PM_MASK : rdtsc();
}

u64 clock_monotonic_ns(void)
{
	unsigned long flags;
	u64 now, sum;

	if (!hz)
		return 0;
	flags = irq_save();
	now = read_counter();
	total += acpi_pm_timer ? (now - last) & PM_MASK : now - last;
	last = now;
	sum = total;
	irq_restore(flags);
	return sum / hz * NSEC + sum % hz * NSEC / hz;
}

/* Counts of the TSC in a second, from 1 ms of PIT channel 2. */
static u64 measure_tsc(void)
{
	unsigned long ticks = PIT_HZ / 1000;
	u64 start;

	outb(0x61, (inb(0x61) & ~2) | 1);	/* gate on, speaker off */
	outb(0x43, 0xb0);			/* channel 2, mode 0 */
	outb(0x42, ticks & 0xff);
	outb(0x42, ticks >> 8);
	start = rdtsc();
	while (!(inb(0x61) & 0x20))
		;
	return (rdtsc() - start) * 1000;
}

static u8 cmos(u8 reg)
{
	outb(0x70, reg);
	return inb(0x71);
}

static unsigned from_bcd(unsigned v, bool bcd)
{
	return bcd ? (v >> 4) * 10 + (v & 15) : v;
}

static u64 days_from_civil(u64 year, unsigned month, unsigned day)
{
	if (month <= 2)
		year--;
	month = (month + 9) % 12;	/* March is 0 */
	return year * 365 + year / 4 - year / 100 + year / 400 +
	       (month * 306 + 5) / 10 + day - 1 - 719468;
}

static u64 read_rtc(void)
{
	unsigned v[6];			/* s, min, h, day, month, year */
	static const u8 regs[6] = { 0, 2, 4, 7, 8, 9 };
	u8 status = cmos(0x0b);
	bool pm;

	for (unsigned i = 0; i < 100000 && cmos(0x0a) & 0x80; i++)
		;
	for (unsigned i = 0; i < 6; i++)
		v[i] = cmos(regs[i]);
	pm = !(status & 2) && v[2] & 0x80;
	v[2] &= 0x7f;
	for (unsigned i = 0; i < 6; i++)
		v[i] = from_bcd(v[i], !(status & 4));
	if (!(status & 2))
		v[2] = v[2] % 12 + (pm ? 12 : 0);
	return ((days_from_civil(2000 + v[5], v[4], v[3]) * 24 + v[2]) * 60 +
		v[1]) * 60 + v[0];
}

void clock_init(void)
{
	u64 counts = acpi_pm_timer ? PM_HZ : measure_tsc();

	last = read_counter();
	hz = counts;
	boot_epoch = read_rtc();
}

u64 clock_boot_epoch(void)
{
	return boot_epoch;
}

/* Mode 0 counts down once; writing a new count starts it anew. */
void clock_interrupt_in(u64 ns)
{
	u64 count = min(ns * PIT_HZ / NSEC + 1, 0xfffful);

	outb(0x40, count & 0xff);
	outb(0x40, count >> 8);
}

void pit_start_tick(void)
{
	outb(0x43, 0x30);		/* channel 0, mode 0 */
	clock_interrupt_in(0);
}

void tick_irq(struct pt_regs *regs)
{
	clock_interrupt(user_mode(regs));
	irq_dispatch(0);
}
