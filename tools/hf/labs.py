# SPDX-License-Identifier: GPL-2.0
"""Labs (labs/README.md): a seed's parameters, marked code, a student's tree."""
import base64
import glob
import json
import os
import random
import re
import shutil
import subprocess
import zlib

from .paths import ROOT, HarnessError

LABS = os.path.join(ROOT, "labs")
BEGIN = re.compile(
    r"^\s*(?:/\*|#) lab([\d, ]*): (begin|leave out)\b(.*)$")
END = re.compile(r"^\s*(?:/\*|#) lab([\d, ]*): end\b")
NEXT = re.compile(r",\s*(?=\w+(?:\s*[=,]|$))")
ANY = re.compile(r"^\s*(?:/\*|#) lab\b")
STUB = """/* Lab {lab}: yours to write (HANDOUT.md). */
{signature}
{{
\tLAB_TODO("{name}");
{result}}}
"""
LAB_H = """/* SPDX-License-Identifier: GPL-2.0 */
/* Says once what is missing; goes when nothing is. */
#ifndef LIB_LAB_H
#define LIB_LAB_H

#include <lib/bug.h>

#define LAB_TODO(what) do {						\\
	static bool said;						\\
									\\
	if (!said)							\\
		printk("lab NUMBER: %s() is yours to write\\n", what);	\\
	said = true;							\\
} while (0)

#endif
"""


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


# ---- a lab and its parameters -----------------------------------------------

class Lab:
    """One lab with the values that a seed gives it."""

    def __init__(self, number, seed=""):
        found = glob.glob(os.path.join(LABS, f"{number}-*", "lab.json"))
        if len(found) != 1:
            raise HarnessError(f"there is no lab {number}")
        self.number, self.seed = int(number), str(seed)
        self.folder = os.path.dirname(found[0])
        with open(found[0], encoding="utf-8") as file:
            text = file.read()
        self.values = {"SEED": self.seed or "none"}
        for name, choices in json.loads(text).get("vary", {}).items():
            pick = random.Random(f"{seed}/{number}/{name}").choice
            value = pick(choices) if seed else choices[0]
            self.values.update(value if isinstance(value, dict) else
                               {name: str(value)})
        self.data = json.loads(self.fill(text))
        self.changes, self.hidden = {}, []
        if "pool" in self.data:
            self.draw(**self.data["pool"])

    def draw(self, file, count, check):
        """Checks by what is in a file of changes: some by the seed's choice,
        or the first; the others may be hidden ones."""
        rows = [x.rstrip("\n").split("\t") for x in read(
            os.path.join(self.folder, file)).splitlines() if x[:1] != "#"]
        self.changes = {str(i): row[:2] for i, row in enumerate(rows, 1)}
        order = list(self.changes)
        if self.seed:
            random.Random(f"{self.seed}/pool").shuffle(order)
        for number in order:
            made = dict(check, name=f"kill-{number}",
                        run=f"{check['run']} {number}",
                        expect=f"a test notices: {rows[int(number) - 1][2]}")
            (self.data["checks"] if len(self.data["checks"]) < count else
             self.hidden).append(made)

    def fill(self, text):
        for name, value in self.values.items():
            text = text.replace(f"@{name}@", value)
        return text

    def handout(self, text):
        """With tables of what is graded and of what is handed in."""
        rows = [f"| {c['task']} | `{c['name']}` | {c['points']} | "
                f"{c['expect']} |" for c in self.checks()]
        head = ["| task | check | points | what it expects |",
                "| --- | --- | --- | --- |"]
        text = text.replace("@CHECKS@", "\n".join(head + rows))
        edits = [f"`{x}`" for x in self.data["edits"]]
        return text.replace("@EDITS@", " and ".join(edits))

    def checks(self):
        """In the order of the seed, task by task."""
        checks = list(self.data["checks"])
        if self.seed:
            random.Random(f"{self.seed}/order").shuffle(checks)
        return sorted(checks, key=lambda c: c["task"])


def numbers():
    return sorted(int(os.path.basename(os.path.dirname(x)).split("-")[0])
                  for x in glob.glob(os.path.join(LABS, "*-*", "lab.json")))


# ---- marked code ------------------------------------------------------------

def regions(text, name):
    """Pieces of a text in order: (labs, "begin" or "leave out", what it says,
    lines); labs is None outside of every region, [] in one for all."""
    labs, verb, says, lines = None, "", "", []
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        begin, end = BEGIN.match(line), END.match(line)
        if not ANY.match(line):
            lines.append(line)
            continue
        if bool(begin) == bool(end) or (labs is None) != bool(begin):
            raise HarnessError(f"{name}:{number}: markers do not match")
        if end and numbers_of(end) != labs:
            raise HarnessError(f"{name}:{number}: another lab's end")
        yield labs, verb, says, lines
        lines = []
        labs, verb, says = (numbers_of(begin), begin[2], begin[3]) if (
            begin) else (None, "", "")
        if begin and name.endswith((".c", ".h")) and "*/" not in says:
            raise HarnessError(f"{name}:{number}: the comment does not end")
    if labs is not None:
        raise HarnessError(f"{name}: a region without an end")
    yield None, "", "", lines


def numbers_of(match):
    return [int(x) for x in re.findall(r"\d+", match[1])]


def stub(lab, code, name, value):
    found = re.search(r"^(?:[a-z][^;{}()]*[ *\n]|SYSCALL_DEFINE\d\()" +
                      re.escape(name) + r"\b[^;{}]*\)\n\{", code, re.M)
    if not found:
        raise HarnessError(f"lab {lab}: no function {name} in its region")
    return STUB.format(lab=lab, name=name, signature=found[0][:-2],
                       result=f"\treturn {value};\n" if value else "")


def stubs(lab, says, lines):
    """A region's functions, as a student gets them."""
    parts = NEXT.split(says.replace("*/", "").strip())
    pairs = [re.split(r"\s*=\s*", x, 1) for x in parts if x]
    return "\n".join(stub(lab, "".join(lines), pair[0],
                          pair[1] if len(pair) > 1 else "")
                     for pair in pairs)


def cut(text, lab, name, solved=False):
    """Without any lab's markers and what this one leaves out; with stubs for
    its code unless it is solved."""
    out, todo = "", False
    for labs, verb, says, lines in regions(text, name):
        if labs is None or labs and lab not in labs:
            out += "".join(lines)
        elif verb == "begin" and solved:
            out += "".join(lines)
        elif verb == "begin":
            todo = True
            out += stubs(lab, says, lines)
    if todo:
        at = out.index("\n", out.rindex("\n#include") + 1) + 1
        out = out[:at] + "#include <lib/lab.h>\n" + out[at:]
    return re.sub(r"\n{3,}", "\n\n", out)


# ---- a tree -----------------------------------------------------------------

def listed(lab):
    """Files of a tree, relative to the project."""
    with open(os.path.join(LABS, "tree"), encoding="utf-8") as file:
        names = [x.strip() for x in file if x.strip() and x[0] != "#"]
    known = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard", "--", *names, *lab.data.get("files", [])],
        cwd=ROOT, check=True, capture_output=True).stdout.decode()
    return [x for x in known.split("\0")
            if x and os.path.isfile(os.path.join(ROOT, x))]


def write(path, text, like=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    if like:
        shutil.copymode(like, path)


def edit(text, edits, name):
    for change in edits:
        if change.get("file", name) != name or change["from"] == change["to"]:
            continue
        if "file" not in change:        # in all that are edited, as often
            text = text.replace(change["from"], change["to"])
            continue
        if text.count(change["from"]) != 1:
            raise HarnessError(f"{name}: not once: {change['from']!r}")
        text = text.replace(change["from"], change["to"])
    return text


def lay_over(lab, base, out, but=()):
    """Files of a folder, parameters filled in."""
    for at, folders, files in os.walk(base):
        folders[:] = [x for x in folders if x not in but]
        for file in sorted(set(files) - set(but)):
            source = os.path.join(at, file)
            target = os.path.join(out, os.path.relpath(source, base))
            write(target, lab.handout(lab.fill(read(source))), source)


def make_tree(lab, out, solved=False):
    """The student's tree; `solved`: with the code that is cut out of his."""
    for name in listed(lab):
        source = os.path.join(ROOT, name)
        text = edit(read(source), lab.data.get("source", []), name)
        text = cut(text, lab.number, name, solved)
        if not solved:
            text = edit(text, lab.data.get("stub", []), name)
        elif name in lab.data["edits"]:
            text = edit(text, lab.data.get("solution", []), name)
        target = "build.mk" if name == "Makefile" else name
        write(os.path.join(out, target), text, source)
    lay_over(lab, os.path.join(LABS, "common"), out)
    lay_over(lab, lab.folder, out, ("solution", "lab.json", "mutants"))
    if lab.changes:         # packed, so that nobody reads them by accident
        packed = zlib.compress(json.dumps(lab.changes).encode())
        write(os.path.join(out, "checks", "changes"),
              base64.encodebytes(packed).decode())
    if solved:
        lay_over(lab, os.path.join(lab.folder, "solution"), out)
    write(os.path.join(out, "lib", "lab.h"), 
          LAB_H.replace("NUMBER", str(lab.number)))
    keys = ("lab", "name", "title", "edits")
    data = {"seed": lab.values["SEED"], **{k: lab.data[k] for k in keys},
            **{k: lab.data[k] for k in ("linked",) if k in lab.data},
            "checks": lab.checks()}
    write(os.path.join(out, "lab.json"), json.dumps(data, indent=1) + "\n")


def make_hidden(lab, out):
    """The folder of checks that only the instructor has."""
    write(os.path.join(out, "lab.json"),
          json.dumps({"checks": lab.hidden}, indent=1) + "\n")


def beyond(lab, out, solved):
    """Files in which the solution differs that a student does not hand in."""
    for at, _, files in os.walk(out):
        for file in files:
            name = os.path.relpath(os.path.join(at, file), out)
            if name not in lab.data["edits"] and read(
                    os.path.join(out, name)) != read(
                    os.path.join(solved, name)):
                yield name


def wrong_changes(lab):
    """Changes of the pool that do not change exactly one line."""
    for number, (name, expression) in lab.changes.items():
        path = os.path.join(ROOT, name)
        if not name.endswith(".c"):     # a copy is compiled by itself
            yield f"change {number} is of {name}, not of a .c file"
        before = read(path).split("\n")
        after = subprocess.run(["sed", expression, path], text=True,
                               capture_output=True, check=False
                               ).stdout.split("\n")
        if len(before) != len(after) or sum(
                a != b for a, b in zip(before, after)) != 1:
            yield f"change {number} of {name} is not one line"


# ---- what must not be there -------------------------------------------------

def leaks(lab, out):
    """Places in a handed-out tree that show the solution: (file, text)."""
    kept, gone = set(), set()
    for change in lab.data.get("stub", []):
        kept.update(x.strip() for x in change["to"].splitlines())
    for name in listed(lab):
        text = edit(read(os.path.join(ROOT, name)),
                    lab.data.get("source", []), name)
        for labs, verb, says, lines in regions(text, name):
            into = [x.strip() for x in lines]
            if labs is None or labs and lab.number not in labs:
                kept.update(into)
            elif verb == "begin":
                gone.update(x for x in into if len(x) > 20)
                kept.update(x.strip() for x in stubs(
                    lab.number, says, lines).splitlines())
    for at, folders, files in os.walk(out):
        folders[:] = [x for x in folders if x != "build"]
        for file in files:
            path = os.path.join(at, file)
            for line in read(path).splitlines():
                if line.strip() in gone and line.strip() not in kept:
                    yield os.path.relpath(path, out), line.strip()
                if ANY.match(line):
                    yield os.path.relpath(path, out), line.strip()
