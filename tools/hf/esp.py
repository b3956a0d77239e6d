# SPDX-License-Identifier: GPL-2.0
"""The UEFI system partition: a FAT image made by mtools, without root.

The whole disk is one FAT file system, which firmware accepts from removable
media: \\EFI\\BOOT\\BOOTX64.EFI and, beside it, what that loader reads.
"""
import os
import subprocess

from .paths import LOADER, HarnessError

LAYOUT = {"kernel": "::/holdfast/kernel.elf", "initrd":
          "::/holdfast/initrd.cpio", "cmdline": "::/holdfast/cmdline.txt"}
ENV = dict(os.environ, MTOOLS_SKIP_CHECK="1",
           PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")


def _run(*command, data=None):
    got = subprocess.run(command, env=ENV, input=data, capture_output=True,
                         check=False)
    if got.returncode:
        raise HarnessError(f"{command[0]}: {got.stderr.decode().strip()}")


def _format(path, size):
    with open(path, "wb") as file:
        # FAT32 needs 65,525 clusters.
        file.truncate(max(size, 34 << 20))
    _run("mkfs.fat", "-F", "32", "-s", "1", "-n", "HOLDFAST", path)


def make(path, kernel, initrd, append, place="::/EFI/BOOT/BOOTX64.EFI"):
    """A bootable image at `path`; kernel or initrd None: left out."""
    files = [f for f in (LOADER, kernel, initrd) if f]
    for file in files:
        if not os.path.exists(file):
            raise HarnessError(f"{file} is not there (run make)")
    _format(path, sum(os.path.getsize(f) for f in files) + (4 << 20))
    _run("mmd", "-i", path, "::/EFI", "::/EFI/BOOT", "::/holdfast")
    _run("mcopy", "-i", path, LOADER, place)
    for name, source in (("kernel", kernel), ("initrd", initrd)):
        if source:
            _run("mcopy", "-i", path, source, LAYOUT[name])
    add_text(path, LAYOUT["cmdline"], append + "\n")
    return path


def add_text(path, place, text):
    _run("mcopy", "-i", path, "-", place, data=text.encode())


def add_file(path, place, source):
    _run("mcopy", "-i", path, source, place)


def make_script(path, text):
    """A volume that has only a script for the firmware's own shell."""
    _format(path, 0)
    add_text(path, "::/startup.nsh", text)
    return path
