#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Missing and damaged initial file systems: a clear line, never a hang."""
import random

from boot import Tap, initrd_of, raw

tap = Tap()
good = initrd_of("exit 6")


def stops(name, initrd, *words):
    result, _, log = raw("", initrd)
    tap.ok(result.status is None and result.qemu_status and
           not result.timed_out, f"{name}: the machine stops with a status",
           log)
    tap.ok(any(w in log.lower() for w in words), f"{name}: the log says why",
           log)


result, _, log = raw("", good)
tap.ok(result.status == 6, "the undamaged one boots", log)
stops("no initrd", None, "initrd", "init")
stops("garbage", random.Random(1).randbytes(8192), "initrd", "cpio")
stops("an empty archive", good[:0] + bytes(512), "initrd", "cpio", "init")
stops("cut in the middle of a file", good[:6000], "initrd", "cpio")
stops("a size beyond the end", good[:54] + b"ffffffff" + good[62:],
      "initrd", "cpio")
stops("a name beyond the end", good[:94] + b"ffffffff" + good[102:],
      "initrd", "cpio")

# Damage anywhere: any end but a hang or a silent one.
chance = random.Random(20)
bad = 0
for _ in range(20):
    data = bytearray(good)
    for _ in range(8):
        data[chance.randrange(len(data))] = chance.randrange(256)
    result, _, log = raw("", bytes(data))
    if result.timed_out or (result.status is None and not log.strip()):
        bad += 1
tap.ok(bad == 0, "20 archives with 8 random bytes each: no hang (seed 20)",
       f"{bad} hung or ended without a word")
tap.done()
