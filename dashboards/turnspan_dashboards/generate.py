"""Writes the Grafana dashboards: ``python -m turnspan_dashboards.generate``."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models import dashboard as model

from turnspan_dashboards.boards import BOARDS
from turnspan_dashboards.grafana import dashboard, operations
from turnspan_dashboards.panels import Board

__all__ = ["FOLDER", "OPERATIONS", "rendered", "rendered_operations"]

FOLDER = Path(__file__).parent / "generated"
OPERATIONS = Path(__file__).parent / "provisioning/prometheus/operation.json"
"""Beside the alert rules, as it needs a Prometheus too."""

INTERVAL_ONLY = ("auto", "auto_min", "auto_count")
"""Fields the SDK writes for every variable and Grafana knows for intervals alone."""


def rendered(board: Board) -> str:
    """The JSON of a board's dashboard, as it is committed."""
    return _rendered(dashboard(board))


def rendered_operations() -> str:
    """The JSON of the operator's dashboard."""
    return _rendered(operations())


def _rendered(built: model.Dashboard) -> str:
    made = json.dumps(built, cls=JSONEncoder, indent=2, ensure_ascii=False)
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
    OPERATIONS.write_text(rendered_operations(), "utf-8")
    sys.stdout.write(f"{OPERATIONS.name}\n")


if __name__ == "__main__":
    main()
