# SPDX-License-Identifier: GPL-2.0
"""What a student handed in: a folder or an archive that nobody trusts.

Only the files that the lab says are handed in are taken, and only as what they
are: regular files of a sensible size, by their path, or by their name alone if
that is enough (upload forms drop folders).  Nothing is unpacked: links, devices
and paths that lead out are names that nobody asks for.
"""
import bz2
import gzip
import lzma
import os
import posixpath
import stat
import tarfile
import zipfile
from fnmatch import fnmatchcase

FILE_BYTES = 1 << 20        # the largest file of mm/ has 30 kB
ALL_BYTES = 256 << 20       # of an archive, unpacked
ENTRIES = 20000
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".zip")


class SubmissionError(Exception):
    """It cannot be read, or is too much."""


class Counted:
    """A file that refuses to be read beyond a limit."""

    def __init__(self, file):
        self.file, self.left = file, ALL_BYTES

    def read(self, size=-1):
        data = self.file.read(min(size, self.left + 1) if size >= 0 else
                              self.left + 1)
        self.left -= len(data)
        if self.left < 0:
            raise SubmissionError(
                f"the archive has more than {ALL_BYTES >> 20} MB")
        return data


def wanted(name, edits):
    """The file of `edits` that a path of the submission is, or None; a path
    that ends as an edit does, or has its last name."""
    name = posixpath.normpath(name.replace("\\", "/"))
    if name.startswith(("/", "..")):
        return None, 0
    for edit in edits:
        parts = edit.count("/") + 1
        tail = "/".join(name.split("/")[-parts:])
        if fnmatchcase(tail, edit) and "/" not in tail[len(
                posixpath.dirname(edit)) + 1:]:
            return tail, 2
    for edit in edits:
        if posixpath.basename(name) == posixpath.basename(edit):
            return edit, 1
    return None, 0


class Taken:
    """Files by their path in the lab; a better match replaces a worse."""

    def __init__(self, edits):
        self.edits, self.files, self.rank = edits, {}, {}
        self.notes = []

    def offer(self, name, size, read):
        target, rank = wanted(name, self.edits)
        if not target or rank <= self.rank.get(target, 0):
            return
        if size > FILE_BYTES:
            self.notes.append(f"{target} has {size} bytes: not taken")
            return
        data = read()
        if len(data) > FILE_BYTES:
            self.notes.append(f"{target} is too large: not taken")
            return
        self.files[target], self.rank[target] = data, rank


def read_regular(path):
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(fd, "rb") as file:
        return file.read(FILE_BYTES + 1)


def from_folder(path, taken):
    seen = 0
    for at, folders, files in os.walk(path):
        folders[:] = sorted(x for x in folders if x not in (".git", "build"))
        for name in sorted(files):
            seen += 1
            if seen > ENTRIES:
                raise SubmissionError(f"more than {ENTRIES} files")
            full = os.path.join(at, name)
            info = os.lstat(full)
            if not stat.S_ISREG(info.st_mode):
                target = wanted(os.path.relpath(full, path), taken.edits)[0]
                if target:
                    taken.notes.append(f"{target} is not a regular file: "
                                       "not taken")
                continue
            taken.offer(os.path.relpath(full, path), info.st_size,
                        lambda full=full: read_regular(full))


def from_zip(path, taken):
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        if len(members) > ENTRIES:
            raise SubmissionError(f"more than {ENTRIES} files")
        for member in members:
            kind = stat.S_IFMT(member.external_attr >> 16)
            if member.is_dir() or kind not in (0, stat.S_IFREG):
                continue

            def read(member=member):
                with archive.open(member) as file:
                    return file.read(FILE_BYTES + 1)
            taken.offer(member.filename, member.file_size, read)


def from_tar(file, taken):
    with tarfile.open(fileobj=Counted(file), mode="r|") as archive:
        for number, member in enumerate(archive):
            if number > ENTRIES:
                raise SubmissionError(f"more than {ENTRIES} files")
            if member.isreg():
                taken.offer(member.name, member.size, lambda m=member:
                            archive.extractfile(m).read(FILE_BYTES + 1))


def from_archive(path, taken):
    with open(path, "rb") as file:
        magic = file.read(6)
    if magic[:2] == b"PK":
        return from_zip(path, taken)
    opener = (gzip.open if magic[:2] == b"\x1f\x8b" else
              bz2.open if magic[:3] == b"BZh" else
              lzma.open if magic == b"\xfd7zXZ\0" else open)
    with opener(path, "rb") as file:
        return from_tar(file, taken)


def take(path, edits):
    """A Taken with what the submission has of `edits`."""
    taken = Taken(edits)
    try:
        if os.path.isdir(path) and not os.path.islink(path):
            from_folder(path, taken)
        elif os.path.isfile(path):
            from_archive(path, taken)
        else:
            raise SubmissionError("neither a folder nor a file")
    except (OSError, EOFError, ValueError, RuntimeError, NotImplementedError,
            tarfile.TarError, zipfile.BadZipFile, lzma.LZMAError) as error:
        raise SubmissionError(f"cannot be read: {error}") from error
    for edit in edits:
        if not any(fnmatchcase(x, edit) for x in taken.files):
            taken.notes.append(f"{edit} was not handed in: the file that was "
                               "handed out is graded in its place")
    return taken


def same(path, data):
    if os.path.islink(path) or not os.path.isfile(path):
        return False
    with open(path, "rb") as file:
        return file.read() == data


def lay_over(taken, tree):
    """What is as it was handed out is not compiled again."""
    for name, data in taken.files.items():
        target = os.path.join(tree, name)
        if same(target, data):
            continue
        os.makedirs(os.path.dirname(target), exist_ok=True)
        if os.path.lexists(target):
            os.unlink(target)
        with open(target, "wb") as file:
            file.write(data)
