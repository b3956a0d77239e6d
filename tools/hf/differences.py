# SPDX-License-Identifier: GPL-2.0
"""What docs/differences.md says of single test cases, and what it explains.

A row there may name cases that fail or are skipped under Linux, as
`program: case`.  A
comparison leaves these cases out, and nothing else; and the oracle ring fails
if one that is named passes after all.
"""
import os
import re

from .paths import ROOT

PAGE = os.path.join(ROOT, "docs", "differences.md")
RESULT = re.compile(r"(not )?ok \d+ - (.*?)( # SKIP.*)?")


def cases():
    """{program: the names of its cases that differ}."""
    found = {}
    with open(PAGE, encoding="utf-8") as file:
        for program, case in re.findall(r"`(\w+): ([^`]+)`", file.read()):
            if is_ours(program):
                found.setdefault(program, set()).add(case)
    return found


def mark(program, lines):
    """A program's TAP from Linux: cases that differ as TAP's TODO, which is a
    failure that counts for nothing; those that do not as failed."""
    named = cases().get(program, ())
    marked = []
    for line in lines:
        found = RESULT.fullmatch(line)
        if found and found[2] in named and not found[3]:
            line = f"{line} # TODO docs/differences.md" if found[1] else (
                f"not {line}: docs/differences.md says that it differs")
        marked.append(line)
    return marked


def is_ours(program):
    return os.path.exists(f"{ROOT}/tests/guest/{program}.c") or (
        os.path.exists(f"{ROOT}/tests/programs/{program}"))


def without(text, program):
    """What a test program of ours printed, but for the cases that differ, and
    for remarks (lines with #) that are not about a failure; and whether that
    leaves nothing to be said against a status of 1."""
    named, kept = cases(), []
    failed = excused = keep_remarks = False
    for line in text.split("\n"):
        found = RESULT.fullmatch(line)
        keep = True
        if line.startswith("# holdfast-begin "):
            program, failed, excused = line.split()[2], False, False
        elif "holdfast-end 1" in line and excused and not failed:
            line = "# holdfast-end 0"
        elif found:
            keep = found[2] not in named.get(program, ())
            keep_remarks = keep and bool(found[1])
            failed |= keep_remarks
            excused |= not keep and bool(found[1])
        elif line.startswith("#") and "holdfast-end" not in line:
            keep = keep_remarks
        if keep:
            kept.append(line)
    return "\n".join(kept), excused and not failed
