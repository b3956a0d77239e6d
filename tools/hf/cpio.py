# SPDX-License-Identifier: GPL-2.0
"""Writes initial file systems: cpio archives in the "newc" format.

Written here and not by cpio(1), because every file must belong to root
whoever builds, and because an archive per test run has to cost nothing.
Format: Linux's Documentation/driver-api/early-userspace/buffer-format.rst.
"""
import os
import stat


class Archive:
    """Files by absolute guest path; a path added later replaces the first."""

    def __init__(self):
        self.entries = {}

    def folder(self, path, mode=0o755):
        path = path.strip("/")
        if path and path not in self.entries:
            self.folder(os.path.dirname(path))
            self.entries[path] = (stat.S_IFDIR | mode, b"")

    def _put(self, path, mode, data):
        path = path.strip("/")
        self.folder(os.path.dirname(path))
        self.entries[path] = (mode, data)

    def data(self, path, data, mode=0o644):
        self._put(path, stat.S_IFREG | mode, data)

    def symlink(self, path, target):
        self._put(path, stat.S_IFLNK | 0o777, target.encode())

    def node(self, path):
        """/dev/console, which Linux opens before process 1 can make it."""
        self._put(path, stat.S_IFCHR | 0o600, b"")

    def host(self, source, path):
        """A file or a whole folder of the host, owned by root in the guest."""
        st = os.lstat(source)
        if stat.S_ISLNK(st.st_mode):
            self.symlink(path, os.readlink(source))
        elif stat.S_ISDIR(st.st_mode):
            self.folder(path)
            for name in sorted(os.listdir(source)):
                self.host(os.path.join(source, name), f"{path}/{name}")
        elif stat.S_ISREG(st.st_mode):
            with open(source, "rb") as file:
                self.data(path, file.read(), stat.S_IMODE(st.st_mode))

    def bytes(self):
        out = bytearray()
        for inode, (path, (mode, data)) in enumerate(self.entries.items(), 1):
            links = 2 if stat.S_ISDIR(mode) else 1
            device = (5, 1) if stat.S_ISCHR(mode) else (0, 0)
            _entry(out, path, inode, mode, links, data, device)
        _entry(out, "TRAILER!!!", 0, 0, 1, b"", (0, 0))
        out.extend(bytes(-len(out) % 512))
        return bytes(out)


def _entry(out, path, inode, mode, links, data, device):
    name = path.encode() + b"\0"
    fields = (inode, mode, 0, 0, links, 0, len(data), 0, 0, *device,
              len(name), 0)
    out.extend(b"070701" + b"".join(b"%08x" % f for f in fields) + name)
    out.extend(bytes(-len(out) % 4))
    out.extend(data)
    out.extend(bytes(-len(out) % 4))


def join(first, second):
    """Two archives as one: the entries of both, one trailer at the end."""
    end = first.rindex(b"070701", 0, first.rindex(b"TRAILER!!!"))
    return first[:end] + second
