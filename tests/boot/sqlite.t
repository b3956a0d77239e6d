#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A database on the ext2 disk, and power that goes at any moment.

    tests/boot/sqlite.t [ROWS [CUTS]]

Debian's sqlite3 writes ROWS rows in transactions; after each COMMIT its number
goes to a place behind the file system.  Then every write of the run is replayed
up to CUTS points, once as the disk got them, once with a cache that loses any
of those since the last flush; after e2fsck the host's sqlite3 must find a sound
database with each transaction whole or not there, and none missing of those
acknowledged.

TRUNCATE is the journal whose end sqlite3 syncs with synchronous=FULL; of
DELETE its manual says that the last commit may be lost with the power.
"""
import os
import random
import sqlite3
import sys
import tempfile

from boot import BUSYBOX, Tap, guest
from disks import (acknowledged, boot_with, clean, cut_image, host,
                   logged_writes, logging_drive, make_image, repair)
from hf import cpio, dynamic

EACH = 2000             # rows of a transaction
STEP = 97               # which rows each transaction changes
SIZE = 48 << 20

tap = Tap()


def load(rows, mode):
    """The SQL, with an acknowledgement after each COMMIT."""
    yield (f"PRAGMA journal_mode={mode}; PRAGMA synchronous=FULL;\n"
           "CREATE TABLE t(id INTEGER PRIMARY KEY, n INTEGER, text TEXT);\n"
           "CREATE INDEX i ON t(text);\n")
    for k in range(1, rows // EACH + 1):
        yield f"""BEGIN;
WITH RECURSIVE c(x) AS (SELECT {(k - 1) * EACH + 1} UNION ALL
    SELECT x + 1 FROM c WHERE x < {k * EACH})
    INSERT INTO t SELECT x, 0, printf('row %d of %d', x * 7919 % 10007, x)
    FROM c;
UPDATE t SET n = n + 1 WHERE id % {STEP} = 0;
COMMIT;
.shell printf %016d {k} | dd of=/dev/vda bs=4096 seek={SIZE >> 12} conv=notrunc
"""
    yield "PRAGMA integrity_check; SELECT count(*), sum(n) FROM t;\n"


def changes(transactions):
    """sum(n) after so many."""
    return sum(k * EACH // STEP for k in range(1, transactions + 1))


def make_disk(tmp, rows, mode):
    """sqlite3 and what it needs on a disk of its own."""
    files, image = cpio.Archive(), os.path.join(tmp, "db.img")
    dynamic.add_program(files, dynamic.find("sqlite3"))
    dynamic.add_program(files, BUSYBOX, "/bin/busybox")
    for name in ("sh", "dd"):
        files.symlink(f"/bin/{name}", "busybox")
    files.folder("/db")
    files.data("/load.sql", "".join(load(rows, mode)).encode())
    if os.path.exists(image):
        os.unlink(image)
    make_image(image, f"{SIZE >> 20}M", files.top, 4096)
    os.truncate(image, SIZE + 4096)
    return image


def broken(image, rows, lost):
    """What is wrong with the database of a cut image; None: nothing.  So many
    acknowledged transactions may be lost."""
    ack = acknowledged(image, SIZE)
    why = repair(image)
    if why:
        return why
    with tempfile.TemporaryDirectory() as folder:
        host("debugfs", "-R", f"rdump /db {folder}", image)
        path = os.path.join(folder, "db", "db")
        if not os.path.exists(path):
            return "no database" if ack else None
        db = sqlite3.connect(path)
        try:
            if db.execute("PRAGMA integrity_check").fetchall() != [("ok",)]:
                return f"{ack} acknowledged: integrity_check"
            found = db.execute("SELECT count(*), sum(n) FROM t").fetchone()
        except sqlite3.DatabaseError as error:
            return f"{ack} acknowledged: {error}" if ack else None
        finally:
            db.close()
    there, rest = divmod(found[0], EACH)
    if rest or found[0] > rows or (found[1] or 0) != changes(there):
        return f"half a transaction: {found}"
    if there < ack - lost:
        return f"{ack} acknowledged, {there} there"
    return None


def run(tmp, mode, rows, cuts):
    image = make_disk(tmp, rows, mode)
    log, work = os.path.join(tmp, "log"), os.path.join(tmp, "work.img")
    start = open(image, "rb").read()
    archive = guest.base()
    guest.add_command(archive, "/bin/sh", ["-c", "sqlite3 /db/db < /load.sql"])
    result, out, klog = boot_with(archive, logging_drive(image, log),
                                  append="debug holdfast.root=/dev/vda")
    count = rows // EACH
    tap.ok(result.status == 0 and f"\nok\n{rows}|{changes(count)}\n" in
           out.replace("\r", "") and acknowledged(image, SIZE) == count and
           not clean(image), f"{mode}: {rows} rows in {count} transactions",
           out, klog, clean(image))
    writes = logged_writes(log)
    rng = random.Random(rows)
    bad = []
    for turn in range(cuts):
        cut = rng.randrange(len(writes))
        with open(work, "wb") as file:
            file.write(cut_image(start, writes, cut, turn % 2 and rng, SIZE))
        why = broken(work, rows, mode == "DELETE")
        if why:
            bad.append(f"cut after write {cut}: {why}")
    tap.ok(not bad, f"{mode}: {cuts} cuts in {len(writes)} writes, nothing "
           "acknowledged is lost", *bad[:5])


ROWS = int(sys.argv[1]) if len(sys.argv) > 1 else 100000
CUTS = int(sys.argv[2]) if len(sys.argv) > 2 else 12
with tempfile.TemporaryDirectory() as top:
    for journal in ("TRUNCATE", "DELETE"):
        run(top, journal, ROWS, CUTS)
tap.done()
