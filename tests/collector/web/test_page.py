"""The page on its own: what it says when the API says nothing, or no."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Route, expect
from tests.support.browser import Watched

from turnspan import conventions as names
from turnspan_collector.web import boards
from turnspan_exporters.timescale.metrics import CATALOGUE

pytestmark = pytest.mark.browser

NOW = "2026-03-08T12:00:00Z"
BOT = {
    "name": "support",
    "channels": ["web"],
    "environments": ["production"],
    "timezone": "UTC",
    "last_turn": NOW,
}
QUIET: dict[str, Any] = {
    "turns": [],
    "cursor": "1",
    "now": NOW,
    "last_turn_at": None,
    "derivation_lag_s": None,
}
METRICS = [
    {
        "name": one.name,
        "title": one.title,
        "unit": one.unit,
        "kind": one.kind.value,
        "better": one.better.value,
        "sentence": one.sentence,
    }
    for one in CATALOGUE.values()
]


def _answering(seen: Watched, metric: Any, *, status: int = 200, **others: Any) -> None:
    """Answer the API's paths; ``metric`` is the answer to every metric."""
    answers = {
        "boards": boards(),
        "metrics": {"metrics": METRICS},
        "bots": {"bots": [BOT]},
        "turns": QUIET,
        "annotations": {"annotations": []},
        **others,
    }

    def answer(route: Route) -> None:
        path = route.request.url.split("/api/v1/")[1].split("?")[0]
        known = answers.get(path)
        body = metric if known is None else known
        route.fulfill(
            status=200 if known is not None else status,
            content_type="application/json",
            body=json.dumps(body),
        )

    seen.page.route("**/api/v1/**", answer)


def _row(value: float | None, **more: Any) -> dict[str, Any]:
    row = dict.fromkeys(("bucket", "value", "k", "n", "low", "high"))
    return {**row, "group": {}, "provisional": False, "value": value, **more}


def test_before_the_first_turn_it_says_how_to_send_one(bare: Watched) -> None:
    """An empty store shows the lines that fill it, and no board of zeros."""
    _answering(bare, {"rows": []}, bots={"bots": []})
    bare.page.goto("/")
    expect(bare.page.get_by_role("heading", name="No turns yet")).to_be_visible()
    expect(bare.page.locator("pre").nth(1)).to_contain_text("@turnspan.turn(")
    expect(bare.page.locator("#freshness")).to_have_text("no turns yet")
    assert bare.page.locator(".panel").count() == 0
    assert bare.complaints == []


def test_a_refusal_is_shown_where_it_belongs(bare: Watched) -> None:
    """A panel says the API's own sentence; the others stand."""
    sentence = "bucket: hour is too fine for 90 days; ask at most 31 days"
    _answering(bare, {"error": sentence}, status=422)
    bare.page.goto("/boards/handoff")
    panel = bare.page.locator("[data-panel=rate_over_time]")
    expect(panel.get_by_role("alert")).to_have_text(sentence)
    assert panel.get_attribute("data-state") == "failed"


def test_nothing_in_the_range_is_said_so(bare: Watched) -> None:
    """No rows are no chart: the panel says that there is nothing."""
    _answering(bare, {"rows": []})
    bare.page.goto("/boards/handoff")
    panel = bare.page.locator("[data-panel=rate_over_time]")
    expect(panel).to_contain_text("Nothing last 7 days.")
    tile = bare.page.locator("[data-panel=rate] .value")
    expect(tile).to_have_text("–")


def test_a_collector_that_is_gone_is_said_so(bare: Watched) -> None:
    """Without an API the page says what is the matter and tries again."""
    bare.page.route("**/api/v1/**", lambda route: route.abort())
    bare.page.goto("/")
    expect(bare.page.get_by_role("alert")).to_contain_text("cannot be reached")
    expect(bare.page.locator("#freshness")).to_have_attribute("data-state", "lost")


def test_names_from_bots_are_text(bare: Watched) -> None:
    """Markup in an intent is shown, never run."""
    evil = "<img src=x onerror=alert(1)>"
    row = _row(0.5, group={"intent": evil, "reason": evil}, k=1, n=2)
    _answering(bare, {"rows": [{**row, "low": 0.1, "high": 0.9}]})
    bare.page.goto("/boards/handoff")
    name = bare.page.locator("[data-panel=rate_by_intent] .name")
    expect(name).to_have_text(evil)
    assert bare.page.locator("main img").count() == 0


def test_tiles_show_the_change_and_whether_it_is_good(bare: Watched) -> None:
    """Less handoff is better: a fall is green, with what it was before."""
    _answering(bare, {"rows": [_row(0.5, k=1, n=2, low=0.1, high=0.9)]})
    before = {"rows": [_row(0.625, k=5, n=8, low=0.3, high=0.86)]}
    asked: list[str] = []

    def earlier(route: Route) -> None:
        asked.append(route.request.url)
        body = json.dumps(before)
        route.fulfill(status=200, content_type="application/json", body=body)

    bare.page.clock.set_fixed_time(NOW)
    pattern = "**/api/v1/metrics/handoff_rate?from=2026-02-23&**"
    bare.page.route(pattern, earlier)
    bare.page.goto("/boards/handoff")
    tile = bare.page.locator("[data-panel=rate]")
    expect(tile.locator(".value")).to_have_text("50.0 %")
    expect(tile.locator(".delta")).to_have_text("▼ 20.0 % from 62.5 %")
    expect(tile.locator(".basis")).to_have_text("10.0 – 90.0 % · n 2")
    assert tile.locator(".delta b").get_attribute("data-tone") == "good"
    assert [one.split("to=")[1].split("&")[0] for one in asked] == [
        "2026-03-01T12%3A00%3A00Z"
    ]


WRITTEN = {
    "value(0.634, '1', 'rate')": "63.4 %",
    "value(0.0042, '1', 'rate')": "0.42 %",
    "value(1, '1', 'rate')": "100 %",
    "value(0.87, '1', 'distribution')": "0.87",
    "value(950, 'sessions', 'count')": "950",
    "value(9876, 'sessions', 'count')": "9,876",
    "value(12345, 'sessions', 'count')": "12.3K",
    "value(3.14159, 'turns', 'distribution')": "3.14",
    "value(null, 's', 'distribution')": "–",
    "duration(0.0421)": "42 ms",
    "duration(4.24)": "4.2 s",
    "duration(59.7)": "1 min",
    "duration(200)": "3 min 20 s",
    "duration(7500)": "2 h 5 min",
    "duration(3599.9)": "1 h",
    "duration(273600)": "3 d 4 h",
    "delta(0.034)": "▲ 3.4 %",
    "delta(-0.5)": "▼ 50.0 %",
    "delta(0.0001)": "± 0 %",
    "value(change(5, 0), '1', 'rate')": "–",
    "ago(3)": "3 s ago",
    "mark(120, 's')": "2 min",
}
"""Calls of ``format.js`` and what they must write."""


def test_numbers_are_written_as_people_read_them(bare: Watched) -> None:
    """Shares in percent, times in their natural unit, large counts short."""
    bare.page.goto("/static/icon.svg")
    found = bare.page.evaluate(
        "import('/static/js/format.js').then((all) => {"
        "  const { value, duration, delta, change, ago, mark } = all;"
        f"  return [{', '.join(WRITTEN)}];"
        "})"
    )
    assert dict(zip(WRITTEN, found, strict=True)) == WRITTEN


@pytest.mark.parametrize("range", ["24h", "7d", "90d"])
def test_what_happened_just_now_is_in_the_range(bare: Watched, range: str) -> None:
    """A range ends after this very moment, also late within a second."""
    bare.page.goto("/static/icon.svg")
    ends = bare.page.evaluate(
        "(range) => import('/static/js/state.js').then(({ span }) =>"
        "  span({ range, bucket: '' }, Date.parse('2026-03-04T05:06:07.999Z')).to)",
        range,
    )
    assert ends == "2026-03-04T05:06:08Z"


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read_in_both_themes(bare: Watched, scheme: str) -> None:
    """Every text colour has a contrast of at least 4.5 on what it stands on."""
    _answering(bare, {"rows": []}, bots={"bots": []})
    bare.page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    bare.page.goto("/")
    pairs = [
        *((ink, on) for ink in ("ink", "ink-2", "ink-3") for on in ("bg", "surface")),
        *((tone, f"{tone}-soft") for tone in ("good", "bad", "warn", "accent")),
        *((tone, "surface") for tone in ("good", "bad", "accent")),
    ]
    found = bare.page.evaluate(CONTRAST, [list(pair) for pair in pairs])
    low = {pair: at for pair, at in zip(pairs, found, strict=True) if at < 4.5}
    assert low == {}


CONTRAST = """(pairs) => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const hex = style.getPropertyValue(`--${name}`).trim().slice(1);
    const [r, g, b] = [0, 2, 4].map((at) => {
      const c = parseInt(hex.slice(at, at + 2), 16) / 255;
      return c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  return pairs.map(([one, other]) => {
    const [a, b] = [light(one), light(other)].sort((x, y) => y - x);
    return (a + 0.05) / (b + 0.05);
  });
}"""
"""WCAG 2.2, relative luminance and contrast ratio."""


def test_words_that_are_kept_stand_in_the_timeline(bare: Watched) -> None:
    """As text, whatever they are; of messages in JSON what they say."""
    markup = "<img src=x onerror=alert(1)>"
    asked = json.dumps([{"role": "user", "parts": [{"type": "text", "content": "Hi"}]}])
    turn = {
        "time": NOW,
        "end_time": NOW,
        "kind": "turn",
        "name": "turn",
        "turn_id": "t1",
        "detail": {"outcome": "answered"},
        "text": [{"attribute": names.GEN_AI_INPUT_MESSAGES, "text": asked}],
    }
    message = {
        **turn,
        "kind": "event",
        "name": names.EVENT_MESSAGE,
        "detail": {},
        "text": [{"attribute": names.MESSAGE_TEXT, "text": markup}],
    }
    silent = {key: value for key, value in message.items() if key != "text"}
    conversation = {
        "conversation_id": "c1",
        "bot": "support",
        "bots": ["support"],
        "channel": "web",
        "sessions": [],
        "handoffs": [],
        "items": [turn, message, silent],
        "truncated": False,
    }
    others: dict[str, Any] = {"conversations/c1": conversation}
    _answering(bare, {"rows": []}, **others)
    bare.page.goto("/conversations/c1")
    expect(bare.page.locator(".timeline li")).to_have_count(2)
    said = bare.page.locator(".timeline blockquote")
    expect(said).to_have_text(["Hi", markup])
    assert bare.complaints == []
