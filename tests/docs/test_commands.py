"""Commands, variables, settings and links in the guides are real ones."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import click
import pytest
from tests.docs.markdown import GUIDES, ROOT, anchors, blocks, links, prose

from turnspan_collector import commands
from turnspan_collector.config import all_settings
from turnspan_collector.destinations import VARIABLE, destination_settings
from turnspan_exporters.timescale.metrics import CATALOGUE

_VARIABLE = re.compile(r"\b(?:TURNSPAN|OTEL)_[A-Z][A-Z_]*[A-Z]\b")
_QUOTED = re.compile(r'"(TURNSPAN_[A-Z_]+)"')
_OF_DESTINATION = re.compile(
    f"{VARIABLE}[A-Z_]+_(?:"
    + "|".join(one.name.upper() for one in destination_settings())
    + ")"
)
_INLINE = re.compile(r"`(turnspan [^`]+|make [^`]+|python -m [^`]+)`")
_METRIC_PATH = re.compile(r"/api/v1/metrics/(\w+)")
_METRIC_SQL = re.compile(r"turnspan\.metric\('(\w+)'")
_ELSEWHERE = {"cd", "curl", "docker", "export", "git", "pip", "psql"}


class Line(NamedTuple):
    """One command of a guide, in words."""

    where: str
    words: list[str]


def _lines() -> Iterator[Line]:
    for block in blocks("sh"):
        text = block.text.replace("\\\n", " ")
        for line in text.splitlines():
            for part in re.split(r"&&|\|", line):
                words = shlex.split(part, comments=True)
                while words and re.match(r"[A-Z_]+=", words[0]):
                    del words[0]
                if words:
                    yield Line(str(block), words)
    for guide in GUIDES:
        for command in _INLINE.findall(prose(guide)):
            yield Line(guide.name, shlex.split(command))


LINES = list(_lines())


def _named(*programs: str) -> list[Line]:
    return [line for line in LINES if line.words[0] in programs]


def _commands() -> dict[str, click.Command]:
    found = {}
    for one in pkgutil.iter_modules(commands.__path__):
        module = importlib.import_module(f"{commands.__name__}.{one.name}")
        found[one.name] = module.command
    return found


def _params(command: click.Command | None) -> list[click.Parameter]:
    return command.params if command is not None else []


def test_programs_are_known() -> None:
    """No line escapes the tests by a program that nobody looks at."""
    ours = {"make", "turnspan", "python", "opentelemetry-instrument"}
    assert {line.words[0] for line in LINES} - ours - _ELSEWHERE == set()


def test_make_targets_exist() -> None:
    """Every target is one of the Makefile's."""
    text = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z-]+):", text, re.MULTILINE))
    asked = {line.words[1] for line in _named("make")}
    assert asked <= targets
    assert {"demo", "test"} <= asked


def test_turnspan_commands_and_flags_exist() -> None:
    """Every subcommand and flag is one that the command line takes."""
    known = _commands()
    wrong = []
    for line in _named("turnspan"):
        name, *rest = line.words[1:]
        flags = {one.split("=")[0] for one in rest if one.startswith("-")}
        command = known.get(name)
        if isinstance(command, click.Group) and rest:
            command = command.commands.get(rest[0])
        options = (
            {flag for one in command.params for flag in one.opts} if command else ()
        )
        if command is None or not flags <= {*options, "--help"}:
            wrong.append(line)
    assert wrong == []


def test_modules_exist() -> None:
    """Every ``python -m`` names a module of the tree."""
    modules = {line.words[2] for line in _named("python") if line.words[1] == "-m"}
    assert {one for one in modules if importlib.util.find_spec(one) is None} == set()


def test_extras_exist() -> None:
    """Every extra that a guide installs is declared."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    texts = [guide.read_text("utf-8") for guide in GUIDES]
    asked = {
        extra.strip()
        for text in texts
        for found in re.findall(r"(?:turnspan|'\.)\[([\w,\s]+)\]", text)
        for extra in found.split(",")
    }
    assert asked <= set(project["optional-dependencies"])
    assert "otlp" in asked


def _read_in_code() -> set[str]:
    """Variables that Python code spells out, in quotes."""
    folders = ("instrumentation", "exporters", "collector", "dashboards", "tests")
    return {
        variable
        for folder in folders
        for file in (ROOT / folder).rglob("*.py")
        for variable in _QUOTED.findall(file.read_text("utf-8"))
    }


def test_variables_exist() -> None:
    """Every variable is one that the bot's side, the collector or the tests read."""
    known = {one.variable for one in all_settings()} | _read_in_code()
    wrong = {
        (guide.name, variable)
        for guide in GUIDES
        for variable in _VARIABLE.findall(guide.read_text("utf-8"))
        if variable.startswith("TURNSPAN_")
        and not (variable in known or _OF_DESTINATION.fullmatch(variable))
    }
    assert wrong == set()


def test_metrics_exist() -> None:
    """Every metric that a guide asks the API or SQL for is in the catalogue."""
    texts = [guide.read_text("utf-8") for guide in GUIDES]
    asked = {name for text in texts for name in _METRIC_PATH.findall(text)}
    asked |= {
        n for text in texts for n in re.findall(r"turnspan\.metric\('(\w+)'", text)
    }
    assert asked <= set(CATALOGUE)
    assert asked


@pytest.mark.parametrize("guide", GUIDES, ids=lambda guide: guide.name)
def test_links_lead_somewhere(guide: Path) -> None:
    """Relative links name files of the tree, and headings that are there."""
    broken = []
    for link in links(guide):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = (guide.parent / parts.path).resolve() if parts.path else guide
        missing = not target.exists()
        if missing or (parts.fragment and parts.fragment not in anchors(target)):
            broken.append(link)
    assert broken == []
