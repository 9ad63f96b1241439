"""The official JavaScript exporters, over their three transports, into the database."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.support import npm
from tests.support.running import eventually
from tests.support.wire import Wire

SOURCES = Path(__file__).parents[2] / "collector" / "receivers" / "javascript"


@pytest.fixture(scope="session")
def javascript(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the exporters installed from its package.json."""
    folder = tmp_path_factory.mktemp("javascript")
    for file in SOURCES.iterdir():
        shutil.copy(file, folder)
    npm.install(folder)
    return folder


def send(wire: Wire, javascript: Path, transport: str, *flags: str) -> str:
    """Send a span, an event and a metric; returns the span's trace id."""
    running = wire.running
    url = running.endpoint if transport == "grpc" else running.http_endpoint
    done = subprocess.run(
        ["node", "send.js", transport, url, wire.bot, *flags],
        cwd=javascript,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    trace_id: str = json.loads(done.stdout)["traceId"]
    return trace_id


def all_signals_are_stored(wire: Wire, trace_id: str) -> None:
    asked = "SELECT trace_id, name FROM _turnspan.span WHERE bot = %(bot)s"
    # Where a commit takes long, the answer comes from the spool, before the row.
    eventually(lambda: wire.ask(asked))
    assert [(id.hex, name) for id, name in wire.ask(asked)] == [(trace_id, "turn")]
    asked = "SELECT name, body FROM _turnspan.event WHERE bot = %(bot)s"
    eventually(lambda: wire.ask(asked))
    assert wire.ask(asked) == [("app.view", {"a": [1, None]})]
    asked = "SELECT name, value FROM _turnspan.metric_point WHERE bot = %(bot)s"
    eventually(lambda: wire.ask(asked))
    assert wire.ask(asked) == [("turns", 2)]


def test_c03_javascript_over_grpc(wire: Wire, javascript: Path) -> None:
    """Traces, logs and metrics are rows."""
    all_signals_are_stored(wire, send(wire, javascript, "grpc"))


def test_c05_javascript_over_http(wire: Wire, javascript: Path) -> None:
    """In protobuf; traces, logs and metrics are rows."""
    all_signals_are_stored(wire, send(wire, javascript, "proto"))


def test_c07_javascript_in_json(wire: Wire, javascript: Path) -> None:
    """With ids in hexadecimal; traces, logs and metrics are rows."""
    all_signals_are_stored(wire, send(wire, javascript, "http"))


@pytest.mark.parametrize("transport", ["grpc", "proto", "http"])
def test_c01_javascript_compresses(
    wire: Wire, javascript: Path, transport: str
) -> None:
    """gzip of the exporters of each transport, chunked over HTTP (C11)."""
    all_signals_are_stored(wire, send(wire, javascript, transport, "gzip"))


@pytest.mark.parametrize("transport", ["proto", "http"])
def test_c11_javascript_sends_chunks(
    wire: Wire, javascript: Path, transport: str
) -> None:
    """Its bodies come without Content-Length."""
    all_signals_are_stored(wire, send(wire, javascript, transport))


def test_c21_javascript_names_events(wire: Wire, javascript: Path) -> None:
    """The event's name and its observed time survive JSON."""
    send(wire, javascript, "http")
    asked = (
        "SELECT name, observed_nano > 0, time_flags FROM _turnspan.event "
        "WHERE bot = %(bot)s"
    )
    assert wire.ask(asked) == [("app.view", True, 0)]
