"""What the metrics must say about the history, counted from the script alone.

Nothing here reads OTLP, SQL or the catalogue: the definitions are written a second
time, in plain Python, so that two ways to each number can be compared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from turnspan.conventions import (
    IntentSource,
    ResolutionStatus,
    TurnInitiator,
    TurnOutcome,
)

from ._script import SECOND, Handoff, Session, Turn
from ._sessions import BOTS, sessions
from ._world import World

__all__ = ["BotTotals", "Rate", "Totals", "totals"]

_GOOD = {"thumbs": 1.0, "csat": 4.0}


@dataclass(frozen=True, slots=True)
class Rate:
    """A rate's numerator and denominator."""

    k: int
    n: int


@dataclass(frozen=True, slots=True)
class BotTotals:
    """One bot's numbers over whole days; durations in seconds."""

    sessions: int
    turns: int
    turns_per_session: float
    sessions_by_day: list[int]
    dau_by_day: list[int]
    mau: int
    engagement_rate: Rate
    handoff_rate: Rate
    handoff_requests: int
    handoff_wait: dict[str, float | None]
    fallback_rate: Rate
    intent_confidence: dict[str, float | None]
    ctr: Rate
    response_latency: dict[str, float | None]
    first_response_latency: dict[str, float | None]
    tokens: int


@dataclass(frozen=True, slots=True)
class Totals:
    """The numbers of [day 0, day ``days``) of a world, by bot."""

    days: int
    bots: dict[str, BotTotals]

    def as_json(self) -> dict[str, Any]:
        """Plain values, for a file."""
        return asdict(self)


def totals(world: World, days: int) -> Totals:
    """Counts the first ``days`` days of a world.

    What began on those days is followed to its end, and nothing else counts: the
    numbers hold once two more days have been played.
    """
    until_ns = world.at(days)
    everything = [one for one in sessions(world, until_ns) if not one.test]
    return Totals(
        days,
        {
            bot: _Count(
                world, days, [one for one in everything if one.bot == bot]
            ).all()
            for bot in BOTS
        },
    )


class _Count:
    def __init__(self, world: World, days: int, found: list[Session]) -> None:
        self._world = world
        self._days = days
        until_ns = world.at(days)
        self._base = [s for s in found if s.conversation and s.user_turn_times()]
        self._said = [
            (session, at_ns)
            for session in found
            for at_ns in session.user_turn_times()
            if at_ns < until_ns
        ]
        self._turns = [
            turn
            for session in found
            for turn in session.turns
            if turn.initiator == TurnInitiator.USER and turn.start_ns < until_ns
        ]
        self._handoffs = [
            handoff
            for session in found
            for handoff in session.handoffs
            if handoff.requested_ns < until_ns
        ]

    def all(self) -> BotTotals:
        base, turns = self._base, self._turns
        lengths = [len(session.user_turn_times()) for session in base]
        ruled = (IntentSource.BUTTON, IntentSource.RULE)
        with_cta = [s for s in base if any(cta.shown_ns for cta in s.ctas)]
        return BotTotals(
            sessions=len(base),
            turns=len(self._said),
            turns_per_session=sum(lengths) / len(base),
            sessions_by_day=self._by_day(session.first_ns for session in base),
            dau_by_day=[len(users) for users in self._users_by_day()],
            mau=len(set().union(*self._users_by_day()[-30:])),
            engagement_rate=Rate(self._engaged(), len(base)),
            handoff_rate=Rate(sum(map(_escalated, base)), len(base)),
            handoff_requests=len(self._handoffs),
            handoff_wait=_kaplan_meier(self._handoffs),
            fallback_rate=Rate(
                sum(turn.is_fallback for turn in turns),
                len(self._said) - sum(turn.source in ruled for turn in turns),
            ),
            intent_confidence=_quantiles(
                turn.intent.confidence for turn in turns if turn.intent is not None
            ),
            ctr=Rate(sum(map(_clicked, with_cta)), len(with_cta)),
            response_latency=_quantiles(
                turn.duration_ns / SECOND for turn in turns if _answered(turn)
            ),
            first_response_latency=_quantiles(
                (turn.first_ns or turn.duration_ns) / SECOND
                for turn in turns
                if _answered(turn)
            ),
            tokens=sum(
                call.input_tokens + call.output_tokens
                for turn in turns
                for call in turn.llm
            ),
        )

    def _engaged(self) -> int:
        well = _rated_well(self._base)
        return sum(_engaged(one, at in well) for at, one in enumerate(self._base))

    def _by_day(self, times: Iterable[int]) -> list[int]:
        counts = [0] * self._days
        for at_ns in times:
            counts[self._world.day_of(at_ns)] += 1
        return counts

    def _users_by_day(self) -> list[set[str]]:
        days: list[set[str]] = [set() for _ in range(self._days)]
        for session, at_ns in self._said:
            if session.user is not None and session.user.key is not None:
                days[self._world.day_of(at_ns)].add(session.user.key)
        return days


def _answered(turn: Turn) -> bool:
    return turn.outcome not in (TurnOutcome.ERROR, TurnOutcome.NO_RESPONSE)


def _escalated(session: Session) -> bool:
    return any(handoff.withdrawn_ns is None for handoff in session.handoffs)


def _clicked(session: Session) -> bool:
    return any(cta.shown_ns and cta.clicked_ns for cta in session.ctas)


def _engaged(session: Session, rated_well: bool) -> bool:
    confirmed = session.resolution and session.resolution[0]
    return bool(
        len(session.user_turn_times()) >= 2
        or any(cta.clicked_ns for cta in session.ctas)
        or session.goals
        or session.handoffs
        or rated_well
        or confirmed == ResolutionStatus.RESOLVED
    )


def _rated_well(sessions: Sequence[Session]) -> set[int]:
    """Which of these sessions, by position, somebody rated well.

    A rating of a turn belongs to the turn's session, another to the last session of
    the conversation that began before it was given: days later, that may be the next.
    """
    found = set()
    of_conversation = defaultdict(list)
    for at, session in enumerate(sessions):
        of_conversation[session.conversation].append(at)
    for at, session in enumerate(sessions):
        for rating in session.ratings:
            if rating.given_ns is None or (rating.score or 0) < _GOOD[rating.name]:
                continue
            begun = [
                other
                for other in of_conversation[session.conversation]
                if sessions[other].first_ns <= rating.given_ns
            ]
            found.add(at if rating.turn else begun[-1])
    return found


def _kaplan_meier(handoffs: Sequence[Handoff]) -> dict[str, float | None]:
    """The smallest wait t with S(t) <= 1 - q; who never got a person is censored."""
    waits: list[tuple[float, bool]] = []
    for handoff in handoffs:
        ends = (handoff.declined_ns, handoff.expired_ns, handoff.withdrawn_ns)
        accepted = handoff.accepted_ns is not None
        end = handoff.accepted_ns or next((at for at in ends if at), None)
        wait = math.inf if end is None else (end - handoff.requested_ns) / SECOND
        waits.append((wait, accepted))
    surviving, found = 1.0, dict[str, float | None](p50=None, p90=None)
    for wait in sorted({wait for wait, accepted in waits if accepted}):
        at_risk = sum(other >= wait for other, _ in waits)
        events = sum(other == wait and accepted for other, accepted in waits)
        surviving *= 1 - events / at_risk
        for name, q in (("p50", 0.5), ("p90", 0.9)):
            if found[name] is None and surviving <= 1 - q + 1e-12:
                found[name] = round(wait, 6)
    return found


def _quantiles(values: Iterable[float]) -> dict[str, float | None]:
    """The 50th and 95th percentiles, interpolated between neighbours."""
    ordered = sorted(values)
    if not ordered:
        return {"p50": None, "p95": None}
    return {"p50": _quantile(ordered, 0.5), "p95": _quantile(ordered, 0.95)}


def _quantile(ordered: Sequence[float], q: float) -> float:
    place = q * (len(ordered) - 1)
    low = math.floor(place)
    high = min(low + 1, len(ordered) - 1)
    return round(ordered[low] + (ordered[high] - ordered[low]) * (place - low), 6)
