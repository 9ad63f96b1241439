"""What was sent is repeated nowhere: not in answers, the log, or reasons (C61)."""

from __future__ import annotations

import contextlib
import gzip
import json
import socket
from collections.abc import Iterator
from typing import Any

import grpc
import psycopg
import pytest
from tests.support.otlp import attribute, log, logs, span, traces
from tests.support.running import Running, eventually, running_collector, turnspan

from turnspan_collector.decode import LOGS, TRACES

CANARY = "tsp_canary0f00d0secret"
RAW = CANARY.encode()
PROTO = "application/x-protobuf"
POISON = """
CREATE FUNCTION _turnspan.poison() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF new.name LIKE '%canary%' THEN
        RAISE EXCEPTION 'invalid input syntax for type name: "%"', new.name
            USING ERRCODE = '22P02', DETAIL = new.name, HINT = new.name;
    END IF;
    RETURN new;
END $$;
CREATE TRIGGER poison BEFORE INSERT ON _turnspan.span
    FOR EACH ROW EXECUTE FUNCTION _turnspan.poison();
"""


@pytest.fixture(scope="module")
def tokens_asked() -> tuple[str, ...]:
    return ("--tokens", "required", "--cors-origins", "https://shop.example")


@pytest.fixture
def running(
    migrated_dsn: str, tokens_asked: tuple[str, ...], tmp_path: Any
) -> Iterator[Running]:
    """A collector that asks for tokens and logs all that it can."""
    with running_collector(tmp_path, dsn=migrated_dsn, flags=tokens_asked) as one:
        yield one


def request(
    *,
    path: str = "/v1/traces",
    method: str = "POST",
    body: bytes = RAW,
    **headers: str,
) -> bytes:
    """Raw bytes, so that no library mends what is hostile."""
    given = {
        "host": "x",
        "connection": "close",
        "content-type": PROTO,
        "content-length": str(len(body)),
        **{name.replace("_", "-"): value for name, value in headers.items()},
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in given.items())
    return f"{method} {path} HTTP/1.1\r\n{head}\r\n".encode("latin-1") + body


def answer(port: int, sent: bytes) -> bytes:
    parts = []
    with (
        socket.create_connection(("127.0.0.1", port), 20) as client,
        contextlib.suppress(ConnectionError),
    ):
        client.sendall(sent)
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts)


def ids(field: str) -> bytes:
    """A request in JSON whose span has the canary in one field."""
    good = {"traceId": "0" * 31 + "1", "spanId": "0" * 15 + "1", "name": "n"}
    one = {**good, field: CANARY}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [one]}]}]}).encode()


def hostile(token: str) -> Iterator[tuple[str, bytes]]:
    """Requests that are refused each for another reason, with the canary inside."""
    bearer: dict[str, Any] = {"authorization": f"Bearer {token}"}
    in_json: dict[str, Any] = {**bearer, "content_type": "application/json"}
    foreign = traces(span(name=CANARY, attributes=[attribute("chatbot.name", CANARY)]))
    yield "no token", request()
    yield "wrong token", request(authorization=f"Bearer {CANARY}")
    yield "wrong scheme", request(authorization=CANARY)
    yield "path", request(path=f"/{CANARY}?{CANARY}")
    yield "method", request(method="PUT", **bearer)
    yield "no method", request(method=CANARY)
    yield "media type", request(content_type=f"text/{CANARY}", **bearer)
    yield "compression", request(content_encoding=CANARY, **bearer)
    yield "origin", request(method="OPTIONS", origin=f"https://{CANARY}", **bearer)
    yield "protobuf", request(**bearer)
    yield "utf-8", request(body=b"\x0a\xff" + RAW, **bearer)
    yield "json", request(body=b"{" + RAW, **in_json)
    yield "no object", request(body=b'"' + RAW + b'"', **in_json)
    for field in ("kind", "startTimeUnixNano", "attributes", "status", "flags"):
        yield field, request(body=ids(field), **in_json)
    yield "depth", request(body=b'{"a":' * 200 + b'"' + RAW + b'"', **in_json)
    yield "gzip", request(content_encoding="gzip", **bearer)
    yield (
        "cut gzip",
        request(body=gzip.compress(RAW * 100)[:-9], content_encoding="gzip", **bearer),
    )
    yield "foreign", request(body=foreign.SerializeToString(), **bearer)
    yield "no http", RAW + b"\r\n\r\n"
    yield "no header", b"GET / HTTP/1.1\r\n" + RAW + b"\r\n\r\n"


def test_no_answer_and_no_log_repeats_what_was_sent(
    running: Running, migrated_dsn: str
) -> None:
    """Every way to be refused, at both doors and the page."""
    secret = turnspan("token", "create", "--dsn", migrated_dsn, "--bot", "shop").strip()
    good = traces(span(attributes=[attribute("chatbot.name", "shop")]))
    accepted = request(body=good.SerializeToString(), authorization=f"Bearer {secret}")
    eventually(lambda: answer(running.ports["http"], accepted).startswith(OK), 10)
    for what, sent in hostile(secret):
        said = answer(running.ports["http"], sent)
        assert said.startswith(b"HTTP/1.1 4"), (what, said)
        assert RAW not in said, what
        page = answer(running.ports["api"], sent)
        assert page.startswith(b"HTTP/1.1 4"), (what, page)
        assert RAW not in page, what
    for what, call in refused_calls(running.ports["grpc"], secret):
        said_all = f"{call.details()}{call.trailing_metadata()}"
        assert call.code() is not grpc.StatusCode.OK
        assert CANARY not in said_all, what
    logged = running.log.read_text()
    assert CANARY not in logged
    assert secret not in logged


OK = b"HTTP/1.1 200 "


def refused_calls(port: int, token: str) -> Iterator[tuple[str, Any]]:
    bearer = ("authorization", f"Bearer {token}")
    foreign = traces(span(name=CANARY, attributes=[attribute("chatbot.name", CANARY)]))
    tries: list[tuple[str, str, bytes, list[tuple[str, str]]]] = [
        ("no token", TRACES.method, RAW, []),
        ("wrong token", TRACES.method, RAW, [("authorization", f"Bearer {CANARY}")]),
        ("metadata", TRACES.method, RAW, [("x-more", CANARY), bearer]),
        ("method", f"/{CANARY}/Export", RAW, [bearer]),
        ("protobuf", LOGS.method, RAW, [bearer]),
        ("foreign", TRACES.method, foreign.SerializeToString(), [bearer]),
    ]
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        for what, method, body, metadata in tries:
            send: Any = channel.unary_unary(method)
            with pytest.raises(grpc.RpcError) as failed:
                send(body, metadata=metadata, timeout=20)
            yield what, failed.value


@pytest.mark.parametrize("tokens_asked", [()])
def test_what_the_database_refuses_is_repeated_in_its_payload_alone(
    running: Running, db: psycopg.Connection[Any]
) -> None:
    """Not in the reason, the answer, or the log, though the server quotes it."""
    db.execute(POISON)
    neighbour = span(span_id=bytes(7) + b"\x01")
    body = traces(span(name=CANARY), neighbour).SerializeToString()
    said = answer(running.ports["http"], request(body=body))
    assert said.startswith(OK)
    assert RAW not in said
    rows = db.execute("SELECT reason, payload::text FROM _turnspan.dead_letter")
    ((reason, payload),) = rows.fetchall()
    assert reason == (
        "InvalidTextRepresentation: invalid input syntax for type name, SQLSTATE 22P02"
    )
    assert CANARY in payload
    assert CANARY not in running.log.read_text()


@pytest.mark.parametrize("tokens_asked", [()])
def test_what_is_taken_is_not_logged(running: Running) -> None:
    """Not even at the level of debugging."""
    given = [attribute("chatbot.name", "shop"), attribute("secret", CANARY)]
    for path, body in (
        ("/v1/traces", traces(span(name=CANARY, attributes=given))),
        ("/v1/logs", logs(log(event_name=CANARY, attributes=given))),
    ):
        sent = request(path=path, body=body.SerializeToString())
        assert answer(running.ports["http"], sent).startswith(OK)
    assert CANARY not in running.log.read_text()
