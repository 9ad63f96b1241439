"""C56, C57, C59 and C60: a collector with TLS, client certificates and tokens."""

from __future__ import annotations

import contextlib
import functools
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.rpc.status_pb2 import Status
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceResponse,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from tests.support.certificates import Files, Issuer
from tests.support.otlp import attribute, span, traces
from tests.support.postgres import Databases
from tests.support.running import Running, eventually, running_collector, turnspan

from turnspan_collector.decode import TRACES

PROTOBUF = "application/x-protobuf"
SHOP = "https://shop.example"
WAIT_S = 30


@dataclass(frozen=True)
class Secured:
    """A collector that wants a certificate and a token, and both for bot shop."""

    running: Running
    issuer: Issuer
    client: Files
    secret: str

    @property
    def headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {self.secret}"}

    def context(self) -> ssl.SSLContext:
        """What a client of HTTP trusts and shows."""
        made = ssl.create_default_context()
        self.issuer.authority.configure_trust(made)
        made.load_cert_chain(self.client.cert, self.client.key)
        return made

    def post(self, body: bytes, **headers: str) -> httpx.Response:
        url = f"https://127.0.0.1:{self.running.ports['http']}/v1/traces"
        given = {"content-type": PROTOBUF, **headers}
        return httpx.post(url, content=body, headers=given, verify=self.context())

    def call(self, body: bytes, headers: dict[str, str]) -> bytes:
        credentials = grpc.ssl_channel_credentials(
            self.issuer.ca.read_bytes(),
            self.client.key.read_bytes(),
            self.client.cert.read_bytes(),
        )
        target = f"127.0.0.1:{self.running.ports['grpc']}"
        with grpc.secure_channel(target, credentials) as channel:
            send: Any = channel.unary_unary(TRACES.method)
            answer: bytes = send(body, metadata=list(headers.items()), timeout=WAIT_S)
            return answer

    def connect(self) -> ssl.SSLSocket:
        plain = socket.create_connection(
            ("127.0.0.1", self.running.ports["http"]), WAIT_S
        )
        return self.context().wrap_socket(plain, server_hostname="127.0.0.1")

    def bots(self) -> set[str]:
        with self.running.connect() as database:
            rows = database.execute("SELECT DISTINCT bot FROM _turnspan.span")
            return {str(row[0]) for row in rows}


@pytest.fixture(scope="module")
def secured(
    databases: Databases,
    template_dsn: str,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Secured]:
    folder = tmp_path_factory.mktemp("secured")
    issuer, dsn = Issuer(folder), databases.create(template_dsn)
    files, client = issuer.issue(), issuer.issue("bot", "bot.example")
    secret = turnspan("token", "create", "--dsn", dsn, "--bot", "shop").strip()
    flags = (
        *("--tls-cert", str(files.cert), "--tls-key", str(files.key)),
        *("--tls-client-ca", str(issuer.ca), "--tokens", "required"),
        *("--cors-origins", SHOP, "--header-seconds-max=1", "--body-seconds-max=1"),
    )
    with running_collector(folder, dsn=dsn, flags=flags) as running:
        yield Secured(running, issuer, client, secret)
    databases.drop(dsn)


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's own bundle goes before the exporter's argument, in requests."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


def exporters(secured: Secured, client: Files | None) -> list[SpanExporter]:
    ports, ca = secured.running.ports, secured.issuer.ca
    return [
        http_traces.OTLPSpanExporter(
            f"https://127.0.0.1:{ports['http']}/v1/traces",
            certificate_file=str(ca),
            client_certificate_file=str(client.cert) if client else None,
            client_key_file=str(client.key) if client else None,
            headers=secured.headers,
            timeout=3,
        ),
        grpc_traces.OTLPSpanExporter(
            f"https://127.0.0.1:{ports['grpc']}",
            credentials=grpc.ssl_channel_credentials(
                ca.read_bytes(),
                client.key.read_bytes() if client else None,
                client.cert.read_bytes() if client else None,
            ),
            headers=secured.headers,
            timeout=3,
        ),
    ]


def send(exporter: SpanExporter, name: str) -> None:
    provider = TracerProvider(resource=Resource({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    provider.get_tracer("t").start_span(name).end()
    provider.shutdown()


def test_c56_official_exporters_send_by_mtls(secured: Secured) -> None:
    """Both transports with a certificate, and neither without one."""
    for client, name in ((None, "without"), (secured.client, "with")):
        for exporter in exporters(secured, client):
            send(exporter, name)
    with secured.running.connect() as database:
        rows = database.execute(
            "SELECT name, count(*) FROM _turnspan.span "
            "WHERE name IN ('with', 'without') GROUP BY name"
        ).fetchall()
    assert rows == [("with", 2)]


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("port", ["http", "grpc", "api"])
def test_c56_versions_before_1_2_are_refused(secured: Secured, port: str) -> None:
    """The same client is let in with 1.2."""
    context = secured.context()
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.set_alpn_protocols(["h2" if port == "grpc" else "http/1.1"])
    context.minimum_version = ssl.TLSVersion.TLSv1
    for newest, let_in in (
        (ssl.TLSVersion.TLSv1_1, False),
        (ssl.TLSVersion.TLSv1_2, True),
    ):
        context.maximum_version = newest
        address = ("127.0.0.1", secured.running.ports[port])
        with socket.create_connection(address, WAIT_S) as plain:
            try:
                with context.wrap_socket(plain, server_hostname="127.0.0.1") as client:
                    assert let_in == (client.version() == "TLSv1.2")
            except ssl.SSLError:
                assert not let_in


OWN = traces(span(attributes=[attribute("chatbot.name", "shop")])).SerializeToString()
FOREIGN = traces(
    span(span_id=bytes(7) + b"\x01", attributes=[attribute("chatbot.name", "bank")])
).SerializeToString()


@pytest.mark.parametrize("headers", [{}, {"authorization": "Bearer tsp_other"}])
def test_c57_without_a_token_nothing_is_decoded(
    secured: Secured, headers: dict[str, str]
) -> None:
    """Garbage is not even found to be that, on either transport."""
    for body in (OWN, b"\xff\xff"):
        answer = secured.post(body, **headers)
        assert answer.status_code == 401
        assert Status.FromString(answer.content).code == 16
        with pytest.raises(grpc.RpcError) as failed:
            secured.call(body, headers)
        assert isinstance(failed.value, grpc.Call)
        assert failed.value.code() is grpc.StatusCode.UNAUTHENTICATED


def test_c57_a_token_writes_its_own_bot_alone(secured: Secured) -> None:
    """Rows of another are rejected by number, or the whole where none is left."""
    answer = secured.post(FOREIGN, **secured.headers)
    assert (answer.status_code, Status.FromString(answer.content).code) == (403, 7)
    with pytest.raises(grpc.RpcError) as failed:
        secured.call(FOREIGN, secured.headers)
    assert isinstance(failed.value, grpc.Call)
    assert failed.value.code() is grpc.StatusCode.PERMISSION_DENIED
    both = FOREIGN + OWN  # protobuf: messages put end to end are one
    for body in (
        secured.post(both, **secured.headers).content,
        secured.call(both, secured.headers),
    ):
        partial = ExportTraceServiceResponse.FromString(body).partial_success
        assert partial.rejected_spans == 1
        assert "may not send as their bot (1)" in partial.error_message
    assert secured.bots() == {"shop"}


def test_c59_a_preflight_is_answered_for_its_origin(secured: Secured) -> None:
    """Without a token, as browsers ask; of another origin it is not permitted."""
    url = f"https://127.0.0.1:{secured.running.ports['http']}/v1/traces"
    for origin, status in ((SHOP, 204), ("https://evil.example", 405)):
        answer = httpx.options(
            url,
            headers={
                "origin": origin,
                "access-control-request-method": "POST",
                "access-control-request-headers": "authorization,content-type",
            },
            verify=secured.context(),
        )
        allowed = answer.headers.get("access-control-allow-origin")
        assert (answer.status_code, allowed) == (
            status,
            SHOP if status == 204 else None,
        )
    answer = secured.post(OWN, origin=SHOP, **secured.headers)
    assert answer.headers["access-control-allow-origin"] == SHOP


@pytest.mark.parametrize("part", ["headers", "body"])
def test_c60_what_dribbles_is_hung_up_on(secured: Secured, part: str) -> None:
    """With a Status, though something comes all the time."""
    head = (
        f"POST /v1/traces HTTP/1.1\r\nhost: x\r\ncontent-type: {PROTOBUF}\r\n"
        f"authorization: Bearer {secured.secret}\r\ncontent-length: 10000\r\n"
    ).encode()
    piece = b"x-more: 1\r\n" if part == "headers" else b"a"
    said, ends = b"", time.monotonic() + WAIT_S
    with secured.connect() as client:
        client.sendall(head if part == "headers" else head + b"\r\n")
        client.settimeout(0.1)
        while time.monotonic() < ends:
            try:
                client.sendall(piece)
                came = client.recv(65536)
            except TimeoutError:
                continue
            except OSError:  # closed, with what we sent unread
                break
            said += came
            if not came:
                break
    head, _, body = said.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert Status.FromString(body).code == 4


def test_c60_connections_are_limited(migrated_dsn: str, tmp_path: Path) -> None:
    """More than so many are closed at once, on either transport."""
    flags = ("--connections-max=3", "--header-seconds-max=30")
    with running_collector(tmp_path, dsn=migrated_dsn, flags=flags) as running:
        for transport in ("http", "grpc"):
            address = ("127.0.0.1", running.ports[transport])
            with contextlib.ExitStack() as held:
                for _ in range(3):
                    held.enter_context(socket.create_connection(address, WAIT_S))
                eventually(functools.partial(_is_closed, address))


def _is_closed(address: tuple[str, int]) -> bool:
    with socket.create_connection(address, WAIT_S) as one:
        one.settimeout(1)
        with contextlib.suppress(TimeoutError):
            # A connection that stays says nothing, or the settings of HTTP/2.
            return one.recv(100) == b""
    return False
