"""``turnspan tail``: what a turn looks like in a terminal, and what is said without."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import click
import pytest
from click.testing import CliRunner

from turnspan_collector.commands.tail import TailError, command, follow, line

TURN: dict[str, Any] = {
    "turn_id": "t1",
    "time": "2026-03-03T14:03:22+00:00",
    "bot": "support",
    "channel": "telegram",
    "conversation_id": "3f9a1c77aa00",
    "intent": "order_status",
    "confidence": 0.874,
    "outcome": "answered",
    "initiator": "user",
    "duration_s": 0.4213,
    "events": [],
}


@contextmanager
def _api(*answers: dict[str, Any] | int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A collector's API that gives these answers, and the queries it was asked."""
    asked: list[dict[str, Any]] = []
    left = list(answers)

    class Api(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(parse_qs(urlsplit(self.path).query))
            answer = left.pop(0)
            status = answer if isinstance(answer, int) else 200
            body = {"error": "bot is 'x': no such bot."} if status != 200 else answer
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, format: str, *args: object) -> None:
            """Keep the tests' output clean."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Api)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(*ids: str, cursor: str | None = "c") -> dict[str, Any]:
    turns = [{**TURN, "turn_id": one} for one in ids]
    last = TURN["time"] if ids else None
    return {"turns": turns, "cursor": cursor, "last_turn_at": last}


def test_a_turn_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time, bot, channel, conversation, outcome, intent with confidence, seconds."""
    monkeypatch.setenv("TZ", "UTC")
    events = [
        {"name": "chatbot.handoff.request", "detail": "policy"},
        {"name": "chatbot.goal", "detail": None},
    ]
    shown = click.unstyle(line({**TURN, "events": events})).split()
    assert shown[1:] == [
        *("support", "telegram", "3f9a1c77", "answered", "order_status", "0.87"),
        *("0.42", "s", "handoff.request=policy", "goal"),
    ]


def test_what_is_unknown_is_a_dash() -> None:
    """A turn without channel, conversation, outcome, intent and duration shows."""
    names = ("channel", "conversation_id", "outcome", "intent", "confidence")
    bare = TURN | dict.fromkeys((*names, "duration_s")) | {"initiator": "bot"}
    shown = click.unstyle(line(bare)).split()
    assert shown[1:] == ["support", "-", "-", "unknown", "(bot)"]


def test_long_names_keep_the_columns() -> None:
    """A name that is too long is cut, and says so."""
    shown = click.unstyle(line({**TURN, "bot": "a-very-long-bot-name"}))
    assert shown.split()[1] == "a-very-long…"


def test_follow_gives_each_turn_once_and_in_order(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The API's newest first becomes oldest first; the cursor is passed on."""
    monkeypatch.setattr("turnspan_collector.commands.tail._POLL_S", 0)
    answers = (_answer("b", "a", cursor="1"), _answer(cursor=None), _answer("c"))
    with _api(*answers) as (url, asked):
        turns = follow(url, bot="support", last=2)
        assert [next(turns)["turn_id"] for _ in range(3)] == ["a", "b", "c"]
    assert [query.get("after") for query in asked] == [None, ["1"], ["1"]]
    assert {query["bot"][0] for query in asked} == {"support"}


def test_json_is_one_object_a_line() -> None:
    """Scripts get what the API gave, and no colour when it is no terminal."""
    with _api(_answer("a")) as (url, _):
        done = CliRunner().invoke(command, ["--url", url, "--json", "--once"])
    assert json.loads(done.stdout) == {**TURN, "turn_id": "a"}
    with _api(_answer("a")) as (url, _):
        done = CliRunner().invoke(command, ["--url", url, "--once"])
    assert "\x1b" not in done.stdout
    assert done.exit_code == 0


def test_an_empty_store_gets_a_first_step(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After some seconds without any turn, it says once what to put into the bot."""
    monkeypatch.setattr("turnspan_collector.commands.tail._POLL_S", 0)
    monkeypatch.setattr("turnspan_collector.commands.tail._PATIENCE_S", 0)
    empty = _answer(cursor=None)
    with _api(empty, empty, empty, 422) as (url, _):
        done = CliRunner().invoke(command, ["--url", url])
    assert done.stderr.count("Nothing has arrived yet.") == 1
    assert "turnspan.setup(" in done.stderr
    assert (
        str(done.exception) == f"the collector at {url} said: bot is 'x': no such bot."
    )


def test_no_collector_is_a_sentence() -> None:
    """Nobody there: which address was tried and what to do."""
    with pytest.raises(TailError) as refused:
        next(follow("http://127.0.0.1:1"))
    assert str(refused.value) == (
        "no collector answers at http://127.0.0.1:1: start one with "
        "`turnspan collector`, or name another with --url."
    )
    with pytest.raises(TailError, match="begins with http://"):
        next(follow("file:///etc/passwd"))
