"""Both ways to a destination, against real servers: what is sent, what answers mean."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTracePartialSuccess,
    ExportTraceServiceResponse,
)
from tests.support.certificates import Issuer
from tests.support.destination import Answer, Receiver, receiving
from tests.support.otlp import numbered, traces

from turnspan_collector.decode import TRACES
from turnspan_collector.destinations import Destination, load_destinations
from turnspan_collector.errors import StartError
from turnspan_collector.forward._grpc import GrpcTransport
from turnspan_collector.forward._http import HttpTransport, client_context
from turnspan_collector.forward._outcome import (
    Delivered,
    Later,
    Outcome,
    Refused,
    Transport,
)

BODY = traces(*numbered(3)).SerializeToString()
PARTIAL = ExportTraceServiceResponse(
    partial_success=ExportTracePartialSuccess(rejected_spans=2, error_message="said")
).SerializeToString()
PROTOCOLS = ("grpc", "http/protobuf")
CODE = grpc.StatusCode


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as made:
        yield made


def transport(receiver: Receiver, protocol: str, **fields: Any) -> Transport:
    made = Destination("there", receiver.endpoint(protocol), protocol, **fields)
    return GrpcTransport(made) if protocol == "grpc" else HttpTransport(made)


def send(to: Transport, timeout_s: float = 5) -> Outcome:
    return to.send(TRACES, BODY, "a,b", timeout_s)


@pytest.mark.parametrize("compression", ["gzip", "none"])
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_request_arrives_as_it_was(
    receiver: Receiver, protocol: str, compression: str
) -> None:
    """With its headers, over one connection, time and again."""
    headers = "authorization=Bearer%20a%2Cb, X-Tenant=t"
    to = transport(receiver, protocol, headers=headers, compression=compression)
    assert [send(to) for _ in range(3)] == [Delivered()] * 3
    to.close()
    assert [one.body for one in receiver.got] == [BODY] * 3
    got = receiver.got[0].headers
    assert (got["authorization"], got["x-tenant"]) == ("Bearer a,b", "t")
    assert got["turnspan-via"] == "a,b"
    assert got["user-agent"].startswith("turnspan-collector/")
    if protocol != "grpc":
        assert got.get("content-encoding", "none") == compression


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_partial_success_is_told(receiver: Receiver, protocol: str) -> None:
    """By its number, and not by what is said."""
    receiver.answers = [Answer(body=PARTIAL), Answer(body=b"no protobuf")]
    to = transport(receiver, protocol)
    assert [send(to), send(to)] == [Delivered(2), Delivered()]
    to.close()


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Answer(429, after_s=7), Later("HTTP 429", 7)),
        (Answer(429), Later("HTTP 429")),
        (Answer(502), Later("HTTP 502")),
        (Answer(503), Later("HTTP 503")),
        (Answer(504), Later("HTTP 504")),
        (Answer(400), Refused("HTTP 400", True)),
        (Answer(413), Refused("HTTP 413", True, True)),
        (Answer(401), Refused("HTTP 401")),
        (Answer(404), Refused("HTTP 404")),
        (Answer(500), Refused("HTTP 500", True)),
        (Answer(307), Refused("HTTP 307")),
    ],
    ids=lambda one: str(one.status) if isinstance(one, Answer) else "",
)
def test_http_statuses_mean_what_otlp_says(
    receiver: Receiver, answer: Answer, outcome: Outcome
) -> None:
    """429, 502, 503 and 504 may be sent again; nothing else."""
    receiver.answers = [answer]
    to = transport(receiver, "http/protobuf")
    assert [send(to), send(to)] == [outcome, Delivered()]
    to.close()


@pytest.mark.parametrize(
    ("code", "after_s", "outcome"),
    [
        (CODE.UNAVAILABLE, None, Later("UNAVAILABLE")),
        (CODE.UNAVAILABLE, 5, Later("UNAVAILABLE", 5)),
        (CODE.RESOURCE_EXHAUSTED, 2, Later("RESOURCE_EXHAUSTED", 2)),
        (CODE.RESOURCE_EXHAUSTED, None, Refused("RESOURCE_EXHAUSTED", True, True)),
        (CODE.CANCELLED, None, Later("CANCELLED")),
        (CODE.DEADLINE_EXCEEDED, None, Later("DEADLINE_EXCEEDED")),
        (CODE.ABORTED, None, Later("ABORTED")),
        (CODE.OUT_OF_RANGE, None, Later("OUT_OF_RANGE")),
        (CODE.DATA_LOSS, None, Later("DATA_LOSS")),
        (CODE.INVALID_ARGUMENT, None, Refused("INVALID_ARGUMENT", True)),
        (CODE.UNAUTHENTICATED, None, Refused("UNAUTHENTICATED")),
        (CODE.PERMISSION_DENIED, None, Refused("PERMISSION_DENIED")),
        (CODE.UNIMPLEMENTED, None, Refused("UNIMPLEMENTED")),
    ],
)
def test_grpc_codes_mean_what_otlp_says(
    receiver: Receiver, code: grpc.StatusCode, after_s: int | None, outcome: Outcome
) -> None:
    """RESOURCE_EXHAUSTED may be sent again with RetryInfo, and not without."""
    receiver.answers = [Answer(503, code, after_s)]
    to = transport(receiver, "grpc")
    assert [send(to), send(to)] == [outcome, Delivered()]
    to.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_server_that_hangs_is_given_up(receiver: Receiver, protocol: str) -> None:
    """After the timeout, and may be asked again."""
    receiver.open.clear()
    to = transport(receiver, protocol)
    assert isinstance(send(to, 0.3), Later)
    receiver.open.set()
    assert send(to) == Delivered()
    to.close()


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nobody_there_may_be_tried_again(protocol: str) -> None:
    """It may have gone for a moment."""
    with receiving() as gone:
        to = transport(gone, protocol)
    assert isinstance(send(to), Later)
    to.close()


def encrypted(receiver: Receiver, issuer: Issuer, **fields: Any) -> Destination:
    endpoint = f"https://localhost:{receiver.grpc_port}"
    given = {"tls_ca": str(issuer.ca), **fields}
    return Destination("there", endpoint, **given)


def test_tls_with_certificates_of_both_sides(tmp_path: Path) -> None:
    """The destination is known by its authority, and knows this collector by its."""
    issuer = Issuer(tmp_path)
    server, client = issuer.issue(), issuer.issue("client", "collector")
    credentials = grpc.ssl_server_credentials(
        [(server.key.read_bytes(), server.cert.read_bytes())],
        issuer.ca.read_bytes(),
        require_client_auth=True,
    )
    shown = {"tls_cert": str(client.cert), "tls_key": str(client.key)}
    with receiving(credentials=credentials) as receiver:
        to = GrpcTransport(encrypted(receiver, issuer, **shown))
        assert send(to) == Delivered()
        to.close()
        (tmp_path / "others").mkdir()
        stranger = Issuer(tmp_path / "others")
        to = GrpcTransport(encrypted(receiver, stranger, **shown))
        assert isinstance(send(to), Later)
        to.close()


def test_http_asks_for_a_certificate(tmp_path: Path) -> None:
    """Of the authority that was given, and TLS 1.2 at least."""
    issuer = Issuer(tmp_path)
    made = Destination("there", "https://x:1", tls_ca=str(issuer.ca))
    context = client_context(made)
    assert context is not None
    assert context.verify_mode is ssl.CERT_REQUIRED
    assert context.check_hostname
    assert context.minimum_version is ssl.TLSVersion.TLSv1_2
    assert [one["subject"] for one in context.get_ca_certs()] != []


@pytest.mark.parametrize("wrong", ["tls_ca", "tls_cert"])
def test_tls_files_that_cannot_be_used_are_named(tmp_path: Path, wrong: str) -> None:
    """At the start."""
    file = tmp_path / "none.pem"
    given = {wrong: str(file)} | ({"tls_key": str(file)} if wrong[4:] == "cert" else {})
    (made,) = load_destinations(
        [f"there.{key}={value}" for key, value in given.items()]
        + ["there.endpoint=https://there.example"],
        {},
        {},
    )
    for kind in (GrpcTransport, HttpTransport):
        with pytest.raises(StartError, match=f"forward.there.{wrong} {file}"):
            kind(made)
