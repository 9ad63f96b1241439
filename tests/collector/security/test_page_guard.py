"""The page and the API: a token to read, another to change, no other site at all."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from tests.support.asgi import Response, request
from tests.support.tokens import gate_of, token

from turnspan_collector.security import Gate, OpenGate, PageGuard

GATE = gate_of(
    token("sender", bots=None),
    token("reader", may_read=True),
    token("manager", may_read=True, may_manage=True),
)
HERE = ("host", "127.0.0.1:8321")


async def app(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"page"})


async def ask(
    gate: Gate, *headers: tuple[str, str], method: str = "GET", hosts: str = ""
) -> Response:
    guard = PageGuard(app, gate, hosts)
    return await request(guard, "/api/v1/bots", method=method, headers=headers)


async def test_a_browser_is_asked_for_the_token() -> None:
    """As a password, and the answer names the sentence as the API does."""
    answer = await ask(GATE, HERE)
    assert answer.status == 401
    assert json.loads(answer.text)["error"].startswith("a token is needed")
    password = base64.b64encode(b"eva:reader").decode()
    answer = await ask(GATE, HERE, ("authorization", f"Basic {password}"))
    assert (answer.status, answer.text) == (200, "page")


@pytest.mark.parametrize(
    ("secret", "method", "status"),
    [
        ("reader", "GET", 200),
        ("reader", "HEAD", 200),
        ("reader", "PUT", 403),
        ("manager", "PUT", 200),
        ("manager", "POST", 200),
        ("sender", "GET", 403),
        ("other", "GET", 401),
    ],
)
async def test_each_scope_does_its_own(secret: str, method: str, status: int) -> None:
    """Reading is not changing, sending is neither."""
    header = ("authorization", f"Bearer {secret}")
    assert (await ask(GATE, HERE, header, method=method)).status == status


@pytest.mark.parametrize(
    ("header", "status"),
    [
        (("origin", "http://127.0.0.1:8321"), 200),
        (("sec-fetch-site", "same-origin"), 200),
        (("origin", "https://evil.example"), 403),
        (("origin", "http://127.0.0.1:9000"), 403),
        (("origin", "null"), 403),
        (("origin", "http://["), 403),
        (("sec-fetch-site", "cross-site"), 403),
        (("sec-fetch-site", "same-site"), 403),
    ],
)
async def test_no_other_site_changes_anything(
    header: tuple[str, str], status: int
) -> None:
    """With a manager's password remembered by the browser, and without tokens."""
    token_header = ("authorization", "Bearer manager")
    answer = await ask(GATE, HERE, token_header, header, method="POST")
    assert answer.status == status
    assert (await ask(OpenGate(), HERE, header, method="POST")).status == status


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1:8321", 200),
        ("[::1]:8321", 200),
        ("localhost:8321", 200),
        ("stats.example:80", 200),
        ("evil.example:8321", 403),
        ("127.0.0.1.evil.example", 403),
        ("[", 403),
    ],
)
async def test_a_name_that_leads_here_reads_nothing(host: str, status: int) -> None:
    """Where tokens are off: DNS rebinding needs a name, and ours are listed."""
    answer = await ask(OpenGate(), ("host", host), hosts="stats.example, b.example")
    assert answer.status == status
