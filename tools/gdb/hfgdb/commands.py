# SPDX-License-Identifier: GPL-2.0
"""The commands.  Each prints a table or a few sentences, and can be stopped
with ^C; a wrong argument is one line."""
import gdb

from . import kernel as k
from . import why

COMMANDS = []


def command(name, usage):
    """A gdb command of a function that takes parsed numbers and returns
    lines; its documentation is what `help` shows."""
    def make(function):
        class Command(gdb.Command):
            __doc__ = f"{usage}\n\n{function.__doc__}"

            def __init__(self):
                super().__init__(name, gdb.COMMAND_DATA)

            def invoke(self, argument, from_tty):
                words = gdb.string_to_argv(argument)
                least = usage.count(" ") - usage.count("[")
                if not least <= len(words) <= usage.count(" "):
                    raise gdb.GdbError(f"usage: {usage}")
                for line in function(*map(evaluate, words)):
                    print(line)
        COMMANDS.append(Command)
        return function
    return make


def evaluate(word):
    """An argument: any expression of gdb's that is a number."""
    try:
        return int(gdb.parse_and_eval(word))
    except (gdb.error, TypeError, ValueError) as error:
        raise gdb.GdbError(f"{word}: {error}") from error


def register():
    for each in COMMANDS:
        each()


# ---- tasks and address spaces ---------------------------------------------

def marks(mm):
    """What exec made of it."""
    if k.mmf(mm, "MMF_SEALED"):
        return "sealed"
    return "memlocked" if k.mmf(mm, "MMF_VM_LOCKED") else ""


def kib(pages):
    return int(pages) * 4


def rss(mm):
    stat, names = mm["rss_stat"], k.constants("enum mm_counter")
    return sum(int(stat[names[n]]) for n in
               ("MM_FILEPAGES", "MM_ANONPAGES", "MM_SHMEMPAGES"))


@command("tasks", "tasks")
def tasks():
    """Every task: state, memory in KiB (resident, locked, swapped), mark.  A
    star is the current one."""
    yield (f"  {'PID':>6} {'state':<16} {'RSS':>8} {'locked':>8} {'swap':>8}"
           f"  {'mark':<9} name")
    current, swap = int(k.value("current_task")), k.constants(
        "enum mm_counter")["MM_SWAPENTS"]
    for t in k.tasks():
        mm, state = t["mm"], str(t["state"]).replace("TASK_", "").lower()
        memory = ("", "", "") if not mm else (
            kib(rss(mm)), kib(mm["locked_vm"]), kib(mm["rss_stat"][swap]))
        yield (f"{'*' if int(t) == current else ' '} {int(t['pid']):>6} "
               f"{state:<16} {memory[0]:>8} {memory[1]:>8} {memory[2]:>8}  "
               f"{marks(mm) if mm else '':<9} {k.chars(t['comm'])}")


def count_entries(mm, vma):
    """(resident, mlocked, swapped) pages of an area."""
    resident = mlocked = swapped = 0
    for _, pte in k.entries(mm, int(vma["vm_start"]), int(vma["vm_end"])):
        if pte.swap:
            swapped += 1
            continue
        if pte.pfn >= k.number("max_pfn"):
            continue
        p = k.page(pte.pfn)
        if not k.is_zero_page(p):
            resident += 1
            mlocked += "mlocked" in k.page_flags(p)
    return resident, mlocked, swapped


@command("mm", "mm [PID]")
def mm_command(pid=None):
    """An address space with the state of its locks: each area with its
    lock (lo, onf: locked on fault, perm: VM_LOCKED_PERM), and how many of its
    pages are resident, mlocked and swapped.  Without PID the current task's."""
    t = k.task(pid)
    mm = k.mm_of(t)
    flags = [n for n in k.defines("mm/flags.h", "MMF_")
             if not n.endswith("MASK") and k.mmf(mm, n)]
    yield (f"task {int(t['pid'])} ({k.chars(t['comm'])}): "
           f"{int(mm['total_vm'])} pages mapped, {rss(mm)} resident, "
           f"{int(mm['locked_vm'])} locked")
    yield (f"flags {' '.join(flags) or 'none'}; new areas are "
           f"{ {'-': 'plain'}.get(*2 * (why.lock_name(int(mm['def_flags'])),)) }"
           " (def_flags)")
    yield (f"  {'area':<33} {'perm':<5}{'lock':<5}{'pages':>8} "
           f"{'resident':>9} {'mlocked':>8} {'swapped':>8}  backing")
    for vma in k.areas(mm):
        start, end = int(vma["vm_start"]), int(vma["vm_end"])
        resident, mlocked, swapped = count_entries(mm, vma)
        vm_flags = int(vma["vm_flags"])
        yield (f"  {f'{start:#x}-{end:#x}':<33} "
               f"{why.permissions(vm_flags):<5}{why.lock_name(vm_flags):<5}"
               f"{(end - start) // k.PAGE:>8} {resident:>9} {mlocked:>8} "
               f"{swapped:>8}  {why.backing(vma)}")


@command("walk", "walk ADDR [PID]")
def walk(address, pid=None):
    """The page-table entries that translate a user address, level by level."""
    for level, index, pte in k.steps(k.mm_of(k.task(pid)), address):
        yield f"  level {level}  entry {index:3}  {pte.raw:#018x}  {pte}"


@command("why-page", "why-page ADDR [PID]")
def why_page(address, pid=None):
    """Where the page of a user address is, and why: resident, and what locks
    it; next to be reclaimed; on swap; or not there."""
    first, *rest = why.why_page(k.task(pid), address)
    yield first
    for line in rest:
        yield "  " + line


# ---- frames ---------------------------------------------------------------

@command("page", "page PFN")
def page(pfn):
    """A frame: its flags and counts, what maps it, and why it is where it
    is."""
    p = k.page(pfn)
    yield f"frame {pfn}: {why.kind(p)}"
    yield (f"  flags {' '.join(k.page_flags(p)) or 'none'}; references "
           f"{int(p['_refcount'])}, mappings {int(p['_mapcount'])}, of them "
           f"locked {int(p['mlock_count'])}")
    if not {"slab", "buddy", "reserved", "table"} & set(k.page_flags(p)):
        for mm, vma, address, pte in k.mappings(p):
            yield (f"  mapped at {address:#x} by {why.owner(mm)}: "
                   f"{' '.join(pte.names)}; area "
                   f"{why.lock_name(int(vma['vm_flags']))}")
        if p["mapping"] or "lru" in k.page_flags(p):
            for line in why.evictable(p):
                yield "  " + line


SHOWN = 6       # pages at the end of a list


@command("lru", "lru")
def lru():
    """The lists of reclaim: their sizes, and the pages that it looks at next
    (it takes from the tail)."""
    lists, sizes = k.value("lru_lists"), k.value("lru_size")
    free = [k.number(n) for n in ("nr_free_pages", "wmark_min", "wmark_low",
                                  "wmark_high")]
    yield ("{} frames free; watermarks min {}, low {} (kswapd wakes), high {}"
           .format(*free))
    for at, name in enumerate(k.lru_names()):
        pages = []
        if name != "LRU_UNEVICTABLE":       # which is only counted
            for p in k.queue(lists[at]["tqh_first"], "lru"):
                pages = pages[-SHOWN + 1:] + [p]
        tail = " ".join(str(k.pfn_of(p)) + ("'" if "referenced" in
                                            k.page_flags(p) else "")
                        for p in reversed(pages))
        yield f"  {name:<18}{int(sizes[at]):>8} pages" + (
            "" if not tail else
            f"; next: {tail}" + (" ..." if int(sizes[at]) > SHOWN else ""))
    yield "  ' has a second chance (PG_referenced)"


def slots(area):
    """(number, slot) of those in use."""
    size = area["slots"].type.target().target().sizeof
    for n in range(1, int(area["max"])):
        slot = area["slots"][n // (k.PAGE // size)][n % (k.PAGE // size)]
        if int(slot["count"]):
            yield n, slot


@command("swap", "swap [AREA]")
def swap(area=None):
    """The swap areas; with a number, each slot of that one that is in use."""
    areas = k.value("swap_info")
    first, last = areas.type.range()
    if area is not None and not first <= area <= last:
        raise gdb.GdbError(f"no swap area {area}: {first} to {last}")
    for n in range(first, last + 1) if area is None else [area]:
        a = areas[n]
        if a["used"]:
            yield (f"  {n}  {k.chars(a['name']):<12} {int(a['inuse'])} of "
                   f"{int(a['pages'])} slots in use, priority "
                   f"{int(a['prio'])}, {int(a['errors'])} errors")
        elif area is not None:
            raise gdb.GdbError(f"swap area {area} is not in use")
    if area is None:
        return
    for n, slot in slots(areas[area]):
        cached = (f", in the swap cache: frame {k.pfn_of(slot['page'])}"
                  if slot["page"] else "")
        yield f"     slot {n}: named {int(slot['count'])} times{cached}"
