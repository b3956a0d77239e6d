# SPDX-License-Identifier: GPL-2.0
"""A copy of the source under build/, to be changed and built on its own."""
import os
import shutil
import subprocess

from .paths import BUILD, ROOT


def copy_source(name):
    """The folder of a fresh copy of what git knows or would add."""
    folder = os.path.join(BUILD, name)
    shutil.rmtree(folder, ignore_errors=True)
    names = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others",
         "--exclude-standard"], cwd=ROOT, check=True, capture_output=True)
    for file in names.stdout.decode().split("\0"):
        source = os.path.join(ROOT, file)
        if file and os.path.isfile(source):
            target = os.path.join(folder, file)
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copy(source, target)
    return folder


def build(folder, *targets):
    """make in the copy: what went wrong, or an empty string."""
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    done = subprocess.run(["make", "-s", *targets], cwd=folder, env=env,
                          stdin=subprocess.DEVNULL, capture_output=True,
                          text=True, check=False)
    return (done.stderr or "make failed") if done.returncode else ""
