#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What of a student's code may be linked with what judges it: the code of labs
1 to 4 with host checks, designs with the explorer (lab 6), tests with changed
copies of mm/ (lab 7).  Then a check of kind `tool` in a lab of three files: it
passes whatever the code does, and must not run with code that is refused."""
import contextlib
import glob
import io
import os
import subprocess
import tempfile

from graders import ROOT, Tap
from grader import grade, result
from grader.gate import Gate
from grader.lab import Lab

MM = sorted(glob.glob("mm/*.c", root_dir=ROOT))
SHARED = ("mm", "lib", "arch", "tests/unit")    # of build/unit
HUNT = "labs/7-hunt/solution/work/hunt.c"
EXPLORER = ["-O3", "-fno-pie", "-DHOST_TABLE_BITS=3", "-DRADIX_BITS=3",
            "-DHOST_TASK_SIZE=0x18000ul", "-DHOST_TLB_SIZE=16"]
CHECKED = ["-O1", "-fsanitize=address,undefined"]
INCLUDES = ["-std=gnu11", "-w", "-fno-strict-aliasing", "-Iarch/host/include",
            "-I.", "-Ilabs", "-Iarch/x86_64/include"]

DESIGNS = {
    "writes a report": (
        "void host_write_err(const char *s, unsigned long n);",
        'host_write_err("memlock=own: every program of up to 5 calls", 43);',
        "host_write_err"),
    "prints": ("int puts(const char *);", 'puts("x");', "puts"),
    "ends the process": ("void exit(int);", "exit(0);", "exit"),
    "reads the explorer's mind": ("extern struct { int broken; } world;",
                                  "world.broken = 0;", "world"),
    "takes a panic over": ("extern void (*host_panic_hook)(const char *);",
                           "host_panic_hook = 0;", "host_panic_hook"),
    "has assembly behind a macro": (
        "#define HIDE(a, b) a##b",
        'HIDE(as, m)("mov $60, %eax; xor %edi, %edi; syscall");',
        "system call"),
    "starts before main": (
        "int early;\n__attribute__((constructor)) void go(void) { early++; }",
        "", "before main"),
    "has a resolver that runs before main": (
        "int early;\nstatic void real(void) { }\n"
        "static void (*pick(void))(void) { early++; return real; }\n"
        'static __attribute__((ifunc("pick"))) void go(void);',
        "go();", "indirect function"),
}
HEADERS = {
    "makes every comparison nothing": "#define want(...) ((void)0)",
    "has its own comparison": "static inline void want(void) { }",
    "turns a word of the checks around": "#define WANT(what, a, b)",
    "turns a word of C around": "#define if(x) if (0)",
    "ends the process in a helper":
        "static inline void help(void) { _exit(0); }",
    "hides a name between quotes":
        "static inline char help(char c) { return '\"' + (exit(0), c); }",
    "pastes a name": "#define help(a, b) a##b",
    "starts before main": "static __attribute__((constructor)) void f(void);",
    "takes another file along": '#include "../../etc/passwd"',
    "splits a name": "static inline void help(void) { _ex\\\nit(0); }",
}
TESTS = {
    "asks what it is called": ("#include <errno.h>",
                               "return program_invocation_name[0];",
                               "program_invocation_name"),
    "reads the change": ("", 'return fopen("checks/changes", "r") != 0;',
                         "fopen"),
    "ends as it likes": ("", "_Exit(1);", "_Exit"),
    "asks the time": ("#include <time.h>", "return time(0) & 1;", "time"),
    "runs a program": ("", 'return system("true");', "system"),
}


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def compile_c(text, made, *flags):
    subprocess.run(["gcc", *INCLUDES, *flags, "-x", "c", "-c", "-o", made,
                    "-"], input=text, text=True, check=True, cwd=ROOT)


class Tree:
    """A tree with one source, and this one's objects."""

    def __init__(self, tmp):
        self.path = tmp
        os.makedirs(os.path.join(tmp, "build", "unit", "tests"))
        for part in SHARED:
            there = os.path.join(ROOT, "build", "unit", part)
            assert os.path.isdir(there), f"{there}: make unit-tests"
            os.symlink(there, os.path.join(tmp, "build", "unit", part))
        for source in MM:
            write(os.path.join(tmp, source), read(f"{ROOT}/{source}"))
        for name in ("check.c", "check.h"):
            write(os.path.join(tmp, "checks", name),
                  read(f"{ROOT}/labs/common/checks/{name}"))
        made = os.path.join(tmp, "build/unit/checks/check.o")
        os.makedirs(os.path.dirname(made))
        compile_c(read(f"{ROOT}/labs/common/checks/check.c").replace(
            '"check.h"', '"labs/common/checks/check.h"'), made)
        os.symlink(os.path.join(ROOT, "tests"), os.path.join(tmp, "tests"))
        self.gate = Gate(tmp, [*MM, "mm/memlock.h", "mm/lru.h",
                               "work/hunt.c"])

    def objections(self, source, text, flags):
        """To what text becomes; it lies where the includes are found."""
        write(os.path.join(self.path, source), text)
        name = f"build/own/{source[:-2]}.o"
        made = os.path.join(self.path, name)
        os.makedirs(os.path.dirname(made), exist_ok=True)
        compile_c(text, made, *flags)
        return list(self.gate.objections(name))


def test_objects(tap, tree):
    got = [x for source in MM for x in tree.gate.objections(
        f"build/unit/{source[:-2]}.o")]
    tap.ok(not got, "mm/ as it is may be linked with host checks", *got)
    for source in ("mm/memlock.c", "mm/mm.c"):
        got = tree.objections(source, read(f"{ROOT}/{source}"), EXPLORER)
        tap.ok(not got, f"and {source} with the explorer", *got)
    for what, (top, line, word) in DESIGNS.items():
        text = f"{top}\nvoid bad(void);\nvoid bad(void)\n{{\n{line}\n}}\n"
        got = tree.objections("mm/memlock.c", text, EXPLORER)
        tap.ok(any(word in x for x in got), f"a design that {what}", *got)


def test_headers(tap, tree):
    text = read(f"{ROOT}/mm/memlock.h")
    write(os.path.join(tree.path, "mm/memlock.h"), text)
    write(os.path.join(tree.path, "mm/lru.h"), read(f"{ROOT}/mm/lru.h"))
    for name in ("mm/memlock.h", "mm/lru.h"):
        got = list(tree.gate.header_objections(name))
        tap.ok(not got, f"{name} as it is", *got)
    for what, line in HEADERS.items():
        write(os.path.join(tree.path, "mm/memlock.h"),
              text.replace("\n#endif", f"\n{line}\n\n#endif"))
        got = list(tree.gate.header_objections("mm/memlock.h"))
        tap.ok(got, f"a header that {what}: " + "; ".join(got))


def test_hunts(tap, tree):
    unit = os.path.join(ROOT, "tests", "unit", "unit.h")
    text = read(f"{ROOT}/{HUNT}")
    text = text.replace('#include "../checks/hunt.h"\n', f'#include "{unit}"\n'
                        "#define HUNT(fn) CASE(fn)\n#define HUNT_ON(fn, n, "
                        "swap, design) { .name = #fn, .run = fn }\n")
    got = tree.objections("work/hunt.c", text, CHECKED)
    tap.ok(not got, "the tests that solve lab 7", *got)
    for what, (top, line, word) in TESTS.items():
        text = (f'{top}\n#include "{unit}"\nint main(void)\n{{\n{line}\n'
                "\treturn 0;\n}\n")
        got = tree.objections("work/hunt.c", text, CHECKED + [
            "-D_GNU_SOURCE"])
        tap.ok(any(word in x for x in got), f"a test that {what}", *got)


# ---- a lab of three files ---------------------------------------------------

MAKEFILE = """
build/holdfast.elf build/user/init build/user/starter:
	mkdir -p $(@D) && touch $@
build/unit/work/%.o: work/%.c
	mkdir -p $(@D) && gcc -c -o $@ $<
"""
LAB = """{"lab": 7, "name": "hunt", "title": "x", "edits": ["work/hunt.c"],
"checks": [{"name": "kill", "points": 1, "task": 1, "kind": "tool",
"run": "/bin/true", "expect": "x"}]}
"""


def graded(tree, text):
    write(os.path.join(tree, "work", "hunt.c"), text)
    with contextlib.redirect_stdout(io.StringIO()):
        data = grade.own_tree(Lab(tree), grade.Options(
            os.path.join(tree, "result.json")))
    return data["checks"][0]


def test_tool(tap, tmp):
    tree = os.path.join(tmp, "lab")
    write(os.path.join(tree, "Makefile"), MAKEFILE)
    write(os.path.join(tree, "lab.json"), LAB)
    os.makedirs(os.path.join(tree, "build"))
    for what, text, state in (
            ("is plain", "int main(void) { return 0; }\n", result.PASSED),
            ("ends early", "void _exit(int);\nint main(void) { _exit(1); }\n",
             result.REFUSED),
            ("does not compile", "int main(void) { return }\n",
             result.NOT_BUILT)):
        got = graded(tree, text)
        tap.ok(got["state"] == state,
               f"a tool's check, code that {what}: {state}", got)


def main():
    tap = Tap()
    with tempfile.TemporaryDirectory(prefix="gate.") as tmp:
        os.chmod(tmp, 0o755)
        tree = Tree(os.path.join(tmp, "tree"))
        test_objects(tap, tree)
        test_headers(tap, tree)
        test_hunts(tap, tree)
        test_tool(tap, tmp)
    tap.done()


main()
