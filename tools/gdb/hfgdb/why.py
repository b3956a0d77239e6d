# SPDX-License-Identifier: GPL-2.0
"""Why is a page where it is?  Sentences from the kernel's own state."""
from . import kernel as k


def permissions(flags):
    return "".join(c if k.has(flags, n) else "-" for c, n in
                   (("r", "VM_READ"), ("w", "VM_WRITE"), ("x", "VM_EXEC"))
                   ) + ("s" if k.has(flags, "VM_SHARED") else "p")


def lock_name(flags):
    if k.has(flags, "VM_LOCKED_PERM"):
        return "perm"
    if k.has(flags, "VM_LOCKONFAULT"):
        return "onf"
    return "lo" if k.has(flags, "VM_LOCKED") else "-"


def backing(vma):
    if not vma["vm_file"]:
        return "private anonymous"
    return k.file_name(vma["vm_file"]) + f" from page {int(vma['vm_pgoff'])}"


def owner(mm):
    """An address space by one of its tasks."""
    users = k.users_of(mm)
    if not users:
        return "an address space that no task has"
    t = users[0]
    return f"task {int(t['pid'])} ({k.chars(t['comm'])})"


def lock_reason(vma):
    """Why the area is locked; one clause."""
    mm, flags = vma["vm_mm"], int(vma["vm_flags"])
    if k.has(flags, "VM_LOCKED_PERM"):
        return "VM_LOCKED_PERM: exec locked it for good (memlock=vma)"
    if k.mmf(mm, "MMF_SEALED"):
        return ("VM_LOCKED: the task is memlocked and sealed since exec "
                "(MMF_SEALED, memlock=strict)")
    if k.mmf(mm, "MMF_VM_LOCKED") and k.has(int(mm["def_flags"]),
                                            "VM_LOCKED"):
        return ("VM_LOCKED: the task is memlocked since exec "
                "(MMF_VM_LOCKED, and VM_LOCKED in def_flags)")
    if k.mmf(mm, "MMF_VM_LOCKED"):
        return ("VM_LOCKED: the task is memlocked since exec (MMF_VM_LOCKED), "
                "but def_flags is clear now: what comes will be plain")
    if k.has(int(mm["def_flags"]), "VM_LOCKED"):
        return "VM_LOCKED, and so is what comes (mlockall with MCL_FUTURE)"
    return "VM_LOCKED by mlock, mlockall or MAP_LOCKED"


def describe_area(vma):
    flags = int(vma["vm_flags"])
    return (f"area {int(vma['vm_start']):#x}-{int(vma['vm_end']):#x} "
            f"{permissions(flags)}, {backing(vma)}, "
            + ("not locked" if lock_name(flags) == "-" else
               f"locked ({lock_name(flags)})"))


def place(p):
    """Which list, and how far from the end that reclaim takes from."""
    name = k.lru_list_of(p)
    if not name:
        return "on no list: somebody has taken it off for a moment"
    if name == "LRU_UNEVICTABLE":
        return ("on no list, only counted as unevictable: reclaim never "
                "looks at it")
    behind = sum(1 for _ in k.queue(p["lru"]["tqe_next"], "lru"))
    total = int(k.value("lru_size")[k.constants("enum lru_list")[name]])
    return f"on {name}: reclaim looks at {behind} of {total} pages before it"


def protection(p):
    """What keeps reclaim away: a list of clauses, empty if nothing does."""
    flags, reasons = k.page_flags(p), []
    if "mlocked" in flags:
        locked = [(mm, vma) for mm, vma, _, _ in k.mappings(p)
                  if k.has(int(vma["vm_flags"]), "VM_LOCKED")]
        reasons += [f"locked by the area {int(vma['vm_start']):#x} of "
                    f"{owner(mm)}: {lock_reason(vma)}" for mm, vma in locked]
        reasons = reasons or ["mlocked, though no locked area maps it: I7 is "
                              "broken"]
    if "sealed" in flags:
        reasons.append("a sealed task's: it never meets a swap device while "
                       "it lives (PG_sealed)")
    if "anon" not in flags and p["mapping"]:
        mapping = p["mapping"].cast(k.pointer_to("struct address_space"))
        if int(mapping["flags"]) & k.defines("mm/filemap.h", "AS_")[
                "AS_UNEVICTABLE"]:
            reasons.append("its file is unevictable (SHM_LOCK)")
    return reasons


def kind(p):
    """What a frame is used for."""
    flags = k.page_flags(p)
    for flag, text in (("reserved", "reserved: the kernel's image, its page "
                        "records, or no memory at all"),
                       ("slab", "kernel objects"), ("table", "a page table")):
        if flag in flags:
            return text
    if "buddy" in flags:
        order = int(p["private"])       # or which kind of a single frame
        if order > k.value("free_area").type.range()[1]:
            return "free: a single frame, one of the next to be taken"
        return f"free: the head of a block of 2^{order} frames"
    if int(p["_refcount"]) == 0:
        return "free, inside a larger block"
    if "anon" in flags:
        return f"anonymous, of address {int(p['index']) << 12:#x}"
    if p["mapping"]:
        where = "in memory" if "swapbacked" in flags else "on a disk"
        return f"page {int(p['index'])} of a file {where}"
    return "the kernel's own: a stack, a buffer, or on its way"


def evictable(p):
    """(lines) for a page that reclaim may look at, or that it may not."""
    reasons = protection(p)
    lines = []
    if reasons:
        lines += ["stays in memory:"] + ["  " + r for r in reasons]
    elif k.lru_list_of(p):
        free, low = k.number("nr_free_pages"), k.number("wmark_low")
        lines.append("may be reclaimed: nothing locks it")
        lines.append(f"  {free} frames are free, kswapd wakes below {low}")
    lines.append(place(p))
    return lines


def resident(p):
    flags = k.page_flags(p)
    times = int(p["_mapcount"])
    lines = [f"resident in frame {k.pfn_of(p)}: {kind(p)}, mapped " +
             ("once" if times == 1 else f"{times} times")]
    if "swapcache" in flags:
        entry = int(p["private"])
        lines.append(f"a copy has slot {entry & (1 << 58) - 1} of swap area "
                     f"{entry >> 58} (swap cache)")
    return lines + evictable(p)


def swapped(pte):
    area = k.value("swap_info")[pte.swap_type]
    device = k.chars(area["name"])
    return [f"on swap: {device}, slot {pte.swap_offset}",
            f"whoever can write {device} can change it there, from byte "
            f"{pte.swap_offset * k.PAGE}; the next touch reads it back"]


def absent(vma, address):
    flags, lines = int(vma["vm_flags"]), []
    if not vma["vm_file"]:
        lines.append("absent: nobody has touched it; the first read maps the "
                     "zero page, the first write a new frame")
    else:
        index = ((address - int(vma["vm_start"])) // k.PAGE +
                 int(vma["vm_pgoff"]))
        entry = k.radix_lookup(vma["vm_file"]["f_mapping"]["i_pages"], index)
        if entry & 1:
            lines.append("not mapped; the file's page is on swap, slot "
                         f"{entry >> 1 & (1 << 58) - 1}")
        elif entry:
            p = k.page(0)
            pfn = (entry - int(p)) // p.dereference().type.sizeof
            lines.append(f"not mapped; the page cache has it in frame {pfn}")
        else:
            lines.append("absent: the next touch reads it from the file")
    if k.has(flags, "VM_LOCKONFAULT"):
        lines.append("the area locks pages when they come (MLOCK_ONFAULT)")
    elif k.has(flags, "VM_LOCKED"):
        lines.append("although the area is locked: it could not be filled, "
                     "or was emptied (MADV_DONTNEED_LOCKED), or a stack grew")
    return lines


def why_page(t, address):
    """All there is to say of a user address, as lines."""
    mm = k.mm_of(t)
    who = f"{address:#x} of task {int(t['pid'])} ({k.chars(t['comm'])})"
    vma = k.area_at(mm, address)
    if vma is None:
        return [f"{who}: no area, a touch is SIGSEGV"]
    pte = k.pte_at(mm, address)
    lines = [who, describe_area(vma)]
    if pte is None or pte.none:
        return lines + absent(vma, address)
    if pte.swap:
        return lines + swapped(pte)
    if pte.pfn >= k.number("max_pfn"):
        return lines + [f"a device's memory, frame {pte.pfn}"]
    p = k.page(pte.pfn)
    if k.is_zero_page(p):
        return lines + ["the zero page: read, never written"]
    if pte.protnone:
        lines.append("no access (PROT_NONE), but its frame is kept")
    return lines + resident(p)
