"""Declaring costs: what is taken, what is refused, and what holds."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from turnspan_exporters.timescale import costs, settings
from turnspan_exporters.timescale.settings import SettingError

Connection = psycopg.Connection[Any]


@pytest.mark.parametrize(
    ("kind", "name", "given", "sentence"),
    [
        ("rent", "", {"amount": 1}, "rent is no cost: take one of price, channel_cost"),
        ("price", "m", {"inptu": 1}, "inptu is no field of price: take input, output"),
        ("price", "m", {"cached": 1}, "price has cached: it needs input or output"),
        ("price", "", {"input": 1}, "price is of one thing: name it"),
        ("price", "m", {"input": "x"}, "input=x is no number from 0 to 1e+12"),
        ("price", "m", {"input": -1}, "input=-1 is outside 0 to 1e+12"),
        ("price", "m", {"input": "nan"}, "input=nan is outside 0 to 1e+12"),
        ("price", "m" * 201, {"input": 1}, "name: it has 201 characters, the limit is"),
        ("human_cost", "x", {"ticket": 1}, "human_cost has no name: leave out 'x'"),
        ("lead_value", "", {"close_rate": 2}, "close_rate=2 is outside 0 to 1"),
        ("fixed_cost", "x", {"amount": 5}, "it needs monthly or amount with months"),
        (
            "fixed_cost",
            "x",
            {"amount": 5, "months": 1.5},
            "months=1.5 is outside 1, whole, to 600",
        ),
    ],
)
def test_a_mistake_is_one_sentence(
    kind: str, name: str, given: dict[str, Any], sentence: str
) -> None:
    """It names the field, the value and the limit."""
    with pytest.raises(SettingError) as raised:
        costs.entry(kind, name, given)
    assert sentence in str(raised.value)


def test_a_date_must_be_one() -> None:
    """Fixed costs and investments begin at some time."""
    with pytest.raises(SettingError, match="from=March is neither a date"):
        costs.entry("human_cost", "", {"ticket": 1}, since="March")
    with pytest.raises(SettingError, match="investment holds from a date on"):
        costs.entry("investment", "", {"amount": 1}, since="always")


def test_what_holds_is_the_last_that_is_not_in_the_future(db: Connection) -> None:
    """A price of next century is listed, and does not hold; withdrawn ones are null."""
    costs.declare(
        db,
        [
            costs.entry("price", "GPT-X", {"input": 1}, since="always"),
            costs.entry("price", "gpt-x", {"input": "0.25"}, since="2026-03-01"),
            costs.entry("price", "gpt-x", {"input": 3}, since="2126-03-01T12:00:00Z"),
            costs.entry("channel_cost", "", {"session": 1}, bot="shop"),
            costs.entry("channel_cost", "", {}, bot="shop"),
        ],
    )
    found = [
        (one.kind, one.name, one.bot, one.values, one.valid_from.year, one.holds)
        for one in costs.declared(db)
    ]
    year = datetime.now(UTC).year
    assert found == [
        (
            "channel_cost",
            "",
            "shop",
            {"session": 1, "currency": "USD"},
            year,
            False,
        ),
        ("channel_cost", "", "shop", None, year, True),
        ("price", "gpt-x", "", {"input": 1, "currency": "USD"}, 1, False),
        ("price", "gpt-x", "", {"input": 0.25, "currency": "USD"}, 2026, True),
        ("price", "gpt-x", "", {"input": 3, "currency": "USD"}, 2126, False),
    ]
    assert [one.bot for one in costs.declared(db, "other")] == ["", "", ""]


def test_a_date_is_the_bots_midnight(db: Connection) -> None:
    """And a time without an offset is local too."""
    db.execute("INSERT INTO _turnspan.bot (name) VALUES ('shop')")
    settings.change(db, "shop", {"timezone": "Asia/Tokyo"})
    for since in ("2026-03-01", "2026-03-02T09:00:00", "2026-03-03T00:00:00Z"):
        costs.declare(
            db, [costs.entry("human_cost", "", {"ticket": 1}, bot="shop", since=since)]
        )
    assert [one.valid_from.isoformat() for one in costs.declared(db)] == [
        "2026-02-28T15:00:00+00:00",
        "2026-03-02T00:00:00+00:00",
        "2026-03-03T00:00:00+00:00",
    ]


def test_one_wrong_entry_declares_nothing(db: Connection) -> None:
    """All of a call, or none."""
    with pytest.raises(SettingError, match="currency=EUR is not USD"):
        costs.declare(
            db,
            [
                costs.entry("human_cost", "", {"ticket": 1}),
                costs.entry("human_cost", "", {"ticket": 1, "currency": "eur"}),
            ],
        )
    assert costs.declared(db) == []


def test_settings_and_costs_have_histories_of_their_own(db: Connection) -> None:
    """They share a table and nothing else."""
    costs.declare(db, [costs.entry("human_cost", "", {"ticket": 1})])
    settings.change(db, "", {"savings_base": "handled"})
    assert [one.name for one in settings.history(db)] == ["savings_base"]
    assert [one.kind for one in costs.declared(db)] == ["human_cost"]


def test_default_prices_say_where_they_come_from(db: Connection) -> None:
    """Found as turns are priced, by the name without its date."""
    (found,) = costs.default_prices(db, "openai/gpt-4o-mini-2024-07-18")
    assert (found.name, found.holds) == ("gpt-4o-mini-2024-07-18", True)
    assert found.values is not None
    assert found.values["input"] == 0.15
    assert found.values["source"].startswith("genai-prices ")
    assert costs.default_prices(db, "in-house") == []
