# SPDX-License-Identifier: GPL-2.0
"""One QEMU: its command line, its three serial lines, its end.

ttyS0 carries the guest program's input and output, ttyS1 the kernel log,
ttyS2 the program's standard error.  A crash dump is QEMU's: an ELF core file of
the guest's memory, for gdb and tools/why-page.  QEMU never outlives the tool: it is
killed on every way out, and by the kernel of the host (PDEATHSIG) when the
tool itself is killed.  TCG unless asked otherwise: a /dev/kvm that opens is no
proof that it works.
"""
import ctypes
import json
import os
import re
import select
import signal
import socket
import subprocess
import tempfile
import time

from .paths import OVMF, HarnessError

# What process 1 prints on ttyS0 first when the word is on its command line:
# before it, a UEFI firmware uses the line.
START_WORD, START_MARK = "holdfast.mark", b"\x1eholdfast\x1e"
EXIT_LINE = re.compile(rb"holdfast-exit: (\d+)")
# The last line of a kernel that stops: a panic's, or boot_fail()'s.
LAST_WORDS = re.compile(rb"\[ end Kernel panic|^\[[ 0-9.]+\] holdfast: ")
GDB_PORT = "tcp::1234"
PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


def die_with_parent():
    _libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def plain(data):
    """Firmware's text without its terminal codes and empty lines."""
    text = re.sub(r"\x1b\[[0-9;=]*[A-Za-z]|\x1b\[=\dh", "\n",
                  data.decode(errors="replace"))
    return "".join(x.rstrip() + "\n" for x in text.replace("\r", "\n")
                   .split("\n") if x.strip())


def find_ovmf():
    for path in OVMF:
        if os.path.exists(path):
            return path
    raise HarnessError("no OVMF firmware found (Debian package ovmf); "
                       "looked at " + ", ".join(OVMF))


class Machine:
    """Settings are plain attributes; run() boots and returns the result."""

    def __init__(self):
        self.kernel = self.initrd = self.esp = None
        self.append = ""
        self.mem = 256 << 20                    # bytes
        self.machine, self.cpu, self.cpus = "q35", "qemu64", 1
        self.accel = "tcg"
        self.clock = "utc"                      # or a date, for the guest
        self.disks = []
        self.root = None                        # number of the root disk
        self.snapshot = False                   # its image is not changed
        self.icount = False
        self.gdb = None                         # where to wait for it
        self.dump = None                        # a file for a crash dump
        self.timeout = 0
        self.extra = []

    def command(self, serials):
        accel = self.accel + (",thread=single" if self.accel == "tcg" else "")
        cmd = ["qemu-system-x86_64", "-machine", self.machine, "-accel", accel,
               "-cpu", self.cpu, "-smp", str(self.cpus), "-m",
               f"size={self.mem >> 10}K",
               "-nodefaults", "-no-reboot", "-display", "none",
               "-rtc", f"base={self.clock}"]
        # Who wants a dump of it keeps a kernel that stops.
        cmd += [] if self.dump else ["-device",
                                     "isa-debug-exit,iobase=0xf4,iosize=4"]
        for number, chardev in enumerate(serials):
            cmd += ["-chardev", f"{chardev},id=s{number}",
                    "-serial", f"chardev:s{number}"]
        for number, disk in enumerate(self.disks):
            # What is kept is flushed as a file system asks.  Nobody needs
            # swap, or changes that go, after a power cut of the host.
            root = number == self.root
            kept = root and not self.snapshot
            cmd += ["-drive", f"if=none,id=d{number},format=raw,"
                    f"cache={'writeback' if kept else 'unsafe'},file={disk}" +
                    (",snapshot=on" if root and not kept else ""),
                    "-device", f"virtio-blk-pci,drive=d{number}"]
        cmd += self._boot()
        if self.icount:
            cmd += ["-icount", "shift=0,sleep=off"]
        if self.gdb:
            cmd += ["-gdb", self.gdb, "-S"]
        return cmd + self.extra

    def _boot(self):
        if self.esp:
            # bootindex: no detour over the network or an internal shell.
            return ["-bios", find_ovmf(), "-drive", "if=none,id=esp,"
                    f"format=raw,snapshot=on,file={self.esp}",
                    "-device", "ide-hd,drive=esp,bootindex=1"]
        cmd = ["-bios", "qboot.rom", "-kernel", self.kernel,
               "-append", self.append]
        return cmd + (["-initrd", self.initrd] if self.initrd else [])


class Monitor:
    """QEMU's monitor (QMP), on a socket in a folder of its own."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="holdfast.")
        self.path = os.path.join(self.folder.name, "qmp")

    def options(self):
        return ["-qmp", f"unix:{self.path},server=on,wait=off"]

    def command(self, name, **arguments):
        """Do one thing; what QEMU says against it, or None."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect(self.path)
            replies = line.makefile("r")
            replies.readline()
            for what in ({"execute": "qmp_capabilities"},
                         {"execute": name, "arguments": arguments}):
                line.sendall(json.dumps(what).encode())
                reply = {}
                while not {"return", "error"} & set(reply):
                    reply = json.loads(replies.readline())
            return reply.get("error", {}).get("desc")

    def close(self):
        self.folder.cleanup()


class Result:
    def __init__(self):
        self.status = None      # as a shell would give it; None: no exit line
        self.timed_out = False
        self.qemu_status = None
        self.qemu_error = b""
        self.firmware = b""     # what it printed before the guest's own
        self.seconds = 0.0


class Session:
    """A running machine.  Output goes to the three callables as it comes.

    on_output(data), on_klog(line), on_error(data).  feed(data) types into
    ttyS0.  Use as a context manager: the machine is gone after it.
    """

    def __init__(self, machine, on_output, on_klog, on_error):
        self.machine = machine
        self.sinks = {}
        self.result = Result()
        self._line = b""
        self._on_klog = on_klog
        self.start = time.monotonic()
        pipes = [os.pipe() for _ in range(3)]
        stdin_read, self.stdin = os.pipe()
        log, err, qerr = pipes
        fds = [log[1], err[1]]
        serials = ["stdio,signal=off"] + [
            f"file,path=/dev/fdset/{n},append=on" for n in (1, 2)]
        cmd = machine.command(serials)
        for n, fd in enumerate(fds, 1):
            cmd += ["-add-fd", f"fd={fd},set={n}"]
        self.monitor = Monitor() if machine.dump else None
        cmd += self.monitor.options() if self.monitor else []
        try:
            self.process = subprocess.Popen(
                cmd, stdin=stdin_read, stdout=subprocess.PIPE,
                stderr=qerr[1], pass_fds=fds, preexec_fn=die_with_parent)
        except OSError as error:
            raise HarnessError(f"qemu-system-x86_64: {error.strerror} "
                               "(Debian package qemu-system-x86)") from error
        for fd in (log[1], err[1], qerr[1], stdin_read):
            os.close(fd)
        self.firmware = b"" if machine.esp else None
        self._on_output = on_output
        self.sinks = {self.process.stdout.fileno(): self._output,
                      log[0]: self._klog, err[0]: on_error,
                      qerr[0]: self._qemu_error}
        self._owned = [log[0], err[0], qerr[0]]

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.kill()

    def kill(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        for fd in self._owned + ([self.stdin] if self.stdin >= 0 else []):
            os.close(fd)
        self._owned, self.stdin = [], -1
        self.process.stdout.close()
        if self.monitor:
            self.monitor.close()

    def take_dump(self):
        """Write the crash dump, once, and end the machine."""
        if self.monitor and self.process.poll() is None:
            path = os.path.abspath(self.machine.dump)
            trouble = self.monitor.command("dump-guest-memory", paging=True,
                                           protocol=f"file:{path}")
            self.process.kill()
            if trouble:
                raise HarnessError(f"{self.machine.dump}: {trouble}")

    def feed(self, data):
        try:
            os.write(self.stdin, data)
        except BrokenPipeError:
            pass

    def _output(self, data):
        """Drop (and keep aside) what a firmware printed before the guest."""
        if self.firmware is not None:
            self.firmware += data
            before, mark, data = self.firmware.partition(START_MARK)
            if not mark:
                return
            self.result.firmware, self.firmware = before, None
        if data:
            self._on_output(data)

    def _qemu_error(self, data):
        self.result.qemu_error += data

    def _klog(self, data):
        *lines, self._line = (self._line + data).split(b"\n")
        for line in lines:
            line = line.rstrip(b"\r")
            found = EXIT_LINE.search(line)
            if found:
                self.result.status = int(found.group(1))
            self._on_klog(line)
            if LAST_WORDS.search(line):
                self.take_dump()

    def expired(self):
        limit = self.machine.timeout
        return limit and time.monotonic() - self.start > limit

    def pump(self, until=None, extra=None):
        """Move bytes until QEMU's lines are closed, or until() is true.

        extra: a dict fd -> callable for more inputs.  False after a time-out.
        """
        sources = dict(self.sinks)
        sources.update(extra or {})
        while self.sinks and not (until and until()):
            ready, _, _ = select.select(list(sources), [], [], 0.1)
            for fd in ready:
                data = os.read(fd, 65536)
                if data:
                    sources[fd](data)
                else:
                    sources.pop(fd)
                    self.sinks.pop(fd, None)
            if self.expired():
                self.result.timed_out = True
                return False
        return True

    def finish(self):
        """Pump to the end; the machine's Result."""
        if self.pump():
            self.process.wait()
        self.take_dump()
        self.kill()
        if self._line:
            self._on_klog(self._line)
            self._line = b""
        if self.firmware:
            self.result.firmware = self.firmware
        self.result.qemu_status = self.process.returncode
        self.result.seconds = time.monotonic() - self.start
        return self.result
