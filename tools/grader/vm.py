# SPDX-License-Identifier: GPL-2.0
"""A guest that is booted once and goes back to a snapshot for every case.

A restore takes some 20 ms and a boot half a second or more, most of it QEMU's
own start.  A machine that reset, panicked or switched itself off is booted
anew.  QEMU runs in the box: it sees its kernel, initrd and disks and writes its
folder.  Instructions are counted (-icount): one is a nanosecond of guest time,
and time in which the guest only waits counts as it passes.
"""
import os
import select
import shutil
import socket
import subprocess
import time

from hf import guest, machine
from hf.paths import size_bytes

from . import qmp
from .box import Bounded, Limits, kill_tree

FOLDER = "build/grade-vm"       # of the tree; all that QEMU can write
READY, END = b"starter: ready\n", b"\nstarter: end "
PANIC_END = b"---[ end Kernel panic"
BOOT_SECONDS = 180              # wall clock, far backstops both
CASE_SECONDS = 240
STILL_LOOKS = 100               # the guest's clock stands: nothing will happen
LEAP = 200_000_000              # of that clock between two looks: more was spent
                                # waiting for a busy machine, and is not counted
OUTPUT = 1 << 20
POLL = 0.05


class Run:
    """What came of one case: end is "done", "panic", "reset", "off", "limit",
    "still" (its clock stands), "wall", "output" or "qemu"."""

    def __init__(self):
        self.end, self.status = "", None
        self.out, self.klog = Bounded(), Bounded()
        self.instructions = 0
        self.samples = []           # (rip, in the kernel?, halted?)


class Machine:
    def __init__(self, box, tree, programs, design, memory, swap):
        self.box, self.tree = box, tree
        self.design, self.memory, self.swap = design, memory, swap
        self.programs = programs
        self.process = self.monitor = None
        self.run = Run()

    # ---- its disks and its command line ----

    def prepare(self):
        folder = os.path.join(self.tree, FOLDER)
        shutil.rmtree(folder, ignore_errors=True)
        os.makedirs(folder)
        archive = guest.base(os.path.join(self.tree, "build/user/init"))
        starter = guest.add_program(
            archive, os.path.join(self.tree, "build/user/starter"), [])
        for path in self.programs:
            archive.host(os.path.join(self.tree, path),
                         "/checks/" + os.path.basename(path))
        guest.add_command(archive, starter, [])
        with open(os.path.join(folder, "initrd.cpio"), "wb") as file:
            file.write(archive.bytes())
        with open(os.path.join(folder, "state.img"), "wb") as file:
            file.truncate(65536)        # its overlay takes the snapshot
        if self.swap:
            guest.make_swap(os.path.join(folder, "swap.img"),
                            size_bytes(self.swap))
        self.box.give(folder)

    def inside(self, name):
        return self.box.path(self.tree, os.path.join(FOLDER, name))

    def drive(self, name, ident):
        return ["-drive", f"if=none,id={ident},format=raw,snapshot=on,"
                f"cache=unsafe,file={self.inside(name)}"]

    def command(self, qmp_fd, log_fd, err_fd):
        m = machine.Machine()
        m.kernel = self.box.path(self.tree, "build/holdfast.elf")
        m.initrd, m.mem = self.inside("initrd.cpio"), size_bytes(self.memory)
        m.accel = "tcg,thread=single,tb-size=64"
        m.clock = "utc,clock=vm"
        words = [f"memlock={self.design}", "holdfast.live"]
        m.extra = ["-icount", "shift=0,sleep=on"]
        m.extra += self.drive("state.img", "state")
        if self.swap:
            words.append("holdfast.swap=/dev/vda")
            m.extra += self.drive("swap.img", "swap") + [
                "-device", "virtio-blk-pci,drive=swap"]
        m.append = " ".join(words)
        m.extra += ["-chardev", f"socket,id=monitor,fd={qmp_fd}", "-mon",
                    "chardev=monitor,mode=control"]
        for number, fd in enumerate((log_fd, err_fd), 1):
            m.extra += ["-add-fd", f"fd={fd},set={number}"]
        return m.command(["stdio,signal=off"] + [
            f"file,path=/dev/fdset/{n},append=on" for n in (1, 2)])

    # ---- its life ----

    def boot(self):
        """True once the starter waits and the snapshot is taken; self.run
        says what happened otherwise."""
        self.end()
        self.prepare()
        self.run = run = Run()
        limits = Limits(cpu=3600, file=size_bytes(self.swap or "0") +
                        2 * size_bytes(self.memory) + (64 << 20))
        ours, theirs = socket.socketpair()
        log, err = os.pipe(), os.pipe()
        fds = (theirs.fileno(), log[1], err[1])
        self.process = self.box.start(
            self.command(*fds), self.tree, limits, [FOLDER],
            {"TMPDIR": self.inside("")}, fds, stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=err[1])
        theirs.close()
        os.close(log[1])
        os.close(err[1])
        self.sources = {self.process.stdout.fileno(): "out", log[0]: "klog",
                        err[0]: "out"}
        self.owned = [log[0], err[0]]
        try:
            self.monitor = qmp.Monitor(ours)
            if not self.follow(run, READY, None, BOOT_SECONDS):
                return False
            self.monitor.call("stop")
            said = self.monitor.human("savevm base").strip()
            if said:
                raise qmp.Gone(said)
        except qmp.Gone as error:
            if self.monitor is None:
                ours.close()
            self.ended(run, str(error))
            return False
        return True

    def case(self, line, limit):
        """Runs one: `line` for the starter, `limit` in instructions."""
        if self.process is None and not self.boot():
            return self.run
        self.run = run = Run()
        try:
            self.monitor.human("loadvm base")
            self.drop()
            clock = qmp.Clock(self.monitor)
            self.monitor.call("cont")
            self.process.stdin.write(line.encode() + b"\n")
            self.process.stdin.flush()
            self.follow(run, END, (clock, limit), CASE_SECONDS)
            if run.end != "qemu" and self.process.poll() is None:
                self.monitor.call("stop")
        except (qmp.Gone, BrokenPipeError) as error:
            self.ended(run, str(error))
        if run.end in ("panic", "reset", "off", "wall", "still", "qemu"):
            self.end()
        return run

    def drop(self):
        """What an earlier case still printed."""
        while self.take(Run(), 0):
            pass

    def take(self, run, timeout):
        """Moves what can be read; whether there was anything."""
        came = False
        for fd in select.select(list(self.sources), [], [], timeout)[0]:
            data = os.read(fd, 65536)
            if data:
                getattr(run, self.sources[fd]).add(data)
                came = True
            else:
                del self.sources[fd]
        return came

    def follow(self, run, mark, limit, seconds):
        """Until the mark is printed (true) or something ends it."""
        start = looked = time.monotonic()
        last, still, used = 0, 0, 0
        while not run.end:
            self.take(run, POLL)
            now = time.monotonic()
            out = run.out.bytes()
            if mark in out and b"\n" in out.partition(mark)[2] + (
                    b"\n" if mark == READY else b""):
                run.end = "done"
            elif PANIC_END in run.klog.bytes():
                run.end = "panic"
            elif self.process.poll() is not None:
                self.ended(run, "")
            elif run.out.length + run.klog.length > OUTPUT:
                run.end = "output"
            elif now - start > seconds:
                run.end = "wall"
            elif limit and now - looked > POLL:
                looked = now
                run.instructions = limit[0].elapsed()
                still = still + 1 if run.instructions == last else 0
                used += min(run.instructions - last, LEAP)
                last = run.instructions
                if used > limit[1]:
                    run.end = "limit"
                elif still > STILL_LOOKS and self.monitor.registers()[2]:
                    run.end = "still"
        if run.end in ("limit", "wall", "still"):
            self.sample(run)
        if limit and run.end == "done":
            run.status = out.partition(END)[2].split(b"\n")[0].decode(
                errors="replace")
            run.instructions = limit[0].elapsed()
        return run.end == "done"

    def sample(self, run):
        """Where it is, a few times over."""
        for _ in range(8):
            run.samples.append(self.monitor.registers())
            time.sleep(0.01)

    def ended(self, run, why):
        """QEMU is gone: panic, reset, power off, or its own failure."""
        if self.monitor:
            self.monitor.drain()
        for _ in range(50):
            if not self.sources or not self.take(run, 0.1):
                break
        reason = self.monitor.shutdown if self.monitor else ""
        if b"Kernel panic" in run.klog.bytes():
            run.end = "panic"
        elif "reset" in reason:
            run.end = "reset"
        elif reason:
            run.end = "off"
        else:
            run.end = "qemu"
            run.klog.add(f"QEMU: {why}\n".encode())

    def end(self):
        if self.process is None:
            return
        kill_tree(self.process)
        if self.monitor:
            self.monitor.close()
        for stream in (self.process.stdin, self.process.stdout):
            try:
                stream.close()
            except OSError:
                pass
        for fd in self.owned:
            os.close(fd)
        self.process = self.monitor = None
        shutil.rmtree(os.path.join(self.tree, FOLDER), ignore_errors=True)
