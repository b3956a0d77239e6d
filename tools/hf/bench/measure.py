# SPDX-License-Identifier: GPL-2.0
"""Runs the programs of tests/bench under -icount: {name: instructions}.

A count does not hang on how busy the host is, so machines run beside each
other, as many as there are processors.  But how soon a disk answers does, and
so what is done until then: with a swap disk they run one after the other.
"""
import collections
import concurrent.futures
import os
import subprocess
import sys
import tempfile
import threading
import time

from .. import linux, machine
from ..cpio import Archive
from ..paths import KERNEL, HarnessError, build_path
from .rows import BIGGER_BOOT

KERNELS = ("holdfast", "linux")
# No randomised addresses: a figure hangs on where page tables begin.
RUN = ["tools/holdfast", "run", "--icount", "--append", "norandmaps"]
TIMEOUT = 1800          # seconds; a busy host takes its time
SAY_EVERY = 20          # seconds, where there is no terminal


class Progress:
    """A line on a terminal that is written over; else a line now and then."""

    def __init__(self):
        self.lock, self.said = threading.Lock(), time.monotonic()
        self.count, self.terminal = 0, sys.stderr.isatty()

    def __call__(self, what):
        with self.lock:
            self.count += 1
            text = f"  {self.count} figures, last {what}"
            if self.terminal:
                print(f"\r\033[K{text}", end="", file=sys.stderr, flush=True)
            elif time.monotonic() - self.said > SAY_EVERY:
                self.said = time.monotonic()
                print(text, file=sys.stderr, flush=True)

    def done(self):
        if self.terminal:
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def _take(text, kernel, progress, into):
    name, value = text.split()
    into[name] = int(value)
    progress(f"{kernel}: {name}")


def program(kernel, progress, words, options=()):
    """What a program of build/bench prints."""
    name, *arguments = words
    found = {}
    command = [*RUN, "--timeout", str(TIMEOUT), "--kernel", kernel, *options,
               build_path("bench", name), *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as errors:
        with subprocess.Popen(command, stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=errors,
                              text=True) as process:
            for line in process.stdout:
                _take(line, kernel, progress, found)
        if process.returncode:
            errors.seek(0)
            raise HarnessError(f"{kernel}: {' '.join(map(str, words))}: "
                               f"status {process.returncode}\n" +
                               errors.read()[-2000:])
    return found


def first_initrd(folder):
    """An initial file system with nothing but tests/bench/first.c."""
    archive = Archive()
    archive.folder("/dev")
    archive.host(build_path("bench", "first"), "/init")
    path = os.path.join(folder, "initrd")
    with open(path, "wb") as file:
        file.write(archive.bytes())
    return path


def power_on(kernel, progress, megabytes, name):
    """Nothing but a process 1, which says when it was there."""
    m = machine.Machine()
    m.mem, m.icount, m.timeout = megabytes << 20, True, TIMEOUT
    m.kernel = KERNEL if kernel == "holdfast" else linux.kernel()
    m.append = linux.COMMAND_LINE if kernel == "linux" else "quiet"
    out, found = bytearray(), {}
    with tempfile.TemporaryDirectory() as folder:
        m.initrd = first_initrd(folder)
        with machine.Session(m, out.extend, lambda line: None,
                             lambda data: None) as session:
            session.finish()
    words = out.partition(machine.START_MARK)[2].decode().split()
    if len(words) != 2:
        raise HarnessError(f"{kernel}: process 1 said nothing")
    _take(f"{name} {words[1]}", kernel, progress, found)
    return found


Job = collections.namedtuple("Job", "alone run")


def job(kernel, progress, words, options=()):
    return Job("--swap" in options,
               lambda: program(kernel, progress, words, options))


def _jobs(kernel, progress):
    """The machines that make up the table, the longest first."""
    tiny = ["--add", build_path("bench", "tiny") + ":/bin/tiny"]
    return [
        job(kernel, progress, ["swap", "locked", 0, 50, 90],
            ["--mem", "128M", "--swap", "256M"]),
        job(kernel, progress, ["bench", "/bin/tiny"], tiny),
        Job(False, lambda: power_on(kernel, progress, 512, BIGGER_BOOT)),
        Job(False, lambda: power_on(kernel, progress, 256,
                                    "power_on_to_main")),
    ]


def gather(jobs):
    """Runs {kernel: jobs}; {kernel: figures}."""
    todo = [(kernel, one) for kernel, some in jobs.items() for one in some]
    found = {kernel: {} for kernel in jobs}
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count() or 2) as pool:
        futures = [(kernel, pool.submit(one.run)) for kernel, one in todo
                   if not one.alone]
        for kernel, future in futures:
            found[kernel].update(future.result())
    for kernel, one in todo:
        if one.alone:
            found[kernel].update(one.run())
    return found


def table(kernels):
    """{kernel: {row: instructions}}"""
    if "linux" in kernels:
        linux.kernel()          # fetched once, not by each thread
    progress = Progress()
    try:
        return gather({k: _jobs(k, progress) for k in reversed(kernels)})
    finally:
        progress.done()
