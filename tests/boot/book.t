#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The book quotes the sources as they are; exercises are answered rightly.

The answers of tools/exercise come from mm/; the model of the specification,
which shares nothing with it, must give the same transcript.
"""
import importlib.machinery
import importlib.util
import os
import re
import subprocess
import tempfile

from boot import ROOT, Tap

tap = Tap()
TOPICS = ("areas", "faults", "fork", "files", "locks")
SEEDS = range(1, 21)


def load(name):
    """A tool of the tree as a module."""
    loader = importlib.machinery.SourceFileLoader(name, os.path.join(
        ROOT, "tools", name))
    module = importlib.util.module_from_spec(
        importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def run(*words, status=0):
    got = subprocess.run([os.path.join(ROOT, words[0]), *words[1:]],
                         capture_output=True, text=True, check=False)
    text = got.stdout + got.stderr
    return text if got.returncode == status else f"status {got.returncode}\n" \
        + text


said = run("tools/book", "check")
tap.ok(said.endswith(" 0 wrong\n"), "what the book quotes and names is there",
       said)
with tempfile.TemporaryDirectory() as folder:
    chapter = os.path.join(ROOT, "docs/book/1-boot.md")
    with open(chapter, encoding="utf-8") as file:
        good = file.read()
    for what, old, new, said in (
            ("a changed line", "uint64_t magic;", "uint32_t magic;",
             "not what boot/protocol.h says"),
            ("a function that is gone", "`carve()`", "`carved()`",
             "carved() is in no source"),
            ("a file that is gone", "`boot/pvh.asm`", "`boot/pvh.c`",
             "boot/pvh.c does not exist"),
            ("code without its source", "<!-- boot/protocol.h -->\n", "",
             "a block of C without its source")):
        path = os.path.join(folder, "page.md")
        with open(path, "w", encoding="utf-8") as file:
            file.write(good.replace(old, new, 1))
        text = run("tools/book", "check", path, status=1)
        tap.ok(said in text and " 1 wrong\n" in text, f"{what} is noticed",
               text)
    exercise = load("exercise")
    many = os.path.join(folder, "many.prog")
    with open(many, "w", encoding="utf-8") as file:
        for topic in TOPICS:
            for seed in SEEDS:
                file.write(f"# program {topic}-{seed}\n" +
                           exercise.notation(exercise.scenario(topic, seed)))
    host, model = (run("tools/mmrun", many, "--on", where)
                   for where in ("host", "model"))
    parts = [re.sub(r" ~[0-9a-f]+$", "", text, flags=re.M).split("# program ")
             for text in (host, model)]
    differ = [(a, b) for a, b in zip(*parts) if a != b]
    tap.ok(len(parts[0]) == len(TOPICS) * len(SEEDS) + 1 == len(parts[1])
           and not differ, "exercises: mm/ and the model agree on all",
           differ[0][0] if differ else host, differ[0][1] if differ else model)
for topic in TOPICS:
    text = run("tools/exercise", "--seed", "2", topic, "-c")
    calls = len(re.findall(r"^    \d+  .*\(|^    \d+  .*(?:read|write) page",
                           text, re.M))
    tap.ok(calls == 7 and "Answers" in text and "VmLck" in
           text.partition("Answers")[2], f"exercises: {topic} has answers",
           text)
tap.ok("Answers" not in run("tools/exercise", "--seed", "2"),
       "exercises: none without -c")
tap.done()
