"""CORS: pages of configured origins may send, and nobody else's (C59)."""

from __future__ import annotations

import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from tests.support.doors import Doors, open_doors
from tests.support.tokens import gate_of, token

from turnspan_collector.config import SettingError, load

SHOP = "https://shop.example"


@pytest.fixture(scope="module")
def doors() -> Iterator[Doors]:
    gate = gate_of(token("shop", bots=None))
    with open_doors(cors_origins=f"{SHOP}, http://localhost:3000", gate=gate) as opened:
        yield opened


def ask(doors: Doors, method: str, **headers: str) -> tuple[int, dict[str, str]]:
    request = urllib.request.Request(
        f"{doors.http}/v1/traces",
        b"{}" if method == "POST" else None,
        {name.replace("_", "-"): value for name, value in headers.items()},
        method=method,
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, {k.lower(): v for k, v in answer.headers.items()}
    except HTTPError as error:
        return error.code, {k.lower(): v for k, v in error.headers.items()}


@pytest.mark.parametrize("origin", [SHOP, "http://localhost:3000"])
def test_a_preflight_of_a_configured_origin_is_permitted(
    doors: Doors, origin: str
) -> None:
    """Without a token, which browsers never send with one."""
    status, headers = ask(
        doors,
        "OPTIONS",
        origin=origin,
        access_control_request_method="POST",
        access_control_request_headers="authorization,content-type",
    )
    del headers["connection"]
    assert (status, headers) == (
        204,
        {
            "access-control-allow-origin": origin,
            "access-control-expose-headers": "retry-after",
            "access-control-allow-methods": "POST",
            "access-control-allow-headers": (
                "authorization, content-encoding, content-type, x-requested-with"
            ),
            "access-control-max-age": "7200",
            "vary": "origin",
        },
    )


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", f"{SHOP}.evil.example", "http://shop.example", "null"],
)
def test_a_preflight_of_another_origin_is_not(doors: Doors, origin: str) -> None:
    """It is told what it would be told without CORS."""
    status, headers = ask(
        doors, "OPTIONS", origin=origin, access_control_request_method="POST"
    )
    assert status == 405
    assert "access-control-allow-origin" not in headers


def test_answers_may_be_read_by_the_page_that_asked(doors: Doors) -> None:
    """Refusals too, or the page would only learn that something failed."""
    given = {"origin": SHOP, "content_type": "application/json"}
    status, headers = ask(doors, "POST", authorization="Bearer shop", **given)
    assert (status, headers["access-control-allow-origin"]) == (200, SHOP)
    status, headers = ask(doors, "POST", **given)
    assert (status, headers["access-control-allow-origin"]) == (401, SHOP)
    status, headers = ask(doors, "POST", **{**given, "origin": "https://evil.example"})
    assert "access-control-allow-origin" not in headers


def test_without_the_setting_nobody_is_permitted() -> None:
    """The default."""
    with open_doors() as doors:
        status, headers = ask(
            doors, "OPTIONS", origin=SHOP, access_control_request_method="POST"
        )
    assert status == 405
    assert not any(name.startswith("access-control") for name in headers)


@pytest.mark.parametrize(
    "origins", ["shop.example", f"{SHOP}/", f"{SHOP},x", "ftp://a", f"{SHOP}\r\nx: y"]
)
def test_an_origin_that_is_none_is_said(origins: str) -> None:
    """At the start, not when the first page fails."""
    with pytest.raises(SettingError, match="give origins such as"):
        load({"cors_origins": origins}, {})
