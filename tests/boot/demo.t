#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The demonstration end to end: each design keeps exactly its promise."""
import os
import subprocess

from boot import ROOT, Tap

tap = Tap()


def demo(name, *options):
    got = subprocess.run([os.path.join(ROOT, "tools", "demo"), *options],
                         stdin=subprocess.DEVNULL, capture_output=True,
                         text=True, check=False)
    tap.ok(got.returncode == 0, name, got.stdout, got.stderr)
    return got.stdout


out = demo("task, under UEFI", "--memlock", "task")
tap.ok("0 pages" in out and out.count("EINVAL") == 2,
       "... nothing on the disk, munlock and munlockall EINVAL", out)
out = demo("vma, direct boot", "--memlock", "vma", "--boot", "direct")
tap.ok("EPERM" in out and "EINVAL" not in out, "... munlock EPERM", out)
out = demo("none, direct boot", "--append", "memlock=none", "--boot", "direct")
tap.ok("fare alike" in out, "... and says that both fare alike", out)
tap.done()
