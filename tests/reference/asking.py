"""A question about a bot, and the rows of the script that answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

import polars as pl
from polars import col, lit
from tests.reference.facts import POPULATIONS
from tests.reference.units import Units

__all__ = ["Bot", "Question", "Rows"]

Rows = dict[tuple[Any, ...], tuple[float | None, float | None, float | None]]


@dataclass(frozen=True, slots=True)
class Question:
    """One question to ``turnspan.metric`` about one bot, over all of a script."""

    name: str
    bucket: str | None = None
    by: tuple[str, ...] = ()
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bot:
    """What it did since the script's beginning, and the time zone of its days."""

    units: Units
    origin: datetime
    zone: str
    today: date = date.max
    """The local day that is not over."""

    def population(self, name: str, asked: Question) -> pl.DataFrame:
        """Its rows of days that are over; ``bucket`` is when the window began."""
        rows = POPULATIONS[name](self.units).filter(self.day() < self.today)
        return rows.with_columns(
            *(col(one).fill_null("unknown") for one in asked.by),
            bucket=self.bucket(asked.bucket) if asked.bucket else lit(None),
        )

    def bucket(self, width: str) -> pl.Expr:
        """The first local day of the window of ``time``; of an hour, its beginning."""
        if width == "hour":
            return self.clock().dt.truncate("1h").dt.convert_time_zone("UTC")
        return self.day().dt.truncate(f"1{width[0].replace('m', 'mo')}")

    def grouped(self, name: str, asked: Question, **parts: pl.Expr) -> list[Any]:
        """Tuples of the bucket, the asked dimensions and the parts."""
        rows = self.population(name, asked)
        return rows.group_by("bucket", *asked.by).agg(**parts).rows()

    def clock(self) -> pl.Expr:
        """The local date and time of ``time``."""
        began = lit(self.origin) + pl.duration(microseconds=col("time"))
        return began.dt.convert_time_zone(self.zone)

    def day(self) -> pl.Expr:
        """The local day of ``time``."""
        return self.clock().dt.date()
