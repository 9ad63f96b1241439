"""The page on the demo's history: every panel drawn, every number the API's."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Browser, Response, expect
from tests.support.browser import Watched, watched
from tests.support.demo import DemoCollector
from tests.support.demo_totals import committed

from turnspan_collector.demo import BOTS
from turnspan_dashboards import BOARDS, Look, Panel

pytestmark = pytest.mark.browser

RANGE = "30d"
TOTALS: dict[str, Any] = committed()["bots"]
TILES = {
    "engagement": {
        "sessions": "sessions",
        "engaged": "engagement_rate",
        "turns": "turns_per_session",
        "mau": "mau",
        "ctr": "ctr",
    },
    "handoff": {"rate": "handoff_rate"},
    "nlu_quality": {"fallback": "fallback_rate"},
}
"""Boards' tiles and the totals that they must show."""


@pytest.fixture
def demo(browser: Browser, demo_collector: DemoCollector) -> Iterator[Watched]:
    """A page of the collector that holds the demo."""
    with watched(browser, demo_collector.running.page) as seen:
        yield seen


class Answers:
    """The metric rows that a page was sent, by what it asked."""

    def __init__(self, seen: Watched) -> None:
        self.found: list[tuple[str, dict[str, str], Response]] = []
        seen.page.on("response", lambda one: self._keep(one))

    def _keep(self, response: Response) -> None:
        parts = urlsplit(response.url)
        name = parts.path.removeprefix("/api/v1/metrics/")
        if name != parts.path:
            asked = {key: one[0] for key, one in parse_qs(parts.query).items()}
            self.found.append((name, asked, response))

    def rows(self, panel: Panel, *, bucket: bool) -> list[dict[str, Any]]:
        """The rows of a panel's first query, over the latest range it asked for."""
        [query, *_] = panel.queries
        wanted = {key: str(value) for key, value in query.options.items()}
        if query.by:
            wanted["by"] = ",".join(query.by)
        own = ("from", "to", "bucket", "provisional")
        fitting = [
            (asked["to"], response)
            for name, asked, response in self.found
            if name == query.metric
            and {key: one for key, one in asked.items() if key not in own} == wanted
            and ("bucket" in asked) == bucket
        ]
        _, latest = max(fitting, key=lambda one: one[0])
        rows: list[dict[str, Any]] = latest.json()["rows"]
        return rows


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.key)
def test_every_panel_is_drawn_without_a_complaint(demo: Watched, board: Any) -> None:
    """No panel is empty or fails, no canvas is blank, nothing leaves the machine."""
    demo.page.goto(f"/boards/{board.key}?range={RANGE}")
    assert demo.drawn() == []
    keys = [
        one.get_attribute("data-panel") for one in demo.page.locator(".panel").all()
    ]
    assert keys == [panel.key for panel in board.panels()]
    assert demo.colours() > 2
    assert demo.complaints == []
    assert demo.hosts == {"127.0.0.1"}


@pytest.mark.parametrize("board", BOARDS, ids=lambda one: one.key)
def test_tiles_show_the_numbers_of_the_api(demo: Watched, board: Any) -> None:
    """A headline is the metric's value over the whole range, to the last digit."""
    answers = Answers(demo)
    demo.page.goto(f"/boards/{board.key}?range={RANGE}")
    assert demo.drawn() == []
    for panel in board.panels():
        if panel.look is Look.STAT:
            shown = demo.page.locator(f"[data-panel={panel.key}] .value")
            [row] = answers.rows(panel, bucket=False)
            assert float(shown.get_attribute("data-value") or "nan") == row["value"]


@pytest.mark.parametrize("bot", BOTS)
@pytest.mark.parametrize(("board", "tiles"), list(TILES.items()), ids=list(TILES))
def test_tiles_show_the_demos_known_totals(
    demo: Watched,
    demo_collector: DemoCollector,
    bot: str,
    board: str,
    tiles: dict[str, str],
) -> None:
    """Over the 90 known days a tile shows what was counted when they were written."""
    last = date.fromisoformat(demo_collector.end) - timedelta(days=1)
    demo.page.goto(f"/boards/{board}?bot={bot}&from={demo_collector.first}&to={last}")
    demo.drawn()
    known = TOTALS[bot]
    for panel, name in tiles.items():
        shown = demo.page.locator(f"[data-panel={panel}] .value")
        value = float(shown.get_attribute("data-value") or "nan")
        total = known[name]
        if isinstance(total, dict):
            total = total["k"] / total["n"] if total["n"] else math.nan
        assert value == pytest.approx(total, nan_ok=True), (panel, name)


def test_bars_show_the_numbers_of_the_api(demo: Watched) -> None:
    """Every group of few is there, longest first, with its value."""
    answers = Answers(demo)
    demo.page.goto(f"/boards/engagement?range={RANGE}")
    assert demo.drawn() == []
    panel = next(one for one in BOARDS[0].panels() if one.key == "ctr_by_cta")
    rows = [row for row in answers.rows(panel, bucket=False) if row["value"]]
    assert 0 < len(rows) <= panel.groups_max
    cells = demo.page.locator("[data-panel=ctr_by_cta] .amount")
    shown = [float(one.get_attribute("data-value") or "nan") for one in cells.all()]
    assert shown == sorted((row["value"] for row in rows), reverse=True)


def test_a_chart_can_be_read_as_a_table(demo: Watched) -> None:
    """The table has one line a bucket, the newest first, with n and interval."""
    answers = Answers(demo)
    demo.page.goto(f"/boards/handoff?range={RANGE}")
    assert demo.drawn() == []
    panel = demo.page.locator("[data-panel=rate_over_time]")
    panel.hover()
    panel.get_by_role("button", name="Table").click()
    heads = panel.locator("th").all_inner_texts()
    assert heads == ["time", "value", "low", "high", "n"]
    asked = next(one for one in BOARDS[1].panels() if one.key == "rate_over_time")
    rows = answers.rows(asked, bucket=True)
    lines = panel.locator("tbody tr")
    assert lines.count() == len(rows)
    last = lines.first.locator("td").last.inner_text()
    assert int(last.replace(",", "")) == rows[-1]["n"]


def test_the_address_holds_what_is_looked_at(demo: Watched) -> None:
    """Choices go into the address; a copy of it shows the same."""
    demo.page.goto("/")
    demo.drawn()
    demo.page.get_by_role("combobox", name="Bot", exact=True).select_option("support")
    demo.page.get_by_role("combobox", name="Range", exact=True).select_option("90d")
    demo.page.get_by_role("link", name="Handoff", exact=True).click()
    address = "/boards/handoff?bot=support&range=90d"
    expect(demo.page).to_have_url(re.compile(re.escape(address) + "$"))
    asked: list[str] = []
    demo.page.on("request", lambda one: asked.append(one.url))
    demo.page.goto(demo.page.url)
    assert demo.drawn() == []
    expect(demo.page.get_by_role("combobox", name="Bot", exact=True)).to_have_value(
        "support"
    )
    expect(demo.page.get_by_role("combobox", name="Range", exact=True)).to_have_value(
        "90d"
    )
    metrics = [url for url in asked if "/metrics/" in url]
    assert metrics
    assert all("bot=support" in url for url in metrics)


def test_the_keyboard_reaches_everything(demo: Watched) -> None:
    """The first stop skips to the board; links and choices follow in order."""
    demo.page.goto("/")
    demo.drawn()
    stops = []
    for _ in range(9):
        demo.page.keyboard.press("Tab")
        stops.append(
            demo.page.evaluate(
                "() => document.activeElement.textContent.trim().slice(0, 17)"
            )
        )
    assert stops[0] == "Skip to the board"
    assert stops[2:5] == ["Engagement", "Handoff", "NLU quality"]
    assert stops[5:7] == ["Live", "Auto"]


@pytest.mark.parametrize("width", [360, 768, 1024])
def test_narrow_screens_do_not_scroll_sideways(demo: Watched, width: int) -> None:
    """Panels stack; nothing is wider than the screen."""
    demo.page.set_viewport_size({"width": width, "height": 800})
    demo.page.goto("/boards/nlu_quality")
    assert demo.drawn() == []
    assert demo.page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_the_dark_theme_follows_the_system_and_the_reader(demo: Watched) -> None:
    """Dark where the system is; the button steps on, and the choice stays."""
    demo.page.emulate_media(color_scheme="dark")
    demo.page.goto("/")
    assert demo.drawn() == []
    root = demo.page.locator("html")
    expect(root).to_have_attribute("data-theme", "dark")
    background = "() => getComputedStyle(document.body).backgroundColor"
    assert demo.page.evaluate(background) == "rgb(14, 17, 23)"
    demo.page.locator("#theme").click()
    expect(root).to_have_attribute("data-theme", "light")
    demo.page.reload()
    expect(root).to_have_attribute("data-theme", "light")
    assert demo.complaints == []


def test_a_turn_leads_to_its_conversation(demo: Watched) -> None:
    """The feed's newest turn opens the timeline, and the way back is kept."""
    demo.page.goto("/boards/handoff?range=24h")
    link = demo.page.locator("#feed li a").first
    link.click()
    expect(demo.page.locator(".timeline li[data-kind=turn]").first).to_be_visible()
    assert "/conversations/" in demo.page.url
    demo.page.get_by_role("link", name="Back to the board").click()
    expect(demo.page).to_have_url(re.compile("/boards/handoff"))
    assert demo.complaints == []
