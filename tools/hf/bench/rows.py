# SPDX-License-Identifier: GPL-2.0
"""The rows of the table, their goals, and what follows from them."""
import math

GOALS = {
    "null_syscall": 100, "write_devnull": 200, "mmap_munmap": 1200,
    "mmap_touch_munmap_1": 2600, "mmap_touch_munmap_64": 68000,
    "mmap_touch_munmap_1024": 1080000, "fault_write_page": 950,
    "fault_read_page": 300, "munmap_page": 100, "mlock_1": 450,
    "munlock_1": 450, "mlock_64": 3000, "munlock_64": 3000,
    "mlock_1024": 41000, "munlock_1024": 41000, "mlock_again_1024": 300,
    "mlock_untouched_1024": 700000, "mlockall_16mb": 170000,
    "munlockall_16mb": 170000, "mlock_middle_split": 1000,
    "munlock_middle_merge": 1000, "mprotect_1": 450, "mprotect_1024": 13000,
    "brk_touch_16": 17000, "mremap_grow_shrink_64": 1200,
    "mremap_move_64": 2500, "dontneed_64": 6000, "mincore_1024": 11000,
    "fork_1mb": 45000, "fork_16mb": 280000, "fork_64mb": 1000000,
    "cow_copy_page": 950, "cow_reuse_page": 300, "fork_exec_wait": 65000,
    "pipe_pingpong": 2000, "signal_self": 900, "signal_segv": 900,
    "mmap_vmas_10": 1200, "mmap_vmas_100": 1400, "mmap_vmas_1000": 1600,
    "mmap_vmas_10000": 1800, "fault_vmas_10": 950, "fault_vmas_1000": 1020,
    "fault_vmas_10000": 1080,
    "swap_seq_locked0": 4000, "swap_rand_locked0": 4000,
    "swap_seq_locked50": 4000, "swap_rand_locked50": 4000,
    "swap_seq_locked90": 4000, "swap_rand_locked90": 4000,
    "power_on_to_main": 10_000_000,
}
MEAN_GOAL, HIGHEST_GOAL = 0.15, 0.50

# Not a row, but a row is derived from it: the same machine with 512 MiB.
BIGGER_BOOT = "power_on_to_main_512mb"

# What scaling must keep: {what: (its value out of the figures, at most)}.
SCALING = {
    "mmap_vmas_10000 / mmap_vmas_10":
        (lambda f: f["mmap_vmas_10000"] / f["mmap_vmas_10"], 1.5),
    "fault_vmas_10000 / fault_vmas_10":
        (lambda f: f["fault_vmas_10000"] / f["fault_vmas_10"], 1.2),
    "mlock_1024, a page": (lambda f: f["mlock_1024"] / 1024, 40),
    "munlock_1024, a page": (lambda f: f["munlock_1024"] / 1024, 40),
    "fork, each further page":
        (lambda f: (f["fork_64mb"] - f["fork_16mb"]) / 12288, 62),
    "swap_seq, 90 % locked / none":
        (lambda f: f["swap_seq_locked90"] / f["swap_seq_locked0"], 1.1),
    "swap_rand, 90 % locked / none":
        (lambda f: f["swap_rand_locked90"] / f["swap_rand_locked0"], 1.1),
    "power_on_to_main, each further MiB":
        (lambda f: (f[BIGGER_BOOT] - f["power_on_to_main"]) / 256, 2560),
}

# Seconds that two rows of tools/bench wall may take on a quiet host: the
# least that was measured is held against them.
WALL_GOALS = {"direct boot, to process 1": 0.15,
              "UEFI boot, to process 1": 3.3}


def tolerance(name):
    """How much worse a row may get before it is reported."""
    return 0.12 if name.startswith("swap_") else 0.03


def ratios(ours, linux):
    """{row: ours / Linux's} of the rows that both have."""
    return {name: ours[name] / linux[name] for name in GOALS
            if ours.get(name) and linux.get(name)}


def geometric_mean(values):
    return math.exp(sum(map(math.log, values)) / len(values))
