#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Who may include whom (docs/design.md, Layers), and no circle of headers.

mm/ reaches what is not below it through mm/deps.h alone.  lib/radix.c takes
its nodes from mm's object cache, as Linux's does.
"""
import re
import subprocess
import sys

# folder: what it may include besides itself, arch/ and system headers
MAY = {"lib": {}, "mm": {"lib"}, "drivers": {"lib", "mm", "kernel"},
       "boot": {}, "fs": {"lib", "mm", "kernel", "drivers", "ipc"},
       "ipc": {"lib", "mm", "kernel", "fs"},
       "kernel": {"lib", "mm", "fs", "ipc", "drivers", "boot"}}
EXCEPT = {("mm/deps.h", "*"), ("lib/radix.c", "mm/slab.h")}


def main():
    listed = subprocess.run(["git", "ls-files", "*.c", "*.h"], check=True,
                            capture_output=True, text=True).stdout.split()
    includes, bad = {}, 0
    for name in listed:
        try:
            with open(name, encoding="utf-8") as file:
                includes[name] = re.findall(r'^#include [<"]([^>"]+)[>"]',
                                            file.read(), re.M)
        except FileNotFoundError:       # deleted, not yet committed
            continue
    for name, wanted in includes.items():
        folder = name.split("/")[0]
        for header in wanted:
            above = header.split("/")[0]
            if (folder in MAY and above in MAY and above != folder and
                    above not in MAY[folder] and
                    not EXCEPT & {(name, header), (name, "*")}):
                print(f"{name}: includes {header}")
                bad = 1
    state = {}

    def visit(name, path):
        nonlocal bad
        if name not in includes or state.get(name) == "done":
            return
        if state.get(name) == "open":
            print("circle: " + " -> ".join(path[path.index(name):] + [name]))
            bad = 1
            return
        state[name] = "open"
        for header in includes[name]:
            visit(header if header in includes else
                  "arch/x86_64/include/" + header, path + [name])
        state[name] = "done"

    for name in list(includes):
        visit(name, [])
    return bad


sys.exit(main())
