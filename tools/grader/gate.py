# SPDX-License-Identifier: GPL-2.0
"""May this object be linked with what judges it?

A student's code runs in one process with a host check, with the explorer (lab
6), with changed copies of mm/ (lab 7).  So it is looked at before: an object
made of a file of mm/ may name only what the kernel names, tests in work/ also
what tests are written with, and neither has anything that runs by itself.  Code
that keeps to that cannot read the secret, write a verdict or a report, end the
process or take the place of a function of the C library.  (Whoever puts machine
code into data and jumps there gets past this; the source shows it.)

A header is compiled into the judge itself.  It may not say anything that means
something there: no name that the judge or the C library has, no macro of a word
that occurs in the judge's sources.
"""
import glob
import os
import re
import subprocess

ASM = re.compile(r"\b(asm|__asm|__asm__)\b")
COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|"
                     r"'(?:\\.|[^'\\\n])*'", re.S)
# What a compiler calls by itself, and what lib/string.h has.
RUNTIME = re.compile(r"__(asan|ubsan|sanitizer|stack_chk)_\w+|mem\w+|"
                     r"str\w+|v?snprintf|_GLOBAL_OFFSET_TABLE_")
# What turns names into others, or code into something that runs by itself.
TRICKS = re.compile(r"##|\b(_Pragma|__attribute\w*)\b|^\s*#\s*("
                    r"pragma|undef|import|include(?!\s*<(?:mm|lib|arch|bsd/sys|"
                    r"linux)/[\w/]+\.h>)).*", re.M)
DEFINE = re.compile(r"^\s*#\s*define\s+(\w+)", re.M)
WORD = re.compile(r"[A-Za-z_]\w*")
JUDGE = ("checks", "tests", "arch/host")
STARTS = re.compile(r"\.(preinit_array|init_array|fini_array|ctors|dtors|init|"
                    r"fini)\b")
# The address sanitizer registers an object's variables: one entry each.
# The host's own, arch/host: a kernel sees these, and no more of it.
HOST = re.compile(r"host_(?!(fault_hook|irqs_off|not_ram|ram|ram_bytes)$)\w+")
# What tests are written with besides.
TESTS = re.compile(r"_assert_\w+|_fail|f?printf|puts|putchar|stdout|stderr|"
                   r"[mc]alloc|realloc|free")
# Enters the host's kernel, on x86-64 and on Arm.
CALL = re.compile(r"\t(syscall|sysenter|int\s+\$?0x80|svc\s.*)\s*$", re.M)
SANITIZER = re.compile(r"\.(init|fini)_array\.0*(99|1)")
LIBRARIES = ("libc.so.6", "libcmocka.so.0", "libasan.so.8", "libubsan.so.1")


def lines_of(*command):
    return subprocess.run(command, capture_output=True, text=True,
                          errors="replace", check=False).stdout.splitlines()


def elf_of(*paths):
    """What readelf says of objects: their sections, then their symbols."""
    return lines_of("readelf", "-SsW", *paths) if paths else []


def symbols(elf):
    """({names they define}, {names they need}, {indirect functions})"""
    defined, needed, indirect = set(), set(), set()
    for words in map(str.split, elf):
        if len(words) < 8:
            continue
        if words[4] in ("GLOBAL", "WEAK", "UNIQUE"):
            (needed if words[6] == "UND" else defined).add(words[7])
        if words[3] == "IFUNC":
            indirect.add(words[7])
    return defined, needed, indirect


def defined_names(*nm):
    return {line.split()[-1].split("@")[0] for line in lines_of("nm", *nm)
            if len(line.split()) == 3}


def library_names():
    paths = [lines_of("gcc", f"-print-file-name={x}") for x in LIBRARIES]
    return defined_names("-D", "--defined-only", *(
        path[0] for path in paths if path and os.path.isabs(path[0])))


def names_of(build, *parts):
    """What the objects in some folders define."""
    found = [os.path.join(at, name) for part in parts
             for at, _, files in os.walk(os.path.join(build, part))
             for name in files if name.endswith(".o")]
    return defined_names("--extern-only", "--defined-only", *found)


def read(path):
    if not os.path.isfile(path):
        return ""
    with open(path, encoding="utf-8", errors="replace") as file:
        return file.read()


def source_of(path):
    """As the compiler sees it: lines joined, no comments, no strings."""
    return COMMENT.sub(" ", re.sub(r"\\[ \t]*\n", "", read(path)))


def functions_of(build, *parts):
    found = [x for part in parts for x in glob.glob(
        os.path.join(build, part, "**", "*.o"), recursive=True)]
    return {line.split()[-1] for line in lines_of(
        "nm", "--extern-only", "--defined-only", *found)
        if line.split()[1:2] == ["T"]} if found else set()


def calls_itself(path):
    """Has an instruction that makes a system call?"""
    return CALL.search("\n".join(lines_of("objdump", "-d",
                                          "--no-show-raw-insn", path)))


def self_starting(elf):
    """Sections whose code runs before main, the sanitizer's apart."""
    for line in elf:
        found = re.match(r"\s*\[ *\d+\] (\S+)\s+\S+\s+\S+\s+\S+\s+(\S+)",
                         line)
        if not found or not STARTS.match(found[1]):
            continue
        if not (SANITIZER.fullmatch(found[1]) and int(found[2], 16) <= 8):
            yield found[1]


def data_as_code(elf):
    """Variables that lie in a section which can be executed."""
    code = set()
    for line in elf:
        found = re.match(r"\s*\[ *(\d+)\] \S+\s+PROGBITS.*\s(A?X|AX\w*)\s",
                         line)
        if found:
            code.add(found[1])
        words = line.split()
        if len(words) >= 8 and words[3] == "OBJECT" and words[6] in code:
            yield words[7]


class Gate:
    def __init__(self, tree, edits, known=()):
        """edits: the student's files; known: names that the handed-out
        objects had, all allowed."""
        self.tree, self.edits = tree, edits
        build = os.path.join(tree, "build", "unit")
        self.kernel = names_of(build, "mm", "lib", "arch")
        self.tests = names_of(build, "tests/unit")
        self.libraries = library_names()
        self.judge = functions_of(build, "checks", "tests")
        self.known = set(known)

    def may_name(self, source, name):
        if name in self.known or RUNTIME.fullmatch(name):
            return True
        if source.startswith("work/"):
            return (name in self.kernel or name in self.tests or
                    TESTS.fullmatch(name))
        return name in self.kernel and not HOST.fullmatch(name)

    def judge_words(self):
        return {word for part in JUDGE for path in glob.glob(
            os.path.join(self.tree, part, "**", "*.[ch]"), recursive=True)
            for word in WORD.findall(read(path))}

    def header_objections(self, name):
        """To one of the student's headers."""
        text = source_of(os.path.join(self.tree, name))
        tricks = TRICKS.search(text)
        if tricks:
            yield f"{name} has {tricks[0].strip()}, which a header may not"
        for word in sorted(set(WORD.findall(text)) & (
                self.judge | self.libraries)):
            if not RUNTIME.fullmatch(word):
                yield (f"{name} has the name {word}, which the checks or the "
                       "C library have")
        for word in sorted(set(DEFINE.findall(text)) & self.judge_words()):
            yield f"{name} defines {word}, which the checks use"

    def objections(self, name):
        """To an object of one of the student's files, as lines."""
        path = os.path.join(self.tree, name)
        if not os.path.exists(path):
            return
        source = next(x for x in self.edits
                      if name.endswith(f"/{x[:-2]}.o"))
        elf = elf_of(path)
        defined, needed, indirect = symbols(elf)
        owner = "the tests'" if source.startswith("work/") else "the kernel's"
        for name in sorted(needed):
            if not self.may_name(source, name):
                yield f"{source} uses {name}, which is not {owner}"
        for name in sorted(defined & self.libraries - self.known - {"main"}):
            yield f"{source} defines {name}, which the C library has"
        for name in sorted(indirect):
            yield f"{source}: {name} is an indirect function"
        for name in self_starting(elf):
            yield f"{source} has code that runs before main ({name})"
        for name in data_as_code(elf):
            yield f"{source}: {name} is data among code"
        if calls_itself(path):
            yield f"{source} makes a system call by itself"
        for file in sorted({source, source[:-2] + ".h"} & set(self.edits)):
            if ASM.search(source_of(os.path.join(self.tree, file))):
                yield f"{file} has assembly: it is to be plain C"
            if file.endswith(".h"):
                yield from self.header_objections(file)
