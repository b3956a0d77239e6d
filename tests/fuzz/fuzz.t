#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The fuzzer: every bug ever found stays fixed, a short run with a fixed seed
finds nothing, and what it would say if it found something."""
import glob
import os
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "boot"))
from boot import ROOT, Tap  # noqa: E402

RUNS = 20000
TARGET, TOOL = "build/fuzz/fuzz", "build/fuzz/tool"
# What the model knows nothing of.
NOT_PLAIN = re.compile(r"fail_|_(exec\(0x1|reclaim|pressure|swap|frames|edit)")
SEAM = re.compile(r" ~[0-9a-f]+")      # of no concern to the model
# Breaks G1 under task by MREMAP_DONTUNMAP; half of the calls have no part in it.
BREAKS = """# memlock=task
syz_holdfast_fork()
syz_holdfast_exec(0x1)
mlock(&(0x7f0000001000/0x1000)=nil, 0x1000)
mremap(&(0x7f0000001000/0x1000)=nil, 0x1000, 0x1000, 0x7, \
&(0x7f0000004000/0x1000)=nil)
syz_holdfast_read(&(0x7f0000000000/0x1000)=nil) (fail_nth: 3)
syz_holdfast_write(&(0x7f0000001000/0x1000)=nil)
munmap(&(0x7f0000000000/0x1000)=nil, 0x1000)
syz_holdfast_pressure()
"""
CORRUPT = [
    (b"\x04", "1:1: no such lock design"),
    (b"\x00\x1f", "1:2: no such call"),
    (b"\x01\x0f\xe4\x01", "1:3: the end, within a number"),
    (b"\x01\x89\x00\x01\x03", "1:3: no such fault"),
    (b"\x03\x09\xe9", "1:3: no form of a number, or the end"),
    (b"\x02" + b"\x0c" * 65, "65:66: a program has at most 64 calls"),
    (b"mlockall(0x1, 0x2)\n", "1:13: too many arguments, or ) is missing"),
]

tap = Tap()
ok = tap.ok


def run(*command, **env):
    return subprocess.run(command, check=False, stdin=subprocess.DEVNULL,
                          capture_output=True, text=True, errors="replace",
                          env=dict(os.environ, **env))


def store(folder, name, data):
    path = os.path.join(folder, name)
    with open(path, "wb") as file:
        file.write(data)
    return path


def check_regressions():
    paths = sorted(glob.glob("tests/fuzz/regressions/*.prog"))
    got = run(TOOL, *paths)
    ok(paths and not got.returncode, "nothing found before is broken again",
       got.stdout + got.stderr)
    plain = []
    for path in paths:
        with open(path, encoding="utf-8") as file:
            plain += [path] if not NOT_PLAIN.search(file.read()) else []
    here, model = (SEAM.sub("", run(f"build/mmrun/{name}", *plain).stdout)
                   for name in ("host", "model"))
    ok(plain and here == model, "what is plain does as the model says",
       here + model)


def check_corrupt(folder):
    for n, (data, says) in enumerate(CORRUPT):
        path = store(folder, f"corrupt-{n}", data)
        got = run(TOOL, path)
        ok(got.returncode == 2 and got.stderr == f"{path}:{says}\n",
           f"corrupt: {says}", got.stderr)


def check_calls(folder):
    """What is made at random has every call of the notation."""
    with open("tests/explore/prog.c", encoding="utf-8") as file:
        names = re.findall(r'^\t(?:\[PROG_\w+\] = )?{ "(\w+)"', file.read(),
                           re.M)
    run(TOOL, "--random", folder, "1", "40", "64")
    text = "".join(run(TOOL, "--text", path).stdout
                   for path in glob.glob(folder + "/random-*"))
    missing = [name for name in names if name + "(" not in text]
    ok(len(names) > 28 and not missing and "(fail_nth:" in text,
       "the mutator makes every call and fault of the notation",
       str(missing or names))


def check_report(folder):
    """From a program that breaks something to what is said of it."""
    path = store(folder, "breaks.prog", BREAKS.encode())
    ok(not run(TOOL, path).returncode,
       "what breaks only a guarantee is no finding under task")
    got = run(TOOL, "--minimise", path, FUZZ_JUDGE="1")
    lines = got.stdout.splitlines()
    ok(got.returncode == 1 and lines[0] == "# memlock=task" and
       lines[1].startswith("# G") and len(lines) in (4, 5, 6),
       "a program is reduced to the calls that matter", got.stdout)
    reduced = store(folder, "reduced.prog", got.stdout.encode())
    source = store(folder, "reduced.c", run(
        "tools/mmrun", "--to-c", reduced).stdout.encode())
    got = run("musl-gcc", "-w", "-static", "-idirafter", "build/uapi", "-o",
              source[:-2], source)
    ok(not got.returncode, "and is a program in C that builds", got.stderr)
    got = run(TOOL, reduced, FUZZ_JUDGE="1")
    ok(got.returncode == 1, "and still breaks it", got.stdout)


def check_run(folder):
    """The same programs every time."""
    seeds = os.path.join(folder, "seeds")
    run("tools/fuzz", "--seeds", seeds)
    said = []
    for _ in range(2):
        got = run(TARGET, f"-runs={RUNS}", "-seed=1", "-max_len=256",
                  "-entropic=0", "-print_funcs=0", "-verbosity=0",
                  "-detect_leaks=0", "-seed_inputs=" + ",".join(
                      sorted(glob.glob(seeds + "/*"))),
                  f"-artifact_prefix={folder}/", FUZZ_SPEED="1")
        ok(not got.returncode, f"{RUNS} programs break nothing", got.stderr)
        said.append(re.search(r"\d+ programs, \d+ calls", got.stderr))
    ok(all(said) and said[0][0] == said[1][0] and int(
        said[0][0].split()[0]) > RUNS * 0.9,
       "and they are the same each time", str(said))
    print(f"# {said[0] and said[0][0]}")


os.chdir(ROOT)
with tempfile.TemporaryDirectory(prefix="fuzz.") as temporary:
    check_regressions()
    check_corrupt(temporary)
    check_calls(temporary)
    check_report(temporary)
    check_run(temporary)
tap.done()
