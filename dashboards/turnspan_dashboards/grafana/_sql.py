"""Panel SQL for Grafana: the named files of ``sql/`` with their places filled in."""

from __future__ import annotations

import json
import re
from functools import cache
from importlib.resources import files

from turnspan.conventions import ANNOTATION_TEXT, EVENT_ANNOTATION
from turnspan_dashboards.panels import Look, Panel, Query

__all__ = ["marks", "panel_query", "variable"]

PLACE = re.compile(r"\{\{(\w+)\}\}")
TIME_FROM = "$__timeFrom()"
TIME_TO = "$__timeTo()"


@cache
def _text(name: str) -> str:
    return (files(__package__) / "sql" / f"{name}.sql").read_text("utf-8")


def _literal(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _identifier(value: str) -> str:
    return '"' + value.replace('"', '""') + '"'


def _filled(name: str, places: dict[str, str]) -> str:
    return PLACE.sub(lambda match: places[match[1]], _text(name)).strip()


def _array(values: tuple[str, ...]) -> str:
    return f"ARRAY[{', '.join(map(_literal, values))}]::text[]"


def _group(by: tuple[str, ...]) -> str:
    return " || ' · ' || ".join(f'("group" ->> {_literal(one)})' for one in by)


def _filters() -> str:
    return _text("filters").strip()


def panel_query(panel: Panel, query: Query, label: str) -> str:
    """The SQL of one query of a panel, with Grafana's macros and variables in it.

    ``label`` names the series where the query has no label of its own. Columns:
    ``stat`` and ``lines`` a time and named values, ``columns`` time, metric and
    value, ``bars`` and ``histogram`` a name and values.
    """
    name = query.label or label
    chosen = "${bucket:sqlstring}"
    options = json.dumps({**query.options, "provisional": True})
    return _filled(
        panel.look.value,
        {
            "metric": _literal(query.metric),
            "from": TIME_FROM,
            "to": TIME_TO,
            "bucket": chosen if panel.bucket == "board" else _literal(panel.bucket),
            "by": _array(query.by),
            "group": _group(query.groups),
            "filters": _filters(),
            "options": _literal(options),
            "groups_max": str(panel.groups_max),
            "label": _identifier(name),
            "open": _identifier(f"{name} (provisional)"),
            "low": _identifier(f"{name} low"),
            "high": _identifier(f"{name} high"),
            "n": _identifier(f"{name} n"),
        },
    )


def variable(dimension: str) -> str:
    """The SQL of a variable: the values of a dimension, of the chosen bots."""
    chosen = "jsonb_build_object('bot', array_remove(ARRAY[${bot:sqlstring}]::text[], "
    filters = "'{}'" if dimension == "bot" else f"{chosen}NULL))"
    places = {"dimension": _literal(dimension), "filters": filters}
    return _filled("variable", places)


def marks() -> str:
    """The SQL of the marks that stand on every board: time, text, tags."""
    places = {"name": _literal(EVENT_ANNOTATION), "text": _literal(ANNOTATION_TEXT)}
    return _filled("annotations", places)


TIMED = frozenset({Look.STAT, Look.LINES, Look.COLUMNS})
"""Looks whose answers Grafana reads as time series, the others as tables."""
