# SPDX-License-Identifier: GPL-2.0
"""Scripts that run Debian's programs, unmodified, under both kernels.

A file of tests/programs is a script; comments at its top say what it wants:

    # run: --mem 64M --timeout 60       a machine, in the words of tools/holdfast
    # packages: bash coreutils          what of Debian is on its disk
    # mask: [0-9]+ ms                   what of its output says nothing
    # set: long                         not in the ring that `make test` runs

All of one set share a disk with the files of their packages, as they are
installed here, and the libraries that these need.  A line `== NAME` of the
output begins a case.  A case passes if both kernels print the same for it, but
for the masks, and Linux has nothing to complain about: what does not run there
is a wrong test.  Cases that docs/differences.md names are to differ.
"""
import difflib
import glob
import hashlib
import os
import re
import shlex
import subprocess

from . import differences, dynamic
from .cpio import Archive
from .paths import ROOT, HarnessError, build_path

SCRIPTS = os.path.join(ROOT, "tests", "programs")
SECONDS = 300                    # a script's time, counted in the guest
CASE = "== "
COMPLAINT = "exits with "        # what tests/programs/lib.sh says
USELESS = re.compile(r"/usr/share/(doc|man|info|locale|lintian|bug)/")
ENV = dict(os.environ, LC_ALL="C",
           PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")


class Script:
    """A file of tests/programs, and what its first lines say."""

    def __init__(self, path):
        self.path, self.name = path, os.path.basename(path)
        words = {"run": "", "packages": "", "set": ""}
        self.masks = []
        with open(path, encoding="utf-8") as file:
            for line in file:
                if not line.startswith("#"):
                    break
                key, _, text = line[1:].strip().partition(": ")
                if key == "mask":
                    self.masks.append(re.compile(text))
                elif key in words:
                    words[key] = f"{words[key]} {text}".strip()
        self.run, self.seconds = shlex.split(words["run"]), SECONDS
        if "--timeout" in self.run:
            at = self.run.index("--timeout")
            self.seconds = int(self.run[at + 1])
            del self.run[at:at + 2]
        self.packages = words["packages"].split()
        self.set = words["set"] or "programs"


def scripts(which):
    found = [Script(path) for path in sorted(glob.glob(f"{SCRIPTS}/*"))
             if os.access(path, os.X_OK)]
    return [script for script in found if script.set == which]


# ---- the disk ---------------------------------------------------------------

def _files(packages):
    """Every file and link of the packages, as dpkg lists them."""
    absent = [name for name in packages if subprocess.run(
        ["dpkg", "-s", name], capture_output=True, check=False).returncode]
    if absent:
        raise HarnessError("not installed: " + " ".join(absent) +
                           " (apt-get install them)")
    got = subprocess.run(["dpkg", "-L", *packages], capture_output=True,
                         env=ENV, text=True, check=True)
    return sorted({path for path in got.stdout.splitlines()
                   if path.startswith("/") and not USELESS.match(path)})


def _fill(archive, files):
    for name in ("bin", "lib", "lib64", "sbin"):
        archive.folder(f"/usr/{name}")
        archive.symlink(f"/{name}", f"usr/{name}")
    archive.folder("/root", 0o700)
    archive.data("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"
                 b"user:x:1000:1000:user:/tmp:/bin/sh\n")
    archive.data("/etc/group", b"root:x:0:\nuser:x:1000:\n")
    archive.symlink("/etc/mtab", "../proc/self/mounts")
    for path in files:
        if os.path.isdir(path) and not os.path.islink(path):
            archive.folder(path)
        elif not os.path.lexists(archive.top + path):
            archive.host(path, path)
    for path in files:
        if os.path.isfile(path) and not os.path.islink(path) and (
                os.access(path, os.X_OK) or ".so" in path):
            dynamic.add_needs(archive, path)
    for name, link in (("awk", "gawk"), ("sh", "dash")):
        if os.path.exists(f"{archive.top}/usr/bin/{link}"):
            archive.symlink(f"/usr/bin/{name}", link)
    archive.host(SCRIPTS, "/tests")


def disk(which):
    """An ext2 image for the scripts of a set; made again when they change."""
    files = _files(sorted({p for s in scripts(which) for p in s.packages}))
    inputs = files + sorted(glob.glob(f"{SCRIPTS}/*")) + [__file__]
    stamp = hashlib.sha256(repr([(path, os.path.getmtime(path))
                                 for path in inputs if os.path.isfile(path)])
                           .encode()).hexdigest()
    image = build_path("programs", f"{which}.img")
    if os.path.exists(f"{image}.{stamp}"):
        return f"{image}.{stamp}"
    for old in glob.glob(f"{image}.*"):
        os.unlink(old)
    archive = Archive()
    _fill(archive, files)
    got = subprocess.run(["mke2fs", "-q", "-t", "ext2", "-b", "4096", "-N",
                          "32768", "-E", "root_owner=0:0", "-d", archive.top,
                          image, "1G"], env=ENV, capture_output=True,
                         text=True, check=False)
    if got.returncode:
        raise HarnessError(f"mke2fs: {got.stderr.strip()}")
    os.rename(image, f"{image}.{stamp}")
    return f"{image}.{stamp}"


def copy(image, target):
    """A copy to be written to; what is empty takes no room."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    subprocess.run(["cp", "--sparse=always", "--reflink=auto", image, target],
                   check=True)
    return target


# ---- comparing --------------------------------------------------------------

def _cases(lines, masks):
    """{name: its lines}, in order."""
    found = {"the beginning": []}
    name = "the beginning"
    for line in lines:
        line = line.strip("\x11\x13")      # flow control of the serial line
        for mask in masks:
            line = mask.sub("#", line)
        if line.startswith(CASE):
            name = line[len(CASE):]
            found[name] = []
        else:
            found[name].append(line)
    return found


def _judge(name, here, linux, differs):
    """(a line of TAP without its number, remarks)"""
    if linux is None or any(x.startswith(COMPLAINT) for x in linux):
        return f"not ok - {name}: fails under Linux", linux or ["not reached"]
    if here == linux:
        wrong = "not " if differs else ""
        return f"{wrong}ok - {name}", ["docs/differences.md says that it "
                                       "differs"] if differs else []
    if here is None:
        return f"not ok - {name}: not reached", []
    excuse = " # TODO docs/differences.md" if differs else ""
    return f"not ok - {name}{excuse}", list(difflib.unified_diff(
        linux, here, "linux", "holdfast", "", "", 2, ""))


def compare(script, here, linux):
    """TAP out of what a script printed under Holdfast and under Linux."""
    here, linux = (_cases(lines, script.masks) for lines in (here, linux))
    named = differences.cases().get(script.name, ())
    tap, number = [], 0
    for name in list(linux) + [n for n in here if n not in linux]:
        line, remarks = _judge(name, here.get(name), linux.get(name),
                               name in named)
        if name == "the beginning" and not here[name] and not linux[name]:
            continue
        number += 1
        tap.append(line.replace("ok -", f"ok {number} -", 1))
        tap += [f"# {remark}" for remark in remarks[:20]]
    return tap + [f"1..{number}"]
