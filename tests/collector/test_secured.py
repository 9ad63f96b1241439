"""A collector with TLS and tokens, as its operators run it."""

from __future__ import annotations

import base64
import ssl
import urllib.request
from pathlib import Path
from urllib.error import HTTPError

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc import trace_exporter as grpc_traces
from opentelemetry.exporter.otlp.proto.http import trace_exporter as http_traces
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter
from tests.collector.test_process import start
from tests.support.browser import chromium, watched
from tests.support.certificates import Issuer
from tests.support.running import Running, eventually, running_collector, turnspan

from turnspan_collector.errors import ExitCode


def bots(running: Running) -> list[str]:
    with running.connect() as connection:
        rows = connection.execute("SELECT bot FROM _turnspan.span ORDER BY bot")
        return [str(row[0]) for row in rows]


def send(sender: SpanExporter, bot: str) -> None:
    provider = TracerProvider(resource=Resource({"service.name": bot}))
    provider.add_span_processor(SimpleSpanProcessor(sender))
    provider.get_tracer("t").start_span("turn").end()
    provider.shutdown()


def read(url: str, context: ssl.SSLContext, authorization: str = "") -> int:
    request = urllib.request.Request(url)
    if authorization:
        request.add_header("authorization", authorization)
    try:
        with urllib.request.urlopen(request, context=context, timeout=20) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def test_tls_and_tokens_from_the_command_to_the_rows(
    migrated_dsn: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made, used at both doors and the page, kept to its bot, and revoked."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    issuer = Issuer(tmp_path)
    files = issuer.issue()
    secret = turnspan("token", "create", "--dsn", migrated_dsn, "--bot", "shop").strip()
    reader = turnspan("token", "create", "--dsn", migrated_dsn, "--read").strip()
    flags = ("--tls-cert", str(files.cert), "--tls-key", str(files.key))
    required = (*flags, "--tokens", "required")
    with running_collector(tmp_path / "c", dsn=migrated_dsn, flags=required) as running:
        headers = {"authorization": f"Bearer {secret}"}
        doors: list[SpanExporter] = [
            grpc_traces.OTLPSpanExporter(
                f"https://127.0.0.1:{running.ports['grpc']}",
                credentials=grpc.ssl_channel_credentials(issuer.ca.read_bytes()),
                headers=headers,
                timeout=5,
            ),
            http_traces.OTLPSpanExporter(
                f"https://127.0.0.1:{running.ports['http']}/v1/traces",
                certificate_file=str(issuer.ca),
                headers=headers,
                timeout=5,
            ),
        ]
        for sender, bot in zip(doors, ("bank", "shop"), strict=True):
            send(sender, bot)
        assert bots(running) == ["shop"]
        context = ssl.create_default_context()
        issuer.authority.configure_trust(context)
        page = f"https://127.0.0.1:{running.ports['api']}"
        password = base64.b64encode(f"x:{reader}".encode()).decode()
        for path in ("/", "/api/v1/bots", "/api/openapi.json", "/static/app.js"):
            assert read(page + path, context) == 401
        assert read(f"{page}/api/v1/bots", context, f"Bearer {secret}") == 403
        assert read(f"{page}/", context, f"Basic {password}") == 200
        assert read(f"{page}/api/v1/bots", context, f"Bearer {reader}") == 200
        number = turnspan("token", "list", "--dsn", migrated_dsn).splitlines()[1]
        turnspan("token", "revoke", number.partition(":")[0], "--dsn", migrated_dsn)
        bearer = f"Bearer {reader}"
        eventually(lambda: read(f"{page}/api/v1/bots", context, bearer) == 401, 10)
        log = running.log.read_text()
        assert secret not in log
        assert reader not in log


@pytest.mark.browser
def test_a_browser_reads_the_page_with_the_token_as_password(
    migrated_dsn: str, tmp_path: Path
) -> None:
    """The page's own requests carry it on; without it there is no page."""
    reader = turnspan("token", "create", "--dsn", migrated_dsn, "--read").strip()
    required = ("--tokens", "required")
    with (
        running_collector(tmp_path, dsn=migrated_dsn, flags=required) as running,
        chromium() as browser,
    ):
        for password, status in (("wrong", 401), (reader, 200)):
            credentials = {"username": "eva", "password": password}
            with watched(browser, running.page, http_credentials=credentials) as seen:
                answer = seen.page.goto("/")
                assert answer is not None
                assert answer.status == status
                seen.page.wait_for_load_state("networkidle")
                # Chromium complains of every answer of 400 and more.
                assert bool(seen.complaints) == (status == 401)


def test_it_does_not_start_open_to_others() -> None:
    """Before a port is bound or the database is touched."""
    code, said = start("--host", "0.0.0.0", "--dsn", "postgresql://nowhere.invalid/x")
    assert code == ExitCode.OPEN_TO_OTHERS
    assert said.endswith("--insecure-listen on where something else keeps others out.")


def test_a_key_that_others_may_read_is_said(tmp_path: Path) -> None:
    """With the command that mends it."""
    files = Issuer(tmp_path).issue()
    files.key.chmod(0o644)
    code, said = start("--tls-cert", str(files.cert), "--tls-key", str(files.key))
    assert code == ExitCode.USAGE
    assert "has mode 0644, so that others may read or change it: run chmod 600" in said
