# SPDX-License-Identifier: GPL-2.0
"""QEMU's monitor over a socket: commands, and the guest's own clock."""
import calendar
import json
import re

PM_TIMER, PM_HZ, PM_BITS = 0x608, 3579545, 24       # q35, as qboot sets it up


class Gone(Exception):
    """The machine does not answer any more."""


class Monitor:
    def __init__(self, sock, patience=60):
        sock.settimeout(patience)
        self.sock, self.file = sock, sock.makefile("r", encoding="utf-8")
        self.shutdown = ""          # why the machine stopped, as QEMU says it
        self._read()
        self.call("qmp_capabilities")

    def close(self):
        self.file.close()
        self.sock.close()

    def _read(self):
        try:
            line = self.file.readline()
        except OSError as error:
            raise Gone(str(error)) from error
        if not line:
            raise Gone("QEMU ended")
        answer = json.loads(line)
        if answer.get("event") == "SHUTDOWN":
            self.shutdown = answer["data"].get("reason", "shutdown")
        return answer

    def call(self, command, **arguments):
        text = json.dumps({"execute": command, "arguments": arguments})
        try:
            self.sock.sendall(text.encode() + b"\n")
        except OSError as error:
            raise Gone(str(error)) from error
        while True:
            answer = self._read()
            if "return" in answer:
                return answer["return"]
            if "error" in answer:
                raise Gone(f"{command}: {answer['error'].get('desc')}")

    def drain(self):
        """The events that are still to be read, until QEMU has closed."""
        try:
            while True:
                self._read()
        except Gone:
            return

    def human(self, line):
        return self.call("human-monitor-command", **{"command-line": line})

    def clock(self):
        """Nanoseconds of the guest's time; under icount, instructions.

        The RTC (clock=vm) has the seconds, the ACPI timer what is below; they
        started together, so the timer's wraps follow from the seconds."""
        now = self.call("qom-get", path="/machine", property="rtc-time")
        seconds = calendar.timegm((
            now["tm_year"] + 1900, now["tm_mon"] + 1, now["tm_mday"],
            now["tm_hour"], now["tm_min"], now["tm_sec"], 0, 0, 0))
        found = re.search(r"= 0x([0-9a-f]+)", self.human(f"i/w {PM_TIMER}"))
        ticks = int(found[1], 16) % (1 << PM_BITS) if found else 0
        return seconds, ticks * 10 ** 9 // PM_HZ

    def registers(self):
        """(rip, in the kernel?, halted?)"""
        text = self.human("info registers")
        rip = re.search(r"RIP=([0-9a-f]+)", text)
        ring = re.search(r"CPL=(\d)", text)
        return (int(rip[1], 16) if rip else 0,
                bool(ring and ring[1] == "0"), "HLT=1" in text)


PERIOD = (1 << PM_BITS) * 10 ** 9 // PM_HZ      # of the timer, 4.7 s


class Clock:
    """Guest nanoseconds since it was made."""

    def __init__(self, monitor):
        self.monitor = monitor
        self.first = monitor.clock()

    def elapsed(self):
        seconds, fine = self.monitor.clock()
        coarse = (seconds - self.first[0]) * 10 ** 9
        fine = (fine - self.first[1]) % PERIOD
        # The right number of periods is the one that comes nearest.
        return max(fine + round((coarse - fine) / PERIOD) * PERIOD, fine)
