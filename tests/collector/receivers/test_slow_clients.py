"""Clients that are slow on purpose, or too many: hung up on in time (C60)."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc.status_pb2 import Status
from tests.support.certificates import Issuer
from tests.support.doors import Doors, open_doors
from tests.support.otlp import numbered, traces
from tests.support.running import eventually

from turnspan_collector.connections import ConnectionLimits
from turnspan_collector.decode import TRACES
from turnspan_collector.security import Certificates

LIMITS = ConnectionLimits(
    header_seconds_max=0.5, body_seconds_max=0.5, connections_max=5
)
HEAD = (
    b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n"
    b"content-type: application/x-protobuf\r\ncontent-length: 100\r\n"
)
BODY = traces(*numbered(1)).SerializeToString()
WAIT_S = 20


@pytest.fixture
def doors() -> Iterator[Doors]:
    with open_doors(limits=LIMITS) as opened:
        yield opened


def connect(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), WAIT_S)


def rest(client: socket.socket) -> bytes:
    """All that comes until the other side closes."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := client.recv(65536):
            parts.append(part)
    return b"".join(parts)


def dribble(client: socket.socket, piece: bytes) -> bytes:
    """Send a piece every 50 ms until the other side closes; gives what it said."""
    client.settimeout(0.05)
    ends, said = time.monotonic() + WAIT_S, b""
    while time.monotonic() < ends:
        try:
            client.sendall(piece)
            part = client.recv(65536)
        except TimeoutError:
            continue
        except ConnectionError:
            return said
        said += part
        if not part:
            return said
    raise AssertionError("it was still read after 20 s")


def refusal(answer: bytes) -> tuple[str, Status]:
    """The status line, and the Status of the body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-type: application/x-protobuf" in head
    return head.splitlines()[0].decode(), Status.FromString(body)


def test_silence_is_not_waited_for(doors: Doors) -> None:
    """Neither before the first byte nor after it."""
    for said in (b"", b"P", HEAD):
        with connect(doors.http_port) as client:
            client.sendall(said)
            line, status = refusal(rest(client))
        assert line == "HTTP/1.1 408 Request Timeout"
        assert (status.code, status.message) == (4, "the request was not whole in time")


def test_a_head_that_never_ends_is_not_read_on(doors: Doors) -> None:
    """Slowloris: a header more each time, always in time."""
    with connect(doors.http_port) as client:
        client.sendall(HEAD)
        line, _ = refusal(dribble(client, b"x-more: 1\r\n"))
    assert line == "HTTP/1.1 408 Request Timeout"


def test_a_head_has_a_size(doors: Doors) -> None:
    """What does not fit is refused while it comes."""
    with connect(doors.http_port) as client:
        with contextlib.suppress(ConnectionError):
            client.sendall(HEAD + b"x-large: " + bytes(b"a" * 4_000_000))
        said = rest(client)
    assert said == b"" or refusal(said)[0].startswith("HTTP/1.1 431 ")


def test_a_body_that_dribbles_is_refused(doors: Doors) -> None:
    """With a Status, and the connection is closed (C27)."""
    with connect(doors.http_port) as client:
        client.sendall(HEAD + b"\r\n")
        line, status = refusal(dribble(client, b"a"))
    assert line == "HTTP/1.1 408 Request Timeout"
    assert status.message == (
        "the body was not whole after 0.5 s: send smaller requests"
    )


def test_what_is_no_http_gets_a_status(doors: Doors) -> None:
    """In the manner of this port, and no echo."""
    with connect(doors.http_port) as client:
        client.sendall(b"tsp_secret nonsense\r\n\r\n")
        said = rest(client)
    assert refusal(said)[0] == "HTTP/1.1 400 Bad Request"
    assert b"tsp_secret" not in said


def test_too_many_connections_are_closed(doors: Doors) -> None:
    """At once; when some go, others may come."""
    with contextlib.ExitStack() as held:
        for _ in range(LIMITS.connections_max):
            client = held.enter_context(connect(doors.http_port))
            client.sendall(HEAD[:10])
        with connect(doors.http_port) as one:
            assert rest(one) == b""
    eventually(lambda: post(doors).startswith(b"HTTP/1.1 200 "))


def post(doors: Doors) -> bytes:
    head = HEAD.replace(b"100", str(len(BODY)).encode())
    with connect(doors.http_port) as client, contextlib.suppress(ConnectionError):
        client.sendall(head + b"connection: close\r\n\r\n" + BODY)
        return rest(client)
    return b""


def test_a_request_in_time_is_not_hurried(doors: Doors) -> None:
    """Nor is a connection that is kept for the next one, or an answer that takes."""
    head = HEAD.replace(b"100", str(len(BODY)).encode()) + b"\r\n"
    with connect(doors.http_port) as client:
        for _ in range(2):
            doors.exporter.gate.clear()
            client.sendall(head + BODY)
            threading.Timer(1.0, doors.exporter.gate.set).start()
            assert client.recv(65536).startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("stray", [b"\r\n", b"\r\n\r\n", b"P"])
def test_bytes_between_requests_keep_nothing_open(doors: Doors, stray: bytes) -> None:
    """They end the wait for the next request, and begin none."""
    head = HEAD.replace(b"100", str(len(BODY)).encode()) + b"\r\n"
    with connect(doors.http_port) as client:
        client.sendall(head + BODY)
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
        client.sendall(stray)
        assert refusal(rest(client))[0] == "HTTP/1.1 408 Request Timeout"


def test_a_request_behind_a_large_one_is_taken(doors: Doors) -> None:
    """What came in one piece with the end of another is not counted as its head."""
    large = bytes(b"\xff" * 200_000)
    first = HEAD.replace(b"100", str(len(large)).encode()) + b"\r\n" + large
    second = HEAD.replace(b"100", str(len(BODY)).encode()) + b"\r\n" + BODY
    with connect(doors.http_port) as client:
        client.sendall(first + second[:40])
        time.sleep(0.1)
        client.sendall(second[40:])
        said = b""
        while said.count(b"HTTP/1.1 ") < 2:
            part = client.recv(65536)
            assert part, said
            said += part
    assert said.startswith(b"HTTP/1.1 400 ")
    assert b"HTTP/1.1 200 " in said


def test_a_handshake_that_never_ends_is_given_up(tmp_path: Path) -> None:
    """Over TLS nobody is waited for longer than without."""
    files = Issuer(tmp_path).issue()
    certificates = Certificates(str(files.cert), str(files.key))
    with open_doors(limits=LIMITS, certificates=certificates) as doors:
        for port in (doors.http_port, doors.grpc_port):
            with connect(port) as client:
                client.sendall(b"\x16\x03\x01")
                assert b"HTTP" not in rest(client)
        context = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        with (
            connect(doors.http_port) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as client,
        ):
            assert refusal(rest(client))[0] == "HTTP/1.1 408 Request Timeout"


def test_grpc_does_not_wait_for_a_preface(doors: Doors) -> None:
    """A connection that says nothing is closed."""
    with connect(doors.grpc_port) as client:
        rest(client)


def test_grpc_does_not_wait_for_a_message(doors: Doors) -> None:
    """More calls than threads, whose messages never come: others are answered."""
    hold = threading.Event()

    def never() -> Iterator[bytes]:
        hold.wait(WAIT_S)
        yield b""

    with grpc.insecure_channel(f"127.0.0.1:{doors.grpc_port}") as channel:
        slow: Any = channel.stream_unary(TRACES.method)
        calls = [slow.future(never(), timeout=WAIT_S) for _ in range(6)]
        assert doors.call(TRACES.method, BODY) == b""
        codes = {call.code() for call in calls}
        hold.set()
    assert codes == {grpc.StatusCode.CANCELLED}


def test_grpc_has_a_number_of_connections(doors: Doors) -> None:
    """More are closed at once."""
    with contextlib.ExitStack() as held:
        for _ in range(LIMITS.connections_max):
            channel = held.enter_context(
                grpc.insecure_channel(
                    f"127.0.0.1:{doors.grpc_port}",
                    options=[("grpc.use_local_subchannel_pool", 1)],
                )
            )
            send: Any = channel.unary_unary(TRACES.method)
            assert send(b"", timeout=WAIT_S) == b""
        with connect(doors.grpc_port) as one:
            assert rest(one) == b""


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])


@pytest.mark.parametrize(
    "limits",
    [
        ConnectionLimits(idle_seconds_max=0.5),
        ConnectionLimits(body_seconds_max=0.5, age_seconds_max=0.5),
    ],
    ids=["idle", "old"],
)
def test_grpc_closes_what_is_idle_or_old(limits: ConnectionLimits) -> None:
    """With a GOAWAY, after which clients connect again."""
    with open_doors(limits=limits) as opened, connect(opened.grpc_port) as client:
        client.sendall(PREFACE)
        frames = rest(client)
    assert bytes([7, 0, 0, 0, 0, 0]) in frames  # GOAWAY, of the connection
    assert frames[3] == 4  # SETTINGS came first


def test_grpc_clients_may_ping_without_calls() -> None:
    """As often as the limit says, and not once in five minutes only."""
    ping = bytes([0, 0, 8, 6, 0, 0, 0, 0, 0]) + bytes(8)
    with open_doors() as opened, connect(opened.grpc_port) as client:
        client.settimeout(1)
        client.sendall(PREFACE + ping)
        frames = client.recv(65536)
        with contextlib.suppress(TimeoutError):
            while bytes([6, 1, 0, 0, 0, 0]) not in frames:
                frames += client.recv(65536)
    assert bytes([6, 1, 0, 0, 0, 0]) in frames  # its acknowledgement
    assert bytes([7, 0, 0, 0, 0, 0]) not in frames
