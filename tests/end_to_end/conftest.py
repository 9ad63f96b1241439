"""Collectors as their users run them, one a module."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from tests.support.running import Running, running_collector

Bot = Callable[..., None]


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A collector with a PostgreSQL of its own, shared by the tests of a module."""
    with running_collector(tmp_path_factory.mktemp("collector")) as running:
        yield running


@pytest.fixture
def bot(tmp_path: Path) -> Bot:
    """Runs a bot's code as a script of its own that reports to a collector."""

    def run(code: str, collector: Running, **environment: str) -> None:
        script = tmp_path / "bot.py"
        script.write_text(code, "utf-8")
        clean = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
        done = subprocess.run(
            [sys.executable, str(script)],
            env={
                **clean,
                "OTEL_EXPORTER_OTLP_ENDPOINT": collector.endpoint,
                "TURNSPAN_USER_KEY": "a secret of the tests",
                **environment,
            },
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, "")

    return run
