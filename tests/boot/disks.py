# SPDX-License-Identifier: GPL-2.0
"""ext2 images for the boot tests: made, checked, and cut off from power."""
import os
import struct
import subprocess
import tempfile

from boot import SECONDS, machine
from hf.paths import KERNEL

ENV = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")


def host(*command, good=(0,)):
    got = subprocess.run(command, env=ENV, capture_output=True, text=True,
                         errors="replace", check=False)
    if got.returncode not in good:
        raise RuntimeError(f"{command}: {got.returncode}\n{got.stdout}"
                           f"{got.stderr}")
    return got.stdout


def clean(image):
    """What e2fsck finds to complain of; None: nothing."""
    got = subprocess.run(["e2fsck", "-fn", image], env=ENV, text=True,
                         capture_output=True, check=False)
    return None if got.returncode == 0 else got.stdout


def make_image(path, size, source=None, block=1024):
    words = ["-d", source] if source else []
    host("mke2fs", "-q", "-F", "-t", "ext2", "-b", str(block), "-E",
         "hash_seed=00000000-0000-0000-0000-000000000001", *words, path, size)


def boot_with(archive, disk_options, **settings):
    """A machine whose first disk is given as QEMU has it."""
    m = machine.Machine()
    m.kernel, m.timeout = KERNEL, SECONDS
    m.extra = disk_options
    for name, value in settings.items():
        setattr(m, name, value)
    out, log = bytearray(), []
    with tempfile.NamedTemporaryFile() as initrd:
        initrd.write(archive.bytes())
        initrd.flush()
        m.initrd = initrd.name
        with machine.Session(m, out.extend, log.append,
                             lambda data: None) as session:
            result = session.finish()
    return result, out.decode(errors="replace"), b"\n".join(log).decode(
        errors="replace")


def drive(path):
    return ["-drive", f"if=none,id=e,format=raw,cache=unsafe,file={path}",
            "-device", "virtio-blk-pci,drive=e"]


def logging_drive(image, log):
    """A disk that keeps every write and flush in a log."""
    open(log, "wb").close()
    file = "driver=file,cache.no-flush=on,node-name"
    return ["-blockdev", f"{file}=f,filename={image}",
            "-blockdev", f"{file}=l,filename={log}",
            "-blockdev", "driver=blklogwrites,node-name=d,file=f,log=l",
            "-device", "virtio-blk-pci,drive=d"]


def logged_writes(path):
    """(offset, bytes), or None for a flush, from the log of QEMU's
    blklogwrites (Linux's dm-log-writes form)."""
    with open(path, "rb") as file:
        log = file.read()
    count, sector = struct.unpack_from("<QI", log, 16)
    at, writes = sector, []
    for _ in range(count):
        where, length, flags, _ = struct.unpack_from("<QQQQ", log, at)
        at += sector
        if flags & 1:
            writes.append(None)
        if length and not flags & 12:              # no discard, no mark
            size = length * sector
            writes.append((where * sector, log[at:at + size]))
            at += size
    return writes


def cut_image(start, writes, cut, rng, size):
    """The disk when power went after `cut` writes.  rng: the disk had a cache
    and loses any of those since the last flush (not the acknowledgement)."""
    image = bytearray(start)
    safe = max((i for i in range(cut) if writes[i] is None), default=0)
    for number, write in enumerate(writes[:cut]):
        if write and (number < safe or not rng or write[0] >= size or
                      rng.random() < 0.5):
            image[write[0]:write[0] + len(write[1])] = write[1]
    return image


def acknowledged(image, size):
    """The number that the load wrote behind the file system: so much is safe."""
    with open(image, "rb") as file:
        file.seek(size)
        return int(file.read(16).rstrip(b"\0") or b"0")


def repair(image):
    """Why e2fsck cannot repair an image; None: it could."""
    got = subprocess.run(["e2fsck", "-fy", image], env=ENV, text=True,
                         capture_output=True, check=False)
    if got.returncode & ~3 or clean(image):
        return f"not repaired: {got.stdout}"
    return None
