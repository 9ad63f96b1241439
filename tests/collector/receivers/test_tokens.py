"""Tokens at both doors: asked for first, bound to bots, limited in rate (C57)."""

from __future__ import annotations

import json
import socket
import threading
import urllib.request
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError

import grpc
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from tests.support.doors import Doors, open_doors
from tests.support.otlp import attribute, numbered, span, traces
from tests.support.tokens import gate_of, token

from turnspan_collector.decode import TRACES

SHOP = {"authorization": "Bearer shop"}
OWN = traces(
    span(attributes=[attribute("chatbot.name", "shop")]),
).SerializeToString()
FOREIGN = traces(*numbered(2)).SerializeToString()


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    """Both receivers behind a gate."""
    gate = gate_of(
        token("shop", bots=("shop",)),
        token("reader", may_read=True),
        token("slow", bots=None, items_per_second=1),
    )
    with open_doors(gate=gate) as opened:
        yield opened


@pytest.fixture(autouse=True)
def empty(doors: Doors) -> None:
    doors.exporter.calls.clear()


def post(
    doors: Doors, body: bytes, headers: dict[str, str], kind: str = "x-protobuf"
) -> tuple[int, bytes, dict[str, str]]:
    request = urllib.request.Request(
        f"{doors.http}/v1/traces",
        body,
        {"content-type": f"application/{kind}", **headers},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.read(), dict(answer.headers)
    except HTTPError as error:
        return error.code, error.read(), dict(error.headers)


def call(doors: Doors, body: bytes, headers: dict[str, str]) -> bytes:
    with grpc.insecure_channel(f"127.0.0.1:{doors.grpc_port}") as channel:
        send: Any = channel.unary_unary(TRACES.method)
        answer: bytes = send(body, metadata=list(headers.items()), timeout=20)
        return answer


def refused(doors: Doors, body: bytes, headers: dict[str, str]) -> grpc.Call:
    with pytest.raises(grpc.RpcError) as failed:
        call(doors, body, headers)
    assert isinstance(failed.value, grpc.Call)
    return failed.value


def test_a_token_sends_its_own_bots_rows(doors: Doors) -> None:
    """Through both doors."""
    assert post(doors, OWN, SHOP)[:2] == (200, b"")
    assert call(doors, OWN, SHOP) == b""
    assert doors.exporter.spans == 2


@pytest.mark.parametrize(
    ("headers", "http", "code"),
    [
        ({}, 401, grpc.StatusCode.UNAUTHENTICATED),
        ({"authorization": "Bearer other"}, 401, grpc.StatusCode.UNAUTHENTICATED),
        ({"authorization": "Bearer reader"}, 403, grpc.StatusCode.PERMISSION_DENIED),
    ],
)
def test_nobody_else_sends(
    doors: Doors, headers: dict[str, str], http: int, code: grpc.StatusCode
) -> None:
    """With a Status in the request's encoding, that says nothing of sending again."""
    status, body, given = post(doors, b"{}", headers, "json")
    said = json.loads(body)
    assert (status, said["code"]) == (http, code.value[0])
    assert "details" not in said
    assert ("Bearer" in given.get("www-authenticate", "")) == (http == 401)
    status, body, given = post(doors, OWN, headers)
    assert (status, Status.FromString(body).code) == (http, code.value[0])
    assert "retry-after" not in given
    failed = refused(doors, OWN, headers)
    trailers = dict(failed.trailing_metadata() or ())
    assert failed.code() is code
    assert Status.FromString(trailers["grpc-status-details-bin"]).code == code.value[0]
    assert "google.rpc.retryinfo-bin" not in trailers
    assert doors.exporter.calls == []


def test_http_refuses_before_the_body_is_there(doors: Doors) -> None:
    """The answer comes after the headers of a request that never goes on."""
    head = (
        b"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n"
        b"content-type: application/json\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", doors.http_port), 20) as client:
        client.sendall(head)
        assert client.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_grpc_refuses_before_the_body_is_there(doors: Doors) -> None:
    """The answer comes while the client still holds its message back."""
    hold = threading.Event()

    def never() -> Iterator[bytes]:
        hold.wait(20)
        yield b""

    with grpc.insecure_channel(f"127.0.0.1:{doors.grpc_port}") as channel:
        send: Any = channel.stream_unary(TRACES.method)
        with pytest.raises(grpc.RpcError) as failed:
            send(never(), timeout=15)
        hold.set()
    assert isinstance(failed.value, grpc.Call)
    assert failed.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_a_body_that_is_refused_is_not_decoded(doors: Doors) -> None:
    """Garbage without a token is 401, with one 400."""
    assert post(doors, b"\xff", {})[0] == 401
    assert post(doors, b"\xff", SHOP)[0] == 400


def test_rows_of_another_bot_are_rejected(doors: Doors) -> None:
    """Some by partial success, all by 403: nothing of them is stored."""
    mixed = FOREIGN + OWN  # protobuf: messages put end to end are one
    for body in (call(doors, mixed, SHOP), post(doors, mixed, SHOP)[1]):
        answer = ExportTraceServiceResponse.FromString(body).partial_success
        assert answer.rejected_spans == 2
        assert answer.error_message == (
            "2 of 3 spans were rejected: the token may not send as their bot (2)"
        )
    status, body, _ = post(doors, FOREIGN, SHOP)
    assert (status, Status.FromString(body).code) == (403, 7)
    assert refused(doors, FOREIGN, SHOP).code() is grpc.StatusCode.PERMISSION_DENIED
    stored = [bot for one in doors.exporter.calls for b in one for bot in b.spans.bot]
    assert stored == ["shop", "shop"]


def test_a_rate_is_told_with_a_delay(doors: Doors) -> None:
    """429 and RESOURCE_EXHAUSTED with RetryInfo, after the burst (C31)."""
    slow = {"authorization": "Bearer slow"}
    body = traces(*numbered(40)).SerializeToString()
    assert post(doors, body, slow)[0] == 200
    status, _, headers = post(doors, body, slow)
    assert (status, headers["retry-after"]) == (429, "3")
    failed = refused(doors, body, slow)
    assert failed.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "google.rpc.retryinfo-bin" in dict(failed.trailing_metadata() or ())
    assert doors.exporter.spans == 40


def test_refusals_are_counted(doors: Doors) -> None:
    """Requests by answer, and the items of those that were decoded."""
    read = doors.metrics.registry.get_sample_value
    labels = {"receiver": "otlp", "transport": "http"}
    before = read("otelcol_receiver_refused_spans_total", labels) or 0
    post(doors, FOREIGN, SHOP)
    assert read("otelcol_receiver_refused_spans_total", labels) == before + 2
