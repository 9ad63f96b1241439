"""A PostgreSQL data directory: made, locked, looked at."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import stat
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from turnspan_collector.embedded.binaries import Account, reachable_by
from turnspan_collector.errors import ExitCode, StartError

__all__ = [
    "ROLE",
    "Postmaster",
    "claim",
    "clear_stale",
    "data_path",
    "initialise",
    "prepare",
    "read_postmaster",
    "run_as",
    "socket_directory",
]

ROLE = "turnspan"
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_BYTES_MAX = 103  # sun_path has 104 bytes on macOS and 108 on Linux
FREE_BYTES_MIN = 128 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Postmaster:
    """What a server says of itself in its postmaster.pid."""

    pid: int
    socket_directory: Path | None
    ready: bool

    @property
    def is_alive(self) -> bool:
        """Whether a process of that id runs and is a postgres."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            pass  # somebody else's process: it lives
        return _is_postgres(self.pid)


def _is_postgres(pid: int) -> bool:
    """Process ids are used again, and a killed server may stay as a zombie."""
    try:
        name, _, rest = Path(f"/proc/{pid}/stat").read_text().rpartition(")")
    except OSError:
        shown = subprocess.run(  # noqa: S603
            ["/bin/ps", "-o", "comm=", "-p", str(pid)],
            capture_output=True,
            text=True,
            check=False,
        ).stdout
        return "postgres" in shown
    return name.endswith("(postgres") and rest.split()[0] != "Z"


def read_postmaster(cluster: Path) -> Postmaster | None:
    """The server that runs, or ran, on the cluster; ``None`` where there is none."""
    return _read_lock(cluster / "postmaster.pid")


def _read_lock(file: Path) -> Postmaster | None:
    try:
        lines = file.read_text().splitlines()
    except FileNotFoundError:
        return None
    if not lines or not lines[0].strip().lstrip("-").isdigit():
        return None
    directory = Path(lines[4]) if len(lines) > 4 and lines[4] else None
    ready = len(lines) > 7 and lines[7].strip() == "ready"
    return Postmaster(abs(int(lines[0])), directory, ready)


def data_path(data: Path) -> Path:
    """Where in the collector's data directory the cluster lies."""
    return data / "postgres"


def prepare(data: Path) -> None:
    """Make the data directory and see that there is room in it."""
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with tempfile.TemporaryFile(dir=data) as probe:
            probe.write(b"\0" * 8192)
            probe.flush()
        free = os.statvfs(data)
    except OSError as error:
        raise StartError(
            f"--data {data} cannot be written ({error.strerror}): give a directory "
            "that you may write and that has room.",
            ExitCode.DATA_DIRECTORY,
        ) from None
    free_bytes = free.f_bavail * free.f_frsize
    if free_bytes < FREE_BYTES_MIN:
        raise StartError(
            f"--data {data} has {free_bytes // 2**20} MiB of free space and at least "
            f"{FREE_BYTES_MIN // 2**20} MiB are needed: make room or give another "
            "directory.",
            ExitCode.DATA_DIRECTORY,
        )


def claim(data: Path) -> IO[str]:
    """Keep other collectors off the directory until the returned file is closed."""
    lock = (data / "collector.lock").open("a+", encoding="ascii")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        lock.seek(0)
        owner = lock.read(20).strip() or "unknown"
        lock.close()
        raise StartError(
            f"--data {data} is in use by the collector with process id {owner}: stop "
            "that one, or give this one another directory.",
            ExitCode.DATA_DIRECTORY,
        ) from None
    lock.truncate(0)
    lock.write(str(os.getpid()))
    lock.flush()
    return lock


def socket_directory(data: Path, account: Account) -> Path:
    """A directory for the socket: in ``data``, or a short one that is ours alone.

    A socket's path has about 100 bytes at most, and the server's account must be able
    to reach it; otherwise it lies in /run (root) or /tmp under a name made from the
    data directory's path.
    """
    inside = data / "run"
    short = len(os.fsencode(inside / SOCKET_NAME)) <= SOCKET_PATH_BYTES_MAX
    if not (short and reachable_by(account, data)):
        name = hashlib.sha256(os.fsencode(data)).hexdigest()[:16]
        runtime = Path("/run") if os.geteuid() == 0 else Path("/tmp")  # noqa: S108
        inside = runtime / f"turnspan-{account.uid}-{name}"
    inside.mkdir(mode=0o700, exist_ok=True)
    _own(inside, account)
    found = inside.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != account.uid:
        raise StartError(
            f"{inside} belongs to somebody else: remove it, because the database's "
            "socket goes there.",
            ExitCode.DATA_DIRECTORY,
        )
    return inside


def clear_stale(cluster: Path, sockets: Path) -> None:
    """Remove lock files whose process id is no running postgres.

    PostgreSQL does so itself where the process is gone; where another program has the
    number now, or a zombie keeps it, it would wait for a server that never ends. Its
    shared memory still guards the files against a second server.
    """
    for lock in (cluster / "postmaster.pid", sockets / f"{SOCKET_NAME}.lock"):
        found = _read_lock(lock)
        if found is not None and not found.is_alive:
            lock.unlink(missing_ok=True)


def _own(path: Path, account: Account) -> None:
    found = path.lstat()
    if not account.is_us and found.st_uid == 0 and stat.S_ISDIR(found.st_mode):
        os.chown(path, account.uid, account.gid, follow_symlinks=False)


def run_as(account: Account, cluster: Path) -> tuple[str, dict[str, Any]]:
    """How the cluster is spelled for the account, and how its processes start.

    Root's directories (``/root``, a private temporary directory) cannot be searched
    by the server's account. A process keeps its working directory whoever it becomes,
    so there the cluster is spelled ``/proc/self/cwd`` (Linux), and nothing of root's
    is opened to others.
    """
    start: dict[str, Any] = {"start_new_session": True, "stdin": subprocess.DEVNULL}
    if account.is_us:
        return str(cluster), start
    start |= {"user": account.uid, "group": account.gid, "extra_groups": []}
    start["cwd"] = cluster
    if reachable_by(account, cluster):
        return str(cluster), start
    if not Path("/proc/self/cwd").exists():
        raise StartError(
            f"--data {cluster.parent} cannot be reached by the account "
            f"{account.name}, which runs PostgreSQL when the collector is root: give "
            "a directory that every account may search.",
            ExitCode.DATA_DIRECTORY,
        )
    return "/proc/self/cwd", start


def initialise(cluster: Path, binaries: Path, account: Account) -> None:
    """Make the cluster, whole or not at all."""
    part = cluster.with_name(cluster.name + ".new")
    shutil.rmtree(part, ignore_errors=True)  # an earlier attempt was cut short
    part.mkdir(mode=0o700)
    _own(part, account)
    spelled, start = run_as(account, part)
    made = subprocess.run(  # noqa: S603
        [
            binaries / "initdb",
            f"--pgdata={spelled}",
            f"--username={ROLE}",
            "--auth-local=trust",  # the socket's directory is closed to others
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        env={"LC_ALL": "C", "PATH": "/usr/bin:/bin"},
        **start,
    )
    if made.returncode != 0:
        lines = made.stdout.splitlines() or ["no output"]
        told = [one for one in lines if one.startswith("initdb:") or "FATAL" in one]
        raise StartError(
            f"--data {cluster.parent}: initdb failed ({(told or lines)[-1]})"
            ": make room, or give another directory.",
            ExitCode.DATA_DIRECTORY,
        )
    part.rename(cluster)
