"""Ratings asked for and given, and how people's differ from the bot's."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from scipy import stats  # type: ignore[import-untyped]
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support.chat import BASE, Chat, Talk, derived

from turnspan import conventions as names

FIRST = (BASE - timedelta(days=10)).replace(hour=0)
END = FIRST + timedelta(days=1)


def ask_for(talk: Talk, at: float, turn: str | None = None) -> None:
    """A request for a rating."""
    attributes = {names.GEN_AI_EVALUATION_NAME: "csat"}
    talk.event(names.EVENT_FEEDBACK_REQUEST, at, turn, attributes=attributes)


def test_five_four_two_of_ten_asked(migrated_dsn: str, ask: Ask) -> None:
    """CSAT 66.7 %, response rate 30 %; the coverage is of sessions."""
    chat = Chat(base=FIRST)
    scores = {2: 5, 5: 4, 8: 2}
    for number in range(10):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 600, f"t{number}")
        ask_for(talk, number * 600 + 10)
        if number in scores:
            talk.rate(number * 600 + 20, scores[number], kind="csat")
    chat.talk("silent").turn(7200, "silent")
    derived(migrated_dsn, chat)
    assert ask("csat", FIRST, END)[0][2:5] == (pytest.approx(2 / 3), 2, 3)
    assert ask("csat_response_rate", FIRST, END)[0][2:5] == (0.3, 3, 10)
    assert ask("csat_coverage", FIRST, END)[0][2:5] == (pytest.approx(3 / 11), 3, 11)


def test_what_nobody_asked_for_and_what_is_no_rating(
    migrated_dsn: str, ask: Ask
) -> None:
    """A rating unasked is a response and answers nothing; NPS is neither."""
    chat = Chat(base=FIRST)
    talk = chat.talk("c1")
    talk.turn(0, "t1")
    talk.rate(10, 1, kind="thumbs")
    talk.rate(20, 9, kind="nps")
    talk.event(
        names.EVENT_FEEDBACK_REQUEST,
        30,
        attributes={names.GEN_AI_EVALUATION_NAME: "nps"},
    )
    asked = chat.talk("c2")
    asked.turn(3600, "t2")
    ask_for(asked, 3610)
    derived(migrated_dsn, chat)
    assert ask("csat", FIRST, END)[0][2:5] == (1, 1, 1)
    assert ask("csat_response_rate", FIRST, END)[0][2:5] == (0, 0, 1)
    assert ask("csat_coverage", FIRST, END)[0][2:5] == (0.5, 1, 2)


@pytest.mark.parametrize(
    ("sizes", "seed"), [((30, 30), 1), ((31, 250), 2), ((90, 45), 3)]
)
def test_the_difference_is_welchs(
    migrated_dsn: str, ask: Ask, sizes: tuple[int, int], seed: int
) -> None:
    """Difference and interval agree with scipy to 1e-9."""
    seeded = random.Random(seed)
    people = [seeded.randint(1, 5) for _ in range(sizes[0])]
    bot = [seeded.choice((2, 3, 4, 5)) for _ in range(sizes[1])]
    derived(migrated_dsn, _rated(people, bot))
    found = ask("handoff_csat_difference", FIRST, END)[0]
    welch = stats.ttest_ind(people, bot, equal_var=False)
    interval = welch.confidence_interval(0.95)
    assert found[3:5] == (sizes[0], sum(sizes))
    assert (found[2], found[5], found[6]) == pytest.approx(
        (
            sum(people) / len(people) - sum(bot) / len(bot),
            interval.low,
            interval.high,
        ),
        abs=1e-9,
    )


@pytest.mark.parametrize("sizes", [(29, 60), (60, 29)])
def test_the_difference_is_hidden_below_thirty(
    migrated_dsn: str, ask: Ask, sizes: tuple[int, int]
) -> None:
    """On either side; the counts are shown."""
    derived(migrated_dsn, _rated([4] * sizes[0], [5] * sizes[1]))
    found = ask("handoff_csat_difference", FIRST, END)[0]
    assert found[2:7] == (None, sizes[0], sum(sizes), None, None)


def test_equal_ratings_have_an_interval_of_no_width(
    migrated_dsn: str, ask: Ask
) -> None:
    """No variance on either side divides by nothing."""
    derived(migrated_dsn, _rated([4] * 30, [5] * 30))
    found = ask("handoff_csat_difference", FIRST, END)[0]
    assert (found[2], found[5], found[6]) == (-1, -1, -1)


def _rated(people: list[int], bot: list[int]) -> Chat:
    """Sessions with one rating each; escalated ones that nobody resolved besides."""
    chat = Chat(base=FIRST)
    for number, score in enumerate(people):
        talk = chat.talk(f"p{number}")
        _escalated(talk, number, "resolved")
        talk.rate(number * 60 + 9, score, kind="csat")
    for number, score in enumerate(bot):
        talk = chat.talk(f"b{number}")
        talk.turn(number * 60, f"b{number}")
        talk.rate(number * 60 + 9, score, kind="csat")
    unresolved = chat.talk("u")
    _escalated(unresolved, 0, "unresolved")
    unresolved.rate(9, 1, kind="csat")
    return chat


def _escalated(talk: Talk, number: int, outcome: str) -> None:
    key = str(talk.common["conversation_id"])
    talk.turn(number * 60, key)
    talk.handoff("request", number * 60 + 1, f"h-{key}")
    talk.handoff("accept", number * 60 + 2, f"h-{key}")
    closed = {names.HANDOFF_OUTCOME: outcome}
    talk.handoff("close", number * 60 + 3, f"h-{key}", attributes=closed)


@pytest.mark.parametrize("freedom", [28.5, 29.0, 57.3, 1234.5, 9e4, 1e6])
def test_the_quantile_is_students(db: psycopg.Connection[Any], freedom: float) -> None:
    """For any number of degrees of freedom that thirty ratings a side can give."""
    row = db.execute("SELECT _turnspan.student_quantile(%s)", (freedom,)).fetchone()
    assert row is not None
    assert row[0] == pytest.approx(stats.t.ppf(0.975, freedom), abs=1e-10)


@pytest.mark.parametrize(
    ("rating", "score"),
    [
        (("csat", 5, None, None), 5),
        (("csat", 1, None, None), 1),
        (("csat", 7, None, None), None),
        (("thumbs", 1, None, None), 5),
        (("thumbs", 0, None, None), 1),
        (("thumbs", None, "down", None), 1),
        (("quality", 5, None, "0-10"), 3),
        (("quality", 5, None, None), None),
        (("nps", 9, None, "0-10"), None),
    ],
)
def test_scores_are_brought_to_one_to_five(
    db: psycopg.Connection[Any], rating: tuple[Any, ...], score: float | None
) -> None:
    """In a straight line from their scale; what has none has no score."""
    row = db.execute("SELECT _turnspan.rating_score(%s, %s, %s, %s)", rating).fetchone()
    assert row == (score,)


def test_success_is_within_accepted_within_requested(
    migrated_dsn: str, ask: Ask
) -> None:
    """Whatever the order in which a handoff's steps come."""
    chat = Chat(base=FIRST)
    for number, way in enumerate(
        (
            ("request", "accept", "close"),
            ("request", "close"),
            ("request", "close", "accept"),
            ("request", "accept"),
            ("request", "withdraw", "accept", "close"),
            ("request",),
        )
    ):
        talk = chat.talk(f"c{number}")
        talk.turn(number * 3600, f"t{number}")
        for place, step in enumerate(way):
            closed = {names.HANDOFF_OUTCOME: "resolved"} if step == "close" else None
            at = number * 3600 + 10 + place
            talk.handoff(step, at, f"h{number}", attributes=closed)
    derived(migrated_dsn, chat)
    ((_, _, _, success, requested, *_),) = ask("handoff_success", FIRST, END)
    ((_, _, _, accepted, of, *_),) = ask("handoff_accepted_share", FIRST, END)
    assert success <= accepted <= requested == of == 6
    assert success >= 1
    assert ask("handoff_waiting", FIRST, END)[0][2] >= 1
    early = ask("early_handoff_share", FIRST, END)[0]
    assert early[3:5] == (6, 6)
