# SPDX-License-Identifier: GPL-2.0
"""The seed's design for the oracle: tools/oracle/memlock.c, built for it.

Linux's headers and build scripts are unpacked beside the kernel under
build/linux, not installed.  The module is built again when its source, or the
note's format, has changed.
"""
import fcntl
import glob
import os
import re
import shutil
import subprocess

from . import linux
from .paths import ROOT, HarnessError, build_path

SOURCE = os.path.join(ROOT, "tools", "oracle")
NOTE = os.path.join(ROOT, "kernel", "designate.h")
DESIGNS = ("none", "task")


def _run(what, command, **kwargs):
    env = {k: v for k, v in os.environ.items()
           if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    try:
        got = subprocess.run(command, env=dict(env, LC_ALL="C"), check=False,
                             stdin=subprocess.DEVNULL, capture_output=True,
                             text=True, **kwargs)
    except OSError as error:
        raise HarnessError(f"{what}: {error}") from error
    if got.returncode:
        raise HarnessError(f"{what}: {(got.stderr or got.stdout).strip()}")
    return got.stdout


def _headers(folder):
    """The folder that make(1) is told to build a module in."""
    release = os.path.basename(glob.glob(f"{folder}/lib/modules/*")[0])
    name = f"linux-headers-{release}"
    place = f"{folder}/usr/src/{name}"
    if os.path.exists(f"{place}/.relocated"):
        return place
    out = _run(name, ["apt-cache", "depends", name])
    names = [name] + re.findall(
        r"Depends: (linux-(?:headers|kbuild)-\S+)", out)
    debs = build_path("linux", "debs")
    shutil.rmtree(debs, ignore_errors=True)
    os.mkdir(debs)
    _run(f"apt-get download {name} (remove build/linux to begin again with "
         "the present kernel)", ["apt-get", "download", "-qq", *names],
         cwd=debs)
    for deb in glob.glob(f"{debs}/*.deb"):
        _run("dpkg-deb", ["dpkg-deb", "-x", deb, folder])
    shutil.rmtree(debs)
    with open(f"{place}/Makefile", encoding="utf-8") as file:
        text = file.read()
    with open(f"{place}/Makefile", "w", encoding="utf-8") as file:
        file.write(text.replace("include /usr/src/", "include ../"))
    with open(f"{place}/.relocated", "w", encoding="utf-8"):
        return place


def _sources():
    files = [os.path.join(top, name) for top, _, names in os.walk(SOURCE)
             for name in names]
    return files + [NOTE]


def _build(folder):
    place = os.path.join(folder, "memlock")
    module = os.path.join(place, "memlock.ko")
    if os.path.exists(module) and all(
            os.path.getmtime(f) < os.path.getmtime(module)
            for f in _sources()):
        return module
    headers = _headers(folder)
    shutil.rmtree(place, ignore_errors=True)
    shutil.copytree(SOURCE, place)
    os.mkdir(os.path.join(place, "kernel"))
    shutil.copy(NOTE, os.path.join(place, "kernel"))
    compiler = [] if shutil.which("gcc-12") else ["CC=gcc"]
    _run("the module of the oracle", ["make", "-C", headers, f"M={place}",
                                      *compiler, "modules"])
    return module


def module():
    """Path of memlock.ko, built when it is missing or old."""
    folder = os.path.dirname(linux.kernel())
    with open(os.path.join(folder, ".lock"), "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        return _build(folder)


def modules_for(design):
    """The modules that give Linux this lock design (None: as it is)."""
    if design not in (None, *DESIGNS):
        raise HarnessError(f"--kernel linux has the lock designs "
                           f"{' and '.join(DESIGNS)}, not {design}")
    return [module()] if design == "task" else []
