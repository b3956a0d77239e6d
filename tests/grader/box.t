#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The box, from inside: programs that try what a submission might.  For each
way of isolation that works here."""
import os
import shutil
import subprocess
import tempfile

from graders import Tap
from grader import box as boxes
from grader.box import Limits, choose

tap = Tap()
PYTHON = "/usr/bin/python3"


def shell(box, script, folder, limits=None, writes=("out",)):
    return box.run(["/bin/sh", "-c", script], folder,
                   limits or Limits(cpu=5, idle=3), writes)


def tests(way, box, tmp):
    folder = os.path.join(tmp, way)
    os.makedirs(folder + "/out")
    os.chmod(tmp, 0o755)
    box.give(folder)
    secret = os.path.join(tmp, "secret")
    if not os.path.exists(secret):
        with open(secret, "w", encoding="ascii") as file:
            file.write("the answers")
        os.chmod(secret, 0o600)

    def ok(good, name, got):
        tap.ok(good, f"{way}: {name}", vars(got), got.text())

    got = shell(box, "echo hello; exit 3", folder)
    ok((got.status, got.text()) == (3, "hello\n"), "output and status", got)
    got = shell(box, "yes", folder, Limits(cpu=5, output=1 << 20))
    ok(got.why == "output" and len(got.out) < 100000, "endless output", got)
    got = shell(box, "head -c 300000 /dev/urandom", folder)
    ok(not got.why and "\x1b" not in got.text() and "\0" not in got.text(),
       "binary output is text in the end", got)
    got = shell(box, "while :; do :; done", folder, Limits(cpu=1))
    ok(got.why == "cpu", "a loop", got)
    got = shell(box, "while :; do :; done", folder, Limits(cpu=100, wall=1))
    ok(got.why == "wall", "a loop that has had no time yet is no stall", got)
    got = shell(box, "sleep 1000", folder, Limits(idle=1))
    ok(got.why == "idle" and got.seconds < 60, "a sleep is a stall", got)
    got = box.run([PYTHON, "-c", "x = b'x' * (200 << 20)\n"
                   "while True: pass"], folder,
                  Limits(cpu=10, memory=100 << 20))
    ok(got.why == "memory", "memory", got)
    got = shell(box, "for i in $(seq 60); do sleep 100 & done; wait", folder,
                Limits(cpu=10, processes=20))
    ok(got.why == "processes" or "fork" in got.text(), "processes", got)
    got = shell(box, "(setsid sleep 7531 </dev/null >/dev/null 2>&1 &); exit",
                folder)
    left = subprocess.run(["pgrep", "-f", "^sleep 7531"], check=False,
                          capture_output=True).stdout
    ok(not left, "what left its parents is ended too", got)
    got = shell(box, "head -c 20m /dev/zero > out/a; ls -s out", folder,
                Limits(file=1 << 20))
    size = os.path.getsize(folder + "/out/a")
    ok(size <= 1 << 20, "a file has a largest size", got)
    if way == "limits":
        return
    got = shell(box, f"cat {secret} && echo got it", folder)
    ok("got it" not in got.text(), "others' files cannot be read", got)
    got = shell(box, "echo x > oops || echo x > ../oops || echo x > /oops",
                folder)
    ok(not any(os.path.exists(x) for x in (
        folder + "/oops", tmp + "/oops", "/oops")) or way == "user" and
       os.path.exists(folder + "/oops"), "nothing is written outside", got)
    got = shell(box, "kill -9 -1; echo killed", folder)
    ok(not got.why, "kill -1 reaches nobody else",
       got)
    if way != "bubblewrap":
        return
    got = shell(box, f"cat /proc/{os.getpid()}/environ; ls /proc", folder)
    ok(str(os.getpid()) not in got.text().split(), "no process of others",
       got)
    got = box.run([PYTHON, "-c", "import socket as s; s.socket().con"
                   "nect(('127.0.0.1', 22))"], folder, Limits())
    ok("unreachable" in got.text() or "refused" in got.text(), "no network",
       got)
    got = shell(box, "head -c 500m /dev/zero > /tmp/a; ls -s /tmp", folder,
                Limits(file=1 << 30))
    ok("space" in got.text(), "/tmp is small", got)
    got = shell(box, "mount -t tmpfs x /tmp; cat /etc/shadow; id -u", folder)
    ok("denied" in got.text() or "must be" in got.text() or
       "not permitted" in got.text(), "no privileges", got)


with tempfile.TemporaryDirectory() as tmp:
    for way in ("bubblewrap", "user", "limits"):
        try:
            box = choose(boxes.FIRST_UID + 7, way)
        except OSError:
            tap.ok(True, f"{way} # SKIP does not work here")
            continue
        tests(way, box, tmp)
tap.ok(bool(shutil.which("prlimit")), "prlimit is there")
tap.done()
