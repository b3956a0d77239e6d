# SPDX-License-Identifier: GPL-2.0
"""Where things lie, and the one kind of error that tools report in a line."""
import os
import platform

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build")
KERNEL = os.path.join(BUILD, "holdfast.elf")
LOADER = os.path.join(BUILD, "BOOTX64.EFI")
# Where distributions have the guest's shell; the last is tools/deps's own copy,
# on a host that could not run it.
BUSYBOX = next((path for path in ("/bin/busybox", "/usr/sbin/busybox")
                if platform.machine() == "x86_64" and os.path.exists(path)),
               os.path.join(BUILD, "host/bin/busybox"))

# OVMF's places, best first: the 2 MB build without a variable store is the
# quickest (it saves 0.4 s of 3).
OVMF = ["/usr/share/ovmf/OVMF.fd", "/usr/share/qemu/OVMF.fd",
        "/usr/share/edk2/x64/OVMF.4m.fd", "/usr/share/edk2/ovmf/OVMF.fd",
        "/usr/share/OVMF/OVMF_CODE.fd", "/usr/share/OVMF/OVMF_CODE_4M.fd"]


class HarnessError(Exception):
    """Something outside the guest is wrong; ends a tool with status 125."""


def build_path(*parts):
    """A path under build/, whose folder exists."""
    path = os.path.join(BUILD, *parts)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    return path


def size_bytes(text):
    """'64M' -> bytes; plain numbers are bytes."""
    units = {"K": 10, "M": 20, "G": 30}
    number, unit = text, 0
    if text and text[-1].upper() in units:
        number, unit = text[:-1], units[text[-1].upper()]
    if not number.isdigit():
        raise HarnessError(f"not a size: {text} (examples: 64M, 2G)")
    return int(number) << unit
