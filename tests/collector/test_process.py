"""The collector as a process: it keeps what it answered, and says what is wrong.

Every fault test counts from the client's side: accepted = stored, to the row.
"""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

import grpc
import psycopg
import pytest
from psycopg import conninfo, errors, sql
from tests.support.away import let_in, lock_out
from tests.support.otlp import numbered, traces
from tests.support.running import Running, eventually, running_collector

from turnspan_collector.decode import TRACES
from turnspan_collector.embedded.cluster import read_postmaster
from turnspan_collector.errors import ExitCode
from turnspan_exporters.timescale import migrate

SPANS_PER_REQUEST = 20
PORTS = [f"--{name}-port=0" for name in ("grpc", "http", "health", "metrics", "api")]


class Client:
    """Sends requests until told to stop, and counts what was accepted.

    What fails is sent again, as exporters do.
    """

    def __init__(self, port: int, first: int = 0) -> None:
        self.accepted = 0
        self.failures = 0
        self._port = port
        self._first = first
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def wait_for(self, more: int) -> None:
        """Until so many more spans are accepted."""
        wanted = self.accepted + more
        eventually(lambda: self.accepted >= wanted, 60)

    def __enter__(self) -> Client:
        self._thread.start()
        return self

    def __exit__(self, *failure: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        with grpc.insecure_channel(f"127.0.0.1:{self._port}") as channel:
            send: Any = channel.unary_unary(TRACES.method)
            while not self._stop.is_set():
                start = self._first + self.accepted
                spans = numbered(SPANS_PER_REQUEST, start)
                try:
                    send(traces(*spans).SerializeToString(), timeout=10)
                    self.accepted += SPANS_PER_REQUEST
                except grpc.RpcError:
                    self.failures += 1
                    self._stop.wait(0.05)


def stored(running: Running) -> int:
    with running.connect() as connection:
        row = connection.execute("SELECT count(*) FROM _turnspan.span").fetchone()
    assert row is not None
    return int(row[0])


def get(port: int, path: str = "/") -> tuple[int, bytes]:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
            return answer.status, answer.read()
    except HTTPError as error:
        return error.code, error.read()


def start(*arguments: str, **variables: str) -> tuple[int, str]:
    """Run a collector that cannot start; returns its exit code and what it said."""
    done = subprocess.run(
        [sys.executable, "-m", "turnspan_collector", "collector", *PORTS, *arguments],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, **variables},
    )
    assert "Traceback" not in done.stderr
    return done.returncode, done.stderr.strip().splitlines()[-1]


def test_it_answers_when_it_says_that_it_is_ready(tmp_path: Path) -> None:
    """Both doors, the health check, the counters and the page."""
    with running_collector(tmp_path) as running:
        with Client(running.ports["grpc"]) as client:
            client.wait_for(SPANS_PER_REQUEST)
        body = traces(*numbered(1, 10**6)).SerializeToString()
        request = urllib.request.Request(
            f"{running.http_endpoint}/v1/traces",
            body,
            {"content-type": "application/x-protobuf"},
        )
        with urllib.request.urlopen(request) as answer:
            assert (answer.status, answer.read()) == (200, b"")
        assert stored(running) == client.accepted + 1
        assert get(running.ports["health"]) == (200, b'{"status":"ready"}')
        counters = get(running.ports["metrics"], "/metrics")[1].decode()
        for transport, count in (("grpc", client.accepted), ("http", 1)):
            assert (
                'otelcol_receiver_accepted_spans_total{receiver="otlp",'
                f'transport="{transport}"}} {count}.0'
            ) in counters
        assert get(running.ports["api"], "/api/openapi.json")[0] == 200
        assert running.stop() == 0


def test_kill_9_right_after_an_answer_loses_nothing(tmp_path: Path) -> None:
    """What was answered is there at the next start (C49)."""
    accepted = 0
    for _ in range(2):
        with running_collector(tmp_path) as running:
            with Client(running.ports["grpc"], accepted) as client:
                client.wait_for(5 * SPANS_PER_REQUEST)
                running.kill()
            accepted += client.accepted
    with running_collector(tmp_path) as running:
        count = stored(running)
    # The one request that was not answered may be stored or not.
    assert accepted <= count <= accepted + 2 * SPANS_PER_REQUEST


def test_kill_9_of_the_embedded_server_under_load_loses_nothing(
    tmp_path: Path,
) -> None:
    """Clients are answered from the spool, and then all is in the database (C50)."""
    with running_collector(tmp_path) as running:
        with Client(running.ports["grpc"]) as client:
            for _ in range(2):
                eventually(lambda: get(running.ports["health"])[0] == 200)
                server = read_postmaster(tmp_path / "data" / "postgres")
                assert server is not None
                os.kill(server.pid, signal.SIGKILL)
                client.wait_for(5 * SPANS_PER_REQUEST)
        eventually(lambda: get(running.ports["health"])[0] == 200)
        eventually(lambda: stored(running) == client.accepted)


def test_sigterm_under_load_stores_what_was_accepted(tmp_path: Path) -> None:
    """No answer without its rows, no rows without their answer (C52)."""
    with running_collector(tmp_path) as running:
        clients = [Client(running.ports["grpc"], at * 10**6) for at in range(3)]
        with clients[0], clients[1], clients[2]:
            eventually(lambda: all(one.accepted for one in clients))
            assert running.stop() == 0
    with running_collector(tmp_path) as running:
        assert stored(running) == sum(one.accepted for one in clients)


def test_a_database_that_is_away_makes_clients_wait_where_there_is_no_spool(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """Refused retryably while nobody may connect; nothing is lost after (C30, C50)."""
    without = ("--spool-bytes-max=0",)
    with running_collector(tmp_path, dsn=migrated_dsn, flags=without) as running:
        with Client(running.ports["grpc"]) as client:
            client.wait_for(SPANS_PER_REQUEST)
            lock_out(migrated_dsn)
            eventually(lambda: client.failures)
            eventually(lambda: get(running.ports["health"])[0] == 503)
            let_in(migrated_dsn)
            client.wait_for(SPANS_PER_REQUEST)
        assert stored(running) == client.accepted


def test_a_port_in_use_is_named_with_its_flag_and_variable(tmp_path: Path) -> None:
    """Before the database is touched."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        given = start("--http-port", str(port), "--data", str(tmp_path / "data"))
    assert given == (
        ExitCode.PORT_IN_USE,
        f"turnspan: port {port} on 127.0.0.1 is in use: stop the other program, or "
        "give --http-port (or TURNSPAN_HTTP_PORT) another port, or 0 for a free one.",
    )
    assert not (tmp_path / "data").exists()


def test_a_database_that_cannot_be_reached_is_said(tmp_path: Path) -> None:
    """With what to do, and without the password."""
    dsn = f"postgresql://u:hunter2@/db?host={tmp_path}"
    code, said = start("--dsn", dsn)
    assert code == ExitCode.DATABASE_UNREACHABLE
    assert "Start the database, or give --dsn another one." in said
    assert "hunter2" not in said


def test_a_dsn_that_is_none_is_said() -> None:
    """Not as a traceback of the driver."""
    code, said = start("--dsn", "nonsense")
    assert code == ExitCode.DATABASE_UNREACHABLE
    assert "The DSN cannot be used" in said


def test_missing_rights_are_said(dsn: str) -> None:
    """With the statement that grants them."""
    role = f"turnspan_poor_{os.getpid()}"
    with psycopg.connect(dsn, autocommit=True) as connection:
        try:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role))
            )
        except errors.InsufficientPrivilege:
            pytest.skip("this server's role may not make roles")
        try:
            code, said = start("--dsn", conninfo.make_conninfo(dsn, user=role))
        finally:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))
    assert code == ExitCode.DATABASE_RIGHTS
    assert "run GRANT CREATE ON DATABASE" in said


def test_a_schema_newer_than_the_program_is_said(dsn: str) -> None:
    """And left alone."""
    migrate(dsn)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO _turnspan.migration (name, sha256, program_version) "
            "VALUES ('9999_later.sql', 'x', '99.0')"
        )
    code, said = start("--dsn", dsn)
    assert code == ExitCode.SCHEMA_NEWER
    assert "Install that version or a newer one." in said


def test_a_bad_setting_is_said() -> None:
    """One sentence, exit code 2."""
    assert start("--request-bytes-max", "12") == (
        ExitCode.USAGE,
        "turnspan: --request-bytes-max is '12': give a whole number from 1024 to "
        "1073741824.",
    )


def test_two_collectors_share_a_database(migrated_dsn: str, tmp_path: Path) -> None:
    """The same traffic through both is stored once (C48)."""
    bodies = [traces(*numbered(5, at * 5)).SerializeToString() for at in range(10)]
    with (
        running_collector(tmp_path / "a", dsn=migrated_dsn) as first,
        running_collector(tmp_path / "b", dsn=migrated_dsn) as second,
    ):
        threads = [
            threading.Thread(target=_send_all, args=(one, bodies))
            for one in (first, second, first)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert stored(first) == 50


def _send_all(running: Running, bodies: list[bytes]) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{running.ports['grpc']}") as channel:
        send: Any = channel.unary_unary(TRACES.method)
        for body in bodies:
            send(body, timeout=30)


@pytest.mark.skipif(os.geteuid() != 0, reason="mounting a small disk needs root")
def test_a_full_disk_makes_clients_wait(tmp_path: Path) -> None:
    """Nothing is lost, and it goes on when there is room again."""
    data = tmp_path / "data"
    data.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=320m", "tmpfs", str(data)]
    if subprocess.run(mount, capture_output=True, check=False).returncode != 0:
        pytest.skip("this container may not mount")
    try:
        with running_collector(tmp_path) as running:
            with Client(running.ports["grpc"]) as client:
                client.wait_for(SPANS_PER_REQUEST)
                _fill(data / "ballast")
                eventually(lambda: client.failures, 60)
                (data / "ballast").unlink()
                client.wait_for(5 * SPANS_PER_REQUEST)
            eventually(lambda: stored(running) == client.accepted)
    finally:
        subprocess.run(["umount", "-l", str(data)], check=True)


def _fill(ballast: Path) -> None:
    """Write until nothing more goes onto the disk."""
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(bytes(64 * 1024)):
            pass
