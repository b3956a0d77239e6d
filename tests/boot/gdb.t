#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""gdb's commands, on a living machine and on a crash dump.

page_states puts a page into each state there is and prints what /proc says of
them; gdb, which reads the kernel's structures from outside, must say the same.
"""
import os
import re
import subprocess
import tempfile

from boot import ROOT, SECONDS, Run, Tap, shell

tap = Tap()
STATES = os.path.join(ROOT, "build/boot/page_states")
WANT = {        # what why-page says of a page in each state
    "locked": r"resident in frame {n}:.*mapped once(?s:.*)stays in memory:\n"
              r".*locked by the area 0x10000000 of task \d+ \(page_states\): "
              r"VM_LOCKED by mlock.*\n.*counted as unevictable",
    "plain": r"resident in frame {n}:(?s:.*)may be reclaimed(?s:.*)"
             r"on LRU_\w+_ANON: reclaim looks at \d+ of \d+ pages before",
    "swapped": r"on swap: /dev/vda, slot {n}\n",
    "untouched": r"absent: nobody has touched it",
    "zero": r"the zero page",
    "file": r"resident in frame {n}: page 0 of a file in memory",
    "onfault": r"locked \(onf\)\n.*absent(?s:.*)MLOCK_ONFAULT",
}


def states_of(text):
    """name -> (address, number) of page_states' lines."""
    return {m[1]: (m[2], m[4]) for m in
            re.finditer(r"^(\w+) (0x\w+) (\w+) (\d+)$", text, re.M)}


def session(commands, *options):
    """(what gdb printed, the guest's console) of tools/gdb/session."""
    with tempfile.NamedTemporaryFile("w", suffix=".gdb") as script:
        script.write(commands)
        script.flush()
        got = subprocess.run(
            [os.path.join(ROOT, "tools/gdb/session"), "--swap", "16M",
             "--timeout", str(SECONDS), *options, "--", STATES],
            env={**os.environ, "GDB_COMMANDS": script.name}, text=True,
            capture_output=True, check=False, stdin=subprocess.DEVNULL)
    with open(os.path.join(ROOT, "build/gdb/console"),
              encoding="utf-8") as file:
        return got.stdout + got.stderr, file.read()


def look(name):
    return f"echo == {name}\\n\nwhy-page {0x10000000 + 0x100000 * ORDER[name]:#x}\n"


ORDER = {name: n for n, name in enumerate(WANT)}
said, console = session(
    "break sys_munlockall\ncontinue\necho == bt\\n\nbt\n"
    + "".join(map(look, WANT)) +
    "echo == tasks\\n\ntasks\necho == mm\\n\nmm\necho == lru\\n\nlru\n"
    "echo == swap\\n\nswap 0\necho == walk\\n\nwalk 0x10100000\n"
    "echo == print\\n\nprint *current_task->mm->pgd\nprint *current_task\n"
    "echo == bad\\n\npage 99999999\n", "--append", "memlock=none")
part = dict(re.findall(r"^== (\w+)\n((?s:.*?))(?=^== |\Z)", said, re.M))
states = states_of(console)
tap.ok(set(states) == set(WANT) and set(WANT) <= set(part),
       "the guest ran to the breakpoint", said, console)
for name, want in WANT.items():
    number = states.get(name, (0, "?"))[1]
    tap.ok(re.search(want.replace("{n}", number), part.get(name, "")),
           f"why-page, {name}: as /proc/self/pagemap has it", want,
           part.get(name), console)
tap.ok("sys_munlockall" in part.get("bt", "") and
       "syscall" in part.get("bt", ""),
       "a backtrace leads to the system call", part.get("bt"))
tap.ok(re.search(r"^\* +\d+ running .* page_states$", part.get("tasks", ""),
                 re.M) and " kswapd" in part["tasks"],
       "tasks: the current one has a star", part.get("tasks"))
areas = part.get("mm", "")
tap.ok(re.search(r"0x10000000-0x10001000 +rw-p +lo +1 +1 +1 +0 ", areas) and
       re.search(r"0x10200000-0x10201000 +rw-p +- +1 +0 +0 +1 ", areas) and
       re.search(r"0x10600000-0x10601000 +rw-p +onf +1 +0 +0 +0 ", areas) and
       " 2 locked\n" in areas, "mm: each area's lock, pages and swap", areas)
tap.ok(re.search(r"LRU_UNEVICTABLE +\d+ pages", part.get("lru", "")) and
       re.search(r"LRU_INACTIVE_ANON +\d+ pages; next: \d+", part["lru"]),
       "lru: the lists, and who is next", part.get("lru"))
tap.ok(re.search(r"0  /dev/vda +1 of \d+ slots(?s:.*)slot "
                 + states.get("swapped", (0, "?"))[1] + ": named 1 times",
                 part.get("swap", "")), "swap: the slot in use",
       part.get("swap"))
tap.ok(re.search(r"level 1 .*frame " + states.get("plain", (0, "?"))[1] +
                 " present write user", part.get("walk", "")),
       "walk: down to the frame", part.get("walk"))
tap.ok("present" in part.get("print", "") and
       "(page_states)" in part["print"], "pretty-printers", part.get("print"))
tap.ok(re.search(r"^no frame 99999999: there are \d+$", part.get("bad", ""),
                 re.M), "a wrong argument is one line", part.get("bad"))

with tempfile.TemporaryDirectory() as folder:
    dump = os.path.join(folder, "core")

    def why(*words):
        got = subprocess.run([os.path.join(ROOT, "tools/why-page"), *words],
                             capture_output=True, text=True, check=False)
        return got.returncode, got.stdout + got.stderr

    run = Run("--mem", "24M", "--timeout", "10", "--dump", dump,
              program=(STATES, "--no-pageout"))
    tap.ok(run.status == 124 and os.path.exists(dump),
           "--dump: after a time-out there is a core file", run)
    pid = re.search(r"^pid 0 is (\d+)", run.out, re.M)
    _, text = why(dump, "0x10100000", pid.group(1) if pid else "1")
    number = states_of(run.out).get("plain", (0, "?"))[1]
    tap.ok(re.search(WANT["plain"].replace("{n}", number), text),
           "why-page answers from it", text, run)
    os.unlink(dump)
    run = shell("--mem", "24M", "--dump", dump,
                script="echo c >/proc/sysrq-trigger; exit 0")
    status, text = why(dump, "tasks")
    tap.ok(run.status == 125 and status == 0 and
           re.search(r"^\* +\d+ running ", text, re.M),
           "--dump: and after a panic", run, text)
    for words, error in (
            ((dump, "0xzz"), "Invalid number"), ((dump, "bogus"), "no address"),
            ((folder + "/none", "tasks"), "cannot be read"),
            ((dump,), "usage:")):
        status, text = why(*words)
        tap.ok(error in text and text.count("\n") <= 2 and
               (status == 2 or "number" in error),
               f"why-page {' '.join(words[1:])}: one line", status, text)
tap.done()
