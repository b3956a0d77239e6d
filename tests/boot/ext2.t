#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""ext2 from the disk's side: orderly ends, power cuts, damage, tight memory."""
import hashlib
import os
import random
import shutil
import tempfile

from boot import BUSYBOX, ROOT, Run, Tap, guest
from disks import (acknowledged, boot_with, clean, cut_image, drive, host,
                   logged_writes, logging_drive, make_image, repair)

tap = Tap()
GUEST = os.path.join(ROOT, "build", "guest")


def fill_folder(folder):
    """Files of every size, folders, links: what the images start with."""
    rng = random.Random(1)
    os.makedirs(os.path.join(folder, "a/b/c"))
    for n, size in enumerate((0, 1, 60, 1024, 5000, 20000, 70000)):
        with open(os.path.join(folder, f"a/f{n}"), "wb") as file:
            file.write(rng.randbytes(size))
    with open(os.path.join(folder, "a/b/deep"), "wb") as file:
        file.write(rng.randbytes(300000))
    os.symlink("a/f3", os.path.join(folder, "short"))
    os.symlink("x" * 300, os.path.join(folder, "long"))
    os.link(os.path.join(folder, "a/f4"), os.path.join(folder, "a/b/hard"))
    for n in range(40):
        with open(os.path.join(folder, f"a/b/c/name-{n}"), "wb") as file:
            file.write(b"small\n")


def damage(tmp):
    source, image = os.path.join(tmp, "src"), os.path.join(tmp, "good.img")
    fill_folder(source)
    make_image(image, "1M", source)
    disk = os.path.join(tmp, "damage.img")
    shutil.copy(image, disk)
    archive = guest.base()
    guest.add_program(archive, os.path.join(GUEST, "ext2_damage"), [])
    archive.host(image, "/damage.img")
    result, out, log = boot_with(archive, drive(disk), append="debug")
    tap.ok(result.status == 0 and "\nok 1" in out and "skip" not in out.lower(),
           "360 damaged images: errors, no crash, no loop", out, log)
    tap.ok(log.count("ext2 vda: ") > 150 and "lock order" not in log,
           "... and the log says what is wrong", log)


# ---- power cuts: every write of a run, replayed up to any of them -----------

FS_SIZE = 8 << 20
SIZES = (100, 5000, 20000, 90000, 300000, 64)      # tests/guest/ext2_cuts.c


def contents(n, size):
    return b"".join(b"%06d %08x\n" % (n, i) for i in range(size // 16))


def lost(image, folder):
    """What an image repaired after a cut has lost; None: nothing."""
    ack = acknowledged(image, FS_SIZE)
    why = repair(image)
    if why:
        return why
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    host("debugfs", "-R", f"rdump /keep {folder}", image)
    for n in range(ack):
        found = [os.path.join(folder, "keep", f"{n}{end}")
                 for end in ("", ".tmp")]
        if not any(os.path.exists(f) and open(f, "rb").read() ==
                   contents(n, SIZES[n % len(SIZES)]) for f in found):
            return f"file {n} of {ack} acknowledged"
    config = os.path.join(folder, "keep/config")
    data = open(config, "rb").read() if os.path.exists(config) else b""
    if ack > 1 and data not in [contents(n, 8000) for n in range(ack + 1)]:
        return f"config, {ack} acknowledged"
    return None


def power_cuts(tmp, block, number):
    image, log = os.path.join(tmp, "cut.img"), os.path.join(tmp, "cut.log")
    if os.path.exists(image):
        os.unlink(image)
    os.makedirs(os.path.join(tmp, "k/keep"))
    make_image(image, "8M", os.path.join(tmp, "k"), block)
    os.truncate(image, FS_SIZE + 4096)
    start = open(image, "rb").read()
    archive = guest.base()
    guest.add_program(archive, os.path.join(GUEST, "ext2_cuts"), [])
    result, out, klog = boot_with(archive, logging_drive(image, log),
                                  append="debug holdfast.root=/dev/vda")
    tap.ok(result.status == 0 and "\nok 1" in out and not clean(image),
           f"blocks of {block}: the load itself; clean at its end",
           out, klog, clean(image))
    writes = logged_writes(log)
    rng = random.Random(block)
    work, folder = os.path.join(tmp, "work.img"), os.path.join(tmp, "dump")
    bad = []
    for turn in range(number):
        cut = rng.randrange(len(writes))
        with open(work, "wb") as image:
            image.write(cut_image(start, writes, cut, turn % 2 and rng,
                                  FS_SIZE))
        why = lost(work, folder)
        if why:
            bad.append(f"cut after write {cut}: {why}")
    tap.ok(not bad, f"blocks of {block}: {number} cuts in {len(writes)} "
           "writes, what was fsynced is there", *bad[:3])
    shutil.rmtree(os.path.join(tmp, "k"))


# ---- one disk, two kernels ---------------------------------------------------

MAKE = """mkdir -p /d/e/f; cd /d; for i in 1 2 3 4 5 6 7 8 9; do
cp /busybox e/b$i; ln -s $i$i l$i; done; chown 70000:3 e/b1; chmod 4711 e/b2
mknod n c 5 1; ln e/b3 h; touch -d "1999-01-02 03:04:05" e/b4; rm e/b5
/busybox truncate -s 1000 e/b6; /busybox truncate -s 70000000 e/b6; mv e/f g"""
LIST = """cd /d; /busybox find . -exec /busybox stat -c \
"%n %F %a %u %g %h %s %b %y %z %t:%T %i" {} + | sort; md5sum e/b*"""


def exchange(tmp):
    """What one kernel writes, both see alike, and e2fsck likes."""
    source, image = os.path.join(tmp, "ex"), os.path.join(tmp, "ex.img")
    os.makedirs(source)
    shutil.copy(BUSYBOX, source)
    for writer, reader in (("holdfast", "linux"), ("linux", "holdfast")):
        if os.path.exists(image):
            os.unlink(image)
        make_image(image, "64M", source)
        run = Run("--kernel", writer, "--root", image,
                  program=("/busybox", "sh", "-c", f"{MAKE}\n{LIST}"))
        tap.ok(run.status == 0 and not clean(image),
               f"written by {writer}: clean", run, clean(image))
        seen = Run("--kernel", reader, "--root", image,
                   program=("/busybox", "sh", "-c", LIST))
        tap.ok(seen.out == run.out and run.out.count("\n") == 30,
               f"... and {reader} sees what {writer} saw", run, seen)


# ---- more data than memory ---------------------------------------------------


def pressure(tmp):
    source, image = os.path.join(tmp, "big"), os.path.join(tmp, "big.img")
    os.makedirs(os.path.join(source, "src"))
    sums = ""
    for n in range(4):
        data = random.Random(n).randbytes(25 << 20)
        sums += f"{hashlib.md5(data).hexdigest()}  /copy/f{n}\n"
        with open(os.path.join(source, f"src/f{n}"), "wb") as file:
            file.write(data)
    for program in (BUSYBOX, os.path.join(ROOT, "build/user/pressure")):
        shutil.copy(program, source)
    make_image(image, "256M", source, 4096)
    run = Run("--mem", "32M", "--swap", "64M", "--append", "debug", "--root",
              image, program=("/busybox", "sh", "-c", "/pressure 45 2 & "
                              "cp -r /src /copy && md5sum /copy/*; wait $!; "
                              "echo $?; cat /proc/holdfast/mm_check"))
    # (What pressure says comes between them, whenever it is done.)
    tap.ok(run.status == 0 and "\n0\nok" in run.out and
           all(line in run.out for line in sums.splitlines()),
           "100 MB copied in 32 MB of memory, while others swap", run, sums)
    tap.ok("lock order" not in run.err and not clean(image),
           "... and the image is clean", run.err, clean(image))


with tempfile.TemporaryDirectory() as top:
    exchange(top)
    pressure(top)
    power_cuts(top, 1024, 20)
    power_cuts(top, 4096, 20)
    damage(top)
tap.done()
