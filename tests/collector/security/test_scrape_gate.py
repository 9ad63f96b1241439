"""The metrics port: open on this machine, as guarded as the page beyond it (C58)."""

from __future__ import annotations

import asyncio
import json
import ssl
from pathlib import Path

import httpx
import pytest
from tests.support.asgi import Response, request
from tests.support.certificates import Issuer
from tests.support.tokens import gate_of, token

from turnspan_collector import process
from turnspan_collector.config import load
from turnspan_collector.health import MetricsApp
from turnspan_collector.ports import Ports
from turnspan_collector.security import OpenGate, PageGuard, make_certificates
from turnspan_collector.security.scrape_gate import ScrapeGate

GATE = gate_of(token("sender", bots=None), token("reader", may_read=True))


async def ask(gate: ScrapeGate, secret: str = "") -> Response:
    app = PageGuard(MetricsApp(lambda: b"numbers", "text/plain"), gate)
    headers = [("authorization", f"Bearer {secret}")] if secret else []
    return await request(app, "/metrics", method="GET", headers=headers)


@pytest.mark.parametrize(
    ("secret", "status"), [("", 401), ("other", 401), ("sender", 403), ("reader", 200)]
)
async def test_who_may_read_may_scrape(secret: str, status: int) -> None:
    """With the token of a dashboard; nobody else."""
    gate = ScrapeGate()
    gate.gate = GATE
    assert (await ask(gate, secret)).status == status


async def test_before_the_tokens_are_known_nobody_may() -> None:
    """It is to be asked again; the port is open before the database is."""
    answer = await ask(ScrapeGate(), "reader")
    assert (answer.status, answer.headers["retry-after"]) == (503, "1")
    assert json.loads(answer.text)["error"].startswith("the tokens are not known yet")


async def test_without_tokens_there_is_none_to_show() -> None:
    """TLS alone was asked for, or nothing."""
    gate = ScrapeGate()
    gate.gate = OpenGate()
    assert (await ask(gate)).text == "numbers"


@pytest.mark.parametrize(("is_own", "wanted"), [(True, 200), (False, 401)])
async def test_beyond_this_machine_the_port_has_tls_and_asks(
    is_own: bool, wanted: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """On it neither, as ever."""
    monkeypatch.setattr(process, "is_loopback", lambda host: is_own)
    issuer = Issuer(tmp_path)
    files = issuer.issue()
    context = ssl.create_default_context(cafile=str(issuer.ca))
    flags = {"tls_cert": str(files.cert), "tls_key": str(files.key)}
    ports = dict.fromkeys(("grpc", "http", "health", "metrics", "api"), 0)
    settings = load({**flags, **{f"{name}_port": at for name, at in ports.items()}}, {})
    collector = process.Collector(settings)
    collector._certificates = make_certificates(settings.security)
    collector._scrape_gate.gate = GATE
    bound = Ports(settings.listen)
    server = collector._counters(bound)
    await server.start()
    try:
        scheme = "http" if is_own else "https"
        port = bound.sockets["metrics_port"].getsockname()[1]
        url = f"{scheme}://127.0.0.1:{port}/metrics"
        answer = await asyncio.to_thread(httpx.get, url, verify=context)
        assert answer.status_code == wanted
    finally:
        await server.stop()
        bound.close()
