#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What is taken from a submission: the lab's files, and nothing by any way
around."""
import io
import os
import tarfile
import tempfile
import zipfile

from graders import Tap
from grader import many, submission

# What the grader allows, made small: these archives are written here.
submission.ALL_BYTES, submission.ENTRIES = 16 << 20, 500
EDITS = ["mm/vma.c", "mm/mlock.c", "work/*.c"]
tap = Tap()


def tar(path, *members, mode="w"):
    """Members: (name, bytes), or (name, a type, where it leads)."""
    with tarfile.open(path, mode) as archive:
        for name, *what in members:
            info = tarfile.TarInfo(name)
            if isinstance(what[0], bytes) and len(what) == 1:
                info.size = len(what[0])
                archive.addfile(info, io.BytesIO(what[0]))
            else:
                info.type, info.linkname = what
                archive.addfile(info)
    return path


def zipped(path, *members):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members:
            archive.writestr(name, data)
    return path


def files(path):
    return submission.take(path, EDITS).files


def refused(path):
    try:
        return not submission.take(path, EDITS)
    except submission.SubmissionError as error:
        return str(error)


with tempfile.TemporaryDirectory() as tmp:
    def at(name):
        return os.path.join(tmp, name)

    good = [("lab1/mm/vma.c", b"v"), ("lab1/mm/mlock.c", b"m"),
            ("lab1/work/a.c", b"a"), ("lab1/Makefile", b"all:; rm -rf /"),
            ("lab1/work/deep/b.c", b"b")]
    want = {"mm/vma.c": b"v", "mm/mlock.c": b"m", "work/a.c": b"a"}
    for end, mode in (("tar", "w"), ("tgz", "w:gz"), ("tar.xz", "w:xz"),
                      ("tar.bz2", "w:bz2")):
        got = files(tar(at(f"good.{end}"), *good, mode=mode))
        tap.ok(got == want, f"{end}: the lab's files and no others", got)
    got = files(zipped(at("good.zip"), *good))
    tap.ok(got == want, "zip: the same", got)
    got = files(zipped(at("flat.zip"), ("vma.c", b"v"), ("x/mlock.c", b"m")))
    tap.ok(got == {"mm/vma.c": b"v", "mm/mlock.c": b"m"},
           "names alone are enough", got)
    got = files(tar(at("out.tar"), ("../mm/vma.c", b"v"),
                    ("/mm/mlock.c", b"m"), ("work/../../../x.c", b"x")))
    tap.ok(not got, "paths that lead out are not taken", got)
    got = submission.take(tar(
        at("link.tar"), ("mm/vma.c", tarfile.SYMTYPE, "/etc/passwd"),
        ("mm/mlock.c", tarfile.LNKTYPE, "/etc/passwd"),
        ("work/p.c", tarfile.FIFOTYPE, ""),
        ("work/d.c", tarfile.CHRTYPE, "")), EDITS)
    tap.ok(not got.files and len(got.notes) == 3,
           "links, pipes and devices in an archive are not", got.notes)
    folder = at("folder")
    os.makedirs(folder + "/mm")
    os.symlink("/etc/passwd", folder + "/mm/vma.c")
    os.mkfifo(folder + "/mm/mlock.c")
    os.symlink("/etc", folder + "/work")
    got = submission.take(folder, EDITS)
    tap.ok(not got.files and any("not a regular" in x for x in got.notes),
           "nor in a folder", got.files, got.notes)
    bomb = zipped(at("bomb.zip"), ("mm/vma.c", bytes(20 << 20)),
                  ("mm/mlock.c", b"m"))
    got = submission.take(bomb, EDITS)
    tap.ok(got.files == {"mm/mlock.c": b"m"} and "not taken" in got.notes[0],
           f"a zip bomb of {os.path.getsize(bomb)} bytes", got.notes)
    why = refused(tar(at("bomb.tgz"), ("x", bytes(submission.ALL_BYTES)),
                      ("mm/vma.c", b"v"), mode="w:gz"))
    tap.ok("more than" in str(why), "a compressed tar that has no end", why)
    why = refused(tar(at("many.tar"), *((f"f{n}", b"") for n in range(
        submission.ENTRIES + 2))))
    tap.ok("files" in str(why), "too many files", why)
    for name, data in (("empty.tar", b""), ("noise.zip", b"PK" + b"\xff" * 99),
                       ("noise.tgz", b"\x1f\x8b" + b"x" * 99),
                       ("cut.xz", b"\xfd7zXZ\0abc")):
        with open(at(name), "wb") as file:
            file.write(data)
        why = refused(at(name))
        tap.ok("cannot be read" in str(why), f"{name} is one line", why)
    tree = at("tree")
    os.makedirs(tree + "/mm")
    os.symlink(at("elsewhere"), tree + "/mm/vma.c")
    submission.lay_over(submission.take(at("good.zip"), EDITS), tree)
    tap.ok(not os.path.exists(at("elsewhere")) and
           open(tree + "/mm/vma.c", "rb").read() == b"v",
           "a link in the tree is replaced, not followed")
    names = ["a b", "-rf", "..", "x;y", "\udcff", "\u00e4", "new\nline"]
    safe = [many.file_name(x) for x in names]
    tap.ok(len(set(safe)) == len(names) and all(
        x.isascii() and "/" not in x and x[0] != "." for x in safe),
        "any name gives a plain file name of its own", safe)
    tap.ok(many.plain_cell("=1+1") == "'=1+1" and
           "\x1b" not in many.readable("\x1b[2J"),
           "a name is no formula and no terminal code")
tap.done()
