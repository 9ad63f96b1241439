"""TLS at both doors: official exporters, mTLS, old versions, changed files (C56)."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from tests.support.certificates import Files, Issuer
from tests.support.doors import Doors, open_doors

from turnspan_collector.errors import ExitCode, StartError
from turnspan_collector.security import Certificates

TRANSPORTS = ["grpc", "http"]


@pytest.fixture(autouse=True)
def no_bundle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine's own bundle goes before the exporter's argument, in requests."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def issuer(tmp_path: Path) -> Issuer:
    return Issuer(tmp_path)


def secured(issuer: Issuer, *, client_ca: str = "") -> Certificates:
    files = issuer.issue()
    return Certificates(str(files.cert), str(files.key), client_ca)


def exporter(
    doors: Doors, transport: str, ca: Path, client: Files | None = None
) -> SpanExporter:
    """An official exporter with the files that its users set."""
    if transport == "http":
        return http_traces.OTLPSpanExporter(
            f"https://127.0.0.1:{doors.http_port}/v1/traces",
            certificate_file=str(ca),
            client_certificate_file=str(client.cert) if client else None,
            client_key_file=str(client.key) if client else None,
            timeout=2,
        )
    credentials = grpc.ssl_channel_credentials(
        ca.read_bytes(),
        client.key.read_bytes() if client else None,
        client.cert.read_bytes() if client else None,
    )
    return grpc_traces.OTLPSpanExporter(
        f"https://127.0.0.1:{doors.grpc_port}", credentials=credentials, timeout=2
    )


def send(sender: SpanExporter) -> None:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(sender))
    provider.get_tracer("t").start_span("turn").end()
    provider.shutdown()


def handshake(
    port: int, context: ssl.SSLContext, name: str = "127.0.0.1"
) -> dict[str, Any]:
    """The certificate that the server shows."""
    with (
        socket.create_connection(("127.0.0.1", port), 10) as plain,
        context.wrap_socket(plain, server_hostname=name) as client,
    ):
        return dict(client.getpeercert() or {})


def trusting(*issuers: Issuer) -> ssl.SSLContext:
    context = ssl.create_default_context()
    for one in issuers:
        one.authority.configure_trust(context)
    return context


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_the_official_exporters_send_by_tls(issuer: Issuer, transport: str) -> None:
    """With the authority's file and nothing else."""
    with open_doors(certificates=secured(issuer)) as doors:
        send(exporter(doors, transport, issuer.ca))
        assert doors.exporter.spans == 1


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_with_mtls_a_client_shows_its_certificate(
    issuer: Issuer, tmp_path: Path, transport: str
) -> None:
    """One of the authority's is let in; none, and another's, are not."""
    other = Issuer(tmp_path, "other")
    certificates = secured(issuer, client_ca=str(issuer.ca))
    with open_doors(certificates=certificates) as doors:
        for client in (None, other.issue("stranger", "bot.example")):
            send(exporter(doors, transport, issuer.ca, client))
            assert doors.exporter.spans == 0
        send(exporter(doors, transport, issuer.ca, issuer.issue("bot", "bot.example")))
        assert doors.exporter.spans == 1


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
@pytest.mark.parametrize("transport", TRANSPORTS)
def test_versions_before_1_2_are_refused(issuer: Issuer, transport: str) -> None:
    """The same client gets in with 1.2."""
    with open_doors(certificates=secured(issuer)) as doors:
        port = doors.grpc_port if transport == "grpc" else doors.http_port
        context = trusting(issuer)
        context.set_ciphers("DEFAULT:@SECLEVEL=0")
        context.set_alpn_protocols(["h2" if transport == "grpc" else "http/1.1"])
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with pytest.raises(ssl.SSLError, match=r"PROTOCOL_VERSION|EOF"):
            handshake(port, context)
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        assert handshake(port, context)["subject"]


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_a_plain_client_is_refused(issuer: Issuer, transport: str) -> None:
    """It gets no answer in plain words."""
    with open_doors(certificates=secured(issuer)) as doors:
        port = doors.grpc_port if transport == "grpc" else doors.http_port
        with socket.create_connection(("127.0.0.1", port), 10) as client:
            client.sendall(b"POST /v1/traces HTTP/1.1\r\nhost: x\r\n\r\n")
            try:
                said = client.recv(1000)
            except ConnectionError:
                said = b""
        assert b"HTTP" not in said


@pytest.mark.parametrize("transport", TRANSPORTS)
def test_changed_files_are_taken_without_a_restart(
    issuer: Issuer, tmp_path: Path, transport: str
) -> None:
    """A new authority too; files that do not fit leave the old ones in force."""
    folder = tmp_path / "next"
    folder.mkdir()
    later = Issuer(folder)
    files, new = issuer.issue(), later.issue()
    certificates = Certificates(str(files.cert), str(files.key))
    context = trusting(issuer, later)
    context.set_alpn_protocols(["h2" if transport == "grpc" else "http/1.1"])
    with open_doors(certificates=certificates) as doors:
        port = doors.grpc_port if transport == "grpc" else doors.http_port
        first = handshake(port, context)["serialNumber"]
        os.replace(new.cert, files.cert)
        assert handshake(port, context)["serialNumber"] == first
        os.replace(new.key, files.key)
        assert handshake(port, context)["serialNumber"] != first


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda files: files.key.chmod(0o644), "has mode 0644, so that others may"),
        (lambda files: files.key.chmod(0o620), "has mode 0620, so that others may"),
        (lambda files: files.key.unlink(), "cannot be read (No such file or direc"),
        (lambda files: files.cert.write_text("no"), "cannot be used"),
        (lambda files: shutil.copyfile(files.cert, files.key), "cannot be used"),
        (lambda files: files.cert.write_bytes(bytes(1024 * 1024 + 1)), "more than"),
    ],
)
def test_files_that_cannot_be_used_are_said(
    issuer: Issuer, spoil: Any, said: str
) -> None:
    """Before a port is open, and without a word of what is in the key."""
    files = issuer.issue()
    spoil(files)
    with pytest.raises(StartError) as refused:
        Certificates(str(files.cert), str(files.key))
    assert refused.value.exit_code is ExitCode.USAGE
    assert said in str(refused.value)
    assert "PRIVATE" not in str(refused.value)


def test_a_key_of_a_group_is_taken(issuer: Issuer) -> None:
    """As Debian's ssl-cert and mounted secrets have it."""
    files = issuer.issue()
    files.key.chmod(0o640)
    assert Certificates(str(files.cert), str(files.key)).current()


def test_a_client_authority_without_certificates_is_said(
    issuer: Issuer, tmp_path: Path
) -> None:
    """Rather than to let nobody in."""
    empty = tmp_path / "empty.pem"
    empty.touch()
    with pytest.raises(StartError, match="holds no certificate: give PEM"):
        secured(issuer, client_ca=str(empty))
