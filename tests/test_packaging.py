"""What ``pip install turnspan`` brings, from the wheel a stranger would get."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
SAMPLE = '''
"""A bot's module, as a type checker sees it from outside."""

from turnspan import turn


@turn(bot="support", conversation="thread")
async def answer(thread: str, text: str) -> str:
    """Answer one message."""
    return text


reveal_type(answer)
'''


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the tree."""
    out = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run(
        [*command, "--outdir", str(out), str(ROOT)], check=True, capture_output=True
    )
    (built,) = out.glob("*.whl")
    return built


@pytest.fixture(scope="session")
def base_install(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and what its base depends on, and nothing else."""
    target = tmp_path_factory.mktemp("site-packages")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(target)
    for name in _closure("opentelemetry-api"):
        for file in metadata.files(name) or ():
            if ".." not in file.parts:
                destination = target / file
                destination.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), destination)
    return target


def _closure(name: str) -> set[str]:
    """A distribution and everything it needs here, extras left out."""
    found, pending = set[str](), [name]
    while pending:
        one = canonicalize_name(pending.pop())
        if one in found:
            continue
        found.add(one)
        for line in metadata.requires(one) or ():
            need = Requirement(line)
            if need.marker is None or need.marker.evaluate({"extra": ""}):
                pending.append(need.name)
    return found


def _run_isolated(site: Path, *argv: str) -> subprocess.CompletedProcess[str]:
    """A Python that sees the standard library and one folder."""
    code = (
        f"import sys, runpy; sys.path[:] = [p for p in sys.path "
        f"if 'site-packages' not in p]; sys.path.insert(0, {str(site)!r}); "
        f"sys.argv = {list(argv)!r}; "
        "exec(sys.argv[1]) if sys.argv[0] == '-c' "
        "else runpy.run_module(sys.argv[0], run_name='__main__', alter_sys=True)"
    )
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True
    )


def test_the_base_depends_on_the_api_alone() -> None:
    """Nothing heavier than opentelemetry-api comes without an extra."""
    names = [Requirement(one).name for one in PROJECT["project"]["dependencies"]]
    assert names == ["opentelemetry-api"]


def test_the_wheel_carries_every_file_the_packages_need(wheel: Path) -> None:
    """Every file under the four packages is in the wheel, SQL and JSON included."""
    listing = subprocess.run(
        ["git", "ls-files", "instrumentation", "exporters", "collector", "dashboards"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.splitlines()
    wanted = {line.split("/", 1)[1] for line in listing if (ROOT / line).exists()}
    with zipfile.ZipFile(wheel) as archive:
        assert wanted - set(archive.namelist()) == set()


def test_a_decorated_bot_runs_on_the_base_install(base_install: Path) -> None:
    """With the API alone, the decorator works and does nothing."""
    code = (
        "import sys, turnspan\n"
        "@turnspan.turn(bot='b')\n"
        "def answer(conversation_id): return conversation_id\n"
        "assert answer('c1') == 'c1'\n"
        "heavy = {'grpc', 'psycopg', 'fastapi', 'opentelemetry.sdk', 'wrapt'}\n"
        "assert not heavy & set(sys.modules), heavy & set(sys.modules)\n"
    )
    done = _run_isolated(base_install, "-c", code)
    assert (done.returncode, done.stderr.count("Traceback")) == (0, 0), done.stderr


@pytest.mark.parametrize("command", ["collector", "demo", "tail", "migrate"])
def test_the_command_names_the_missing_extra(base_install: Path, command: str) -> None:
    """Without the collector's libraries, the command says what to install."""
    done = _run_isolated(base_install, "turnspan_collector", command)
    assert done.returncode == 2
    assert re.search(r"pip install 'turnspan\[(collector|demo)\]'", done.stderr)
    assert "Traceback" not in done.stderr


def test_setup_names_the_missing_extra(base_install: Path) -> None:
    """Without the SDK, ``setup`` says what to install."""
    done = _run_isolated(base_install, "-c", "import turnspan; turnspan.setup()")
    assert "pip install 'turnspan[otlp]'" in done.stderr


@pytest.mark.parametrize("checker", ["mypy", "pyright"])
def test_type_checkers_see_the_types_from_outside(
    base_install: Path, tmp_path: Path, checker: str
) -> None:
    """A decorated coroutine keeps its signature for mypy and pyright."""
    sample = tmp_path / "bot.py"
    sample.write_text(SAMPLE, "utf-8")
    # mypy brings a typing_extensions of its own, and refuses a second one.
    seen = tmp_path / "seen"
    seen.mkdir()
    for package in ("turnspan", "opentelemetry"):
        (seen / package).symlink_to(base_install / package)
    search = f'extraPaths = ["{seen}"]\n'
    (tmp_path / "pyrightconfig.toml").write_text(search, "utf-8")
    (tmp_path / "pyproject.toml").write_text(f"[tool.pyright]\n{search}", "utf-8")
    strict = ["--strict"] if checker == "mypy" else []
    done = subprocess.run(
        [sys.executable, "-m", checker, *strict, str(sample)],
        cwd=tmp_path,
        env={
            "MYPYPATH": str(seen),
            "PATH": "/usr/bin:/bin",
            "HOME": str(tmp_path),
        },
        capture_output=True,
        text=True,
    )
    revealed = re.search(
        r"(?:revealed type is|type of \"answer\" is) (.*)", done.stdout.lower()
    )
    assert revealed is not None, done.stdout + done.stderr
    text = revealed.group(1)
    assert "thread: " in text
    assert "text: " in text
    assert "coroutine" in text.lower()
    assert "turnspan" not in text


def test_the_locks_hold_what_the_project_asks_for() -> None:
    """Every dependency, extra and group is locked at a version that satisfies it."""
    locked = [
        found
        for lock in ("dev.lock", "fuzz.lock")
        for found in re.findall(
            r"^([A-Za-z0-9._-]+)==(\S+)",
            (ROOT / "requirements" / lock).read_text("utf-8"),
            re.MULTILINE,
        )
    ]
    optional = PROJECT["project"]["optional-dependencies"].values()
    groups = PROJECT["dependency-groups"].values()
    wanted = [
        Requirement(line)
        for lines in (PROJECT["project"]["dependencies"], *optional, *groups)
        for line in lines
        if isinstance(line, str) and not line.startswith("turnspan")
    ]
    wrong = [
        str(one)
        for one in wanted
        if not any(
            one.specifier.contains(version, prereleases=True)
            for name, version in locked
            if name == canonicalize_name(one.name)
        )
    ]
    assert wrong == []
