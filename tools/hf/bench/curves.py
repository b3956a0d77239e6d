# SPDX-License-Identifier: GPL-2.0
"""Cost against how much there is of something, and how it may grow."""
from .. import linux
from . import fit, measure

SWAP = ["--mem", "128M", "--swap", "256M"]


class Curve:
    """What it is over, the programs that take it, and {operation: (what it
    is, the growth it may have)}."""

    def __init__(self, over, programs, operations):
        self.over, self.programs, self.operations = over, programs, operations


CURVES = {
    "vmas": Curve("other areas of the process", [
        (["curves", "vmas", 10, 30, 100, 300, 1000, 3000, 10000, 30000], []),
    ], {
        "vmas_mmap": ("mmap + munmap", "logarithmic"),
        "vmas_fault": ("first write to a page", "logarithmic"),
        "vmas_mlock": ("mlock of an area's middle", "logarithmic"),
        "vmas_fork": ("fork + exit + wait", "linear"),
    }),
    "resident": Curve("MiB of the process in memory", [
        (["curves", "resident", 1, 4, 16, 64, 256, 1024], ["--mem", "1280M"]),
    ], {
        "resident_mmap": ("mmap + munmap", "constant"),
        "resident_fault": ("first write to a page", "constant"),
        "resident_fork": ("fork + exit + wait", "linear"),
        "resident_mlockall": ("mlockall(MCL_CURRENT)", "linear"),
        "resident_munlockall": ("munlockall", "linear"),
    }),
    "processes": Curve("other processes, asleep", [
        (["curves", "processes", 1, 10, 100, 1000, 4000], ["--mem", "1G"]),
    ], {
        "processes_pingpong": ("pipe round trip", "constant"),
        "processes_kill": ("kill(pid, 0)", "logarithmic"),
        "processes_fork": ("fork + exit + wait", "logarithmic"),
    }),
    "mapped": Curve("mappings of one page", [
        (["curves", "mapped", 1, 3, 10, 30, 100, 300, 1000],
         ["--mem", "512M"]),
        (["swap", "mapped", 1, 3, 10, 30, 100, 300, 1000], SWAP),
    ], {
        "mapped_map": ("map it once more, touch, unmap", "logarithmic"),
        "mapped_mlock": ("mlock in one mapping", "constant"),
        "mapped_cow": ("copy on write from n sharers", "constant"),
        "mapped_punch": ("take it out of the file", "linear"),
        "swap_mapped": ("reclaim it, to swap", "linear"),
    }),
    "locked": Curve("% of the free memory locked", [
        (["swap", "locked", 0, 10, 25, 50, 75, 90, 95], SWAP),
    ], {
        "swap_seq_locked": ("a page out and one in, in order", "constant"),
        "swap_rand_locked": ("a page out and one in, at random", "constant"),
    }),
    "used": Curve("% of the swap space taken", [
        (["swap", "used", 0, 25, 50, 75, 90, 95], SWAP),
    ], {
        "swap_used": ("a page out and one in", "constant"),
    }),
}
# Beyond its growth: cost at the first, against that at the second, at most.
LIMITS = {"swap_seq_locked": (90, 0, 1.1), "swap_rand_locked": (90, 0, 1.1)}


def points(figures, operation):
    """[(n, cost)] of an operation, out of figures named operation_N or
    operationN."""
    found = []
    for name, value in figures.items():
        head = name.rstrip("0123456789")
        if head.rstrip("_") == operation and head != name:
            found.append((int(name[len(head):]), value))
    return sorted(found)


def gather(names, kernels):
    """{kernel: figures} of these curves."""
    if "linux" in kernels:
        linux.kernel()
    progress = measure.Progress()
    try:
        return measure.gather({kernel: [
            measure.job(kernel, progress, words, options)
            for name in names for words, options in CURVES[name].programs]
            for kernel in kernels})
    finally:
        progress.done()


def verdicts(name, ours, theirs):
    """[(operation, growth found, growth allowed, Linux's, what is wrong)]"""
    out = []
    for operation, (_, allowed) in CURVES[name].operations.items():
        mine = points(ours, operation)
        if not mine:
            out.append((operation, "-", allowed, "-", "not measured"))
            continue
        linux_points = points(theirs, operation)
        found, wrong = fit.growth(mine), ""
        if fit.is_worse(found, allowed):
            wrong = f"{found}, not {allowed}"
        if operation in LIMITS:
            high, low, limit = LIMITS[operation]
            ratio = dict(mine)[high] / dict(mine)[low]
            if ratio > limit:
                wrong = f"{ratio:.2f} times as much at {high} as at {low}"
        out.append((operation, found, allowed, fit.growth(linux_points)
                    if linux_points else "-", wrong))
    return out


def _points_text(found):
    return "  ".join(f"{n:,}: {value:,}" for n, value in found)


def lines(name, ours, theirs):
    out = [f"{name}: instructions against {CURVES[name].over}"]
    for operation, found, allowed, linux_growth, wrong in verdicts(
            name, ours, theirs):
        what = CURVES[name].operations[operation][0]
        out += [f"  {what}: {found}, may be {allowed}" +
                (f"  * {wrong}" if wrong else ""),
                f"    Holdfast  {_points_text(points(ours, operation))}"]
        if points(theirs, operation):
            out += [f"    Linux     {_points_text(points(theirs, operation))}"
                    f"  ({linux_growth})"]
    return out
