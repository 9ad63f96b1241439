"""The metric contract in plain Python: slow, obvious, and written from the text alone.

It reads the facts of a script (not the database) and knows nothing of the SQL.
Times are seconds after the script's beginning; days are UTC days of that beginning.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.reference.script import Fact

from turnspan import conventions as names

__all__ = ["TIMEOUT_S", "Handoff", "Session", "handoffs", "kaplan_meier", "sessions"]

TIMEOUT_S = 30 * 60.0
PENDING_MAX_S = 60 * 60.0
HUMAN_MAX_S = 24 * 3600.0
CLICK_WINDOW_S = 7 * 24 * 3600.0

ATTACHED = {
    names.EVENT_FEEDBACK,
    names.EVENT_RESOLUTION,
    names.EVENT_GOAL,
    names.EVENT_HANDOFF_QUEUE,
    names.EVENT_HANDOFF_ACCEPT,
    names.EVENT_HANDOFF_DECLINE,
    names.EVENT_HANDOFF_EXPIRE,
    names.EVENT_HANDOFF_WITHDRAW,
    names.EVENT_HANDOFF_CLOSE,
    names.EVENT_HANDOFF_RETURN,
}

Key = tuple[str, str | None, str, str | None]


@dataclass(slots=True)
class Handoff:
    """One handoff id, with the first time of each step."""

    id: str
    bot: str
    conversation: str
    steps: dict[str, float] = field(default_factory=dict)
    closed_as: str | None = None

    @property
    def waited(self) -> tuple[float, bool]:
        """Seconds from request to the wait's end, and whether it was accepted."""
        ends = [
            (self.steps[name], name == names.EVENT_HANDOFF_ACCEPT)
            for name in (
                names.EVENT_HANDOFF_ACCEPT,
                names.EVENT_HANDOFF_DECLINE,
                names.EVENT_HANDOFF_EXPIRE,
                names.EVENT_HANDOFF_WITHDRAW,
            )
            if name in self.steps
        ]
        at, accepted = min(ends, default=(float("inf"), False))
        return round(at - self.steps[names.EVENT_HANDOFF_REQUEST], 6), accepted

    @property
    def withdrawn_before_acceptance(self) -> bool:
        """The user withdrew it before anybody accepted."""
        withdrawn = self.steps.get(names.EVENT_HANDOFF_WITHDRAW)
        accepted = self.steps.get(names.EVENT_HANDOFF_ACCEPT, float("inf"))
        return withdrawn is not None and withdrawn < accepted

    def pauses(self) -> list[tuple[float, float]]:
        """The stretches that do not count as a gap."""
        requested = self.steps[names.EVENT_HANDOFF_REQUEST]
        wait, _ = self.waited
        found = [(requested, requested + min(wait, PENDING_MAX_S))]
        start = self.steps.get(names.EVENT_HANDOFF_ACCEPT)
        if start is not None:
            end = min(
                (
                    self.steps[name]
                    for name in (names.EVENT_HANDOFF_CLOSE, names.EVENT_HANDOFF_RETURN)
                    if name in self.steps and self.steps[name] >= start
                ),
                default=float("inf"),
            )
            found.append((start, min(end, start + HUMAN_MAX_S)))
        return found


@dataclass(slots=True)
class Session:
    """A maximal run of events of one key, and what attached to it."""

    key: Key
    start: float
    end: float
    members: list[Fact]
    ended: bool
    clicks: int = 0
    credited: int = 0
    attached: list[Fact] = field(default_factory=list)
    handoffs: list[Handoff] = field(default_factory=list)

    @property
    def test(self) -> bool:
        return any(one.where.test for one in self.members)

    @property
    def user_turns(self) -> int:
        """Distinct turn ids over user-initiated turns and the user's messages."""
        return len(
            {
                one.turn or one.uid
                for one in self.members
                if (
                    one.kind == "turn"
                    and one.get(names.TURN_INITIATOR) in (None, "user")
                )
                or (
                    one.kind == names.EVENT_MESSAGE
                    and one.get(names.MESSAGE_ROLE) == "user"
                )
            }
        )

    @property
    def base(self) -> bool:
        return self.user_turns > 0

    @property
    def escalated(self) -> bool:
        return self.base and any(
            not one.withdrawn_before_acceptance for one in self.handoffs
        )

    def _positive(self) -> bool:
        return any(
            one.kind == names.EVENT_FEEDBACK
            and (
                (
                    one.get(names.GEN_AI_EVALUATION_NAME) == "thumbs"
                    and one.get(names.GEN_AI_EVALUATION_SCORE_VALUE) == 1.0
                )
                or (
                    one.get(names.GEN_AI_EVALUATION_NAME) == "csat"
                    and float(one.get(names.GEN_AI_EVALUATION_SCORE_VALUE) or 0) >= 4
                )
            )
            for one in self.attached
        )

    def _confirmed(self) -> bool:
        statuses = [
            (one.at, one.get(names.RESOLUTION_STATUS))
            for one in self.attached
            if one.kind == names.EVENT_RESOLUTION
        ]
        return bool(statuses) and max(statuses)[1] == "resolved"

    @property
    def engaged(self) -> bool:
        goal = any(one.kind == names.EVENT_GOAL for one in self.attached)
        return self.base and (
            self.user_turns >= 2
            or self.clicks > 0
            or goal
            or bool(self.handoffs)
            or self._positive()
            or self._confirmed()
        )


def handoffs(facts: Iterable[Fact]) -> list[Handoff]:
    """Every handoff that was requested."""
    found: dict[tuple[str, str], Handoff] = {}
    for one in sorted(facts, key=lambda fact: fact.at):
        if one.kind.startswith("chatbot.handoff."):
            id = str(one.get(names.HANDOFF_ID))
            key = (one.where.bot, id)
            entry = found.setdefault(
                key, Handoff(id, one.where.bot, one.where.conversation)
            )
            entry.steps.setdefault(one.kind, one.at)
    return [one for one in found.values() if names.EVENT_HANDOFF_REQUEST in one.steps]


def sessions(facts: Sequence[Fact], timeout_s: float = TIMEOUT_S) -> list[Session]:
    """All sessions of the facts, with what attaches to them."""
    unique = list(dict.fromkeys(facts))
    asked = handoffs(unique)
    runs: list[Session] = []
    for members in _by_key(unique).values():
        runs += _split(members, asked, timeout_s)
    runs.sort(key=lambda session: session.start)
    _attach(runs, unique, asked)
    return runs


def _by_key(facts: Iterable[Fact]) -> dict[Key, list[Fact]]:
    keys: dict[Key, list[Fact]] = defaultdict(list)
    for one in facts:
        if one.kind not in ATTACHED:
            where = one.where
            keys[where.bot, where.channel, where.conversation, where.session] += [one]
    return keys


def _split(
    members: list[Fact], asked: Sequence[Handoff], timeout_s: float
) -> list[Session]:
    """Cut one key's events where the gap is too long or an end was said."""
    where = members[0].where
    pauses = [
        pause
        for one in asked
        if (one.bot, one.conversation) == (where.bot, where.conversation)
        for pause in one.pauses()
    ]
    runs: list[Session] = []
    for one in sorted(members, key=lambda fact: fact.at):
        until = one.at + one.lasts
        last = runs[-1] if runs else None
        if last is None or last.ended or _gap(last.end, one.at, pauses) > timeout_s:
            key = (where.bot, where.channel, where.conversation, where.session)
            last = Session(key, one.at, until, [], ended=False)
            runs.append(last)
        last.members.append(one)
        last.end = max(last.end, until)
        last.ended = one.kind == names.EVENT_CONVERSATION_END
    return runs


def _gap(start: float, end: float, pauses: Iterable[tuple[float, float]]) -> float:
    """The time between two events, without the open handoffs in it."""
    covered = 0.0
    reach = start
    for low, high in sorted(pauses):
        low, high = max(low, reach), min(high, end)
        if high > low:
            covered += high - low
            reach = high
    return round(end - start - covered, 6)


def _attach(
    runs: list[Session], facts: Iterable[Fact], asked: Iterable[Handoff]
) -> None:
    ordered = sorted(facts, key=lambda fact: fact.at)
    owners = {id(fact): run for run in runs for fact in run.members}
    turns: dict[tuple[str, str | None], Session] = {
        (fact.where.bot, fact.turn): run
        for run in runs
        for fact in run.members
        if fact.turn is not None
    }
    for one in ordered:
        if one.kind in ATTACHED:
            owner = turns.get((one.where.bot, one.turn)) or _last_before(runs, one)
            if owner is not None:
                owner.attached.append(one)
        elif one.kind == names.EVENT_CTA_CLICK:
            shown = _latest_impression(one, ordered)
            owner = owners[id(one if shown is None else shown)]
            owner.clicks += 1
            owner.credited += shown is not None
    requests = {
        (one.where.bot, one.get(names.HANDOFF_ID)): one
        for one in reversed(ordered)
        if one.kind == names.EVENT_HANDOFF_REQUEST
    }
    for handoff in asked:
        owners[id(requests[handoff.bot, handoff.id])].handoffs.append(handoff)


def _last_before(runs: Iterable[Session], fact: Fact) -> Session | None:
    where = (fact.where.bot, fact.where.conversation)
    begun = [
        run
        for run in runs
        if (run.key[0], run.key[2]) == where and run.start <= fact.at
    ]
    return max(begun, key=lambda run: run.start, default=None)


def _latest_impression(click: Fact, facts: Iterable[Fact]) -> Fact | None:
    shown = [
        one
        for one in facts
        if one.kind == names.EVENT_CTA_IMPRESSION
        and one.where.bot == click.where.bot
        and one.where.conversation == click.where.conversation
        and one.get(names.CTA_ID) == click.get(names.CTA_ID)
        and 0 <= click.at - one.at <= CLICK_WINDOW_S
    ]
    return max(shown, key=lambda one: one.at, default=None)


def kaplan_meier(waits: Sequence[tuple[float, bool]], q: float) -> float | None:
    """The smallest t with S(t) ≤ 1 − q; ``None`` where it is never reached."""
    survival = 1.0
    for t in sorted({wait for wait, accepted in waits if accepted}):
        at_risk = sum(wait >= t for wait, _ in waits)
        happened = sum(accepted and wait == t for wait, accepted in waits)
        survival *= 1 - happened / at_risk
        if survival <= 1 - q + 1e-12:
            return t
    return None
