"""Freeze the schema of a release: python -m tests.support.freeze 0.2.0.

Every file of ``once`` is entered into schema/frozen.json with its digest, under the
version that ships it first. The tests fail where CHANGELOG.md has a release without.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

from turnspan_exporters.timescale._scripts import SCHEMA, Script, scripts

__all__ = ["FROZEN", "freeze", "now", "releases"]

FROZEN = Path(str(SCHEMA)) / "frozen.json"
_CHANGELOG = Path(__file__).parents[2] / "CHANGELOG.md"
_RELEASE = re.compile(r"^## \[?v?(\d+\.\d+\.\d+[^\]\s]*)", re.MULTILINE)


def releases(changelog: str | None = None) -> set[str]:
    """The versions that the changelog says were released."""
    text = _CHANGELOG.read_text("utf-8") if changelog is None else changelog
    return set(_RELEASE.findall(text))


def now() -> dict[str, Script]:
    """Today's files of both modes, by name."""
    return {
        one.name: one
        for mode in ("plain", "timescale")
        for one in scripts(SCHEMA, "once", mode)
    }


def freeze(version: str, frozen: dict[str, dict[str, str]]) -> dict[str, str]:
    """The files that no earlier release had, with their digests."""
    known = {name for at, files in frozen.items() if at != version for name in files}
    return {
        name: one.sha256 for name, one in sorted(now().items()) if name not in known
    }


def main() -> None:
    """Enter the version that is named."""
    [version] = sys.argv[1:]
    frozen = json.loads(FROZEN.read_text("utf-8"))
    frozen[version] = freeze(version, frozen)
    FROZEN.write_text(json.dumps(frozen, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
