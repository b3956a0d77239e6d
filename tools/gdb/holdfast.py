# SPDX-License-Identifier: GPL-2.0
"""gdb's knowledge of Holdfast: `gdb -x tools/gdb/holdfast.py build/holdfast.elf`.

Commands (help user-defined shows them too): tasks, mm, page, lru, swap, walk,
why-page.  They read the kernel's own structures, live or from a crash dump, and
take names of flags from its headers and debug information, so that they cannot
say what the kernel does not.  docs/gdb.md has a session.
"""
import os
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(
    os.path.expanduser(__file__))))
from hfgdb import commands, printers  # noqa: E402

commands.register()
printers.register()
