"""The audit of the dependencies: a finding fails, silence is not called clean."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.support import audit
from tests.support.audit import Verdict, judge

ROOT = Path(__file__).parents[1]
CLEAN = {"name": "a", "version": "1", "vulns": []}
BAD = {
    "name": "b",
    "version": "2",
    "vulns": [{"id": "PYSEC-1", "fix_versions": ["3"], "aliases": []}],
}
UNKNOWN = {"name": "c", "skip_reason": "Dependency not found"}


def report(*packages: object) -> str:
    return json.dumps({"dependencies": packages, "fixes": []})


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        (report(CLEAN), Verdict(1)),
        (report(CLEAN, BAD), Verdict(2, ("b 2: PYSEC-1, mended in 3",))),
        (report(CLEAN, UNKNOWN), Verdict(1, (), ("c",))),
        (report(UNKNOWN), Verdict(0, (), ("c",))),
        ("", Verdict(0)),
        ("Traceback", Verdict(0)),
        ("[]", Verdict(0)),
    ],
)
def test_a_report_is_judged_by_what_was_looked_at(text: str, verdict: Verdict) -> None:
    """A list that nobody knows is not a clean one."""
    assert judge(text) == verdict


@pytest.mark.parametrize(
    ("answers", "arguments", "code", "said"),
    [
        ({}, [], 0, "NOT AUDITED: no database of advisories could be reached"),
        ({}, ["--required"], 1, "NOT AUDITED"),
        ({"osv": Verdict(3)}, [], 0, "3 packages audited by osv"),
        ({"pypi": Verdict(3, ("b 2: X, mended in 3",))}, [], 1, "b 2: X, mended in 3"),
    ],
)
def test_it_fails_for_a_finding_and_not_for_lack_of_network(
    answers: dict[str, Verdict],
    arguments: list[str],
    code: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Unless it is told that an audit is required."""
    monkeypatch.setattr(
        audit, "_ask", lambda service, *_: answers.get(service, Verdict(0))
    )
    locked = str(ROOT / "requirements" / "dev.lock")
    assert audit.main([locked, *arguments]) == code
    assert said in capsys.readouterr().out


def test_ci_audits_what_is_locked() -> None:
    """By make audit, of every list of packages that is installed anywhere."""
    makefile = (ROOT / "Makefile").read_text("utf-8")
    recipe = makefile.partition("\naudit:")[2].partition("\n\n")[0]
    assert "tests.support.audit" in recipe
    for lock in (ROOT / "requirements").glob("*.lock"):
        assert f"requirements/{lock.name}" in recipe
    assert "make audit" in (ROOT / ".ci" / "run").read_text("utf-8")
