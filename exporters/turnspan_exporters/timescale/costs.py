"""What things cost: prices, channels, people and fixed costs, with their dates."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from turnspan_exporters.timescale._connection import Connection, one_row
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale.metrics import CATALOGUE, OPTION_TYPES, Option
from turnspan_exporters.timescale.settings import SettingError

__all__ = [
    "ALWAYS",
    "COSTS",
    "SWINGING",
    "Cost",
    "Declared",
    "Entry",
    "Swing",
    "declare",
    "declared",
    "default_prices",
    "entry",
    "midnight",
    "sensitivity",
]

ALWAYS: Final = datetime(1, 1, 1, tzinfo=UTC)
"""The date of an entry that holds since ever."""

_NAME_MAX: Final = 200
_QUOTED_MAX: Final = 64
_AMOUNT_MAX: Final = 1e12
_MINUTES_MAX: Final = 10_000.0
_MONTHS_MAX: Final = 600.0


@dataclass(frozen=True, slots=True)
class Cost:
    """One kind of cost.

    ``fields`` are its numbers with their largest value. ``needs`` are sets of fields of
    which an entry has at least one whole. ``named`` says whether an entry is of one
    thing (a model, a channel): yes, no, or either (``None``). ``dated``: it may not
    hold since ever.
    """

    kind: str
    fields: Mapping[str, float]
    needs: Sequence[frozenset[str]]
    named: bool | None
    sentence: str
    dated: bool = False


def _any(*fields: str) -> tuple[frozenset[str], ...]:
    return tuple(frozenset({one}) for one in fields)


COSTS: Final[Mapping[str, Cost]] = {
    one.kind: one
    for one in (
        Cost(
            "price",
            dict.fromkeys(("input", "output", "cached"), _AMOUNT_MAX),
            _any("input", "output"),
            True,
            "a model's tokens, per million",
        ),
        Cost(
            "channel_cost",
            dict.fromkeys(("session", "message"), _AMOUNT_MAX),
            _any("session", "message"),
            None,
            "a channel's (without a name: any other channel's) sessions and messages",
        ),
        Cost(
            "human_cost",
            {"ticket": _AMOUNT_MAX, "minute": _AMOUNT_MAX, "minutes": _MINUTES_MAX},
            _any("ticket", "minute", "minutes"),
            False,
            "a person's cost per ticket and per minute, and minutes per ticket",
        ),
        Cost(
            "fixed_cost",
            {"monthly": _AMOUNT_MAX, "amount": _AMOUNT_MAX, "months": _MONTHS_MAX},
            (frozenset({"monthly"}), frozenset({"amount", "months"})),
            True,
            "a cost of every month from the date on, or one spread over months",
            dated=True,
        ),
        Cost(
            "lead_value",
            {"amount": _AMOUNT_MAX, "close_rate": 1.0},
            _any("close_rate"),
            False,
            "what a lead brings that closes, and the share that does",
        ),
        Cost(
            "investment",
            {"amount": _AMOUNT_MAX},
            _any("amount"),
            False,
            "what was paid once and shall come back",
            dated=True,
        ),
    )
}
"""Every kind of cost, by name."""


SWINGING: Final = tuple(
    name
    for name, metric in CATALOGUE.items()
    if Option.VARY in metric.options and metric.numerator != "costs"
)
"""The metrics that one number answers and costs move."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A cost as somebody declares it; no ``values`` withdraws it.

    ``since`` is an aware time, a local date of the bot, ``ALWAYS``, or ``None`` for
    now.
    """

    kind: str
    name: str
    values: Mapping[str, float]
    bot: str = ""
    since: datetime | date | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """An entry of the history; ``holds`` says that it is the one in force now."""

    kind: str
    name: str
    bot: str
    values: Mapping[str, Any] | None
    valid_from: datetime
    set_at: datetime
    holds: bool


@dataclass(frozen=True, slots=True)
class Swing:
    """A metric's value with one parameter lower, as declared, and higher."""

    parameter: str
    low: float | None
    value: float | None
    high: float | None


def entry(
    kind: str,
    name: str,
    given: Mapping[str, Any],
    *,
    bot: str = "",
    since: datetime | date | str | None = None,
) -> Entry:
    """Check what a person wrote; raise ``SettingError`` with a sentence."""
    cost = COSTS.get(kind)
    if cost is None:
        raise SettingError(
            f"{kind[:_QUOTED_MAX]} is no cost: take one of {', '.join(COSTS)}."
        )
    currency = given.get("currency")
    values = {
        field: _number(cost, field, value)
        for field, value in given.items()
        if field != "currency"
    }
    if values and not any(need <= values.keys() for need in cost.needs):
        wanted = " or ".join(" with ".join(sorted(need)) for need in cost.needs)
        raise SettingError(f"{kind} has {', '.join(values)}: it needs {wanted}.")
    moment = _since(since)
    if cost.dated and moment == ALWAYS:
        raise SettingError(f"{kind} holds from a date on: give one, not always.")
    return Entry(
        kind, _name(cost, name), values, bot, moment, currency and str(currency).upper()
    )


def declare(connection: Connection, entries: Iterable[Entry]) -> None:
    """Store ``entries``; all of them or none.

    An entry of a date that has one goes before it; both stay in the history. Raises
    ``SettingError`` where an amount is of another currency than the installation's.
    """
    with connection.transaction():
        (own,) = one_row(connection, query("currency"))
        for one in entries:
            if one.currency not in (None, own):
                raise SettingError(
                    f"currency={one.currency} is not {own}, the one currency of this "
                    "installation: convert the amount, or set currency."
                )
            connection.execute(
                query("declare_cost"),
                {
                    "bot": one.bot,
                    "name": f"{one.kind}:{one.name}" if one.name else one.kind,
                    "since": _moment(connection, one),
                    "value": json.dumps(
                        {**one.values, "currency": own} if one.values else None
                    ),
                },
            )


def declared(connection: Connection, bot: str | None = None) -> list[Declared]:
    """Every entry, the oldest of each cost first; of one bot, or of all."""
    rows = connection.execute(
        query("declared_costs"), {"bot": bot, "kinds": [*COSTS]}
    ).fetchall()
    return [Declared(*row) for row in rows]


def default_prices(connection: Connection, model: str) -> list[Declared]:
    """The prices that ``model`` has where nobody set one, and nothing where none."""
    rows = connection.execute(query("default_prices"), {"model": model}).fetchall()
    return [Declared(*row) for row in rows]


def sensitivity(
    connection: Connection,
    metric: str,
    start: datetime,
    end: datetime,
    change: float = 10.0,
    filters: Mapping[str, Any] | None = None,
) -> list[Swing]:
    """How a metric of money moves when each parameter is ``change`` % lower, higher.

    The parameters that change nothing are left out.
    """

    def value(options: Mapping[str, Any]) -> float | None:
        row = connection.execute(
            query("read_metric"),
            {
                "name": metric,
                "start": start,
                "end": end,
                "bucket": None,
                "by": [],
                "filters": json.dumps(filters or {}),
                "options": json.dumps(options),
            },
        ).fetchone()
        return None if row is None else row[2]

    middle = value({})
    swings = (
        Swing(
            parameter,
            value({"vary": parameter, "change": -change}),
            middle,
            value({"vary": parameter, "change": change}),
        )
        for parameter in OPTION_TYPES[Option.VARY].choices
    )
    return [one for one in swings if not one.low == one.value == one.high]


def _number(cost: Cost, field: str, value: Any) -> float:
    limit = cost.fields.get(field)
    if limit is None:
        raise SettingError(
            f"{field[:_QUOTED_MAX]} is no field of {cost.kind}: "
            f"take {', '.join(cost.fields)}."
        )
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise SettingError(
            f"{field}={str(value)[:_QUOTED_MAX]} is no number from 0 to {limit:g}."
        ) from None
    whole = field != "months" or (number.is_integer() and number >= 1)
    if not 0 <= number <= limit or not whole:
        low = "1, whole," if field == "months" else "0"
        raise SettingError(f"{field}={number:g} is outside {low} to {limit:g}.")
    return int(number) if number.is_integer() else number


def _name(cost: Cost, name: str) -> str:
    if cost.named and not name:
        raise SettingError(f"{cost.kind} is of one thing: name it.")
    if cost.named is False and name:
        raise SettingError(
            f"{cost.kind} has no name: leave out {name[:_QUOTED_MAX]!r}."
        )
    if len(name) > _NAME_MAX:
        raise SettingError(
            f"name: it has {len(name)} characters, the limit is {_NAME_MAX}."
        )
    return name.lower() if cost.kind == "price" else name


def _since(since: datetime | date | str | None) -> datetime | date | None:
    if not isinstance(since, str):
        return since
    if since in ("", "now"):
        return None
    if since == "always":
        return ALWAYS
    try:
        if len(since) == len("2026-03-01"):
            return date.fromisoformat(since)
        return datetime.fromisoformat(since)
    except ValueError:
        raise SettingError(
            f"from={since[:_QUOTED_MAX]} is neither a date (2026-03-01), a time of RFC "
            '3339, nor "always".'
        ) from None


def midnight(connection: Connection, day: date, bot: str = "") -> datetime:
    """When ``day`` begins in the time zone of ``bot``, or of the installation."""
    (zone,) = one_row(connection, query("zone_of_bot"), {"bot": bot})
    return datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))


def _moment(connection: Connection, one: Entry) -> datetime | None:
    """Dates are midnights of the bot's time zone, and times without offset its own."""
    since = one.since
    if since is None or (isinstance(since, datetime) and since.tzinfo):
        return since
    zone = midnight(connection, since, one.bot).tzinfo
    if isinstance(since, datetime):
        return since.replace(tzinfo=zone)
    return midnight(connection, since, one.bot)
