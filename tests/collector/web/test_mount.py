"""What the collector serves beside the API: the page, its files, the boards."""

from __future__ import annotations

import hashlib
import re
from dataclasses import asdict
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from turnspan_collector import web
from turnspan_dashboards import BOARDS

STATIC = Path(web.__file__).parent / "static"
OWN = sorted(
    path for path in STATIC.rglob("*") if path.is_file() and "vendor" not in path.parts
)
ECHARTS = STATIC / "vendor/echarts-6.1.0"
DECISION = Path(__file__).parents[3] / "docs/decisions/0050-charts-by-echarts.md"


@pytest.fixture(scope="module")
def client() -> TestClient:
    """A client of an application that has the page alone."""
    app = FastAPI()
    web.mount(app)
    return TestClient(app)


@pytest.mark.parametrize("path", ["/", "/boards/handoff", "/conversations/a/b%2Fc"])
def test_every_address_of_the_page_is_the_page(client: TestClient, path: str) -> None:
    """The page reads its address itself, so that links can be shared."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.text == (STATIC / "index.html").read_text("utf-8")


@pytest.mark.parametrize("path", ["/", "/static/js/app.js", "/static/css/layout.css"])
def test_nothing_foreign_and_nothing_inline_may_run(
    client: TestClient, path: str
) -> None:
    """The policy allows this collector's own files and nothing else."""
    headers = client.get(path).headers
    policy = dict(
        rule.split(" ", 1) for rule in headers["content-security-policy"].split("; ")
    )
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize(
    ("path", "kind", "cached"),
    [
        ("js/app.js", "text/javascript", "no-cache"),
        ("css/tokens.css", "text/css", "no-cache"),
        ("icon.svg", "image/svg+xml", "no-cache"),
        (
            "vendor/echarts-6.1.0/echarts.esm.min.js",
            "text/javascript",
            "public, max-age=31536000, immutable",
        ),
    ],
)
def test_files_have_their_types(
    client: TestClient, path: str, kind: str, cached: str
) -> None:
    """Types do not depend on the machine; what carries a version is kept."""
    headers = client.get(f"/static/{path}").headers
    assert headers["content-type"] == f"{kind}; charset=utf-8"
    assert headers["cache-control"] == cached


@pytest.mark.parametrize("path", ["nothing.js", "../_mount.py", "%2e%2e/_mount.py"])
def test_no_other_file_is_served(client: TestClient, path: str) -> None:
    """Only what stands in ``static`` can be had."""
    assert client.get(f"/static/{path}").status_code == 404


def test_boards_are_the_definitions(client: TestClient) -> None:
    """The page gets the panels from which Grafana's dashboards are made."""
    boards = client.get("/api/v1/boards").json()["boards"]
    assert [board["key"] for board in boards] == [board.key for board in BOARDS]
    made = boards[0]["sections"][0]["panels"][0]
    first = next(BOARDS[0].panels())
    assert made == {
        **asdict(first),
        "queries": [{**asdict(query), "by": []} for query in first.queries],
    }


def test_the_chart_library_is_the_one_that_was_chosen() -> None:
    """The file is the one whose hash the decision names, with its licences."""
    text = (ECHARTS / "echarts.esm.min.js").read_bytes()
    assert hashlib.sha256(text).hexdigest() in DECISION.read_text("utf-8")
    assert {path.name for path in ECHARTS.iterdir()} == {
        "LICENSE",
        "LICENSE-d3",
        "NOTICE",
        "echarts.esm.min.js",
    }


@pytest.mark.parametrize("path", OWN, ids=lambda one: one.name)
def test_the_pages_files_keep_the_house_rules(path: Path) -> None:
    """Short lines and files, no foreign address, no markup made from strings."""
    text = path.read_text("utf-8")
    assert [line for line in text.splitlines() if len(line) > 88] == []
    assert len(text.splitlines()) <= 500
    addresses = set(re.findall(r"https?://[\w.]+", text))
    assert addresses <= {"http://www.w3.org"}
    assert "innerHTML" not in text
    assert not re.search(r"<script>|<style|\bstyle=|\bon\w+=\"", text)


@pytest.mark.parametrize(
    "path", [one for one in OWN if one.suffix == ".js"], ids=lambda one: one.name
)
def test_modules_say_what_they_are_for_and_import_what_exists(path: Path) -> None:
    """Each opens with a sentence; each import names a file that is there."""
    text = path.read_text("utf-8")
    assert text.startswith("// ")
    for name in re.findall(r'from "([^"]+)";', text):
        assert (path.parent / name).exists()
