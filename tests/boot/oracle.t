#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The oracle: its memlocked tasks, the comparison, programs of the host."""
import os
import subprocess
import tempfile

from boot import BUSYBOX, ROOT, SECONDS, Run, Tap

tap = Tap()
HOLDFAST = os.path.join(ROOT, "tools", "holdfast")
DESIGN = os.path.join(ROOT, "build", "guest", "design_task")


def diff(*words, stdin=subprocess.DEVNULL):
    got = subprocess.run([HOLDFAST, "diff", "--timeout", str(SECONDS), *words],
                         stdin=stdin, capture_output=True, text=True,
                         errors="replace", check=False)
    got.said = f"status {got.returncode}\n{got.stdout}\n{got.stderr}"
    return got


# ---- the patch of 2013 in Linux ---------------------------------------------

run = Run("--kernel", "linux", "--memlock", "task", program=(DESIGN, "EINVAL"))
tap.ok(run.status == 0 and run.out.count("\nok") >= 12,
       "Linux with the module: munlock and munlockall EINVAL", run)
run = Run("--kernel", "linux", program=(DESIGN, "EINVAL, nothing changed"))
tap.ok(run.status == 1, "Linux as it is: they are not", run)
run = Run("--kernel", "linux", "--memlock", "vma", program=(BUSYBOX,))
tap.ok(run.status == 125 and "none and task" in run.err,
       "Linux has no design vma: 125", run)

# ---- two kernels side by side -------------------------------------------------

got = diff(DESIGN)
tap.ok(got.returncode == 0 and got.stdout == "",
       "memlocked tasks differ only where docs/differences.md says so",
       got.said)
got = diff(BUSYBOX, "sh", "-c", "echo same; cat /proc/cmdline; exit 3")
lines = got.stdout.splitlines()
tap.ok(got.returncode == 1 and lines[0] == "---- standard output ----" and
       lines[1].split() == ["holdfast", "linux"] and
       lines[2].split() == ["same", "same"] and "mitigations=off" in lines[3],
       "a difference is shown side by side: 1", got.said)
tap.ok("status" not in got.stdout, "... and what is equal is not", got.said)
script = "[ -e /proc/kcore ] && echo one >&2 || exit 9"
got = diff(BUSYBOX, "sh", "-c", script)
tap.ok(got.returncode == 1 and "---- standard error ----" in got.stdout and
       "---- status ----" in got.stdout, "standard error and status count",
       got.said)
got = diff("/not/there")
tap.ok(got.returncode == 125, "no such program: 125", got.said)
got = diff("--kernel", "/dev/null", BUSYBOX)
tap.ok(got.returncode == 125, "a kernel that is none: 125", got.said)

with tempfile.TemporaryDirectory() as tmp:
    disk = os.path.join(tmp, "swap")
    with open(disk, "wb") as file:
        file.truncate(1 << 20)
    env = dict(os.environ, PATH=os.environ["PATH"] + ":/sbin:/usr/sbin")
    subprocess.run(["mkswap", disk], env=env, capture_output=True, check=True)
    with open(disk, "rb") as file:
        before = file.read()
    text = os.path.join(tmp, "text")
    with open(text, "w", encoding="utf-8") as file:
        file.write("one\ntwo\n")
    with open(text, encoding="utf-8") as file:
        got = diff("--swap", disk, "--stdin", "-", BUSYBOX, "sh", "-c",
                   "swapoff /dev/vda; cat >/dev/vda; wc -l </holdfast.stdin",
                   stdin=file)
    with open(disk, "rb") as file:
        after = file.read()
    tap.ok(got.returncode == 0, "input and disks reach both kernels", got.said)
    tap.ok(before == after, "... and the caller's image stays as it was")

    # ---- programs as they are installed ---------------------------------------

    script = os.path.join(tmp, "script")
    with open(script, "w", encoding="utf-8") as file:
        file.write("#!/usr/bin/env bash\n"
                   "f=$(ls / | sort -r | grep -c '[a-z]')\n"
                   "awk -v f=\"$f\" 'BEGIN { print \"ran:\", (f > 5) }'\n"
                   "exit $((f > 5 ? 6 : 7))\n")
    os.chmod(script, 0o755)
    add = [w for name in ("ls", "sort", "grep", "awk") for w in ("--add", name)]
    for kernel in ("holdfast", "linux"):
        run = Run("--kernel", kernel, program=("bash", "-c", "echo $((6*7)) "
                  "$0; exit 5"))
        tap.ok((run.status, run.out) == (5, "42 /bin/bash\n"),
               f"{kernel}: bash, found on PATH, with its libraries", run)
        run = Run("--kernel", kernel, *add, program=(script,))
        tap.ok((run.status, run.out) == (6, "ran: 1\n"),
               f"{kernel}: a script, its interpreter, and added programs", run)

    for name, code in (("lib", "int f(void) { return 3; }"),
                       ("main", "int f(void); int main(void) "
                        "{ return f(); }")):
        with open(os.path.join(tmp, name + ".c"), "w",
                  encoding="utf-8") as file:
            file.write(code)
    subprocess.run("gcc -shared -fPIC -o libthree.so lib.c && gcc -o main "
                   "main.c -L. -lthree -Wl,-rpath,'$ORIGIN'", shell=True,
                   cwd=tmp, check=True)
    run = Run(program=(os.path.join(tmp, "main"),))
    tap.ok(run.status == 3, "a library found beside its program", run)
    os.unlink(os.path.join(tmp, "libthree.so"))
    run = Run(program=(os.path.join(tmp, "main"),))
    tap.ok(run.status == 125 and "libthree.so" in run.err,
           "a library that is not there: 125, named", run)
    with open(os.path.join(tmp, "bad"), "wb") as file:
        file.write(b"\x7fELF" + bytes(range(200)))
    run = Run("--add", os.path.join(tmp, "bad"), "--add", tmp + ":/all",
              program=(BUSYBOX, "ls", "/bad", "/all/main"))
    tap.ok(run.status == 0, "--add takes what cannot run, too", run)
tap.done()
