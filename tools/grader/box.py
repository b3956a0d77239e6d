# SPDX-License-Identifier: GPL-2.0
"""Runs a command that may be hostile: what it can reach, and for how long.

Three ways, best first; choose() takes the first that works here:

  bubblewrap   namespaces of its own (processes, network, mounts, users): it
               sees /usr, the folders it was given, and a /tmp in memory
  user         another user id (the grader is root, in a container that has no
               namespaces to give): files and processes of others are safe
  limits       the same user: limits alone

In each way a watch outside looks at the whole tree of its processes: memory,
number, processor time, whether anything still runs.  Resource limits of the
kernel stand behind it (the address sanitizer reserves terabytes, so a limit on
address space cannot be one of them).
"""
import ctypes
import os
import select
import signal
import subprocess
import time

BWRAP, SETPRIV, PRLIMIT = "bwrap", "setpriv", "prlimit"
INSIDE = "/lab"             # where the tree lies in the box
FIRST_UID = 61000           # ids that no Debian system gives away
HEAD = TAIL = 32768         # of an output that is too long to keep
PR_SET_CHILD_SUBREAPER = 36
TICK = os.sysconf("SC_CLK_TCK")
POLL = 0.03
SHARE = 30              # looking takes at most that part of the time
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
               "LANG": "C.UTF-8", "HOME": "/tmp"}


class Limits:
    """cpu and wall in seconds, memory and the rest in bytes.  idle: so long
    without anything running is a stall."""

    def __init__(self, cpu=20, wall=0, memory=400 << 20, processes=64,
                 file=64 << 20, output=16 << 20, idle=15):
        self.cpu, self.wall = cpu, wall or 15 * cpu + 60
        self.memory, self.processes = memory, processes
        self.file, self.output, self.idle = file, output, idle


class Outcome:
    """How it ended: status as subprocess has it; why is "" or the name of the
    limit that ended it (cpu, wall, memory, processes, output, idle)."""

    def __init__(self):
        self.status, self.why = None, ""
        self.out, self.replies = b"", b""
        self.seconds = self.cpu = 0.0

    def text(self):
        return clean(self.out)


def clean(data, lines=200, columns=300):
    """Any bytes as text that a terminal, JSON and XML can bear."""
    text = data.decode("utf-8", "replace").replace("\r", "")
    text = "".join(c if c in "\n\t" or c.isprintable() else "\ufffd"
                   for c in text)
    rows = text.split("\n")
    if len(rows) > lines:
        left = len(rows) - lines
        rows = rows[:lines // 2] + [f"[{left} lines left out]"] + (
            rows[-lines // 2:])
    return "\n".join(row if len(row) <= columns else
                     row[:columns] + " [cut]" for row in rows)


class Bounded:
    """The first and the last bytes of an output of any length."""

    def __init__(self):
        self.head, self.tail, self.length = b"", b"", 0

    def add(self, data):
        self.length += len(data)
        room = HEAD - len(self.head)
        self.head += data[:room]
        self.tail = (self.tail + data[max(room, 0):])[-TAIL:]

    def bytes(self):
        left = self.length - len(self.head) - len(self.tail)
        middle = b"\n[%d bytes left out]\n" % left if left else b""
        return self.head + middle + self.tail


# ---- a tree of processes, seen from outside ---------------------------------

def children(pid):
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children",
                      encoding="ascii") as file:
                found += [int(x) for x in file.read().split()]
    except OSError:
        pass
    return found


def tree(pid):
    found, left = [], [pid]
    while left:
        one = left.pop()
        found.append(one)
        left += children(one)
    return found


def look(pid):
    """(bytes of memory, CPU seconds with its dead children's, running?)"""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii",
                  errors="replace") as file:
            words = file.read().rpartition(")")[2].split()
        with open(f"/proc/{pid}/status", encoding="ascii",
                  errors="replace") as file:
            kib = sum(int(line.split()[1]) for line in file
                      if line.startswith(("RssAnon:", "RssShmem:")))
    except (OSError, ValueError):
        return 0, 0.0, False
    # A zombie's time is in its parent's sum only after wait().
    cpu = sum(int(words[n]) for n in (11, 12, 13, 14)) / TICK
    return kib << 10, cpu, words[0] in "RD"


class Watch:
    """Looks now and then; trouble() names the limit that was passed."""

    def __init__(self, pid, limits):
        self.pid, self.limits = pid, limits
        self.start = self.moved = time.monotonic()
        self.cpu = 0.0

    def trouble(self):
        limits, now = self.limits, time.monotonic()
        pids = tree(self.pid)
        seen = [look(pid) for pid in pids]
        cpu = sum(x[1] for x in seen)
        if cpu > self.cpu or any(x[2] for x in seen):
            self.moved = now
        self.cpu = max(self.cpu, cpu)
        for name, bad in (
                ("memory", sum(x[0] for x in seen) > limits.memory),
                ("processes", len(pids) > limits.processes + 4),
                ("cpu", self.cpu > limits.cpu),
                ("idle", now - self.moved > limits.idle),
                ("wall", now - self.start > limits.wall)):
            if bad:
                return name
        return ""


def kill_tree(process):
    """All of it; twice, as a new process may have come meanwhile."""
    for _ in range(2):
        for pid in tree(process.pid):
            try:
                os.kill(pid, signal.SIGKILL)
            except OSError:
                pass
    process.wait()


def reap_orphans(own):
    """What left its parents is now a child of this process: end it too."""
    for _ in range(100):
        left = [pid for pid in children(os.getpid()) if pid not in own]
        if not left:
            return
        for pid in left:
            for one in reversed(tree(pid)):
                try:
                    os.kill(one, signal.SIGKILL)
                except OSError:
                    pass
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                pass


# ---- the three ways ---------------------------------------------------------

def works(command):
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, timeout=60,
                              capture_output=True, check=False,
                              ).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def choose(uid=None, want=None):
    """A Box of the best way that works; want: that one or none; uid: who is
    to own what runs in it if root grades (0: root itself, in its own tree)."""
    if os.geteuid() or uid == 0:
        uid = None
    elif uid is None:
        uid = FIRST_UID
    for way in ("bubblewrap", "user", "limits"):
        if want in (None, way):
            box = Box(way, uid)
            if box.usable():
                return box
    raise OSError(f"no way of isolation works here ({want})")


class Box:
    def __init__(self, way, uid=None):
        self.way, self.uid = way, uid
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)

    def usable(self):
        if self.way == "bubblewrap":
            return works(self.prefix(None, (), Limits()) + ["/bin/true"])
        return self.way == "limits" or (self.uid is not None and works(
            self.prefix(None, (), Limits()) + ["/bin/true"]))

    def give(self, path):
        """The folder and all in it belongs to who runs in the box."""
        if self.uid is None:
            return
        for at, folders, files in os.walk(path):
            for name in [at] + [os.path.join(at, x) for x in folders + files]:
                os.lchown(name, self.uid, self.uid)

    def path(self, tree_path, name):
        """How a file of the tree is called inside."""
        return os.path.join(
            INSIDE if self.way == "bubblewrap" else tree_path, name)

    def prefix(self, folder, writes, limits, network=False):
        cmd = [SETPRIV, f"--reuid={self.uid}", f"--regid={self.uid}",
               "--clear-groups", "--no-new-privs"] if self.uid else []
        if self.way == "bubblewrap":
            cmd += self.bubble(folder, writes)
        rlimits = [f"--fsize={limits.file}", "--core=0",
                   f"--cpu={int(limits.cpu) + 2}"]
        if self.way != "limits":
            rlimits.append(f"--nproc={limits.processes}")
        return cmd + [PRLIMIT, *rlimits, "--"]

    def bubble(self, folder, writes):
        cmd = [BWRAP, "--unshare-all", "--die-with-parent", "--new-session",
               "--uid", "1000", "--gid", "1000", "--hostname", "box"]
        for path in ("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64",
                     "/opt", "/nix", "/etc/alternatives", "/etc/ld.so.cache",
                     "/etc/ld.so.conf", "/etc/ld.so.conf.d"):
            if os.path.islink(path):
                cmd += ["--symlink", os.readlink(path), path]
            elif os.path.exists(path):
                cmd += ["--ro-bind", path, path]
        cmd += ["--proc", "/proc", "--dev", "/dev", "--size", str(128 << 20),
                "--tmpfs", "/tmp"]
        if folder:
            cmd += ["--ro-bind", folder, INSIDE, "--chdir", INSIDE]
            for name in writes:
                cmd += ["--bind", os.path.join(folder, name),
                        os.path.join(INSIDE, name)]
        return cmd

    def start(self, command, folder, limits, writes=(), env=(), pass_fds=(),
              **streams):
        """A process in the box, with `folder` as its current one and nothing
        written but in the folders `writes` of it."""
        env = dict(ENVIRONMENT, **dict(env))
        if self.way != "bubblewrap" and writes:
            env.setdefault("TMPDIR", os.path.join(folder, writes[0]))
        return subprocess.Popen(
            self.prefix(folder, writes, limits) + list(command),
            cwd=folder, env=env, pass_fds=pass_fds, start_new_session=True,
            **streams)

    def run(self, command, folder, limits, writes=(), env=(), replies=None):
        """To its end; replies: (secret, the name of the variable that tells
        the process which descriptors to read it from and to answer on)."""
        own = set(children(os.getpid()))
        sinks, env = {}, dict(env)
        pass_fds, mine = (), []
        if replies:
            secret_in, secret_out = os.pipe()
            reply_in, reply_out = os.pipe()
            os.write(secret_out, replies[0].encode())
            os.close(secret_out)
            env[replies[1]] = f"{secret_in},{reply_out}"
            pass_fds, mine = (secret_in, reply_out), [reply_in]
            sinks[reply_in] = Bounded()
        process = self.start(command, folder, limits, writes, env, pass_fds,
                             stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                             stderr=subprocess.STDOUT)
        for fd in pass_fds:
            os.close(fd)
        out = process.stdout.fileno()
        sinks[out] = Bounded()
        kept = dict(sinks)
        outcome = self.pump(process, sinks, limits)
        outcome.out = kept[out].bytes()
        if replies:
            outcome.replies = kept[mine[0]].bytes()
        for fd in mine:
            os.close(fd)
        process.stdout.close()
        reap_orphans(own)
        return outcome

    def pump(self, process, sinks, limits):
        """Reads until the process is over or one limit passed."""
        outcome, watch = Outcome(), Watch(process.pid, limits)
        looked, pause = 0.0, POLL
        while not outcome.why:
            read_some(sinks, POLL if process.poll() is None else 0)
            if process.poll() is not None and not read_some(sinks, 0):
                break
            if sum(s.length for s in sinks.values()) > limits.output:
                outcome.why = "output"
            elif time.monotonic() - looked > pause:
                began = time.monotonic()
                outcome.why = watch.trouble()
                looked = time.monotonic()
                pause = max(POLL, SHARE * (looked - began))
        if outcome.why:
            kill_tree(process)
            for _ in range(64):
                read_some(sinks, 0)
        outcome.status = process.wait()
        outcome.cpu = watch.cpu
        outcome.seconds = time.monotonic() - watch.start
        # The limits of the kernel say it by a signal.
        if outcome.status in (-signal.SIGXCPU, 128 + signal.SIGXCPU):
            outcome.why = "cpu"
        return outcome


def read_some(sinks, timeout):
    """Whether anything came; descriptors that are through leave `sinks`."""
    ready = select.select(list(sinks), [], [], timeout)[0]
    came = False
    for fd in ready:
        data = os.read(fd, 65536)
        if data:
            sinks[fd].add(data)
            came = True
        else:
            del sinks[fd]
    return came
