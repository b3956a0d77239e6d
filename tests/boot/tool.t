#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""tools/holdfast itself: output, statuses, and the same from both kernels."""
import os
import subprocess
import tempfile

from boot import BUSYBOX, ROOT, Run, Tap, shell

tap = Tap()
with tempfile.TemporaryDirectory() as tmp:
    data = os.path.join(tmp, "data")
    with open(data, "wb") as file:
        file.write(bytes(range(256)) * 400)
    for kernel in ("holdfast", "linux"):
        k = ("--kernel", kernel)
        run = shell(*k, "--mem", "64M", "--swap", "256M",
                    script="echo to out; echo to err >&2; exit 7")
        tap.ok((run.status, run.out) == (7, "to out\n"),
               f"{kernel}: output and status", run)
        tap.ok("to err" in run.err, f"{kernel}: standard error", run)
        run = shell(*k, script="kill -SEGV $$")
        tap.ok(run.status == 139, f"{kernel}: 128 + a signal", run)
        run = shell(*k, "--uid", "1000", "--cwd", "/proc",
                    script="id -u; pwd")
        tap.ok(run.out == "1000\n/proc\n", f"{kernel}: --uid, --cwd", run)
        run = Run(*k, program=("bash", "-c", "echo a | sed s/a/b/; type sed"))
        tap.ok(run.out == "b\nsed is /bin/sed\n",
               f"{kernel}: bash, and busybox's commands beside it", run)
        run = Run(*k, "--stdin", data, program=(BUSYBOX, "md5sum"))
        want = subprocess.run(["md5sum"], stdin=open(data, "rb"), text=True,
                              capture_output=True, check=True).stdout
        tap.ok(run.out == want, f"{kernel}: --stdin, 100 kB of any bytes",
               run, want)
        run = Run(*k, "--add", f"{data}:/some/where", program=(
            BUSYBOX, "cat", "/some/where"))
        tap.ok(len(run.out) > 50000, f"{kernel}: --add, and raw output")
        got = subprocess.run(
            [os.path.join(ROOT, "tools/holdfast"), "run", *k, "--timeout",
             "4", BUSYBOX, "sleep", "100"], stdin=subprocess.DEVNULL,
            capture_output=True, check=False)
        tap.ok(got.returncode == 124, f"{kernel}: 124 on time-out",
               got.returncode)
        image = os.path.join(tmp, f"{kernel}.img")
        subprocess.run(["/sbin/mke2fs", "-q", "-t", "ext2", image, "32M"],
                       check=True, capture_output=True)
        run = Run(*k, "--root", image, "--add", f"{data}:/d/data", program=(
            "bash", "-c", "echo 1 > /stays; set /bin/* /d/*; echo $*"))
        tap.ok(run.out == "/bin/bash /d/data\n",
               f"{kernel}: a dynamic program on a disk that lacks it", run)
        run = Run(*k, "--snapshot", "--root", image, program=(
            BUSYBOX, "sh", "-c", "cat /stays; echo 2 > /stays; echo /[bdl]*"))
        tap.ok(run.out == "1\n/dev /lost+found\n",
               f"{kernel}: it is gone afterwards, what was written stays", run)
        run = Run(*k, "--root", image, program=(BUSYBOX, "cat", "/stays"))
        tap.ok(run.out == "1\n", f"{kernel}: --snapshot changes nothing", run)
        run = Run(*k, "--add", f"{data}:/bin/noexec", program=(
            BUSYBOX, "env", "/bin/noexec"))
        tap.ok(run.status == 126, f"{kernel}: 126 from a program", run)

run = Run(program=("/not/there",))
tap.ok(run.status == 125, "no such program: 125", run)
run = Run("--mem", "lots", program=(BUSYBOX,))
tap.ok(run.status == 125 and "lots" in run.err, "a bad size: 125", run)
run = Run("--kernel", "/dev/null", program=(BUSYBOX,))
tap.ok(run.status == 125, "a kernel that is none: 125", run)
run = Run("--add", "/not/there", program=(BUSYBOX,))
tap.ok(run.status == 125, "--add of nothing: 125", run)
tap.done()
