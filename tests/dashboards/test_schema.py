"""The dashboards compile against Grafana's own types, from npm."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from tests.support import npm
from tests.support.grafana_schema import typescript

from turnspan_dashboards.generate import FOLDER

PACKAGES = ("@grafana/schema@13.2.3", "typescript@5.9.3")
OPTIONS = (
    *("--noEmit", "--strict", "--skipLibCheck", "--target", "es2022"),
    *("--module", "nodenext", "--moduleResolution", "nodenext"),
)
BOARDS = sorted(FOLDER.glob("*.json"))


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with Grafana's types and a compiler in it."""
    folder = tmp_path_factory.mktemp("schema")
    (folder / "package.json").write_text('{"private": true}')
    npm.install(folder, *PACKAGES)
    return folder


def _complaints(project: Path, name: str, text: str) -> list[str]:
    (project / f"{name}.ts").write_text(text, "utf-8")
    compiler = project / "node_modules/.bin/tsc"
    made = subprocess.run(
        [compiler, *OPTIONS, f"{name}.ts"],
        cwd=project,
        capture_output=True,
        text=True,
        check=False,
    )
    return made.stdout.splitlines()


@pytest.mark.parametrize("path", BOARDS, ids=lambda one: one.stem)
def test_dashboards_fit_the_schema(project: Path, path: Path) -> None:
    """Every field is known and has a value that its type allows."""
    text = typescript(json.loads(path.read_text("utf-8")))
    assert _complaints(project, path.stem, text) == []


def test_the_check_can_fail(project: Path) -> None:
    """A wrong enum value and a field that nobody knows are both found."""
    board = json.loads((FOLDER / "handoff.json").read_text("utf-8"))
    stat = next(one for one in board["panels"] if one["type"] == "stat")
    stat["options"]["graphMode"] = "sparkles"
    board["colour"] = "blue"
    found = _complaints(project, "wrong", typescript(board))
    assert len(found) == 2
    assert '"sparkles"' in found[0]
    assert "'\"colour\"'" in found[1]
