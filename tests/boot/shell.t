#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The busybox shell at a terminal: editing, ^C, job control, poweroff."""
from boot import SECONDS, Tap, Terminal

tap = Tap()


def ask(line, pattern, name):
    t.type(line + "\r")
    tap.ok(t.expect(pattern), name, t.text)
    t.expect(r"# $")


def foreground():
    """A command that waits and has the terminal: it says so itself."""
    t.type("sh -c 'echo ready; exec sleep 100'\r")
    tap.ok(t.expect(r"\nready\n"), "a command in the foreground", t.text)


t = Terminal("tools/holdfast", "run", "--shell", "--timeout",
             str(SECONDS), "--mem", "24M")
tap.ok(t.expect(r"holdfast:.*# "), "a prompt, in 24 MiB", t.text)
ask("echo $((6*7)) | tr 2 3", r"\n43\n", "a pipeline")
ask("echo abX\x7fc", r"\nabc\n", "backspace edits the line")
ask("echo one; echo two", r"one\ntwo\n", "two commands")
t.type("\x1b[A")
tap.ok(t.expect(r"echo one; echo two"), "the up arrow brings a line back",
       t.text)
ask("", r"one\ntwo\n", "... and it runs again")
foreground()
t.type("\x03")
tap.ok(t.expect(r"\^C"), "^C is shown", t.text)
ask("echo status $?", r"\nstatus 130\n", "... and ended the command")
foreground()
t.type("\x1a")
tap.ok(t.expect(r"Stopped"), "^Z stops a command", t.text)
ask("kill -9 %1; wait; echo none", r"none\n", "... kill ends it")
ask("free", r"Mem: +\d+", "free")
ask("ps", r"1 root .*init", "ps")
ask("ls -l /proc/self/exe", r"busybox", "ls -l")
ask("cat /etc/motd > /tmp/x; wc -l < /tmp/x", r"\n\d+\n", "redirection")
ask("vmlock status | tail -1", r"total", "vmlock status")
t.type("cho abd\x01e\x05\x7fc\r")
tap.ok(t.expect(r"\nabc\n"), "Ctrl-A and Ctrl-E reach the guest", t.text)
t.expect(r"# $")
t.type("poweroff\r")
status = t.ends()
tap.ok(status == 0, "poweroff", status)
tap.done()
