# SPDX-License-Identifier: GPL-2.0
"""May this object be linked into a host check?

A student's code runs there in one process with what judges it.  So it is
looked at before: an object made of a file of mm/ may name only what the kernel
names, and have nothing that runs by itself.  Code that keeps to that cannot
read the secret, write a verdict, end the process or take the place of a
function of the C library.  (Whoever puts machine code into data and jumps there
gets past this; the source shows it.)
"""
import os
import re
import subprocess

ASM = re.compile(r"\b(asm|__asm|__asm__)\b")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"", re.S)
# What a compiler calls by itself, and what lib/string.h has.
RUNTIME = re.compile(r"__(asan|ubsan|sanitizer|stack_chk)_\w+|mem\w+|"
                     r"str\w+|v?snprintf|_GLOBAL_OFFSET_TABLE_")
STARTS = re.compile(r"\.(preinit_array|init_array|fini_array|ctors|dtors|init|"
                    r"fini)\b")
# The address sanitizer registers an object's variables: one entry each.
SANITIZER = re.compile(r"\.(init|fini)_array\.0*(99|1)")
LIBRARIES = ("libc.so.6", "libcmocka.so.0", "libasan.so.8", "libubsan.so.1")


def lines_of(*command):
    return subprocess.run(command, capture_output=True, text=True,
                          errors="replace", check=False).stdout.splitlines()


def symbols(path):
    """({names it defines}, {names it needs}, {indirect functions})"""
    defined, needed, indirect = set(), set(), set()
    for line in lines_of("nm", "--extern-only", path):
        kind, name = line.split()[-2:]
        if kind in "Uvw":
            needed.add(name)
        else:
            defined.add(name)
        if kind == "i":
            indirect.add(name)
    return defined, needed, indirect


def defined_names(*nm):
    return {line.split()[-1].split("@")[0] for line in lines_of("nm", *nm)
            if len(line.split()) == 3}


def library_names():
    paths = [lines_of("gcc", f"-print-file-name={x}") for x in LIBRARIES]
    return defined_names("-D", "--defined-only", *(
        path[0] for path in paths if path and os.path.isabs(path[0])))


def kernel_names(build):
    """What mm/, lib/ and the host's arch define."""
    found = [os.path.join(at, name) for part in ("mm", "lib", "arch")
             for at, _, files in os.walk(os.path.join(build, part))
             for name in files if name.endswith(".o")]
    return defined_names("--extern-only", "--defined-only", *found)


def self_starting(path):
    """Sections whose code runs before main, the sanitizer's apart."""
    for line in lines_of("readelf", "-SW", path):
        found = re.match(r"\s*\[ *\d+\] (\S+)\s+\S+\s+\S+\s+\S+\s+(\S+)",
                         line)
        if not found or not STARTS.match(found[1]):
            continue
        if not (SANITIZER.fullmatch(found[1]) and int(found[2], 16) <= 8):
            yield found[1]


def data_as_code(path):
    """Variables that lie in a section which can be executed."""
    code = set()
    for line in lines_of("readelf", "-SW", path):
        found = re.match(r"\s*\[ *(\d+)\] \S+\s+PROGBITS.*\s(A?X|AX\w*)\s",
                         line)
        if found:
            code.add(found[1])
    for line in lines_of("readelf", "-sW", path):
        words = line.split()
        if len(words) >= 8 and words[3] == "OBJECT" and words[6] in code:
            yield words[7]


class Gate:
    def __init__(self, tree, known=()):
        """known: names that the handed-out objects had, all allowed."""
        self.tree = tree
        self.build = os.path.join(tree, "build", "unit")
        self.kernel = kernel_names(self.build)
        self.libraries = library_names()
        self.known = set(known)

    def objections(self, source):
        """To the host object of one of the student's files, as lines."""
        path = os.path.join(self.build, source[:-2] + ".o")
        if not source.endswith(".c") or not os.path.exists(path):
            return
        defined, needed, indirect = symbols(path)
        for name in sorted(needed - self.kernel - self.known):
            if not RUNTIME.fullmatch(name):
                yield (f"{source} uses {name}(), which is not the kernel's: "
                       "mm/ knows nothing of the C library")
        for name in sorted(defined & self.libraries - self.known):
            yield f"{source} defines {name}, which the C library has"
        for name in sorted(indirect):
            yield f"{source}: {name} is an indirect function"
        for name in self_starting(path):
            yield f"{source} has code that runs before main ({name})"
        for name in data_as_code(path):
            yield f"{source}: {name} is data among code"
        with open(os.path.join(self.tree, source), encoding="utf-8",
                  errors="replace") as file:
            text = COMMENT.sub(" ", file.read())
        if ASM.search(text) and source.startswith("mm/"):
            yield f"{source} has assembly: mm/ is plain C"
