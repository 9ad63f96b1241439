"""A turn that arrives is on the page within five seconds, as provisional."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect
from tests.support.browser import watched
from tests.support.running import Running, running_collector

pytestmark = pytest.mark.browser

WITHIN_MS = 5_000


def _run(code: str, folder: Path) -> None:
    script = folder / "bot.py"
    script.write_text(code, "utf-8")
    subprocess.run(
        [sys.executable, str(script)],
        env={**os.environ, "TURNSPAN_USER_KEY": "a secret of the tests"},
        timeout=60,
        check=True,
    )


def _snippet(text: str, running: Running) -> str:
    default = "http://127.0.0.1:4317"
    assert default in text
    return text.replace(default, running.endpoint)


def test_the_pages_own_lines_bring_the_first_turn(
    browser: Browser, tmp_path: Path
) -> None:
    """From the empty page to a live board by copying what the page says."""
    with (
        running_collector(tmp_path / "collector") as running,
        watched(browser, running.page) as seen,
    ):
        seen.page.goto("/")
        code = _snippet(seen.page.locator("pre").nth(1).inner_text(), running)

        _run(code, tmp_path)
        first = seen.page.locator("#feed li")
        expect(first).to_have_count(1, timeout=WITHIN_MS)
        value = seen.page.locator("[data-panel=sessions] .value")
        expect(value).to_have_text("1", timeout=WITHIN_MS)
        basis = seen.page.locator("[data-panel=sessions] .basis")
        expect(basis).to_have_attribute("title", "with open sessions")

        _run(code.replace("chat-1", "chat-2"), tmp_path)
        expect(first).to_have_count(2, timeout=WITHIN_MS)
        expect(value).to_have_text("2", timeout=WITHIN_MS)
        expect(seen.page.locator("#freshness")).to_contain_text(
            re.compile("last turn .*, (up to date|.* behind)")
        )
        assert seen.complaints == []
