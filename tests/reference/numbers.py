"""The numbers that a script's facts must give, by the naive reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tests.reference.model import Session, handoffs, kaplan_meier, sessions
from tests.reference.script import Fact

from turnspan import conventions as names

__all__ = ["WAIT_QUANTILES", "Numbers", "expected"]

WAIT_QUANTILES = (0.1, 0.5, 0.9)
DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """The first metrics of the catalogue for one bot, over everything it did.

    Rates are (numerator, denominator); ``confidence`` counts turns by bin of 0.05;
    ``dau`` counts users by day since the script's beginning; ``waits`` are quantiles
    of the handoff wait in seconds.
    """

    sessions: int
    user_turns: int
    engaged: int
    escalated: int
    fallback: tuple[int, int]
    confidence: dict[int, int]
    ctr: tuple[int, int]
    dau: dict[int, int]
    users: int
    waits: dict[float, float | None]


def expected(facts: Sequence[Fact], bot: str) -> Numbers:
    """Count everything for one bot; nothing of the scripts is test traffic."""
    mine = [one for one in dict.fromkeys(facts) if one.where.bot == bot]
    base = [one for one in sessions(mine) if one.base]
    nlu = [one for one in mine if _is_nlu_turn(one)]
    clicked, shown = _ctr(base)
    active = {(_day(one), one.where.user) for one in mine if _is_active(one)}
    waits = [one.waited for one in handoffs(mine)]
    bins = [_bin(one) for one in nlu if one.get(names.INTENT_CONFIDENCE) is not None]
    return Numbers(
        sessions=len(base),
        user_turns=sum(one.user_turns for one in base),
        engaged=sum(one.engaged for one in base),
        escalated=sum(one.escalated for one in base),
        fallback=(
            sum(one.get(names.TURN_OUTCOME) == "fallback" for one in nlu),
            len(nlu),
        ),
        confidence={one: bins.count(one) for one in set(bins)},
        ctr=(clicked, shown),
        dau={day: sum(d == day for d, _ in active) for day in {d for d, _ in active}},
        users=len({user for _, user in active}),
        waits={q: kaplan_meier(waits, q) for q in WAIT_QUANTILES},
    )


def _is_user_turn(fact: Fact) -> bool:
    initiator = fact.get(names.TURN_INITIATOR)
    role = fact.get(names.MESSAGE_ROLE)
    said = fact.kind == names.EVENT_MESSAGE and role == "user"
    return said or (fact.kind == "turn" and initiator in (None, "user"))


def _is_nlu_turn(fact: Fact) -> bool:
    """A user turn whose intent source is neither button nor rule."""
    source = fact.get(names.INTENT_SOURCE)
    return _is_user_turn(fact) and source not in ("button", "rule")


def _is_active(fact: Fact) -> bool:
    return _is_user_turn(fact) and fact.where.user is not None


def _day(fact: Fact) -> int:
    return int(fact.at // DAY_S)


def _bin(fact: Fact) -> int:
    """The bin of 0.05; 1.0 belongs to the last."""
    percent = round(float(fact.get(names.INTENT_CONFIDENCE) or 0) * 100)
    return min(percent // 5, 19)


def _ctr(base: Sequence[Session]) -> tuple[int, int]:
    """Sessions that saw any call to action, and those of them with a credited click."""
    shown = [
        one
        for one in base
        if any(m.kind == names.EVENT_CTA_IMPRESSION for m in one.members)
    ]
    return sum(one.credited > 0 for one in shown), len(shown)
