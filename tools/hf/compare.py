# SPDX-License-Identifier: GPL-2.0
"""One program under two kernels, and what differs, side by side.

Both runs get the same options, the same initrd but for Linux's modules, the
same date, and disks that begin alike: an image of the caller's is copied for
each, and the caller's own stays as it is.  What is compared is standard
output, standard error and status, each for itself: how the first two mix is a
matter of time.  Of our own test programs, remarks on what passed are left out,
and the cases that docs/differences.md names.
"""
import copy
import os
import shutil
import subprocess
import sys
import time

from . import differences, machine
from .paths import HarnessError


class Answer:
    """How a program ended under one kernel, and what it said."""

    def __init__(self, m, clock, program):
        m.clock = clock
        out, err, self.log = bytearray(), bytearray(), []
        with machine.Session(m, out.extend, self.log.append,
                             err.extend) as session:
            result = session.finish()
        status = 124 if result.timed_out else result.status
        self.status = status
        self.why = result.qemu_error.decode(errors="replace").strip()
        if differences.is_ours(program):
            out, status = _explained(out, status, program)
        self.parts = [("standard output", bytes(out)),
                      ("standard error", bytes(err)),
                      ("status", f"{status}\n".encode())]


def _explained(out, status, program):
    text, excused = differences.without(out.decode(errors="replace"), program)
    return text.encode(), 0 if status == 1 and excused else status


def _own_disks(o, folder):
    """Copies of the disk images that the options name, as options."""
    def own(path, name):
        if not os.path.isfile(path):
            return path
        return shutil.copy(path, os.path.join(folder, name))

    o.swap = [own(path, f"own-swap{n}") for n, path in enumerate(o.swap)]
    if o.root:
        o.root = own(o.root, "own-root")


def _ask(o, kernel, folder, clock, configure):
    o = copy.copy(o)
    o.kernel = kernel
    os.makedirs(folder, exist_ok=True)
    _own_disks(o, folder)
    answer = Answer(configure(o, folder), clock,
                    os.path.basename(o.program))
    if o.klog:
        with open(f"{o.klog}.{os.path.basename(folder)}", "wb") as file:
            file.writelines(line + b"\n" for line in answer.log)
    if answer.status is None:
        sys.stderr.buffer.write(b"\n".join(answer.log[-30:]) + b"\n")
        raise HarnessError(f"{kernel}: the guest ended without a word "
                           f"{answer.why}")
    return answer


def _input(o, folder):
    """Input of the tool is read once, for both."""
    if o.stdin == "-":
        o.stdin = os.path.join(folder, "stdin")
        with open(o.stdin, "wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)


def _side_by_side(folder, names, texts):
    paths = [os.path.join(folder, f"{n}-answer") for n in ("one", "two")]
    for path, text in zip(paths, texts):
        with open(path, "wb") as file:
            file.write(text)
    width = max(shutil.get_terminal_size((130, 24)).columns, 60)
    half = (width - 3) // 2
    got = subprocess.run(["diff", "-y", "-a", "-t", "-W", str(width), *paths],
                         capture_output=True, check=False)
    if got.returncode > 1:
        raise HarnessError(f"diff: {got.stderr.decode().strip()}")
    sys.stdout.buffer.write(f"{names[0]:<{half}}   {names[1]}\n".encode() +
                            got.stdout)
    sys.stdout.flush()


def both(o, folder, configure):
    """0: both kernels answer alike; 1: they do not, and it was shown."""
    if o.kernel == "linux":
        raise HarnessError("diff is with Linux: --kernel is the other one")
    o.memlock = o.memlock or "task"
    _input(o, folder)
    names = (o.kernel, "linux")
    clock = time.strftime("%Y-%m-%dT%H:%M:00", time.gmtime())
    answers = [_ask(o, name, os.path.join(folder, side), clock, configure)
               for name, side in zip(names, ("holdfast", "linux"))]
    alike = True
    for (title, one), (_, two) in zip(*(a.parts for a in answers)):
        if one != two:
            alike = False
            print(f"---- {title} ----", flush=True)
            _side_by_side(folder, names, (one, two))
    return 0 if alike else 1
