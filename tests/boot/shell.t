#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The busybox shell at a terminal: editing, ^C, job control, poweroff."""
import os
import pty
import re
import select
import subprocess
import time

from boot import ROOT, Tap

tap = Tap()


class Terminal:
    def __init__(self, *options):
        master, slave = pty.openpty()
        self.fd, self.text = master, ""
        self.process = subprocess.Popen(
            [os.path.join(ROOT, "tools/holdfast"), "run", "--shell",
             "--timeout", "60", *options], stdin=slave, stdout=slave,
            stderr=subprocess.DEVNULL, start_new_session=True)
        os.close(slave)

    def expect(self, pattern, seconds=20):
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

    def ask(self, line, pattern, name):
        self.type(line + "\r")
        tap.ok(self.expect(pattern), name, self.text)
        self.expect(r"# $")


t = Terminal("--mem", "24M")
tap.ok(t.expect(r"holdfast:.*# "), "a prompt, in 24 MiB", t.text)
t.ask("echo $((6*7)) | tr 2 3", r"\n43\n", "a pipeline")
t.ask("echo abX\x7fc", r"\nabc\n", "backspace edits the line")
t.ask("echo one; echo two", r"one\ntwo\n", "two commands")
t.type("\x1b[A")
tap.ok(t.expect(r"echo one; echo two"), "the up arrow brings a line back",
       t.text)
t.ask("", r"one\ntwo\n", "... and it runs again")
t.type("sleep 100\r")
time.sleep(0.5)
t.type("\x03")
tap.ok(t.expect(r"\^C"), "^C is shown", t.text)
t.ask("echo status $?", r"\nstatus 130\n", "... and ended the command")
t.type("sleep 100\r")
time.sleep(0.5)
t.type("\x1a")
tap.ok(t.expect(r"Stopped"), "^Z stops a command", t.text)
t.ask("kill -9 %1; wait; echo none", r"none\n", "... kill ends it")
t.ask("free", r"Mem: +\d+", "free")
t.ask("ps", r"1 .*init", "ps")
t.ask("ls -l /proc/self/exe", r"busybox", "ls -l")
t.ask("cat /etc/motd > /tmp/x; wc -l < /tmp/x", r"\n\d+\n", "redirection")
t.ask("vmlock status | tail -1", r"total", "vmlock status")
t.type("poweroff\r")
try:
    status = t.process.wait(15)
except subprocess.TimeoutExpired:
    t.process.terminate()
    t.process.wait()
    status = "still running"
tap.ok(status == 0, "poweroff", status)
tap.done()
