#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The kernel's command line: bad values stop the machine with a clear line."""
from boot import Tap, initrd_of, raw, shell

tap = Tap()

result, _, log = raw("memlock=bogus", initrd_of("exit 0"))
tap.ok(result.status is None and result.qemu_status, "an unknown design stops "
       "the machine with a status", log)
tap.ok(not result.timed_out, "... at once", log)
tap.ok(all(name in log for name in ("bogus", "none", "task", "vma")),
       "... and the message names it and lists the valid ones", log)

for design in ("none", "task", "vma"):
    run = shell("--memlock", design, script="exit 3")
    tap.ok(run.status == 3, f"memlock={design} boots", run)

run = shell("-v", "--append", "surprise=1 another", script="exit 4")
tap.ok(run.status == 4, "unknown words are no obstacle", run)
tap.ok("surprise" in run.err, "... and are named in the log", run)

result, _, log = raw("init=/not/there", initrd_of("exit 0"))
tap.ok(result.qemu_status and not result.timed_out and
       "/not/there" in log, "a missing init stops the machine, named", log)

long = " ".join(f"word{i}.x=1" for i in range(150))
run = shell("--append", long, script="wc -c </proc/cmdline")
tap.ok(run.status == 0 and int(run.out or 0) > 1500,
       "a command line of 1,600 bytes arrives whole", run)

result, _, log = raw("x" * 5000, initrd_of("exit 5"))
tap.ok(not result.timed_out and (result.status == 5 or result.qemu_status),
       "one of 5,000 bytes is cut or refused, nothing worse", log)
tap.done()
