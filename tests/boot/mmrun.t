#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Random plain programs do the same on Linux, in Holdfast's guest, on the host
and in the model; malformed ones are refused, and a reproducer in C builds and
repeats its program.

    tests/boot/mmrun.t [NUMBER [SEED [FILE]]]

FILE keeps what came of each batch: a run that was stopped goes on from there.
"""
import concurrent.futures
import json
import os
import runpy
import subprocess
import sys
import tempfile

from boot import ROOT, Tap

NUMBER = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
SEED = int(sys.argv[2]) if len(sys.argv) > 2 else 1
DONE = sys.argv[3] if len(sys.argv) > 3 else os.devnull
BATCH = 2500                # programs in one boot
MALFORMED = (
    ("mlock(0x1, 0x2)\n", "1:7: an address, &(0x7f...), is expected here"),
    ("munlockall()\nfrob(0x1)\n", "2:1: no such call"),
    ("# program a\nmunlockall()\n# program b\n\nbrk()\n", "5:1: no such call"),
    ("mlockall(0x1) (fail_nth: 0)\n", "1:27: fail_nth is 1 to 255"),
    ("munlockall()\n\0\xff", "1:1: not a text"),
)
REPRODUCED = """mmap(&(0x7f0000002000/0x2000)=nil, 0x2000, 0x3, 0x2032, \
0xffffffffffffffff, 0x0)
syz_holdfast_fork()
syz_holdfast_write(&(0x7f0000003000/0x1000)=nil)
munlockall()
"""

tap = Tap()
ok = tap.ok


def command(*words):
    return subprocess.run(words, check=False, capture_output=True, text=True,
                          stdin=subprocess.DEVNULL)


def write(name, text):
    with open(name, "w", encoding="utf-8") as file:
        file.write(text)
    return name


def malformed(folder):
    for number, (text, reason) in enumerate(MALFORMED):
        path = write(f"{folder}/bad{number}.prog", text)
        got = command("tools/mmrun", "--on", "model", path)
        ok(got.returncode == 2 and got.stderr == f"{path}:{reason}\n" and
           not got.stdout, f"refused: {reason}", got.stdout + got.stderr)
    good = write(f"{folder}/good.prog", "munlockall()\n")
    for words in (("--on", "linux"), ("--compare",), ("--to-c",)):
        got = command("tools/mmrun", *words, good, path)
        ok(got.returncode == 2 and got.stderr.count("\n") == 1 and
           not got.stdout, f"... by {words} too, and nothing runs",
           got.stdout + got.stderr)


def reproducer(folder):
    path = write(f"{folder}/one.prog", REPRODUCED)
    source = write(f"{folder}/one.c",
                   command("tools/mmrun", "--to-c", path).stdout)
    got = command("musl-gcc", "-static", "-O1", "-Wall", "-idirafter",
                  "build/uapi", "-o", f"{folder}/one", source)
    ok(not got.returncode, "a reproducer in C builds", got.stderr)
    repeated = command(f"{folder}/one").stdout.splitlines()[1:]
    model = command("tools/mmrun", "--on", "model",
                    path).stdout.splitlines()[1:]
    ok(repeated == model != [], "and repeats its program",
       "\n".join(repeated + model))
    guest = command("tools/holdfast", "run", "--kernel", "linux",
                    f"{folder}/one")
    ok(guest.stdout.replace("\r", "").splitlines()[1:] == model,
       "in a guest of Linux's too", guest.stdout + guest.stderr)


def one_batch(folder, compare, first, number, jobs, done):
    if f"{first}+{number}" in done:
        return done[f"{first}+{number}"]
    path = write(f"{folder}/random{first}.prog", command(
        "tools/mmrun", "--random", str(number), "--seed", str(first)).stdout)
    got = compare([path], jobs)
    os.unlink(path)
    if not got[3]:
        with open(DONE, "a", encoding="utf-8") as file:
            print(json.dumps([f"{first}+{number}", got]), file=file)
    if number < NUMBER:
        print(f"# seed {first}: {got[0]} agree, {len(got[3])} differ",
              flush=True)
    return got


def agreement(folder, compare):
    """In batches, as many at a time as there are processors."""
    starts = range(0, NUMBER, BATCH)
    jobs = 1 if len(starts) > 1 else 4
    with open(DONE, "a+", encoding="utf-8") as file:
        file.seek(0)
        done = dict(map(json.loads, file))
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        got = list(pool.map(lambda at: one_batch(
            folder, compare, SEED + at, min(BATCH, NUMBER - at), jobs, done),
            starts))
    agree, unstable, seams = (sum(g[i] for g in got) for i in range(3))
    trouble = [text for g in got for text in g[3]]
    print(f"# seed {SEED}: {agree} agree, {len(trouble)} differ, {unstable} "
          f"unstable on Linux, {seams} differ by merging")
    ok(not trouble, f"{NUMBER} random programs do the same everywhere",
       "\n".join(trouble))
    ok(agree + unstable + seams + len(trouble) >= NUMBER and
       agree >= NUMBER * 0.95, "nearly all of them could be compared",
       f"{agree} of {NUMBER}")


os.chdir(ROOT)
with tempfile.TemporaryDirectory(prefix="mmrun.") as temporary:
    malformed(temporary)
    reproducer(temporary)
    agreement(temporary, runpy.run_path("tools/mmrun")["compare"])
tap.done()
