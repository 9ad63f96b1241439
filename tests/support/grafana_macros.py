"""Expands Grafana's macros and variables in SQL, as its documentation has them.

Macros: "PostgreSQL query editor", section "Macros". Variables: "Variable syntax",
section "Advanced variable format options"; a custom value for "All" is put in as it
is, whatever the format.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

__all__ = ["ALL", "Asked", "expanded"]

ALL = "$__all"
VARIABLE = re.compile(r"\$\{(\w+)(?::(\w+))?\}")
TIME_FILTER = re.compile(r"\$__timeFilter\(([^)]*)\)")
UNKNOWN = re.compile(r"\$__\w+|\$\{[^}]*\}|\$\w+")


@dataclass(frozen=True, slots=True)
class Asked:
    """What a reader has chosen: a range, and values by variable.

    ``all_values`` are the variables' custom values for "All", by variable.
    """

    start: datetime
    stop: datetime
    values: Mapping[str, Sequence[str]]
    all_values: Mapping[str, str] = field(default_factory=dict)


def _instant(moment: datetime) -> str:
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return "'" + text.replace("+00:00", "Z") + "'"


def _sqlstring(values: Sequence[str]) -> str:
    return ",".join("'" + one.replace("'", "''") + "'" for one in values)


def _variable(match: re.Match[str], asked: Asked) -> str:
    name, style = match.groups()
    values = asked.values[name]
    if list(values) == [ALL]:
        return asked.all_values[name]
    if style != "sqlstring":
        raise ValueError(f"the format {style!r} of ${name} is not expanded here")
    return _sqlstring(values)


def expanded(sql: str, asked: Asked) -> str:
    """``sql`` as Grafana sends it; ``ValueError`` for a macro it does not know."""
    text = VARIABLE.sub(lambda match: _variable(match, asked), sql)
    start, stop = _instant(asked.start), _instant(asked.stop)
    text = TIME_FILTER.sub(lambda match: f"{match[1]} BETWEEN {start} AND {stop}", text)
    text = text.replace("$__timeFrom()", start).replace("$__timeTo()", stop)
    if left := UNKNOWN.findall(text):
        raise ValueError(f"Grafana would send {left} to the database")
    return text
