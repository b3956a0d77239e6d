# SPDX-License-Identifier: GPL-2.0
"""The oracle: Debian's own Linux kernel, unpacked under build/, not installed.

The image is unpacked once to a plain vmlinux: its own unpacking costs most of
a boot under TCG.  Bzimage header: Linux's Documentation/arch/x86/boot.rst.
"""
import glob
import os
import re
import struct
import subprocess

from .paths import HarnessError, build_path

META = "linux-image-cloud-amd64"
# Linux at its leanest, as docs/differences.md says the answers are taken.
COMMAND_LINE = ("mitigations=off nokaslr no_timer_check "
                "randomize_kstack_offset=off "
                "transparent_hugepage=never init_on_alloc=0 audit=0 "
                "apparmor=0 cryptomgr.notests quiet panic=-1 console=ttyS1")
# Linux keeps about this much to itself: it gets it on top of --mem, so that a
# program finds about as much memory free on either kernel.
OWN_MEMORY = 48 << 20
# In the order in which they must be loaded.
DISK_MODULES = ["virtio_ring", "virtio", "virtio_pci_modern_dev",
                "virtio_pci_legacy_dev", "virtio_pci", "virtio_blk"]
UNPACKERS = [(b"\x02\x21\x4c\x18", ["lz4", "-dc"]),
             (b"\xfd7zXZ\0", ["xz", "-dc"]),
             (b"\x28\xb5\x2f\xfd", ["zstd", "-dc"]),
             (b"\x1f\x8b\x08", ["gzip", "-dc"])]


def _run(command, **kwargs):
    return subprocess.run(command, capture_output=True, check=False, **kwargs)


def _package_name():
    out = _run(["apt-cache", "depends", META], text=True).stdout
    found = re.search(r"Depends: (linux-image-\d\S+)", out)
    return found.group(1) if found else None


def _update_lists():
    command = ["apt-get", "update", "-qq"]
    if os.geteuid() != 0:
        command.insert(0, "sudo")
    _run(command)


def _fetch(folder):
    name = _package_name()
    if not name:
        _update_lists()
        name = _package_name()
    if not name:
        raise HarnessError(f"apt does not know {META}; without it there is "
                           "no --kernel linux")
    got = _run(["apt-get", "download", name], cwd=folder, text=True)
    debs = glob.glob(os.path.join(folder, "*.deb"))
    if got.returncode or not debs:
        raise HarnessError(f"apt-get download {name}: {got.stderr.strip()}")
    got = _run(["dpkg-deb", "-x", debs[0], folder], text=True)
    if got.returncode:
        raise HarnessError(f"dpkg-deb: {got.stderr.strip()}")
    os.unlink(debs[0])


def _unpack_image(image, target):
    with open(image, "rb") as file:
        data = file.read()
    if data[0x202:0x206] != b"HdrS" and data[0x1fe:0x200] != b"\x55\xaa":
        raise HarnessError(f"{image} is not a bzImage")
    offset, length = struct.unpack_from("<II", data, 0x248)
    start = (data[0x1f1] + 1) * 512 + offset
    payload = data[start:start + length]
    for magic, command in UNPACKERS:
        if payload.startswith(magic):
            # The last four bytes are the size: some unpackers complain.
            plain = _run(command, input=payload[:-4]).stdout
            break
    else:
        raise HarnessError(f"{image}: unknown compression")
    if not plain.startswith(b"\x7fELF"):
        raise HarnessError(f"{image}: {command[0]} did not give a vmlinux")
    with open(target + ".new", "wb") as file:
        file.write(plain)
    os.rename(target + ".new", target)


def kernel():
    """Path of vmlinux, fetched and unpacked when it is not there yet."""
    vmlinux = build_path("linux", "vmlinux")
    folder = os.path.dirname(vmlinux)
    if not os.path.exists(vmlinux):
        if not glob.glob(os.path.join(folder, "boot", "vmlinuz-*")):
            _fetch(folder)
        image = glob.glob(os.path.join(folder, "boot", "vmlinuz-*"))[0]
        _unpack_image(image, vmlinux)
    return vmlinux


def disk_modules():
    """The disk's drivers, as far as they are modules."""
    folder = os.path.dirname(kernel())
    found = [glob.glob(f"{folder}/lib/modules/*/kernel/drivers/*/{name}.ko")
             for name in DISK_MODULES]
    return [paths[0] for paths in found if paths]


def add_modules(archive, modules):
    """Put modules, and the list that init reads, into `archive`."""
    for path in modules:
        archive.host(path, "/modules.d/" + os.path.basename(path))
    archive.data("/modules", "".join(
        f"/modules.d/{os.path.basename(m)}\n" for m in modules).encode())
