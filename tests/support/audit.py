"""Asks for known vulnerabilities of the locked dependencies: make audit.

Fails for a finding. Where no database of advisories answers it says so, loudly, and
does not fail: a build without network is no worse than before. ``--required`` fails.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Verdict", "judge", "main"]

SERVICES = ("pypi", "osv")
SECONDS_MAX = 600
_PIP_AUDIT = (
    *(sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip"),
    *("--format=json", "--progress-spinner=off", "--timeout=15"),
)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What one database said of a list of packages."""

    audited: int
    findings: tuple[str, ...] = ()
    skipped: tuple[str, ...] = ()


def judge(report: str) -> Verdict:
    """What pip-audit's JSON says; nothing audited where it is none.

    A package that the database does not have is skipped, and pip-audit calls a list of
    nothing but these free of vulnerabilities.
    """
    try:
        packages: list[dict[str, Any]] = json.loads(report)["dependencies"]
    except (ValueError, KeyError, TypeError):
        return Verdict(0)
    findings = tuple(
        f"{one['name']} {one['version']}: {found['id']}, mended in "
        f"{', '.join(found['fix_versions']) or 'no version'}"
        for one in packages
        for found in one.get("vulns", ())
    )
    skipped = tuple(one["name"] for one in packages if "vulns" not in one)
    return Verdict(len(packages) - len(skipped), findings, skipped)


def _ask(service: str, files: Sequence[Path], options: Sequence[str]) -> Verdict:
    given = [f"--requirement={file}" for file in files]
    done = subprocess.run(
        [*_PIP_AUDIT, f"--vulnerability-service={service}", *given, *options],
        capture_output=True,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    return judge(done.stdout)


def _answers(service: str, file: Path, folder: Path) -> bool:
    """Whether the database knows the first package of the list."""
    lines = file.read_text("utf-8").splitlines()
    first = next(line for line in lines if "==" in line)
    probe = folder / "one.txt"
    probe.write_text(first.partition(";")[0].rstrip(" \\") + "\n", "utf-8")
    return _ask(service, [probe], ()).audited > 0


def main(arguments: Sequence[str]) -> int:
    """``[--required] FILE… [options of pip-audit]``; gives the exit code."""
    required = "--required" in arguments
    files = [Path(one) for one in arguments if not one.startswith("-")]
    options = [one for one in arguments if one.startswith("-") and one != "--required"]
    with tempfile.TemporaryDirectory() as folder:
        for service in SERVICES:
            if _answers(service, files[0], Path(folder)):
                return _report(service, _ask(service, files, options))
    print(
        "NOT AUDITED: no database of advisories could be reached "
        f"({', '.join(SERVICES)}). Nothing is known of the dependencies."
    )
    return int(required)


def _report(service: str, verdict: Verdict) -> int:
    print(f"{verdict.audited} packages audited by {service}")
    if verdict.skipped:
        print(f"not known there: {', '.join(verdict.skipped)}")
    for finding in verdict.findings:
        print(finding)
    if not verdict.audited:
        print("NOT AUDITED: pip-audit gave no report.")
    return int(bool(verdict.findings) or not verdict.audited)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
