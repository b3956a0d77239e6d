# SPDX-License-Identifier: GPL-2.0
"""What a guest finds in its initial file system, and its swap disks."""
import os
import subprocess
import uuid

from . import dynamic
from .cpio import Archive
from .paths import BUSYBOX, ROOT, HarnessError, build_path, size_bytes

PROFILE = b"""export PS1='holdfast:\\w\\$ '
alias ll='ls -l'
"""
WELCOME = b"""
This is Holdfast.  Things to try: free, ps, cat /proc/self/maps,
vmlock status, cat /proc/vmstat | grep unevictable, poweroff.
"""


def user_program(name):
    path = build_path("user", name)
    if not os.path.exists(path):
        raise HarnessError(f"{path} is not built yet (run make)")
    return path


def base(init=None):
    """Process 1 (this tree's own by default) and the folders it expects."""
    archive = Archive()
    for folder in ("dev", "proc", "sys", "bin", "etc", "root"):
        archive.folder(folder)
    archive.folder("tmp", 0o1777)
    archive.data("/etc/passwd", b"root:x:0:0:root:/root:/bin/sh\n"
                 b"user:x:1000:1000:user:/tmp:/bin/sh\n")
    archive.data("/etc/group", b"root:x:0:\nuser:x:1000:\n")
    archive.host(init or user_program("init"), "/init")
    return archive


def add_commands(archive):
    """busybox with a link for each of its commands that is not there yet."""
    if not os.path.exists(BUSYBOX):
        raise HarnessError(f"no {BUSYBOX} (Debian package busybox-static)")
    got = subprocess.run([BUSYBOX, "--list"], capture_output=True, text=True,
                         check=False)
    have = archive.names() | {"bin/busybox"}
    archive.host(BUSYBOX, "/bin/busybox")
    for name in got.stdout.split():
        if f"bin/{name}" not in have:
            archive.symlink(f"/bin/{name}", "busybox")


def add_shell(archive):
    """What a shell calls, and our own programs."""
    add_commands(archive)
    for name in ("vmlock", "keeper", "pressure"):
        if os.path.exists(os.path.join(ROOT, "build", "user", name)):
            archive.host(user_program(name), f"/bin/{name}")
    archive.data("/etc/profile", PROFILE + b"cat /etc/motd\n")
    archive.data("/etc/motd", WELCOME)


def add_extra(archive, spec):
    """HOST or HOST:GUEST, as --add takes it: a file, a folder, or the name of
    a program on PATH, with the libraries that it needs."""
    host, _, guest = spec.partition(":")
    if not os.path.lexists(host):
        program = dynamic.find(host)
        if program == host:
            raise HarnessError(f"--add {host}: no such file or folder")
        dynamic.add_program(archive, program, guest or None)
        return
    real = os.path.realpath(host)
    archive.host(real, guest or "/" + os.path.basename(
        os.path.normpath(host)))
    if os.path.isdir(real) or os.path.isfile(real):
        dynamic.add_needs(archive, real)


def add_program(archive, program, arguments):
    """The program under its own name in /bin; its path in the guest."""
    program = dynamic.find(program)
    if not os.path.isfile(program):
        raise HarnessError(f"{program}: no such program")
    if not os.access(program, os.X_OK):
        raise HarnessError(f"{program}: not executable")
    guest = dynamic.add_program(archive, program)
    add_command(archive, guest, arguments)
    return guest


def bring(archive, names):
    """Process 1 is to copy these files to the root disk, if it has none of
    that name, and to remove them at the end."""
    paths = set()
    for name in names:
        while name:
            paths.add("/" + name)
            name = os.path.dirname(name)
    archive.data("/holdfast.bring", "".join(
        path + "\n" for path in sorted(paths)).encode())


def in_root(root, program):
    """Does a root folder or image have it?"""
    if not program.startswith("/"):
        return False
    if os.path.isdir(root):
        return os.path.lexists(root + program)
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
    got = subprocess.run(["debugfs", "-R", f"stat {program}", root], env=env,
                         capture_output=True, text=True, check=False)
    return "Inode:" in got.stdout


def add_command(archive, program, arguments):
    """What process 1 is to run, by its path in the guest."""
    words = [os.fsencode(word) for word in [program, *arguments]]
    archive.data("/holdfast.argv", b"\0".join(words) + b"\0")


def make_swap(path, size):
    """A fresh swap disk of `size` bytes, sparse, made by mkswap."""
    with open(path, "wb") as file:
        file.truncate(size)
    os.chmod(path, 0o600)
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
    got = subprocess.run(["mkswap", "-U", str(uuid.uuid4()), path], env=env,
                         capture_output=True, text=True, check=False)
    if got.returncode:
        raise HarnessError(f"mkswap: {got.stderr.strip()}")
    return path


def make_ext2(path, source, size):
    """A fresh ext2 disk with what a folder has (None: with nothing); size as
    mke2fs takes it."""
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
    copy = ["-d", source] if source else []
    got = subprocess.run(["mke2fs", "-q", "-F", "-t", "ext2", *copy, path,
                          size], env=env, capture_output=True, text=True,
                         check=False)
    if got.returncode:
        raise HarnessError(f"mke2fs: {got.stderr.strip()}")
    return path


def swap_disk(text, folder):
    """--swap SIZE|FILE: an image that exists is used as it is."""
    if os.path.exists(text):
        return os.path.abspath(text)
    size = size_bytes(text)
    if size < 40960:
        raise HarnessError("a swap disk has at least 40K")
    return make_swap(os.path.join(folder, "swap.img"), size)
