# SPDX-License-Identifier: GPL-2.0
"""Initial file systems: files gathered in a folder, packed by cpio(1).

In the archive everything belongs to root, whoever builds.  Archives may be
put one behind the other; the kernels take a later file for an earlier one of
its name.
"""
import os
import shutil
import subprocess
import tempfile

from .paths import HarnessError


class Archive:
    """Files by absolute guest path; a path added later replaces the first."""

    def __init__(self):
        self._staging = tempfile.TemporaryDirectory(prefix="holdfast.")
        self.top = self._staging.name

    def _place(self, path):
        """Where a guest path is staged; its folder exists, it does not."""
        parts = [p for p in path.split("/") if p]
        if not parts or ".." in parts:
            raise HarnessError(f"not a path for the guest: {path}")
        if len(parts) > 1:
            self.folder("/".join(parts[:-1]))
        place = os.path.join(self.top, *parts)
        if os.path.lexists(place) and not os.path.isdir(place):
            os.unlink(place)
        return place

    def folder(self, path, mode=0o755):
        if path.strip("/"):
            place = self._place(path)
            if not os.path.isdir(place):
                os.mkdir(place)
                os.chmod(place, mode)

    def data(self, path, data, mode=0o644):
        place = self._place(path)
        with open(place, "wb") as file:
            file.write(data)
        os.chmod(place, mode)

    def symlink(self, path, target):
        os.symlink(target, self._place(path))

    def host(self, source, path):
        """A file or a whole folder of the host, with its modes."""
        if os.path.islink(source):
            self.symlink(path, os.readlink(source))
        elif os.path.isdir(source):
            self.folder(path)
            for name in sorted(os.listdir(source)):
                self.host(os.path.join(source, name), f"{path}/{name}")
        elif os.path.isfile(source):
            shutil.copy(source, self._place(path))

    def names(self):
        """Every path there is by now, relative to the root."""
        return {os.path.relpath(os.path.join(folder, name), self.top)
                for folder, folders, files in os.walk(self.top)
                for name in folders + files}

    def bytes(self):
        names = self.names()
        got = subprocess.run(
            ["cpio", "-o", "-0", "-H", "newc", "-R", "+0:+0",
             "--reproducible", "--quiet"], cwd=self.top, check=False,
            input=b"".join(os.fsencode(n) + b"\0" for n in sorted(names)),
            capture_output=True)
        if got.returncode:
            raise HarnessError(f"cpio: {got.stderr.decode().strip()}")
        return got.stdout
