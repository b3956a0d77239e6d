# SPDX-License-Identifier: GPL-2.0
"""Hands the caller's terminal to a guest: keys go in as they are pressed.

Ctrl-A x leaves, whatever the guest does; any other Ctrl-A reaches the guest
with the key after it.
"""
import sys
import termios
import tty

ESCAPE = 1          # Ctrl-A


class Keys:
    """Passes bytes on; `quit` becomes true with Ctrl-A x."""

    def __init__(self, feed):
        self.feed, self.held, self.quit = feed, False, False

    def __call__(self, data):
        out = bytearray()
        for byte in data:
            if self.held:
                self.held = False
                if byte in b"xX":
                    self.quit = True
                    return
                out.append(ESCAPE)
                if byte != ESCAPE:
                    out.append(byte)
            elif byte == ESCAPE:
                self.held = True
            else:
                out.append(byte)
        if out:
            self.feed(bytes(out))


def attach(session):
    """Until the machine goes off or Ctrl-A x; True after the latter."""
    keys = Keys(session.feed)
    fd = sys.stdin.fileno()
    before = termios.tcgetattr(fd) if sys.stdin.isatty() else None
    try:
        if before:
            tty.setraw(fd)
        session.pump(until=lambda: keys.quit, extra={fd: keys})
    finally:
        if before:
            termios.tcsetattr(fd, termios.TCSADRAIN, before)
    return keys.quit
