"""The collector is asked over HTTP, and its reasons are handed on."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

from turnspan_collector.doctor import Severity, check_collector


@contextmanager
def answering(status: int, body: bytes) -> Iterator[str]:
    """A server that gives one answer; its URL."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


def test_a_ready_collector_is_fine() -> None:
    """By its status alone."""
    with answering(200, b'{"status":"ready"}') as url:
        (one,) = check_collector(url)
    assert one.severity is Severity.FINE


def test_what_a_ready_collector_mentions_is_a_warning() -> None:
    """Something should be looked at, and nothing is lost yet."""
    body = b'{"status":"ready","notes":{"forward.there":"it has taken nothing"}}'
    with answering(200, body) as url:
        first, second = check_collector(url)
    assert (first.severity, second.severity) == (Severity.FINE, Severity.WARNING)
    assert second.says == "forward.there: it has taken nothing."


def test_the_reasons_of_one_that_is_not_are_given() -> None:
    """Each in its own words."""
    body = b'{"status":"not ready","reasons":{"database":"it cannot be reached"}}'
    with answering(503, body) as url:
        (one,) = check_collector(url)
    assert one.severity is Severity.ALARM
    assert one.says == "It is not ready: database: it cannot be reached."


def test_another_server_is_not_taken_for_a_collector() -> None:
    """Whatever it answers."""
    for body in (b"<html>", b"[]", b'{"reasons":1}'):
        with answering(404, body) as url:
            (one,) = check_collector(url)
        assert one.severity is Severity.WARNING
        assert "is no collector's health check" in one.says


def test_none_at_all_is_an_alarm() -> None:
    """Nothing listens, or the address is none."""
    for url in ("http://127.0.0.1:1/", "nonsense"):
        (one,) = check_collector(url)
        assert one.severity is Severity.ALARM
