# SPDX-License-Identifier: GPL-2.0
"""The kernel's structures, read through gdb.

Nothing here calls into the guest or writes to it: a crash dump answers as a
machine that is stopped does.
"""
import functools
import os
import re
import struct

import gdb

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__)))))
PAGE = 4096
# The greatest number of things on a list that is believed: a damaged one must
# not hold the reader for ever.
FAR_TOO_MANY = 1 << 24


class NotThere(gdb.GdbError):
    """Shown as one line, without a traceback."""


@functools.lru_cache(maxsize=None)
def defines(path, prefix):
    """name -> number, of a header's `#define PREFIX... number` lines."""
    found = {}
    line = re.compile(r"#define\s+(" + prefix + r"\w*)\s+"
                      r"(\(1ull << \d+\)|0x[0-9a-f]+|\d+)u?l*(?!\w)")
    with open(os.path.join(ROOT, path), encoding="utf-8") as file:
        for match in map(line.match, file):
            if match:
                shift = re.match(r"\(1ull << (\d+)\)", match.group(2))
                found[match.group(1)] = (1 << int(shift.group(1)) if shift
                                         else int(match.group(2), 0))
    return found


def value(name):
    try:
        return gdb.parse_and_eval(name)
    except gdb.MemoryError as error:
        raise NotThere(f"{name} cannot be read: is the machine far enough "
                       "in its boot?") from error


def number(name):
    return int(value(name))


@functools.lru_cache(maxsize=None)
def pointer_to(name):
    return gdb.lookup_type(name).pointer()


@functools.lru_cache(maxsize=None)
def constants(name):
    """name -> value, of an enum."""
    return {f.name: int(f.enumval) for f in gdb.lookup_type(name).fields()}


def read(address, length):
    try:
        return bytes(gdb.selected_inferior().read_memory(address, length))
    except gdb.MemoryError as error:
        raise NotThere(f"no memory at {address:#x}") from error


def direct_map():
    with open(os.path.join(ROOT, "arch/x86_64/include/arch/page.h"),
              encoding="utf-8") as file:
        return int(re.search(r"DIRECT_MAP\s+(0x[0-9a-f]+)", file.read())
                   .group(1), 16)


def chars(array):
    """A char array or pointer as text."""
    return array.string(errors="replace") if int(array.address or 1) else ""


# ---- containers -----------------------------------------------------------

def queue(first, entry, link="tqe_next"):
    """Elements of a <sys/queue.h> list: TAILQ, or LIST with link le_next."""
    for _ in range(FAR_TOO_MANY):
        if not first:
            return
        yield first
        first = first[entry][link]


def tree(node, entry):
    """Elements of a <sys/tree.h> tree in order."""
    stack = []
    while node or stack:
        while node:
            stack.append(node)
            node = node[entry]["rbe_left"]
        node = stack.pop()
        yield node
        node = node[entry]["rbe_right"]


def radix_lookup(radix, index):
    """An entry of lib/radix.c's tree as a number, 0: none."""
    node, height = radix["root"], int(radix["height"])
    if index >> 6 * height:
        return 0
    for level in range(height, 0, -1):
        if not node:
            return 0
        slot = node["slot"][index >> 6 * (level - 1) & 63]
        node = slot.cast(pointer_to("struct radix_node"))
    return int(node)


# ---- tasks ----------------------------------------------------------------

def tasks():
    return queue(value("all_tasks")["tqh_first"], "tasks")


def task(pid=None):
    """The task of that number; without one, the current one."""
    if pid is None:
        return value("current_task")
    for t in tasks():
        if int(t["pid"]) == pid:
            return t
    raise NotThere(f"no task {pid} (the command `tasks` lists them)")


def mm_of(t):
    if not t["mm"]:
        raise NotThere(f"task {int(t['pid'])} ({chars(t['comm'])}) has no "
                       "address space: name another")
    return t["mm"]


def areas(mm):
    return tree(mm["mm_rb"]["rbh_root"], "vm_rb")


def area_at(mm, address):
    for vma in areas(mm):
        if int(vma["vm_start"]) <= address < int(vma["vm_end"]):
            return vma
    return None


def users_of(mm):
    return [t for t in tasks() if int(t["mm"]) == int(mm)]


def mmf(mm, name):
    bit = defines("mm/flags.h", "MMF_")[name]
    return bool(int(mm["flags"]) >> bit & 1)


def has(flags, name):
    return bool(flags & defines("mm/flags.h", "VM_")[name])


def file_name(file):
    """Of an open file: its path as far as its file system knows it."""
    parts, d = [], file["f_dentry"]
    while d and int(d["d_parent"]) != int(d):
        parts.append(chars(d["d_name"]))
        d = d["d_parent"]
    if parts:
        return "/" + "/".join(reversed(parts))
    return chars(d["d_name"]) if d and d["d_name"] else "an unnamed file"


# ---- page tables ----------------------------------------------------------

class Pte:
    """One entry of any level."""

    def __init__(self, raw):
        bits = defines("arch/x86_64/include/arch/pte.h", "PTE_")
        self.raw = raw
        self.none = raw == 0
        self.hardware = bool(raw & bits["PTE_PRESENT"])
        self.protnone = not self.hardware and bool(raw & bits["PTE_PROTNONE"])
        self.present = self.hardware or self.protnone
        self.swap = not self.none and not self.present
        self.huge = self.hardware and bool(raw & bits["PTE_HUGE"])
        self.pfn = (raw & bits["PTE_PFN_MASK"]) >> 12
        self.names = [n[4:].lower() for n, b in bits.items()
                      if raw & b and n not in ("PTE_PFN_MASK", "PTE_PRESENT",
                                               "PTE_HUGE")]

    @property
    def swap_type(self):
        return self.raw >> 1 & 31

    @property
    def swap_offset(self):
        return self.raw >> 12

    def __str__(self):
        if self.none:
            return "none"
        if self.swap:
            return f"swap area {self.swap_type}, slot {self.swap_offset}"
        state = "PROT_NONE" if self.protnone else "present"
        return f"frame {self.pfn} {state} {' '.join(self.names)}"


def steps(mm, address):
    """(level, index, entry) from the top table to the last one there is."""
    table = int(mm["pgd"])
    for level in (4, 3, 2, 1):
        index = address >> 12 + 9 * (level - 1) & 511
        pte = Pte(struct.unpack("<Q", read(table + 8 * index, 8))[0])
        yield level, index, pte
        if level == 1 or not pte.hardware or pte.huge:
            return
        table = direct_map() + (pte.pfn << 12)


def pte_at(mm, address):
    """The entry that maps a page, or None where a table is missing."""
    *_, (level, _, pte) = steps(mm, address)
    return pte if level == 1 else None


def entries(mm, start, end):
    """(address, Pte) of what is not none in [start, end), table by table."""
    while start < end:
        after = min((start | 0x1fffff) + 1, end)
        *_, (level, _, pte) = steps(mm, start)
        if level == 1:
            yield from table_entries(mm, start, after)
        elif pte.none:
            span = 1 << 12 + 9 * (level - 1)
            after = min((start | span - 1) + 1, end)
        start = after


def table_entries(mm, start, end):
    (_, _, _), (_, _, _), (_, _, above), _ = steps(mm, start)
    table = read(direct_map() + (above.pfn << 12), PAGE)
    for address in range(start & -PAGE, end, PAGE):
        raw = struct.unpack_from("<Q", table, 8 * (address >> 12 & 511))[0]
        if raw:
            yield address, Pte(raw)


# ---- frames ---------------------------------------------------------------

def page(pfn):
    if not 0 <= pfn < number("max_pfn"):
        raise NotThere(f"no frame {pfn}: there are {number('max_pfn')}")
    return value("mem_map") + pfn


def pfn_of(p):
    return int(p - value("mem_map"))


def page_flags(p):
    flags = int(p["flags"])
    return [n[3:] for n, bit in constants("enum pageflags").items()
            if flags >> bit & 1]


def is_zero_page(p):
    return int(p) == number("zero_page")


def lru_names():
    return [n for n, v in sorted(constants("enum lru_list").items(),
                                 key=lambda item: item[1])
            if n != "NR_LRU_LISTS"]


def lru_list_of(p):
    """The name of the list it is on, or None."""
    flags = page_flags(p)
    if "lru" not in flags:
        return None
    if "unevictable" in flags:
        return "LRU_UNEVICTABLE"
    return ("LRU_" + ("ACTIVE" if "active" in flags else "INACTIVE") + "_" +
            ("ANON" if "swapbacked" in flags else "FILE"))


def mappings(p):
    """(mm, vma, address, Pte) of each entry that maps a page (mm/rmap.c)."""
    flags, left = page_flags(p), int(p["_mapcount"])
    index, found = int(p["index"]), []
    if left <= 0 or not p["mapping"]:
        return found
    if "anon" in flags:
        family = p["mapping"].cast(pointer_to("struct anon_family"))
        where = ((mm, area_at(mm, index << 12), index << 12) for mm in
                 queue(family["mms"]["lh_first"], "family_node", "le_next"))
    else:
        mapping = p["mapping"].cast(pointer_to("struct address_space"))
        where = ((vma["vm_mm"], vma, int(vma["vm_start"]) +
                  (index - int(vma["vm_pgoff"])) * PAGE) for vma in
                 queue(mapping["i_mmap"]["lh_first"], "shared", "le_next"))
    for mm, vma, address in where:
        if len(found) == left:
            break
        if vma is None or not (int(vma["vm_start"]) <= address <
                               int(vma["vm_end"])):
            continue
        pte = pte_at(mm, address)
        if pte and pte.present and pte.pfn == pfn_of(p):
            found.append((mm, vma, address, pte))
    return found
