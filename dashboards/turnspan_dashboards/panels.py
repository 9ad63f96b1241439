"""What a board is made of, as plain data that Grafana and the page both draw."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

__all__ = ["Board", "Look", "Panel", "Query", "Section"]

COLUMNS = 24
"""A board is 24 columns wide, as a Grafana dashboard is."""


class Look(StrEnum):
    """How a panel draws its rows.

    ``stat`` one number for the whole range, with the change against the previous
    range of equal length; ``lines`` values over time, rates with their interval as
    a band; ``columns`` counts or shares over time, stacked by group; ``bars`` one
    bar a group, longest first; ``histogram`` one column a bin, in their own order.
    """

    STAT = "stat"
    LINES = "lines"
    COLUMNS = "columns"
    BARS = "bars"
    HISTOGRAM = "histogram"


_QUERIES_MAX = {
    Look.STAT: 1,
    Look.LINES: 4,
    Look.COLUMNS: 1,
    Look.BARS: 1,
    Look.HISTOGRAM: 1,
}


@dataclass(frozen=True, slots=True)
class Query:
    """One call of ``turnspan.metric``.

    ``label`` names the series; it may stay empty where a panel has one query.
    ``by`` are dimensions to ask for, ``key`` is the metric's own (``outcome``,
    ``bin`` …), which its rows have unasked. ``options`` are the metric's own
    (``q``, ``theta``, ``within`` …).
    """

    metric: str
    label: str = ""
    by: tuple[str, ...] = ()
    key: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def groups(self) -> tuple[str, ...]:
        """The keys that tell one row of a bucket from the next."""
        return (*self.by, *((self.key,) if self.key else ()))


@dataclass(frozen=True, slots=True)
class Panel:
    """One drawing.

    ``key`` is unique within its board. ``title`` and ``description`` default to the
    catalogue's. ``width`` counts columns of 24, ``height`` Grafana's grid rows
    (30 px and a gap of 8 px each). ``bucket`` is the bucket at which time is drawn:
    ``board`` follows the reader's choice, ``day`` and the like are fixed.
    ``groups_max`` limits how many groups are drawn, those with the most data.
    ``ValueError`` where the look and the queries do not go together.
    """

    key: str
    look: Look
    queries: tuple[Query, ...]
    width: int
    height: int
    title: str = ""
    description: str = ""
    bucket: str = "board"
    groups_max: int = 10

    def __post_init__(self) -> None:
        if not 1 <= self.width <= COLUMNS:
            raise ValueError(f"{self.key}: width {self.width} is not within 1..24")
        if not 1 <= len(self.queries) <= _QUERIES_MAX[self.look]:
            allowed = _QUERIES_MAX[self.look]
            raise ValueError(f"{self.key}: {self.look} draws 1 to {allowed} queries")
        grouped = self.look not in (Look.STAT, Look.LINES)
        if any(bool(query.groups) != grouped for query in self.queries):
            raise ValueError(
                f"{self.key}: bars, columns and histograms have groups, "
                "a stat and lines have none"
            )

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics the panel asks for, each once, in order."""
        return tuple(dict.fromkeys(query.metric for query in self.queries))


@dataclass(frozen=True, slots=True)
class Section:
    """Panels that answer one question, under a heading that asks it."""

    title: str
    panels: tuple[Panel, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """One page of panels; ``key`` is its address, its file name and its uid."""

    key: str
    title: str
    description: str
    sections: tuple[Section, ...]

    def panels(self) -> Iterator[Panel]:
        """All panels, in the order in which they are drawn."""
        for section in self.sections:
            yield from section.panels
