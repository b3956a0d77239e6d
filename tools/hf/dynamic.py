# SPDX-License-Identifier: GPL-2.0
"""What a program of the host needs beside itself: interpreter and libraries.

The dynamic loader is asked (INTERPRETER --list PROGRAM), so its answer is the
one the host would act on.  Everything keeps its path in the guest; so does the
program, which libraries may name their places after ($ORIGIN), with a link to
it in /bin.  Only what lies where the guest mounts something is moved to /host,
which a library named relative to its program does not notice.
"""
import os
import re
import shutil
import subprocess

from .paths import HarnessError

LOADER = "/lib64/ld-linux-x86-64.so.2"
MOUNTED = ("/dev/", "/proc/", "/sys/", "/tmp/")
CACHE = "/etc/ld.so.cache"
ENV = {k: v for k, v in os.environ.items() if not k.startswith("LD_")}
ENV["LC_ALL"] = "C"


def find(name):
    """A program as execvp(3) finds it; a name with no such program: itself."""
    if "/" not in name:
        name = shutil.which(name) or name
    return name


def _head(path, size=256):
    with open(path, "rb") as file:
        return file.read(size)


def _needs(path):
    """(interpreter or None, does it name libraries?) of an ELF file."""
    out = subprocess.run(["readelf", "-ldW", path], capture_output=True,
                         env=ENV, text=True, errors="replace", check=False)
    found = re.search(r"program interpreter: (.*)\]", out.stdout)
    return found and found.group(1), "(NEEDED)" in out.stdout


def libraries(path, strict=True):
    """Absolute paths of all that the ELF file `path` is loaded with; not
    strict: of what can be found of it."""
    interpreter, needed = _needs(path)
    if not interpreter and not needed:
        return []
    loader = interpreter or LOADER
    if not os.path.exists(loader):
        if strict:
            raise HarnessError(f"{path}: no interpreter {loader} here")
        return []
    if not needed:
        return [loader]
    got = subprocess.run([loader, "--list", path], capture_output=True,
                         env=ENV, text=True, check=False)
    missing = re.findall(r"^\s*(\S+) => not found", got.stdout, re.M)
    if strict and (got.returncode or missing):
        why = "not found: " + ", ".join(missing) if missing else (
            got.stderr.strip() or f"{loader} cannot load it")
        raise HarnessError(f"{path}: {why}")
    paths = re.findall(r"^\s*(?:\S+ => )?(/\S+) \(0x", got.stdout, re.M)
    return list(dict.fromkeys([loader] + paths))


def _place(path):
    """Where a file of the host lies in the guest."""
    return "/host" + path if path.startswith(MOUNTED) else path


def _unwinder(names):
    """What glibc loads by itself when a thread is cancelled or exits."""
    paths = [os.path.join(os.path.dirname(name), "libgcc_s.so.1")
             for name in names if os.path.basename(name) == "libc.so.6"]
    return [path for path in paths if os.path.exists(path)]


def _add_libraries(archive, names):
    for name in names + _unwinder(names):
        archive.host(os.path.realpath(name), _place(name))
        # A guest's processor may be too old for a variant like this one.
        plain = re.sub(r"/glibc-hwcaps/[^/]+", "", name)
        if plain != name and os.path.exists(plain):
            archive.host(os.path.realpath(plain), _place(plain))
    if names and os.path.exists(CACHE):
        archive.host(CACHE, CACHE)


def _add_interpreter(archive, line):
    """The interpreter that a #! line names, and what env(1) is to find."""
    words = line[2:].decode(errors="replace").split()
    if not words or not os.path.exists(words[0]) or os.path.lexists(
            archive.top + words[0]):
        return
    add_program(archive, words[0], words[0])
    if os.path.basename(words[0]) == "env" and len(words) > 1:
        name = find(words[1])
        if os.path.exists(name):
            add_program(archive, name)


def _is_elf(path):
    return _head(path, 4) == b"\x7fELF"


def stands_alone(path):
    """Is it a program that needs no other file to run?"""
    return _is_elf(path) and not libraries(path)


def add_needs(archive, path):
    """What a file, or the ELF files of a folder, need of the host to run, as
    far as it can be found."""
    if os.path.isdir(path):
        for top, _, names in os.walk(path):
            for file in (os.path.join(top, name) for name in names):
                if os.path.isfile(file) and _is_elf(file):
                    _add_libraries(archive, libraries(file, strict=False))
    elif _is_elf(path):
        _add_libraries(archive, libraries(path, strict=False))
    elif _head(path, 2) == b"#!":
        _add_interpreter(archive, _head(path).split(b"\n")[0])


def add_program(archive, program, guest=None):
    """A program with all it needs; its path in the guest (/bin/NAME)."""
    guest = guest or "/bin/" + os.path.basename(program)
    real = os.path.realpath(program)
    dynamic = _is_elf(real) and libraries(real)
    if dynamic and real != guest:
        archive.host(real, _place(real))
        archive.symlink(guest, _place(real))
    else:
        archive.host(real, guest)
    add_needs(archive, real)
    return guest
