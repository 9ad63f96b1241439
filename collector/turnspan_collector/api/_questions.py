"""What the query string of a request asks: ranges, lists, filters, options."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import isfinite
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.datastructures import QueryParams

from turnspan_exporters.timescale.metrics import OPTION_TYPES, Metric, Option
from turnspan_exporters.timescale.reader import BadQuestion, Reader

__all__ = ["Question", "Store", "known_parameters", "listed", "question", "span"]

_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_UNENCODED: Final = re.compile(r"(T\S+) (\d\d:?\d\d)$")
_DEFAULT_DAYS: Final = 30
_QUOTED_MAX: Final = 64
_FLAGS: Final = {
    **dict.fromkeys(("1", "true", "yes"), True),
    **dict.fromkeys(("0", "false", "no"), False),
}
_PLAIN: Final = ("from", "to", "bucket", "by", "compare")
_PREVIOUS: Final = "previous"


@dataclass(frozen=True, slots=True)
class Question:
    """A question to one metric."""

    start: datetime
    end: datetime
    bucket: str | None
    by: Sequence[str]
    filters: Mapping[str, Sequence[str]]
    options: Mapping[str, Any]
    compares: bool = False


def _reader(request: Request) -> Reader:
    found: Reader = request.app.state.turnspan
    return found


Store = Annotated[Reader, Depends(_reader)]
"""The application's reader, as a dependency."""


def listed(values: Iterable[str] | None) -> list[str]:
    """Repeated and comma-separated values, in order, each once."""
    parts = (part.strip() for value in values or () for part in value.split(","))
    return list(dict.fromkeys(part for part in parts if part))


def known_parameters(parameters: QueryParams, known: Sequence[str]) -> None:
    """Refuse a parameter that nothing would read."""
    for name in parameters:
        if name not in known:
            there = f"these are: {', '.join(known)}" if known else "there is none"
            raise BadQuestion(f'"{name[:_QUOTED_MAX]}" is no parameter here; {there}.')


def question(metric: Metric, parameters: QueryParams, reader: Reader) -> Question:
    """The question that the query string asks of ``metric``.

    Every dimension of the metric is a filter, repeated or comma-separated.
    """
    dimensions = metric.fact.dimensions
    options = [option.value for option in metric.options]
    known_parameters(parameters, (*_PLAIN, *options, *dimensions))
    filters = {
        name: values
        for name in dimensions
        if (values := listed(parameters.getlist(name)))
    }
    start, end = span(
        _one(parameters, "from"), _one(parameters, "to"), reader, filters.get("bot", ())
    )
    return Question(
        start=start,
        end=end,
        bucket=_one(parameters, "bucket"),
        by=listed(parameters.getlist("by")),
        filters=filters,
        options={
            name: _option(name, value)
            for name in options
            if (value := _one(parameters, name)) is not None
        },
        compares=_compares(_one(parameters, "compare")),
    )


def _compares(asked: str | None) -> bool:
    if asked not in (None, _PREVIOUS):
        raise BadQuestion(
            f'compare: "{asked[:_QUOTED_MAX]}" is not "{_PREVIOUS}", the only period '
            "that there is to compare with."
        )
    return asked is not None


def span(
    start: str | None, end: str | None, reader: Reader, bots: Sequence[str]
) -> tuple[datetime, datetime]:
    """The range asked for: dates are midnights of the bots' time zone.

    Without ``to`` it ends now; without ``from`` it begins 30 local days before the
    day of its end.
    """
    zone = reader.zone(bots)
    until = _moment("to", end, zone) if end else datetime.now(UTC)
    if start:
        return _moment("from", start, zone), until
    day = until.astimezone(zone).date() - timedelta(days=_DEFAULT_DAYS)
    return _midnight(day, zone), until


def _one(parameters: QueryParams, name: str) -> str | None:
    values = [value for value in parameters.getlist(name) if value]
    if len(values) > 1:
        raise BadQuestion(f"{name}: it is given {len(values)} times; give it once.")
    return values[0] if values else None


def _moment(field: str, text: str, zone: ZoneInfo) -> datetime:
    """A date at its local midnight, or a time; one without an offset is local."""
    try:
        if _DATE.fullmatch(text):
            return _midnight(date.fromisoformat(text), zone)
        # the "+" of an offset arrives as a space when a caller did not encode it
        moment = datetime.fromisoformat(_UNENCODED.sub(r"\1+\2", text))
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadQuestion(
            f'{field}: "{text[:_QUOTED_MAX]}" is neither a date (2026-03-31) nor a '
            "time of RFC 3339 (2026-03-31T12:00:00Z)."
        ) from None


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)


def _option(name: str, text: str) -> Any:
    """Options as the SQL function takes them; what is no number it refuses itself."""
    kind = OPTION_TYPES[Option(name)].type
    if kind == "flag":
        return _FLAGS.get(text.lower(), text)
    if kind == "text":
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    return number if isfinite(number) else text
