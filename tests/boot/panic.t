#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The panic path: a symbolised backtrace, and QEMU ends with a status."""
import re

from boot import Tap, initrd_of, raw, shell

tap = Tap()
result, _, log = raw("", initrd_of("echo c >/proc/sysrq-trigger; exit 0"))
tap.ok(not result.timed_out and result.status is None,
       "a crash on request ends the machine", log)
tap.ok(result.qemu_status not in (0, None), "QEMU's status is not zero",
       f"status {result.qemu_status}", log)
tap.ok("panic" in log.lower(), "the log says panic", log)
frames = re.findall(r"\b([a-z_][a-z0-9_.]+)\+0x[0-9a-f]+", log)
tap.ok(len(frames) >= 3, "at least three frames have a function's name",
       f"found {frames}", log)
tap.ok(any("sys_" in f or "syscall" in f for f in frames),
       "the system call that led there is among them", f"found {frames}", log)
run = shell(script="echo c >/proc/sysrq-trigger; exit 0")
tap.ok(run.status == 125, "tools/holdfast reports 125", run)
run = shell("--uid", "1000", script="echo c >/proc/sysrq-trigger; exit 8")
tap.ok(run.status == 8, "an ordinary user cannot do it", run)
tap.done()
