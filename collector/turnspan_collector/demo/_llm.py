"""The LLM bot: streams its answers, retrieves documents, and counts its tokens."""

from __future__ import annotations

from dataclasses import dataclass

from turnspan.conventions import (
    AnswerSource,
    FeedbackScope,
    HandoffOutcome,
    HandoffReason,
    TurnOutcome,
)

from ._calendar import version_on
from ._script import (
    MILLISECOND,
    SECOND,
    Handoff,
    LlmCall,
    Rating,
    Session,
    Turn,
)
from ._world import Profile, Visit

__all__ = ["LLM", "write_llm"]

LLM = Profile(
    bot="llm",
    arrivals=3.2,
    growth=1.6,
    returning=0.3,
    channels={"web": 0.6, "slack": 0.4},
    locales={"en": 1.0},
    identified={"web": 0.8, "slack": 1.0},
    chats=frozenset({"slack"}),
)

_SOURCES = {
    AnswerSource.RAG: 0.61,
    AnswerSource.LLM: 0.33,
    AnswerSource.GUARDRAIL: 0.06,
}
_MODEL_DAY = 52


def write_llm(visit: Visit) -> Session:
    """What happens in one visit to the LLM bot."""
    return _Writer(visit).write()


@dataclass(slots=True)
class _Writer:
    visit: Visit
    now_ns: int = 0

    def write(self) -> Session:
        visit, dice = self.visit, self.visit.dice
        if dice.chance(0.006):
            return self._nobody()
        session = Session(
            bot=LLM.bot,
            user=visit.user,
            channel=visit.user.channel,
            conversation=visit.conversation,
            environment="production",
            version=version_on(LLM.bot, visit.day),
            test=dice.chance(0.02),
        )
        self.now_ns = visit.start_ns
        more = 0.0 if dice.chance(0.18) else dice.between(1.0, 8.5)
        for number in range(1 + dice.whole(more)):
            turn = self._turn(session, number)
            if turn.error and dice.chance(0.5):
                break
        self._end(session)
        return session

    def _nobody(self) -> Session:
        """A turn of which the bot knew neither the conversation nor the user."""
        session = Session(
            bot=LLM.bot,
            user=None,
            channel=None,
            conversation=None,
            environment="production",
            version=version_on(LLM.bot, self.visit.day),
        )
        self.now_ns = self.visit.start_ns
        self._turn(session, 0)
        return session

    def _turn(self, session: Session, number: int) -> Turn:
        dice, small = self.visit.dice, self.visit.day >= _MODEL_DAY
        if number:
            self.now_ns += int(min(dice.around(55, 0.8), 1500) * 1000) * MILLISECOND
        failed = dice.chance(0.015)
        source = dice.one_of(_SOURCES)
        guarded = source == AnswerSource.GUARDRAIL
        first_s = dice.around(0.55 if small else 0.95, 0.35)
        total_s = first_s + (0.05 if guarded else dice.around(2.6, 0.5))
        turn = Turn(
            id=self.visit.id("turn", number),
            start_ns=self.now_ns,
            duration_ns=int((12 if failed else total_s) * 1000) * MILLISECOND,
            first_ns=None if failed else int(first_s * 1000) * MILLISECOND,
            outcome=TurnOutcome.ERROR if failed else TurnOutcome.ANSWERED,
            version=session.version,
            answer=None if failed else source,
            error="ReadTimeout" if failed else None,
        )
        if not guarded:
            turn.llm = self._calls(turn, "small-2" if small else "large-1", failed)
        session.turns.append(turn)
        self.now_ns = turn.end_ns
        return turn

    def _calls(self, turn: Turn, model: str, failed: bool) -> list[LlmCall]:
        """A short call that rewrites the question, then the answer itself."""
        dice = self.visit.dice
        start_ns = turn.start_ns + 20 * MILLISECOND
        calls = []
        if turn.answer == AnswerSource.RAG and turn.first_ns is not None:
            asked_ns = int(turn.first_ns * 0.4)
            question = int(dice.around(140, 0.3))
            calls.append(LlmCall(start_ns, asked_ns, model, question, 24))
            start_ns += asked_ns + 30 * MILLISECOND
        calls.append(
            LlmCall(
                start_ns=start_ns,
                duration_ns=turn.end_ns - start_ns - 3 * MILLISECOND,
                model=model,
                input_tokens=int(dice.around(1900 if calls else 420, 0.4)),
                output_tokens=0 if failed else int(dice.around(230, 0.6)),
                failed=failed,
            )
        )
        return calls

    def _end(self, session: Session) -> None:
        dice, last = self.visit.dice, session.turns[-1]
        unhappy = last.outcome == TurnOutcome.ERROR
        if dice.chance(0.25 if unhappy else 0.02):
            self._to_people(session, last)
        elif dice.chance(0.17):
            given_ns = last.end_ns + int(dice.around(11, 0.7) * SECOND)
            session.ratings.append(
                Rating(
                    name="thumbs",
                    scale="0-1",
                    scope=FeedbackScope.TURN,
                    turn=last,
                    asked_ns=last.end_ns,
                    given_ns=given_ns,
                    score=float(dice.chance(0.2 if unhappy else 0.83)),
                )
            )

    def _to_people(self, session: Session, turn: Turn) -> None:
        dice = self.visit.dice
        failed = turn.outcome == TurnOutcome.ERROR
        reason = HandoffReason.ERROR if failed else HandoffReason.POLICY
        turn.outcome = TurnOutcome.HANDOFF
        handoff = Handoff(
            id=self.visit.id("handoff"),
            turn=turn,
            requested_ns=turn.end_ns - 10 * MILLISECOND,
            reason=reason,
            original_reason=None,
            queue="experts",
        )
        wait_s = dice.around(260, 0.7)
        if wait_s < 1200:
            handoff.accepted_ns = turn.end_ns + int(wait_s * SECOND)
            handoff.closed_ns = handoff.accepted_ns + int(
                dice.between(90, 700) * SECOND
            )
            handoff.outcome = HandoffOutcome.RESOLVED
            self.now_ns = handoff.closed_ns
        else:
            handoff.expired_ns = turn.end_ns + 1200 * SECOND
        session.handoffs.append(handoff)
