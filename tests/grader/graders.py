# SPDX-License-Identifier: GPL-2.0
"""What the grader's tests share: TAP, the tools on the path."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tools"),
                os.path.join(ROOT, "tests", "boot")]
sys.dont_write_bytecode = True
from boot import Tap  # noqa: E402,F401
