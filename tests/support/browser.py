"""Chromium as the page's tests drive it, and what a page did meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright

__all__ = ["FLAGS", "Watched", "chromium", "watched"]

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
WAIT_MS = 20_000


@dataclass(slots=True)
class Watched:
    """A page, with its complaints and the hosts it talked to."""

    page: Page
    complaints: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)

    def hear(self, message: ConsoleMessage) -> None:
        """Keep what the browser warns of."""
        if message.type in ("error", "warning"):
            self.complaints.append(message.text)

    def drawn(self) -> list[str]:
        """Wait until every panel has settled; the panels that are not drawn."""
        self.page.wait_for_selector(".panel")
        self.page.wait_for_function(
            "() => !document.querySelector('.panel[data-state=loading]')"
        )
        panels = self.page.locator(".panel:not([data-state=drawn])").all()
        return [f"{one.get_attribute('data-panel')}" for one in panels]

    def colours(self) -> int:
        """How many colours the page shows in its charts; a blank one shows one."""
        count = """() => Math.min(...[...document.querySelectorAll('canvas')].map(
            (canvas) => {
                const context = canvas.getContext('2d');
                const { data } = context.getImageData(
                    0, 0, canvas.width, canvas.height);
                return new Set(new Uint32Array(data.buffer)).size;
            }))"""
        found: int = self.page.evaluate(count)
        return found


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium; skips the test where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser")
    if path is None:
        pytest.skip("needs Chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
        yield browser
        browser.close()


@contextmanager
def watched(browser: Browser, base_url: str, **context: Any) -> Iterator[Watched]:
    """A page in a profile of its own; ``context`` are Playwright's options."""
    made = browser.new_context(base_url=base_url, **context)
    made.set_default_timeout(WAIT_MS)
    page = made.new_page()
    seen = Watched(page)
    page.on("console", lambda one: seen.hear(one))
    page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    page.on("request", lambda one: seen.hosts.add(f"{urlsplit(one.url).hostname}"))
    yield seen
    made.close()
