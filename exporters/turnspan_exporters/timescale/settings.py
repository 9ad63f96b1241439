"""The settings of bots and of the installation: names, types, limits, history."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from zoneinfo import ZoneInfo, available_timezones

from psycopg import sql

from turnspan_exporters.errors import Permanent
from turnspan_exporters.timescale._connection import Connection, one_row

__all__ = [
    "SAVINGS_BASES",
    "SETTINGS",
    "Changed",
    "Setting",
    "SettingError",
    "assign",
    "change",
    "current",
    "defaults",
    "duration_s",
    "history",
    "parse",
]

_MINUTE_S: Final = 60.0
_HOUR_S: Final = 3600.0
_DAY_S: Final = 86400.0
_UNITS_S: Final = {
    "us": 1e-6, "ms": 1e-3, "s": 1.0, "m": _MINUTE_S, "h": _HOUR_S, "d": _DAY_S,
    "w": 7 * _DAY_S,
}  # fmt: skip
SAVINGS_BASES: Final = ("resolved", "contained", "handled")
"""Which sessions saved a ticket: those resolved, not escalated, or any."""

_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


class SettingError(Permanent):
    """A name is unknown or a value outside its limits; the text says which."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting.

    ``read`` turns what a person wrote into the JSON value that is kept: seconds for
    a duration, a number for a share, text for a time zone, ``{"mon": [["09:00",
    "17:00"]], …}`` for opening hours. ``of_bot`` says whether each bot may have a
    value of its own.
    """

    name: str
    default: Any
    read: Callable[[str, Any], Any]
    sentence: str
    of_bot: bool = True


@dataclass(frozen=True, slots=True)
class Changed:
    """One entry of a setting's history."""

    bot: str
    name: str
    value: Any
    valid_from: datetime


def _duration(low_s: float, high_s: float) -> Callable[[str, Any], float]:
    def read(name: str, value: Any) -> float:
        return duration_s(name, value, low_s, high_s)

    return read


def duration_s(name: str, value: Any, low_s: float, high_s: float) -> float:
    """A text like 30m or 90d in seconds; ``SettingError`` outside the limits."""
    seconds = _seconds(name, value)
    if not low_s <= seconds <= high_s:
        raise SettingError(
            f"{name}={value} is outside {_spell(low_s)} to {_spell(high_s)}."
        )
    return seconds


def _seconds(name: str, value: Any) -> float:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    parts = re.findall(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d|w)?", str(value).strip())
    whole = re.sub(r"(\d+(?:\.\d+)?)\s*(us|ms|s|m|h|d|w)?\s*", "", str(value).strip())
    if not parts or whole or (len(parts) > 1 and not all(unit for _, unit in parts)):
        raise SettingError(f'{name}={value} is no duration: write "30m" or "1h30m".')
    return sum(float(number) * _UNITS_S[unit or "s"] for number, unit in parts)


def _spell(seconds: float) -> str:
    for unit in ("d", "h", "m"):
        if seconds >= _UNITS_S[unit] and seconds % _UNITS_S[unit] == 0:
            return f"{seconds / _UNITS_S[unit]:g}{unit}"
    return f"{seconds:g}s"


def _share(name: str, value: Any) -> float:
    try:
        share = float(value)
    except (TypeError, ValueError):
        raise SettingError(f"{name}={value} is no number from 0 to 1.") from None
    if not 0 <= share <= 1:
        raise SettingError(f"{name}={value} is outside 0 to 1.")
    return share


def _currency(name: str, value: Any) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", str(value)):
        raise SettingError(f'{name}={value} is no ISO 4217 code: write one like "USD".')
    return str(value).upper()


def _savings_base(name: str, value: Any) -> str:
    if value not in SAVINGS_BASES:
        raise SettingError(f"{name}={value} is none of {', '.join(SAVINGS_BASES)}.")
    return str(value)


def _zone(name: str, value: Any) -> str:
    if value not in available_timezones():
        raise SettingError(
            f'{name}={value} is no IANA time zone: write one like "Europe/Berlin".'
        )
    return ZoneInfo(value).key


def _opening_hours(name: str, value: Any) -> dict[str, list[list[str]]] | None:
    """Read ``"mon-fri 09:00-17:00, sat 10:00-14:00"``; none means always open."""
    if value in (None, "", "always"):
        return None
    hours: dict[str, list[list[str]]] = {}
    for entry in _entries(name, value):
        for day, opened, closed in entry:
            hours.setdefault(day, []).append([opened, closed])
    return {day: sorted(hours[day]) for day in _DAYS if day in hours}


def _entries(name: str, value: Any) -> list[list[tuple[str, str, str]]]:
    if isinstance(value, Mapping):
        value = ", ".join(
            f"{day} {opened}-{closed}"
            for day, spans in value.items()
            for opened, closed in spans
        )
    return [_entry(name, part.strip().lower()) for part in str(value).split(",")]


def _entry(name: str, text: str) -> list[tuple[str, str, str]]:
    day = "|".join(_DAYS)
    clock = r"(?:[01]\d|2[0-3]):[0-5]\d|24:00"
    match = re.fullmatch(rf"({day})(?:-({day}))? ({clock})-({clock})", text)
    if match is None or match[3] >= match[4]:
        raise SettingError(
            f'{name} has the entry "{text}": write "mon-fri 09:00-17:00", commas '
            "between entries, each closing after it opens."
        )
    first, last = _DAYS.index(match[1]), _DAYS.index(match[2] or match[1])
    days = _DAYS[first : last + 1] or (*_DAYS[first:], *_DAYS[: last + 1])
    return [(one, match[3], match[4]) for one in days]


SETTINGS: Final[Mapping[str, Setting]] = {
    one.name: one
    for one in (
        Setting("timezone", "UTC", _zone, "IANA time zone of days, weeks and hours"),
        Setting(
            "session_timeout",
            30 * _MINUTE_S,
            _duration(_MINUTE_S, 24 * _HOUR_S),
            "a longer gap between events ends a session",
        ),
        Setting(
            "handoff_pending_max",
            60 * _MINUTE_S,
            _duration(0, 7 * _DAY_S),
            "how long a waiting handoff may keep a session open",
        ),
        Setting(
            "handoff_human_max",
            24 * _HOUR_S,
            _duration(0, 7 * _DAY_S),
            "how long an accepted handoff may keep a session open",
        ),
        Setting(
            "came_back_within",
            24 * _HOUR_S,
            _duration(_MINUTE_S, 90 * _DAY_S),
            "a return within this makes a session not implicitly resolved",
        ),
        Setting(
            "click_window",
            7 * _DAY_S,
            _duration(_MINUTE_S, 30 * _DAY_S),
            "a click is credited to an impression at most this much earlier",
        ),
        Setting("theta_alert", 0.60, _share, "confidence below this is alerted on"),
        Setting("theta_review", 0.70, _share, "confidence below this is reviewed"),
        Setting(
            "opening_hours",
            None,
            _opening_hours,
            'when people answer, like "mon-fri 09:00-17:00"; none: always',
        ),
        Setting(
            "savings_base",
            "resolved",
            _savings_base,
            "sessions that saved a person's work: resolved, contained or handled",
            of_bot=False,
        ),
        Setting(
            "currency",
            "USD",
            _currency,
            "ISO 4217 code of every amount; others are kept apart",
            of_bot=False,
        ),
        Setting(
            "raw_retention",
            400 * _DAY_S,
            _duration(2 * _DAY_S, 3650 * _DAY_S),
            "how long spans, events and metric points are kept",
            of_bot=False,
        ),
        Setting(
            "content_retention",
            30 * _DAY_S,
            _duration(_DAY_S, 3650 * _DAY_S),
            "how long texts are kept where the collector keeps them",
            of_bot=False,
        ),
        Setting(
            "derived_retention",
            761 * _DAY_S,
            _duration(2 * _DAY_S, 3650 * _DAY_S),
            "how long turns, sessions, handoffs and aggregates are kept (25 months)",
            of_bot=False,
        ),
        Setting(
            "chunk_interval",
            7 * _DAY_S,
            _duration(_HOUR_S, 90 * _DAY_S),
            "the time that one chunk of a hypertable spans (new chunks)",
            of_bot=False,
        ),
        Setting(
            "columnstore_raw_after",
            8 * _DAY_S,
            _duration(_HOUR_S, 3650 * _DAY_S),
            "raw chunks older than this go to the columnstore",
            of_bot=False,
        ),
        Setting(
            "columnstore_derived_after",
            30 * _DAY_S,
            _duration(_HOUR_S, 3650 * _DAY_S),
            "derived chunks older than this go to the columnstore",
            of_bot=False,
        ),
    )
}
"""Every setting, by name."""


def defaults() -> dict[str, Any]:
    """The JSON value of each setting nobody changed."""
    return {one.name: one.default for one in SETTINGS.values()}


def parse(name: str, value: Any, *, bot: str = "") -> Any:
    """Read what a person wrote; raise ``SettingError`` with a sentence."""
    setting = SETTINGS.get(name)
    if setting is None:
        raise SettingError(f"{name} is no setting: take one of {', '.join(SETTINGS)}.")
    if bot and not setting.of_bot:
        raise SettingError(f"{name} holds for the whole installation: leave out --bot.")
    return setting.read(name, value)


def change(connection: Connection, bot: str, values: Mapping[str, Any]) -> None:
    """Set ``values`` from now on; an empty ``bot`` sets the installation's defaults.

    All or nothing. Where rows depend on a changed time zone or timeout, a
    recomputation is queued: it keeps their numbers, and only then the values are in
    force and the rows derived again.
    """
    read = {name: parse(name, value, bot=bot) for name, value in values.items()}
    with connection.transaction():
        before = assign(connection, bot, read)
        connection.execute(
            "SELECT _turnspan.settings_changed(%s, %s, %s)",
            (bot, json.dumps(read), before),
        )


def assign(connection: Connection, bot: str, read: Mapping[str, Any]) -> datetime:
    """Enter values that ``parse`` read; returns a time just before they hold."""
    (before,) = one_row(connection, sql.SQL("SELECT clock_timestamp()"))
    for name, value in read.items():
        connection.execute(
            "INSERT INTO _turnspan.parameter (bot, name, valid_from, value) "
            "VALUES (%s, %s, clock_timestamp(), %s)",
            (bot, name, json.dumps(value)),
        )
    return cast(datetime, before)


def current(connection: Connection, bot: str = "") -> dict[str, Any]:
    """The values set last for ``bot``, or the installation's."""
    rows = connection.execute(
        "SELECT name, _turnspan.setting_at(%s, name, statement_timestamp()) "
        "FROM _turnspan.setting_default WHERE name = ANY (%s)",
        (bot, [*SETTINGS]),
    )
    return dict(rows.fetchall())


def history(connection: Connection, bot: str = "") -> list[Changed]:
    """Every change of ``bot``'s settings, the oldest first."""
    rows = connection.execute(
        "SELECT bot, name, value, valid_from FROM _turnspan.parameter "
        "WHERE bot = %s AND name = ANY (%s) ORDER BY valid_from, name",
        (bot, [*SETTINGS]),
    )
    return [Changed(*row) for row in rows.fetchall()]
