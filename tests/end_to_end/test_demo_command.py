"""``turnspan demo`` as it is typed: plays, goes live, ends, and goes on from there."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.support.running import eventually

_PAGE = re.compile(r"page +(http://\S+)$", re.MULTILINE)
_ENDS_S = 60
"""Seconds that the bots (5), their telemetry (10) and the collector (35) may take."""


@contextmanager
def _demo(data: Path, *flags: str) -> Iterator[tuple[subprocess.Popen[bytes], Path]]:
    """A demo that is running, and the file of what it says."""
    said = data.parent / "said"
    command = [sys.executable, "-m", "turnspan_collector", "demo", f"--data={data}"]
    # A shell's background jobs, and what they start, would ignore Ctrl-C.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with said.open("wb") as output:
        process = subprocess.Popen(
            [*command, *flags],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield process, said
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
            process.wait(60)


def _get(page: str, path: str) -> Any:
    with urllib.request.urlopen(f"{page}/api/v1/{path}", timeout=30) as answer:
        return json.load(answer)


def _page(process: subprocess.Popen[bytes], said: Path) -> str:
    def look() -> str | None:
        found = _PAGE.search(said.read_text("utf-8"))
        assert found or process.poll() is None, said.read_text("utf-8")
        return found[1] if found else None

    return str(eventually(look, 300))


def _records(said: Path) -> int:
    found = re.search(r"ready +([\d,]+) records", said.read_text("utf-8"))
    assert found is not None
    return int(found[1].replace(",", ""))


@pytest.mark.timeout(900)
def test_a_demo_from_start_to_finish(tmp_path: Path) -> None:
    """Fresh: 90 days, then live turns as provisional; Ctrl-C; then again."""
    data = tmp_path / "data"
    began = time.time()
    with _demo(data) as (process, said):
        page = _page(process, said)
        first = _records(said)

        def arrived() -> list[Any]:
            turns = _get(page, "turns?limit=100")["turns"]
            new = [one for one in turns if _is_after(one["time"], began)]
            return new if {one["bot"] for one in new} == {"support", "llm"} else []

        assert eventually(arrived, 60)
        query = "metrics/turns?by=bot&bucket=day&provisional=true"
        rows = _get(page, query)["rows"]
        assert {row["group"]["bot"] for row in rows if row["provisional"]} == {
            *("support", "sales", "llm")
        }
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(_ENDS_S) == 0
    assert "The demo has ended" in said.read_text("utf-8")
    assert not list(data.rglob("postmaster.pid"))

    with _demo(data, "--once") as (process, said):
        assert process.wait(300) == 0
    again = said.read_text("utf-8")
    assert _records(said) < first / 20
    sessions = re.search(r"sessions .*support ([\d,]+)", again)
    assert sessions is not None
    assert int(sessions[1].replace(",", "")) > 1000


def _is_after(text: str, began: float) -> bool:
    from datetime import datetime

    return datetime.fromisoformat(text).timestamp() > began
