# SPDX-License-Identifier: GPL-2.0
"""Pretty-printers: `print *page` and the like in the kernel's words."""
import gdb
import gdb.printing

from . import kernel as k
from . import why


class One:
    def __init__(self, val):
        self.val = val


class PtePrinter(One):
    def to_string(self):
        return f"{int(self.val['v']):#x} ({k.Pte(int(self.val['v']))})"


class SwapEntryPrinter(One):
    def to_string(self):
        entry = int(self.val["val"])
        return f"area {entry >> 58}, slot {entry & (1 << 58) - 1}"


class PagePrinter(One):
    def to_string(self):
        p = self.val.address
        if p is None:
            return "a copy of a struct page"
        return (f"frame {k.pfn_of(p)}: {why.kind(p)}; "
                f"{' '.join(k.page_flags(p)) or 'no flags'}; references "
                f"{int(p['_refcount'])}, mappings {int(p['_mapcount'])}, "
                f"locked {int(p['mlock_count'])}")


class AreaPrinter(One):
    def to_string(self):
        return why.describe_area(self.val)


class MmPrinter(One):
    def to_string(self):
        mm = self.val
        return (f"{int(mm['map_count'])} areas, {int(mm['total_vm'])} pages, "
                f"{int(mm['locked_vm'])} locked, of "
                + (why.owner(mm.address) if mm.address else "nobody"))


class TaskPrinter(One):
    def to_string(self):
        return f"task {int(self.val['pid'])} ({k.chars(self.val['comm'])})"


def register():
    """`print/r` shows the fields as they are."""
    printer = gdb.printing.RegexpCollectionPrettyPrinter("holdfast")
    for name, function in (("pte_t", PtePrinter),
                           ("swp_entry_t", SwapEntryPrinter),
                           ("page", PagePrinter),
                           ("vm_area_struct", AreaPrinter),
                           ("mm_struct", MmPrinter),
                           ("task_struct", TaskPrinter)):
        printer.add_printer(name, f"^{name}$", function)
    gdb.printing.register_pretty_printer(None, printer, replace=True)
