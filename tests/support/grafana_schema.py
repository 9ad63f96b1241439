"""Writes dashboards as TypeScript, so that Grafana's own types can check them."""

from __future__ import annotations

import copy
import json
from typing import Any

__all__ = ["typescript"]

PANELS = {
    "barchart": "barchart/panelcfg/x/BarChartPanelCfg_types.gen",
    "stat": "stat/panelcfg/x/StatPanelCfg_types.gen",
    "timeseries": "timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen",
}
PRELUDE = """
type Plain<T> = T extends string ? `${T}` : T extends object
  ? { [K in keyof T]: Plain<T[K]> } : T;
type Sql = DataQuery & {
  editorMode: string; format: string; rawQuery: boolean; rawSql: string;
};
"""


def _imports() -> list[str]:
    folder = "@grafana/schema/dist/esm/raw/composable"
    return [
        'import type { Dashboard, DataQuery } from "@grafana/schema";',
        *(
            f'import type * as {name} from "{folder}/{path}";'
            for name, path in PANELS.items()
        ),
        PRELUDE,
    ]


def typescript(dashboard: dict[str, Any]) -> str:
    """A module that compiles only where ``dashboard`` fits ``@grafana/schema``.

    Enums are compared by their values; SQL queries, of which the schema knows the
    common part alone, and each panel's options and field settings apart.
    """
    board = copy.deepcopy(dashboard)
    named: list[tuple[str, Any]] = []
    for mark in board["annotations"]["list"]:
        named.append(("Sql", mark["target"]))
        mark["target"] = {"refId": mark["target"]["refId"]}
    for panel in board["panels"]:
        named += [("Sql", target) for target in panel.get("targets", ())]
        kind = panel["type"]
        if kind == "row":
            continue
        named.append((f"Partial<Plain<{kind}.Options>>", panel["options"]))
        custom = panel["fieldConfig"]["defaults"].get("custom")
        if custom is not None:
            named.append((f"Partial<Plain<{kind}.FieldConfig>>", custom))
    named.append(("Plain<Dashboard>", board))
    return "\n".join(
        [
            *_imports(),
            *(
                f"export const value{at}: {kind} = {json.dumps(value)};"
                for at, (kind, value) in enumerate(named)
            ),
        ]
    )
