"""The command line: finds its commands, loads one at a time, and explains itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from turnspan_collector.errors import ExitCode

EXIT_CODES = Path(__file__).parents[2] / "docs" / "exit-codes.md"
COMMANDS = ("collector", "demo", "migrate", "set", "settle", "tail")


def run(*arguments: str, code: str = "") -> subprocess.CompletedProcess[str]:
    """The command, or ``code`` in front of it in the same process."""
    program = f"{code}\nfrom turnspan_collector.__main__ import main\nmain()"
    return subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_every_command_is_listed_with_a_line() -> None:
    """By iteration over the modules, which are not imported for it."""
    heavy = "import sys; sys.modules['psycopg'] = sys.modules['grpc'] = None"
    shown = run("--help", code=heavy)
    assert shown.returncode == 0, shown.stderr
    for name in COMMANDS:
        assert re.search(rf"^  {name}  +\w.*\.$", shown.stdout, re.MULTILINE)


def test_the_version_is_shown() -> None:
    """As packages have it."""
    assert re.fullmatch(r"turnspan \d+\.\d+.*\n", run("--version").stdout)


@pytest.mark.parametrize("module", ["click", "grpc", "psycopg", "uvicorn"])
def test_a_missing_extra_is_named(module: str) -> None:
    """Where `pip install turnspan` brought opentelemetry-api alone."""
    done = run("collector", code=f"import sys; sys.modules[{module!r}] = None")
    assert done.returncode == ExitCode.USAGE
    assert done.stderr == (
        f"turnspan: {module} is not installed: pip install 'turnspan[collector]' (for "
        "`turnspan demo`: 'turnspan[demo]').\n"
    )


@pytest.mark.parametrize(
    "arguments", [["nothing"], ["collector", "--nothing"], ["settle", "--timeout=-1"]]
)
def test_wrong_usage_has_its_exit_code(arguments: list[str]) -> None:
    """As click explains it."""
    done = run(*arguments)
    assert done.returncode == ExitCode.USAGE
    assert "Error: " in done.stderr


def test_every_exit_code_is_documented() -> None:
    """docs/exit-codes.md has a row for each, and none that does not exist."""
    rows = re.findall(r"^\| (\d+) \| (\w+) \|", EXIT_CODES.read_text(), re.MULTILINE)
    assert rows == [(str(one.value), one.name) for one in ExitCode]


@pytest.mark.parametrize("command", ["migrate", "settle", "set"])
def test_a_command_without_a_collector_says_so(command: str, tmp_path: Path) -> None:
    """With the directory that it looked at."""
    done = run(command, "--data", str(tmp_path))
    assert done.returncode == ExitCode.DATABASE_UNREACHABLE
    assert done.stderr == (
        f"turnspan: no collector keeps a database in --data {tmp_path}: start "
        "`turnspan collector` first, or give --dsn.\n"
    )
