#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Memory from too little to above the 4 GiB hole."""
import re

from boot import Tap, initrd_of, raw, shell

tap = Tap()

for size in (5, 8):
    result, _, log = raw("", initrd_of("exit 0"), mem=size << 20)
    tap.ok(not result.timed_out and result.status != 0 and
           (result.qemu_status or result.status),
           f"{size} MiB is too little: the machine stops with a status",
           result.qemu_error.decode(), log)
    tap.ok("too little memory" in log, "... and says so", log)

run = shell("--mem", "24M", script="ls / | wc -l; cat /proc/meminfo | "
            "head -1; echo $((6 * 7))")
tap.ok(run.status == 0 and "42" in run.out, "the shell runs in 24 MiB", run)

for size in ("32M", "64M", "1G", "3G", "5G", "16G"):
    run = shell("--mem", size, script="head -1 /proc/meminfo")
    found = re.search(r"MemTotal:\s+(\d+) kB", run.out)
    number, unit = int(size[:-1]), {"M": 10, "G": 20}[size[-1]]
    wanted = number << unit
    got = int(found.group(1)) if found else 0
    tap.ok(run.status == 0 and wanted * 0.8 < got <= wanted,
           f"{size}: boots and finds its memory", f"MemTotal {got} kB", run)
tap.done()
