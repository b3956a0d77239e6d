# SPDX-License-Identifier: GPL-2.0
"""What the boot tests share: TAP, a run of tools/holdfast, a raw machine,
a terminal."""
import os
import pty
import re
import select
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tools"))
sys.dont_write_bytecode = True
from hf import guest, machine  # noqa: E402
from hf.paths import BUSYBOX, KERNEL  # noqa: E402, F401

SECONDS = 300       # for who hangs, not for who is slow


class Tap:
    def __init__(self):
        self.count = 0
        self.failed = False

    def ok(self, good, name, *details):
        self.count += 1
        print(f"{'ok' if good else 'not ok'} {self.count} - {name}")
        if not good:
            self.failed = True
            for detail in details:
                for line in str(detail).splitlines()[-25:]:
                    print(f"#   {line}")
        sys.stdout.flush()

    def done(self):
        print(f"1..{self.count}")
        sys.exit(1 if self.failed else 0)


class Run:
    """One call of tools/holdfast: status, out, err (the kernel log too)."""

    def __init__(self, *options, program=(), stdin=subprocess.DEVNULL):
        command = [os.path.join(ROOT, "tools", "holdfast"), "run",
                   "--timeout", str(SECONDS), *options]
        if program:
            command += ["--", *program]
        got = subprocess.run(command, stdin=stdin, capture_output=True,
                             text=True, errors="replace", check=False)
        self.status, self.out, self.err = got.returncode, got.stdout, got.stderr

    def __str__(self):
        return f"status {self.status}\n{self.out}\n{self.err}"


def shell(*options, script):
    """A busybox script in the guest."""
    return Run(*options, program=(BUSYBOX, "sh", "-c", script))


def raw(append="", initrd=None, kernel=KERNEL, timeout=SECONDS, **settings):
    """Boot without the tool: (result, console, log).  initrd: bytes."""
    m = machine.Machine()
    m.kernel, m.append, m.timeout = kernel, append, timeout
    for name, value in settings.items():
        setattr(m, name, value)
    console, log = bytearray(), []
    with tempfile.TemporaryDirectory() as folder:
        if initrd is not None:
            m.initrd = os.path.join(folder, "initrd")
            with open(m.initrd, "wb") as file:
                file.write(initrd)
        with machine.Session(m, console.extend, log.append,
                             lambda data: None) as session:
            result = session.finish()
    return result, console.decode(errors="replace"), b"\n".join(log).decode(
        errors="replace")


def initrd_of(script):
    """An initrd whose program is a busybox script."""
    archive = guest.base()
    guest.add_program(archive, BUSYBOX, ["sh", "-c", script])
    return archive.bytes()


class Terminal:
    """A command of the tree at a terminal of its own."""

    def __init__(self, *command):
        master, slave = pty.openpty()
        self.fd, self.text = master, ""
        self.process = subprocess.Popen(
            [os.path.join(ROOT, command[0]), *command[1:]], stdin=slave,
            stdout=slave, stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(slave)

    def expect(self, pattern, seconds=SECONDS):
        """Wait for a pattern; what came up to its end is taken."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return True
            if select.select([self.fd], [], [], 0.2)[0]:
                try:
                    data = os.read(self.fd, 65536)
                except OSError:
                    return False
                self.text += data.decode(errors="replace").replace("\r", "")
                if "\x1b[6n" in self.text:      # where is the cursor?
                    self.text = self.text.replace("\x1b[6n", "")
                    os.write(self.fd, b"\x1b[1;1R")
        return False

    def type(self, text):
        os.write(self.fd, text.encode())

    def ends(self, seconds=SECONDS):
        """The command's status; it is ended if it does not end."""
        try:
            return self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.terminate()
            self.process.wait()
            return "still running"
