"""A question that has no answer is refused in one sentence; nothing is injected."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

START = datetime(2026, 3, 2, tzinfo=UTC)
END = datetime(2026, 3, 4, tzinfo=UTC)

_HOSTILE = "web') OR true; DROP TABLE _turnspan.session; --"


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        (
            {"name": "sesions"},
            'name: there is no metric "sesions"; the view turnspan.metrics lists them.',
        ),
        (
            {"start": END, "end": START},
            "from: 2026-03-04 00:00:00 is not before to, 2026-03-02 00:00:00; a range "
            "is [from, to).",
        ),
        ({"start": None}, "from, to: both must be given, as finite times."),
        ({"end": "infinity"}, "from, to: both must be given, as finite times."),
        (
            {"bucket": "minute"},
            'bucket: "minute" is not one that sessions takes: hour, day, week, month.',
        ),
        (
            {"name": "dau", "bucket": "hour"},
            'bucket: "hour" is not one that dau takes: day, week, month.',
        ),
        (
            {"bucket": "hour", "start": START - timedelta(days=1000)},
            "bucket: hour cuts the range into 24048 buckets, the limit is 10000; take "
            "a larger bucket or a shorter range.",
        ),
        (
            {"name": "dau", "by": ("colour",)},
            'by: dau has no dimension "colour"; it has bot, channel, environment, '
            "version, variant, locale.",
        ),
        (
            {"by": ("bot", "channel", "environment", "version", "variant", "intent")},
            "by: 6 dimensions are asked, the limit is 5.",
        ),
        (
            {"name": "dau", "filters": {"colour": "red"}},
            'filters: dau has no dimension "colour"; it has bot, channel, environment, '
            "version, variant, locale.",
        ),
        (
            {"filters": {"bot": {"a": 1}}},
            "filters: bot must be a text or an array of texts.",
        ),
        (
            {"filters": {"bot": [["a"]]}},
            "filters: bot must be a text or an array of texts.",
        ),
        (
            {"filters": {"bot": [str(number) for number in range(1001)]}},
            "filters: bot has 1001 values, the limit is 1000.",
        ),
        (
            {"options": {"q": 0.5}},
            'options: sessions does not take "q"; it takes provisional.',
        ),
        (
            {"name": "handoff_wait", "options": {"q": "mean"}},
            'q: "mean" is not a number from 0 to 1.',
        ),
        (
            {"name": "response_latency", "options": {"q": 1.5}},
            'q: "1.5" is not a number from 0 to 1, or "mean".',
        ),
        (
            {"name": "response_latency", "options": {"q": "NaN"}},
            'q: "NaN" is not a number from 0 to 1, or "mean".',
        ),
        (
            {"name": "handoff_service_level", "options": {"within": -1}},
            'within: "-1" is not a number from 0 to 31536000.',
        ),
        (
            {"options": {"provisional": "maybe"}},
            'provisional: "maybe" is neither true nor false.',
        ),
    ],
)
def test_a_mistake_is_a_sentence(
    ask: Ask, question: dict[str, Any], sentence: str
) -> None:
    """It names the field, its value and the limit, under SQLSTATE 22023."""
    asked = {"name": "sessions", "start": START, "end": END, **question}
    options = asked.pop("options", {})
    with pytest.raises(pg.InvalidParameterValue) as raised:
        ask(**asked, **options)
    assert raised.value.diag.message_primary == sentence


def test_too_many_groups_are_refused_not_cut_short(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """5,001 intents are more than an answer may have."""
    derived_rows.turn(db, START)
    db.execute(
        "INSERT INTO _turnspan.turn SELECT copy.* FROM _turnspan.turn AS t"
        " CROSS JOIN generate_series(1, 5001) AS i"
        " CROSS JOIN jsonb_populate_record(t, jsonb_build_object("
        "'turn_id', 'x' || i, 'intent_name', 'i' || i)) AS copy"
    )
    with pytest.raises(pg.InvalidParameterValue) as raised:
        ask("turns", START, END, by=("intent",))
    assert raised.value.diag.message_primary == (
        "by: the answer has 5002 groups, the limit is 5000; filter, or ask fewer "
        "dimensions."
    )


@pytest.mark.parametrize("where", ["filters", "by", "bucket", "name", "options"])
def test_what_a_caller_writes_is_never_run(
    db: psycopg.Connection[Any], ask: Ask, where: str
) -> None:
    """Quotes and statements in any argument select nothing and change nothing."""
    derived_rows.session(db, START, channel="web")
    if where == "filters":
        assert ask("sessions", START, END, filters={"channel": _HOSTILE})[0][2] == 0
        assert ask("sessions", START, END, filters={"channel": "%s%I"})[0][2] == 0
    else:
        question: dict[str, Any] = {"name": "sessions", "start": START, "end": END}
        question |= {where: (_HOSTILE,) if where == "by" else _HOSTILE}
        if where == "options":
            question |= {_HOSTILE: 1}
            del question["options"]
        with pytest.raises(pg.InvalidParameterValue):
            ask(**question)
    assert ask("sessions", START, END)[0][2] == 1


def test_filters_take_one_value_or_several_and_nothing_filters_nothing(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """A text, an array, NULL, an empty array; unknown is where there is none."""
    for channel in ("web", "slack", ""):
        derived_rows.session(db, START, channel=channel)
    for asked, sessions in (
        ("web", 1),
        (["web", "slack"], 2),
        (["web", "unknown"], 2),
        (None, 3),
        ([], 3),
        ("none", 0),
    ):
        assert ask("sessions", START, END, filters={"channel": asked})[0][2] == sessions


def test_a_reader_needs_no_right_on_the_private_schema(
    db: psycopg.Connection[Any], ask: Ask
) -> None:
    """USAGE on schema turnspan is enough to ask a metric."""
    derived_rows.session(db, START)
    with db.transaction(force_rollback=True):
        try:
            db.execute("CREATE ROLE turnspan_test_reader")
        except pg.InsufficientPrivilege:
            pytest.skip("the role of the tests may not create another here")
        db.execute("GRANT USAGE ON SCHEMA turnspan TO turnspan_test_reader")
        db.execute("SET LOCAL ROLE turnspan_test_reader")
        assert ask("sessions", START, END)[0][2] == 1
