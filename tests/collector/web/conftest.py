"""A browser, and the page's files on a port, for the tests of this folder."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
import uvicorn
from fastapi import FastAPI
from playwright.sync_api import Browser
from tests.support.browser import Watched, chromium, watched

from turnspan_collector.web import mount


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once a module.

    While Playwright runs, an event loop runs in this thread, and no asyncio test of
    another module could.
    """
    with chromium() as made:
        yield made


@pytest.fixture(scope="session")
def files_only() -> Iterator[str]:
    """The address of a server with the page and no API behind it."""
    app = FastAPI()
    mount(app)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(10)


@pytest.fixture
def bare(browser: Browser, files_only: str) -> Iterator[Watched]:
    """A page of that server; a test answers its API calls itself."""
    with watched(browser, files_only) as seen:
        yield seen
