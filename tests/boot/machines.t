#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Machine types and processors: the same program, the same answer."""
from boot import Tap, shell

tap = Tap()
for machine in ("q35", "pc"):
    for cpu in ("qemu64", "qemu64,+smep,+smap", "Westmere", "Haswell", "max"):
        run = shell("--machine", machine, "--cpu", cpu, "--swap", "32M",
                    script="grep -c vda /proc/swaps; exit 9")
        tap.ok(run.status == 9 and run.out == "1\n", f"{machine}, {cpu}", run)
run = shell("--cpus", "2", script="exit 9")
tap.ok(run.status == 9, "a second processor is left alone", run)
run = shell("--icount", script="exit 9")
tap.ok(run.status == 9, "counting instructions", run)
tap.done()
