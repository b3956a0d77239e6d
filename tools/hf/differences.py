# SPDX-License-Identifier: GPL-2.0
"""What docs/differences.md says of single test cases, and what it explains.

A row there may name cases that fail under Linux, as `program: case`.  A
comparison leaves these cases out, and nothing else; and the oracle ring fails
if one that is named passes after all.
"""
import os
import re

from .paths import ROOT

PAGE = os.path.join(ROOT, "docs", "differences.md")
RESULT = re.compile(r"(not )?ok \d+ - (.*)")


def cases():
    """{program: the names of its cases that differ}."""
    found = {}
    with open(PAGE, encoding="utf-8") as file:
        for program, case in re.findall(r"`(\w+): ([^`]+)`", file.read()):
            if os.path.exists(f"{ROOT}/tests/guest/{program}.c"):
                found.setdefault(program, set()).add(case)
    return found


def mark(program, lines):
    """A program's TAP from Linux: cases that differ as TAP's TODO, which is a
    failure that counts for nothing; those that do not as failed."""
    named = cases().get(program, ())
    marked = []
    for line in lines:
        found = RESULT.fullmatch(line)
        if found and found[2] in named:
            line = f"{line} # TODO docs/differences.md" if found[1] else (
                f"not {line}: docs/differences.md says that it differs")
        marked.append(line)
    return marked


def without(text, program):
    """What a test program printed, without the cases that differ."""
    named, kept, skipping = cases(), [], False
    failed = False
    for line in text.split("\n"):
        found = RESULT.fullmatch(line)
        if line.startswith("# holdfast-begin "):
            program, failed = line.split()[2], False
        if found:
            skipping = found[2] in named.get(program, ())
            failed |= bool(found[1]) and not skipping
        elif not line.startswith("# ") or "holdfast-" in line:
            skipping = False
        if line == "# holdfast-end 1" and not failed:
            line = "# holdfast-end 0"
        if not skipping:
            kept.append(line)
    return "\n".join(kept)
