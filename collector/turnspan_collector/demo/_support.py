"""The support bot: classifies, falls back, hands over to people, asks how it was."""

from __future__ import annotations

from dataclasses import dataclass

from turnspan.conventions import (
    AnswerSource,
    FeedbackScope,
    HandoffOutcome,
    HandoffReason,
    IntentSource,
    MessageRole,
    ResolutionStatus,
    SentimentLabel,
    TurnOutcome,
)

from ._calendar import BACKLOG, BAD_WEEK, version_on
from ._script import (
    MILLISECOND,
    SECOND,
    Handoff,
    Intent,
    Message,
    Rating,
    Session,
    Turn,
)
from ._world import DAY_NS, Profile, Visit

__all__ = ["SUPPORT", "write_support"]

SUPPORT = Profile(
    bot="support",
    arrivals=8.0,
    growth=0.9,
    returning=0.17,
    channels={"telegram": 0.55, "web": 0.45},
    locales={"en": 0.62, "de": 0.25, "es": 0.13},
    identified={"telegram": 1.0, "web": 0.35},
    chats=frozenset({"telegram"}),
)

_THRESHOLD = 0.6
_EXPIRY_S = 900.0
_INTENTS = {
    "order_status": 0.27,
    "delivery_time": 0.16,
    "return_item": 0.14,
    "invoice": 0.11,
    "cancel_order": 0.1,
    "change_address": 0.09,
    "opening_hours": 0.06,
    "complaint": 0.05,
    "other": 0.02,
}
_CLARITY = {"invoice": 0.86, "complaint": 0.82, "other": 0.55, "change_address": 0.88}
_REASONS = {
    HandoffReason.CUSTOMER_REQUESTED: 0.62,
    HandoffReason.SENSITIVE_TOPIC: 0.13,
    HandoffReason.BUSINESS_RULE: 0.16,
    HandoffReason.OTHER: 0.09,
}


def write_support(visit: Visit) -> Session:
    """What happens in one visit to the support bot."""
    return _Writer(visit).write()


@dataclass(slots=True)
class _Writer:
    visit: Visit
    now_ns: int = 0
    misses: int = 0

    def write(self) -> Session:
        visit, dice = self.visit, self.visit.dice
        session = Session(
            bot=SUPPORT.bot,
            user=visit.user,
            channel=visit.user.channel,
            conversation=visit.conversation,
            environment="production",
            version=version_on(SUPPORT.bot, visit.day),
            test=dice.chance(0.012),
            start_ns=visit.start_ns if visit.user.channel == "web" else None,
        )
        self.now_ns = visit.start_ns
        self._wait(2, 0.4)
        more = 0.0 if dice.chance(0.2) else dice.between(0.8, 4.8)
        for number in range(1 + dice.whole(more)):
            turn = self._turn(session, number)
            reason = self._reason(turn)
            if reason is not None:
                self._hand_over(session, turn, reason)
                break
            if turn.outcome in (TurnOutcome.ERROR, TurnOutcome.NO_RESPONSE):
                break
        if not session.handoffs:
            self._ask(session)
        return session

    def _wait(self, median_s: float, spread: float = 0.7) -> None:
        pause_s = min(self.visit.dice.around(median_s, spread), 1200)
        self.now_ns += int(pause_s * 1000) * MILLISECOND

    def _turn(self, session: Session, number: int) -> Turn:
        dice = self.visit.dice
        if number:
            self._wait(24)
        button = number > 0 and dice.chance(0.16)
        intent = None if button else self._intent()
        outcome = self._outcome(intent)
        turn = Turn(
            id=self.visit.id("turn", number),
            start_ns=self.now_ns,
            duration_ns=self._latency(outcome),
            outcome=outcome,
            version=session.version,
            intent=intent,
            source=IntentSource.BUTTON if button else None,
            answer=AnswerSource.FLOW if dice.chance(0.7) else AnswerSource.QA,
            error="TimeoutError" if outcome == TurnOutcome.ERROR else None,
        )
        name = intent.name if intent and not intent.is_unsure else "menu"
        turn.node = "fallback" if outcome == TurnOutcome.FALLBACK else f"answer_{name}"
        turn.sentiment = self._sentiment(intent, outcome)
        if intent and dice.chance(0.05):
            named = intent.name if dice.chance(0.9) else dice.one_of(_INTENTS)
            turn.label = (named, turn.end_ns + int(dice.between(1, 4) * DAY_NS))
        session.turns.append(turn)
        self.now_ns = turn.end_ns
        self.misses += outcome == TurnOutcome.FALLBACK
        return turn

    def _intent(self) -> Intent:
        dice, bad = self.visit.dice, self.visit.day in BAD_WEEK
        name = dice.one_of(_INTENTS)
        middle = _CLARITY.get(name, 0.92) - (0.19 if bad else 0.0)
        confidence = middle - abs(dice.normal(0, 0.16)) + abs(dice.normal(0, 0.03))
        confidence = round(min(0.995, max(0.08, confidence)), 4)
        runner_up = round((1 - confidence) * dice.between(0.3, 0.9), 4)
        model = "nlu-12" if bad else "nlu-11"
        return Intent(name, confidence, runner_up, IntentSource.NLU, _THRESHOLD, model)

    def _outcome(self, intent: Intent | None) -> TurnOutcome:
        dice = self.visit.dice
        if dice.chance(0.008):
            return TurnOutcome.ERROR
        if dice.chance(0.004):
            return TurnOutcome.NO_RESPONSE
        if intent is None or not intent.is_unsure:
            return TurnOutcome.ANSWERED
        clarifies = 0.35 if self.visit.day >= 31 else 0.0
        near = intent.confidence > 0.5 and dice.chance(clarifies)
        return TurnOutcome.CLARIFICATION if near else TurnOutcome.FALLBACK

    def _latency(self, outcome: TurnOutcome) -> int:
        median_s = 4.0 if outcome == TurnOutcome.ERROR else 0.42
        return int(self.visit.dice.around(median_s, 0.45) * 1000) * MILLISECOND

    def _sentiment(
        self, intent: Intent | None, outcome: TurnOutcome
    ) -> tuple[SentimentLabel, float]:
        upset = outcome == TurnOutcome.FALLBACK or (
            intent and intent.name == "complaint"
        )
        score = self.visit.dice.normal(-0.35 if upset else 0.15, 0.25)
        score = round(max(-1.0, min(1.0, score)), 2)
        if score < -0.25:
            return SentimentLabel.NEGATIVE, score
        return (
            SentimentLabel.POSITIVE if score > 0.25 else SentimentLabel.NEUTRAL,
            score,
        )

    def _reason(self, turn: Turn) -> HandoffReason | None:
        dice = self.visit.dice
        if turn.outcome == TurnOutcome.ERROR and dice.chance(0.4):
            return HandoffReason.ERROR
        if turn.outcome == TurnOutcome.FALLBACK:
            if self.misses >= 2 and dice.chance(0.75):
                return HandoffReason.UNABLE_TO_ANSWER
            return HandoffReason.LOW_CONFIDENCE if dice.chance(0.12) else None
        if turn.intent and turn.intent.name == "complaint" and dice.chance(0.5):
            return HandoffReason.NEGATIVE_SENTIMENT
        return dice.one_of(_REASONS) if dice.chance(0.035) else None

    def _hand_over(self, session: Session, turn: Turn, reason: HandoffReason) -> None:
        dice = self.visit.dice
        turn.outcome = TurnOutcome.HANDOFF
        turn.node = "handoff"
        handoff = Handoff(
            id=self.visit.id("handoff"),
            turn=turn,
            requested_ns=turn.end_ns - 50 * MILLISECOND,
            reason=reason,
            original_reason="vip_customer" if reason == HandoffReason.OTHER else None,
            queue=f"support-{self.visit.user.locale}",
        )
        session.handoffs.append(handoff)
        self._queue(handoff)
        if handoff.accepted_ns is not None:
            self.now_ns = handoff.accepted_ns
            self._talk(session, handoff)
        elif handoff.withdrawn_ns is not None and dice.chance(0.5):
            self.now_ns = handoff.withdrawn_ns
            self._turn(session, len(session.turns))

    def _queue(self, handoff: Handoff) -> None:
        """The wait: a person comes, or the user's patience ends first."""
        dice = self.visit.dice
        slow = 7.0 if self.visit.day in BACKLOG else 1.0
        wait_s = dice.around(48 * slow, 0.85)
        patience_s = dice.around(330, 0.8)
        at = handoff.requested_ns
        if dice.chance(0.012):
            return
        if dice.chance(0.03):
            handoff.declined_ns = at + int(dice.around(20, 0.5) * SECOND)
        elif wait_s < min(patience_s, _EXPIRY_S):
            handoff.accepted_ns = at + int(wait_s * SECOND)
        elif patience_s < _EXPIRY_S and dice.chance(0.7):
            handoff.withdrawn_ns = at + int(patience_s * SECOND)
        else:
            handoff.expired_ns = at + int(_EXPIRY_S * SECOND)

    def _talk(self, session: Session, handoff: Handoff) -> None:
        dice = self.visit.dice
        for number in range(1 + dice.whole(2.2)):
            for role in (MessageRole.HUMAN_AGENT, MessageRole.USER):
                self._wait(35)
                name = self.visit.id("message", role, number)
                session.messages.append(Message(name, self.now_ns, role))
        self._wait(20)
        handoff.closed_ns = self.now_ns
        solved = dice.chance(0.83)
        handoff.outcome = (
            HandoffOutcome.RESOLVED if solved else HandoffOutcome.UNRESOLVED
        )
        status = ResolutionStatus.RESOLVED if solved else ResolutionStatus.UNRESOLVED
        session.resolution = (status, self.now_ns + SECOND)
        if dice.chance(0.4):
            handoff.returned_ns = self.now_ns + 2 * SECOND
        self._csat(session, 4.2 if solved else 2.4)

    def _ask(self, session: Session) -> None:
        """Thumbs for the last answer, sometimes stars for the whole conversation."""
        dice, last = self.visit.dice, session.turns[-1]
        good = last.outcome == TurnOutcome.ANSWERED
        if dice.chance(0.45):
            given = self.now_ns + int(dice.around(9, 0.6) * SECOND)
            answered = dice.chance(0.38)
            score = float(dice.chance(0.81 if good else 0.22))
            session.ratings.append(
                Rating(
                    name="thumbs",
                    scale="0-1",
                    scope=FeedbackScope.TURN,
                    turn=last,
                    asked_ns=last.end_ns,
                    given_ns=given if answered else None,
                    score=score if answered else None,
                )
            )
        elif dice.chance(0.35):
            self._csat(session, 4.1 if good else 2.6)
        if good and dice.chance(0.12):
            session.resolution = (ResolutionStatus.RESOLVED, self.now_ns + 5 * SECOND)

    def _csat(self, session: Session, mean: float) -> None:
        dice = self.visit.dice
        late = dice.chance(0.15)
        delay_s = dice.between(0.5, 3) * 86_400 if late else dice.around(25, 0.6)
        answered = dice.chance(0.42)
        score = float(min(5, max(1, round(dice.normal(mean, 0.9)))))
        session.ratings.append(
            Rating(
                name="csat",
                scale="1-5",
                scope=FeedbackScope.CONVERSATION,
                turn=None,
                asked_ns=self.now_ns + SECOND,
                given_ns=self.now_ns + int(delay_s * SECOND) if answered else None,
                score=score if answered else None,
            )
        )
