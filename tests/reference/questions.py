"""What is asked of SQL and of the reference alike."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

from polars.exceptions import ColumnNotFoundError
from tests.reference.answers import ANSWERED, SHARES, answer
from tests.reference.asking import Bot, Question
from tests.reference.flows import DECLARED, FUNNELS
from tests.reference.playing import ORIGIN
from tests.reference.records import records
from tests.reference.understanding import DRIFTS
from tests.reference.units import units
from tests.reference.users import ANSWERED as OF_USERS

from turnspan_exporters.timescale.metrics import CATALOGUE

__all__ = ["QUESTIONS"]

BARE = {
    *DRIFTS,
    "peak_hours",
    "funnel",
    "conversion_rate",
    "time_to_conversion",
}
"""Asked in ways of their own."""
NOTHING = Bot(units(records(())), ORIGIN, "UTC")


def _questions() -> Iterator[Question]:
    """Each metric over everything and by day, and what else it can be asked."""
    for name in ANSWERED:
        if name in CATALOGUE and name not in BARE:
            yield Question(name, "day")
            if name not in OF_USERS:
                yield Question(name)
                yield from _by(name)
    for name in ("sessions", "handoff_rate", "outcome_share", "turns", "csat", "ctr"):
        yield from (Question(name, one) for one in ("hour", "week", "month"))
    for name in ("new_users", "returning_users"):
        yield from (Question(name, one) for one in ("week", "month"))
    yield from (Question("wau", "week"), Question("mau", "month"))
    yield Question("peak_hours")
    yield Question("goal_completion", by=("goal",))
    yield Question("low_confidence_share", options={"theta": 0.4})
    yield Question("handoff_service_level", options={"within": 90})
    yield from (Question("retention", "day", options={"day": day}) for day in (2, 3))
    for name in ("session_duration", "turns_per_session", "response_latency"):
        yield from (Question(name, options={"q": q}) for q in ("mean", 0.9))
    for q in (0.1, 0.25, 0.75, 0.9):
        yield Question("handoff_wait", options={"q": q})
    for name in ("top_questions", "unanswered_questions"):
        for more in ({"top": 1}, {"measure": "confidence"}, {"question": "text"}):
            yield Question(name, options=more)
            yield Question(name, "week", options=more)
        yield Question(name, by=("channel",), options={"top": 2})
    yield Question("unanswered_questions", options={"theta": 0.33})
    for name in ("intent_precision", "intent_recall", "intent_f1"):
        for average in ("macro", "weighted"):
            yield Question(name, options={"average": average})
            yield Question(name, "week", options={"average": average})
    for name in ("costs", "cost_per_conversation", "cost_per_resolution"):
        for bucket in (None, "week"):
            yield Question(name, bucket, options={"unknown": "omit"})
    for name in DRIFTS:
        for days in ((-1, 9), (2, 4)):
            first, last = (ORIGIN.date() + timedelta(days=one) for one in days)
            asked = {"baseline_from": f"{first}", "baseline_to": f"{last}"}
            yield from (Question(name, one, (), asked) for one in (None, "week"))
            yield Question(name, None, ("channel",), asked)
    for base in ("contained", "handled", "resolved"):
        yield Question("savings", options={"base": base})
        yield Question("time_saved", options={"base": base})
    for name in ("conversion_rate", "time_to_conversion"):
        yield Question(name, options={"goal": "bought"})
        yield from (Question(name, options={"funnel": one}) for one in FUNNELS)
    for one in FUNNELS:
        yield Question("funnel", options={"funnel": one})
        yield Question("funnel", options={"funnel": one, "of": "first"})
        yield Question("funnel", options={"funnel": one, "unit": "user"})
        yield Question("funnel", options={"funnel": one, "within": 7200})
    for one in DECLARED:
        yield Question("funnel", options={"funnel": one})
        yield Question("funnel", options={"funnel": one, "of": "first"})


def _by(name: str) -> Iterator[Question]:
    """By the dimensions that the script varies; a whole's own parts apart."""
    key = CATALOGUE[name].key
    own = SHARES.get(name, ("", key.name if key else ""))[1]
    known = CATALOGUE[name].fact.dimensions
    for one in (
        "channel",
        "device",
        "intent",
        "outcome",
        "cta",
        "node",
        "reason",
        "model",
    ):
        question = Question(name, by=(one,))
        if one in known and one != own and _can(question):
            yield question


def _can(question: Question) -> bool:
    """Whether the rows of the reference have the asked dimension."""
    try:
        answer(NOTHING, question)
    except ColumnNotFoundError:
        return False
    return True


QUESTIONS = [*_questions()]
