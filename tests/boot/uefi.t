#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Boot through OVMF and the EFI loader: good images, then bad ones.

The bad images lie on disks of one machine.  The firmware's shell starts the
loader of each in turn: every one must print a line and come back, and the
good image, last in the list, must still boot after all of them, with all the
firmware's memory and past a memory map that went stale once.
"""
import os
import re
import struct
import tempfile

from boot import BUSYBOX, KERNEL, SECONDS, Run, Tap, initrd_of, shell
from hf import esp, machine
from hf.paths import BUILD, LOADER

tap = Tap()
run = Run("--boot", "uefi", "--swap", "32M", program=(
    BUSYBOX, "sh", "-c", "cat /proc/swaps | wc -l; echo out; "
    "echo err >&2; exit 11"))
tap.ok(run.status == 11, "q35: the program's status arrives", run)
tap.ok(run.out == "2\nout\n", "... and exactly its output", run)
run = shell("--boot", "uefi", "--machine", "pc", "--mem", "128M",
            script="exit 12")
tap.ok(run.status == 12, "pc, 128 MiB: boots", run)


def damaged(kernel):
    """Name, the kernel file's bytes (None: no file)."""
    phoff = struct.unpack_from("<Q", kernel, 32)[0]

    def with_bytes(at, data):
        return kernel[:at] + data + kernel[at + len(data):]

    yield "no kernel", None
    yield "empty", b""
    yield "cut in its headers", kernel[:100]
    yield "cut in its text", kernel[:0x8000]
    yield "not ELF", b"#!/bin/sh\n" + kernel[10:]
    yield "for another machine", with_bytes(18, b"\x28\0")
    yield "headers beyond the end", with_bytes(32, b"\xff" * 8)
    yield "60,000 headers", with_bytes(56, struct.pack("<H", 60000))
    yield "entry outside", with_bytes(24, struct.pack("<Q", 0x1000))
    yield "segment beyond the file", with_bytes(
        phoff + 8, struct.pack("<Q", 1 << 40))
    yield "segment that wraps", with_bytes(
        phoff + 16, struct.pack("<Q", (1 << 64) - 4096))
    yield "memory size 1 TiB", with_bytes(
        phoff + 40, struct.pack("<Q", 1 << 40))
    yield "memory size 0, but 1 MiB of file, beyond its end", with_bytes(
        phoff + 56 + 8, struct.pack("<5Q", 1 << 40, 1 << 63, 0, 1 << 20, 0))


def volume(folder, number, kernel, initrd, name):
    path = os.path.join(folder, f"{number}.img")
    file = os.path.join(folder, "kernel")
    if kernel is not None:
        with open(file, "wb") as out:
            out.write(kernel)
    esp.make(path, file if kernel is not None else None, initrd,
             machine.START_WORD, place=f"::/{name}.efi")
    esp.add_text(path, "::/case.txt", f"case {number}\r\n")
    return path


def start(folder, count):
    """A volume whose script runs the bad loaders, then the good one.

    Which number the firmware gives to a disk is not known, so every disk says
    which case it is before its loader runs.
    """
    path = os.path.join(folder, "start.img")
    lines = ["@echo -off"]
    for n in range(count + 1):
        lines += [f"if exist fs{n}:\\bad.efi then",
                  f"type fs{n}:\\case.txt", f"fs{n}:\\bad.efi", "endif"]
    for n in range(count + 1):
        lines += [f"if exist fs{n}:\\good.efi then", "memmap",
                  f"load fs{n}:\\stale.efi", f"fs{n}:\\good.efi", "endif"]
    esp.make_script(path, "\r\n".join(lines) + "\r\n")
    return path


def answers(text):
    """{case: what its loader printed}."""
    found, case = {}, None
    for line in text.splitlines():
        if line.startswith("case "):
            case = int(line[5:])
        elif case is not None and line.startswith("holdfast: "):
            found.setdefault(case, []).append(line)
    return found


with open(KERNEL, "rb") as source, tempfile.TemporaryDirectory() as tmp:
    good = source.read()
    with open(os.path.join(tmp, "initrd"), "wb") as out:
        out.write(initrd_of("exit 13"))
    archive = os.path.join(tmp, "initrd")
    cases = list(damaged(good))
    m = machine.Machine()
    m.timeout = SECONDS
    m.disks = [volume(tmp, n, data, archive, "bad")
               for n, (_, data) in enumerate(cases)]
    m.disks.append(volume(tmp, len(cases), good, archive, "good"))
    esp.add_file(m.disks[-1], "::/stale.efi",
                 os.path.join(BUILD, "stale_map.EFI"))
    m.esp = start(tmp, len(m.disks))
    log = []
    with machine.Session(m, lambda d: None, log.append,
                         lambda d: None) as session:
        result = session.finish()
    text = machine.plain(result.firmware)
    said = answers(text)
    for n, (name, _) in enumerate(cases):
        lines = said.get(n, [])
        tap.ok(len(lines) == 1 and len(lines[0]) < 100,
               f"kernel {name}: {' / '.join(lines)}", text)
    tap.ok(re.search(r"LoaderData *: +0 Pages", text),
           "they gave back the firmware's memory", text)
    tap.ok("stale map: Invalid Parameter" in text,
           "the good image's first memory map is stale", text)
    tap.ok(result.status == 13, "the good image boots after all of them",
           text, b"\n".join(log).decode(errors="replace"))
tap.ok(os.path.getsize(LOADER) < 300000, "the loader stays small")
tap.done()
