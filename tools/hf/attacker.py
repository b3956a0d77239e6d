# SPDX-License-Identifier: GPL-2.0
"""The attacker of memory programs (tools/mmrun --attack): he owns the disks.

The guest's executor (tests/mmrun/exec.c) says when it is his turn, and names
the program by a number N.  What he writes is N in byte 2 of a page; where, he
knows from outside: pages of files and of the image have labels, and what a
program's own pages look like is plain to see once they come to the swap disk.
"""
import mmap

from . import guest

PAGE, BLOCK = 4096, 1024     # of a file system: its pages lie anywhere
AT = 64                     # in a page: a label, or a secret
END = 80                    # behind these a program's pages are empty
EDITED = 2                  # the byte that is changed
MASK = (1 << 64) - 1
UNUSED = b"\xa5" * PAGE     # written to slots, so that zeros are news
SWAP, DISK = 8 << 20, "4M"


def secret(number):
    """The bytes that a memlocked task of this program stores: run.h."""
    found = bytearray()
    for i in range(END - AT):
        z = (number * 16 + i + 1) * 0x9e3779b97f4a7c15 & MASK
        found.append(((z ^ z >> 29) * 0xbf58476d1ce4e5b9 & MASK) >> 56)
    return bytes(found)


def make_disks(folder):
    """A swap disk and one for files, as the attacker wants them."""
    swap, disk = f"{folder}/swap.img", f"{folder}/disk.img"
    guest.make_swap(swap, SWAP)
    return swap, guest.make_ext2(disk, None, DISK)


class Attacker:
    def __init__(self, swap, disk):
        self.disks = []
        for path in (swap, disk):
            with open(path, "r+b") as file:
                self.disks.append(mmap.mmap(file.fileno(), 0))
        self.before = set()

    def answer(self, line):
        """What to say to a line of the guest's."""
        word, number, *rest = line.split()
        number = int(number)
        if word == "?wipe":
            self.disks[0][PAGE:] = UNUSED * (SWAP // PAGE - 1)
            return 0
        if word == "?begin":
            self.before = self.like_window()
            return 0
        if word == "?edit":
            return self.edit(number)
        if word == "?page":
            return self.edit_pages(number, "mmrun {}.{}.{}".format(
                number, *rest).encode() + b"\0")
        return sum(len(self.find(d, secret(number))) for d in self.disks)

    def like_window(self):
        """Pages of the swap disk that may be a program's."""
        swap, empty = self.disks[0], bytes(PAGE - END)
        return {at for at in range(PAGE, len(swap), PAGE)
                if swap[at + END:at + PAGE] == empty}

    def edit(self, number):
        """All that may be the program's."""
        changed = self.like_window() - self.before
        for at in changed:
            self.disks[0][at + EDITED] = number % 256
        return len(changed) + sum(
            self.edit_pages(number, label) for label in (
                f"mmrun {number}.".encode(), b"mmrun image"))

    def edit_pages(self, number, label):
        count = 0
        for disk in self.disks:
            for at in self.find(disk, label):
                disk[at + EDITED] = number % 256
                count += 1
        return count

    @staticmethod
    def find(disk, data):
        """Where the pages begin that have this at its place."""
        found, at = [], disk.find(data)
        while at >= 0:
            if at % BLOCK == AT:
                found.append(at - AT)
            at = disk.find(data, at + 1)
        return found
