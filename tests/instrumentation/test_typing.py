"""Type checkers see through the marks: signatures survive, mistakes are found."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLES = Path(__file__).parents[1] / "data" / "typing"
ROOT = Path(__file__).parents[2]


def marked(path: Path) -> set[int]:
    """Give the lines that must be errors."""
    lines = path.read_text("utf-8").splitlines()
    return {number for number, line in enumerate(lines, 1) if "# wrong:" in line}


def mypy(path: Path) -> set[int]:
    """Give the lines in which mypy, strict, finds an error."""
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", str(path)],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=170,
    )
    return {
        int(number)
        for name, number in re.findall(r"(\w+)\.py:(\d+): error", done.stdout)
        if name == path.stem
    }


def pyright(path: Path) -> set[int]:
    """Give the lines in which pyright finds an error."""
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "pyright",
            "--outputjson",
            "--pythonpath",
            sys.executable,
            str(path),
        ],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
        timeout=170,
    )
    if not done.stdout.startswith("{"):
        pytest.skip(f"pyright does not run here: {done.stderr.strip()[:200]}")
    found = json.loads(done.stdout)["generalDiagnostics"]
    return {
        item["range"]["start"]["line"] + 1
        for item in found
        if item["severity"] == "error"
    }


@pytest.mark.parametrize("checker", [mypy, pyright])
@pytest.mark.parametrize("sample", ["decorated", "wrong"])
def test_types_survive(sample: str, checker: object) -> None:
    """Decorated signatures hold, and only the marked lines are errors."""
    path = SAMPLES / f"{sample}.py"
    assert callable(checker)
    assert checker(path) == marked(path)
