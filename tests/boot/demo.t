#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The demonstration end to end: each design keeps exactly its promise."""
import os
import re
import subprocess

from boot import ROOT, Tap, Terminal

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
code = re.search(r"code edited on the disk ran +(.*)", out)
tap.ok(code and re.split(" {2,}", code.group(1)) == ["yes", "no, only its own"],
       "... the ordinary one runs code edited on the disk", out)
out = demo("all designs side by side", "--memlock", "all", "--boot", "direct")
row = next(line for line in out.splitlines() if "munlock()" in line)
tap.ok(row.split()[2:] == ["0", "0", "EINVAL", "EPERM", "EPERM"],
       "... munlock by design", out)
row = next(line for line in out.splitlines() if "edited on the disk ran" in line)
tap.ok(re.split(" {2,}", row.strip())[1:] == ["yes", "yes", "no, only its own",
                                              "yes", "no, only its own"],
       "... code edited on the disk by design", out)

t = Terminal("tools/demo", "--append", "memlock=none", "--boot", "direct")
tap.ok(t.expect("fare alike"), "none: it says that both fare alike", t.text)
tap.ok(t.expect(r"holdfast:.*# "), "a shell follows at a terminal", t.text)
t.type("sh -c 'tty; exec sleep 50'\r")
tap.ok(t.expect(r"/dev/ttyS0\n"), "... on the console", t.text)
t.type("\x03")
t.expect(r"\^C\n.*# $")
t.type("echo status $?; poweroff\r")
tap.ok(t.expect(r"\nstatus 130\n"), "... with ^C", t.text)
status = t.ends()
tap.ok(status == 0, "... and poweroff; all was as none promises", status)
tap.done()
