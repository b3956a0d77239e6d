# SPDX-License-Identifier: GPL-2.0
"""What graders on the web are given: a tree that was handed out, the hidden
checks, and the few lines that start tools/grade there."""
import io
import json
import os
import tarfile
import zipfile

from .formats import problem
from .lab import HIDDEN, Lab, LabError
from .result import write_text

EPOCH = (2000, 1, 1, 0, 0, 0)           # equal input, equal archive

SETUP = """#!/bin/sh
# Gradescope runs this once, when the image is made.
set -eu
cd /autograder/source/lab
apt-get update -q
apt-get install -y -q --no-install-recommends make python3
tools/deps
tools/grade --prepare
"""
RUN = """#!/bin/sh
# Gradescope runs this for every submission: half a processor, 768 MB and
# ten minutes are enough.  The result is there, and true, after every check.
cd /autograder/source/lab
mkdir -p /autograder/results
tools/grade --submission /autograder/submission {hidden}--budget 480 \\
	--quiet --out /autograder/results/grade.json \\
	--export gradescope=/autograder/results/results.json
"""
AUTOLAB = """# Autolab runs `make` beside autograde.tar and the student's {handin}.
all:
	tar xf autograde.tar
	cd lab && tools/grade --submission ../{handin} {hidden}--budget 480 \\
		--out ../grade.json
	cd lab && tools/grade --result ../grade.json --format autolab

clean:
	rm -rf lab hidden-checks grade.json
"""
CLASSROOM = """# .github/workflows/classroom.yml of the template repository
name: Autograding Tests
'on':
- push
- repository_dispatch
permissions:
  checks: write
  actions: read
  contents: read
jobs:
  run-autograding-tests:
    runs-on: ubuntu-latest
    timeout-minutes: 30
    if: github.actor != 'github-classroom[bot]'
    steps:
    - name: Checkout code
      uses: actions/checkout@v4
    - name: Tools
      run: sudo tools/deps
    - name: Grade
      id: grade
      run: |
        tools/grade || true
        echo "result=$(tools/grade --format classroom | base64 -w0)" \\
          >> "$GITHUB_OUTPUT"
    - name: Autograding Reporter
      uses: classroom-resources/autograding-grading-reporter@v1
      env:
        GRADE_RESULTS: "${{steps.grade.outputs.result}}"
      with:
        runners: grade
"""


def files_of(folder, but=("build", ".git", "__pycache__")):
    for at, folders, files in os.walk(folder):
        folders[:] = sorted(x for x in folders if x not in but)
        for name in sorted(files):
            path = os.path.join(at, name)
            yield path, os.path.relpath(path, folder)


def contents(tree, hidden, build=False):
    """(path in the archive, bytes, mode) of a tree and its hidden checks."""
    for path, name in files_of(tree, (".git", "__pycache__") if build else
                               ("build", ".git", "__pycache__")):
        with open(path, "rb") as file:
            yield f"lab/{name}", file.read(), os.stat(path)
    for path, name in files_of(hidden) if hidden else ():
        with open(path, "rb") as file:
            yield f"{HIDDEN}checks/{name}", file.read(), os.stat(path)


def option(hidden):
    return f"--hidden ../{HIDDEN}checks " if hidden else ""


def gradescope(tree, hidden, out):
    """autograder.zip"""
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        def add(name, data, mode):
            info = zipfile.ZipInfo(name, EPOCH)
            info.external_attr = (0o100000 | mode & 0o777) << 16
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)

        add("setup.sh", SETUP, 0o755)
        add("run_autograder", RUN.format(hidden=option(hidden)), 0o755)
        for name, data, info in contents(tree, hidden):
            add(name, data, info.st_mode)
    return [out]


def autolab(tree, hidden, out, handin="handin.tar"):
    """A folder with autograde.tar, autograde-Makefile and the problems' YAML.
    The tree goes along built: nothing is prepared there."""
    if not os.path.exists(os.path.join(tree, "build/holdfast.elf")):
        raise LabError("build the tree first: tools/grade --prepare")
    os.makedirs(out, exist_ok=True)
    with tarfile.open(os.path.join(out, "autograde.tar"), "w") as archive:
        for name, data, info in contents(tree, hidden, build=True):
            entry = tarfile.TarInfo(name)
            entry.size, entry.mode = len(data), info.st_mode & 0o777
            entry.mtime = int(info.st_mtime)
            archive.addfile(entry, io.BytesIO(data))
    write_text(os.path.join(out, "autograde-Makefile"), AUTOLAB.format(
        handin=handin, hidden=option(hidden)))
    points = {}
    for check in Lab(tree, hidden).checks:
        name = problem(vars(check))
        points[name] = points.get(name, 0) + check.points
    write_text(os.path.join(out, "problems.yml"), "problems:\n" + "".join(
        f"- name: {json.dumps(name)}\n  max_score: {value}.0\n"
        for name, value in points.items()))
    return [os.path.join(out, x) for x in (
        "autograde.tar", "autograde-Makefile", "problems.yml")]


def classroom(tree, hidden, out):
    """A folder to lay over the template repository: the workflow of today and
    autograding.json, which GitHub Classroom read before it."""
    if hidden:
        raise LabError("GitHub Classroom grades in the student's own "
                       "repository: nothing can be hidden there")
    tests = [{"name": c.name, "setup": "", "run":
              f"make grade CHECK={c.name}", "input": "", "output": "",
              "comparison": "included", "timeout": 10, "points": c.points}
             for c in Lab(tree).checks]
    made = [os.path.join(out, ".github", x) for x in (
        "workflows/classroom.yml", "classroom/autograding.json")]
    write_text(made[0], CLASSROOM)
    write_text(made[1], json.dumps({"tests": tests}, indent=1) + "\n")
    return made


PACKS = {"gradescope": gradescope, "autolab": autolab,
         "classroom": classroom}
