"""Writes the Grafana dashboards: ``python -m turnspan_dashboards.generate``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder

from turnspan_dashboards.boards import BOARDS
from turnspan_dashboards.grafana import dashboard
from turnspan_dashboards.panels import Board

__all__ = ["FOLDER", "rendered"]

FOLDER = Path(__file__).parent / "generated"
INTERVAL_ONLY = ("auto", "auto_min", "auto_count")
"""Fields the SDK writes for every variable and Grafana knows for intervals alone."""


def rendered(board: Board) -> str:
    """The JSON of a board's dashboard, as it is committed."""
    made = json.dumps(dashboard(board), cls=JSONEncoder, indent=2, ensure_ascii=False)
    plain = json.loads(made)
    for number, panel in enumerate(plain["panels"], start=1):
        panel["id"] = number
    for variable in plain["templating"]["list"]:
        for name in INTERVAL_ONLY:
            variable.pop(name, None)
    return json.dumps(plain, indent=2, ensure_ascii=False) + "\n"


def main() -> None:
    """Write one file a board."""
    FOLDER.mkdir(exist_ok=True)
    for board in BOARDS:
        path = FOLDER / f"{board.key}.json"
        path.write_text(rendered(board), "utf-8")
        sys.stdout.write(f"{path.name}\n")


if __name__ == "__main__":
    main()
