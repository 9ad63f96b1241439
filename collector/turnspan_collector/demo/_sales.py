"""The sales bot: campaigns bring users, calls to action and an experiment keep them."""

from __future__ import annotations

from dataclasses import dataclass

from turnspan import conventions as c
from turnspan.conventions import (
    AnswerSource,
    CtaType,
    FeedbackScope,
    GoalKind,
    HandoffOutcome,
    HandoffReason,
    IntentSource,
    TurnInitiator,
    TurnOutcome,
)

from ._calendar import version_on
from ._script import (
    MILLISECOND,
    SECOND,
    Cta,
    Goal,
    Handoff,
    Intent,
    Rating,
    Session,
    Turn,
)
from ._world import DAY_NS, Profile, Visit

__all__ = ["SALES", "write_sales"]

SALES = Profile(
    bot="sales",
    arrivals=8.5,
    growth=0.6,
    returning=0.12,
    channels={"web": 0.68, "whatsapp": 0.2, "messenger": 0.12},
    locales={"en": 0.75, "de": 0.25},
    identified={"web": 0.12, "whatsapp": 1.0, "messenger": 1.0},
    chats=frozenset({"whatsapp", "messenger"}),
)

_INTENTS = {
    "product_question": 0.34,
    "pricing": 0.26,
    "compare_plans": 0.16,
    "book_demo": 0.14,
    "integrations": 0.1,
}
_CTAS = {
    "book_demo": (CtaType.BUTTON, 0.2),
    "see_pricing": (CtaType.LINK, 0.27),
    "newsletter": (CtaType.QUICK_REPLY, 0.09),
    "whitepaper": (CtaType.CARD, 0.14),
}
_SOURCES = {"google": 0.42, "newsletter": 0.2, "linkedin": 0.18, "": 0.2}
_MEDIUM = {"google": "cpc", "newsletter": "email", "linkedin": "social"}
_BROWSERS = {"chrome": 0.6, "safari": 0.27, "firefox": 0.13}
_EXPERIMENT = "greeting"
_EXPERIMENT_DAY = 44
_CAMPAIGN_DAY = 58


def write_sales(visit: Visit) -> Session:
    """What happens in one visit to the sales bot."""
    return _Writer(visit).write()


@dataclass(slots=True)
class _Writer:
    visit: Visit
    now_ns: int = 0

    def write(self) -> Session:
        visit, dice = self.visit, self.visit.dice
        web = visit.user.channel == "web"
        session = Session(
            bot=SALES.bot,
            user=visit.user,
            channel=visit.user.channel,
            conversation=visit.conversation,
            environment="production",
            version=version_on(SALES.bot, visit.day),
            variant=self._variant(),
            test=dice.chance(0.008),
            entry=self._entry() if web else {},
            start_ns=visit.start_ns if web else None,
        )
        self.now_ns = visit.start_ns + int(dice.between(1, 6) * SECOND)
        if web:
            session.views.append(
                ("pricing" if dice.chance(0.4) else "home", self.now_ns)
            )
        if not web and visit.number > 1 and dice.chance(0.25):
            return self._reminder(session)
        keen = 1.25 if session.variant == (_EXPERIMENT, "question") else 1.0
        more = 0.0 if dice.chance(0.24) else dice.between(0.4, 3.8) * keen
        for number in range(1 + dice.whole(more)):
            self._turn(session, number, keen)
        self._end(session)
        return session

    def _variant(self) -> tuple[str, str] | None:
        if self.visit.day < _EXPERIMENT_DAY:
            return None
        even = self.visit.user.number % 2 == 0
        return _EXPERIMENT, "question" if even else "statement"

    def _entry(self) -> dict[str, str]:
        dice = self.visit.dice
        entry = {
            c.ENTRY_DEVICE: "mobile" if dice.chance(0.46) else "desktop",
            c.ENTRY_BROWSER: dice.one_of(_BROWSERS),
        }
        source = dice.one_of(_SOURCES)
        if source:
            entry[c.ENTRY_UTM_SOURCE] = source
            entry[c.ENTRY_UTM_MEDIUM] = _MEDIUM[source]
            autumn = self.visit.day >= _CAMPAIGN_DAY and dice.chance(0.5)
            entry[c.ENTRY_UTM_CAMPAIGN] = "autumn" if autumn else "always_on"
        return entry

    def _reminder(self, session: Session) -> Session:
        """The bot writes first and nobody answers: a proactive session."""
        session.turns.append(
            Turn(
                id=self.visit.id("reminder"),
                start_ns=self.now_ns,
                duration_ns=180 * MILLISECOND,
                outcome=TurnOutcome.ANSWERED,
                version=session.version,
                initiator=TurnInitiator.BOT,
                node="reminder",
            )
        )
        return session

    def _turn(self, session: Session, number: int, keen: float) -> None:
        dice = self.visit.dice
        if number:
            self.now_ns += int(min(dice.around(31, 0.7), 1200) * 1000) * MILLISECOND
        rule = dice.chance(0.2)
        intent = None if rule else self._intent()
        unsure = intent is not None and intent.is_unsure
        error = dice.chance(0.004)
        outcome = TurnOutcome.FALLBACK if unsure else TurnOutcome.ANSWERED
        turn = Turn(
            id=self.visit.id("turn", number),
            start_ns=self.now_ns,
            duration_ns=int(dice.around(0.31, 0.4) * 1000) * MILLISECOND,
            outcome=TurnOutcome.ERROR if error else outcome,
            version=session.version,
            intent=intent,
            source=IntentSource.RULE if rule else None,
            answer=AnswerSource.FLOW,
            node=f"offer_{intent.name}" if intent else "greeting",
            error="ConnectionError" if error else None,
        )
        session.turns.append(turn)
        self.now_ns = turn.end_ns
        if turn.outcome == TurnOutcome.ANSWERED and dice.chance(0.62):
            self._offer(session, turn, keen)

    def _intent(self) -> Intent:
        dice = self.visit.dice
        confidence = 0.95 - abs(dice.normal(0, 0.17))
        confidence = round(min(0.995, max(0.1, confidence)), 4)
        runner_up = round((1 - confidence) * dice.between(0.3, 0.9), 4)
        name = dice.one_of(_INTENTS)
        return Intent(name, confidence, runner_up, IntentSource.NLU, 0.5, "nlu-3")

    def _offer(self, session: Session, turn: Turn, keen: float) -> None:
        """One or two calls to action below the answer, and perhaps a click."""
        dice = self.visit.dice
        names = list(_CTAS)
        first = int(dice.between(0, len(names)))
        shown_ns = turn.end_ns - 5 * MILLISECOND
        for position in range(1, 2 + dice.chance(0.4)):
            name = names[(first + position - 1) % len(names)]
            kind, rate = _CTAS[name]
            clicks: tuple[int, ...] = ()
            if dice.chance(rate * keen):
                clicks = self._clicks(session, position)
            lost = not clicks and dice.chance(0.004) and self._is_new(session, name)
            stray = (self.now_ns + 3 * SECOND,) if lost else clicks
            cta = Cta(name, kind, position, turn, None if lost else shown_ns, stray)
            session.ctas.append(cta)
            if clicks:
                self._reach(session, name, clicks[0])

    def _is_new(self, session: Session, cta: str) -> bool:
        """Whether no earlier impression could claim a click on it."""
        return session.channel == "web" and all(one.id != cta for one in session.ctas)

    def _clicks(self, session: Session, position: int) -> tuple[int, ...]:
        dice = self.visit.dice
        if session.channel == "web" and dice.chance(0.03):
            return (self.now_ns + int(dice.between(0.3, 5) * DAY_NS),)
        self.now_ns += int(min(dice.around(8, 0.8) * position, 600) * SECOND)
        if dice.chance(0.1):
            return (self.now_ns, self.now_ns + 2 * SECOND)
        return (self.now_ns,)

    def _reach(self, session: Session, cta: str, clicked_ns: int) -> None:
        dice = self.visit.dice
        at_ns = clicked_ns + int(dice.around(70, 0.6) * SECOND)
        if cta == "book_demo" and dice.chance(0.55):
            value = round(dice.around(900, 0.5), 2)
            quality = round(dice.between(0.2, 1), 2)
            lead = Goal("demo_booked", GoalKind.LEAD, at_ns, value, "EUR", quality)
            session.goals.append(lead)
            if dice.chance(0.4):
                later_ns = at_ns + int(dice.between(1, 9) * DAY_NS)
                session.goals.append(Goal("demo_held", GoalKind.FOLLOW_UP, later_ns))
        elif cta == "see_pricing" and dice.chance(0.17):
            value = round(dice.around(79, 0.6), 2)
            bought = Goal("plan_bought", GoalKind.CONVERSION, at_ns, value, "EUR")
            session.goals.append(bought)
        elif cta == "newsletter":
            session.goals.append(Goal("subscribed", GoalKind.OTHER, at_ns))

    def _end(self, session: Session) -> None:
        dice, last = self.visit.dice, session.turns[-1]
        if last.intent and last.intent.name == "book_demo" and dice.chance(0.12):
            self._to_seller(session, last)
        elif dice.chance(0.2):
            answered = dice.chance(0.3)
            given = last.end_ns + int(dice.around(14, 0.6) * SECOND)
            session.ratings.append(
                Rating(
                    name="thumbs",
                    scale="0-1",
                    scope=FeedbackScope.TURN,
                    turn=last,
                    asked_ns=last.end_ns,
                    given_ns=given if answered else None,
                    score=float(dice.chance(0.74)) if answered else None,
                )
            )
        if session.channel == "web" and dice.chance(0.5):
            session.closed_ns = self.now_ns + int(dice.around(20, 0.6) * SECOND)

    def _to_seller(self, session: Session, turn: Turn) -> None:
        dice = self.visit.dice
        turn.outcome = TurnOutcome.HANDOFF
        accepted_ns = turn.end_ns + int(dice.around(75, 0.8) * SECOND)
        closed_ns = accepted_ns + int(dice.between(200, 900) * SECOND)
        session.handoffs.append(
            Handoff(
                id=self.visit.id("handoff"),
                turn=turn,
                requested_ns=turn.end_ns - 20 * MILLISECOND,
                reason=HandoffReason.BUSINESS_RULE,
                original_reason=None,
                queue="sellers",
                accepted_ns=accepted_ns,
                closed_ns=closed_ns,
                outcome=HandoffOutcome.RESOLVED,
            )
        )
        self.now_ns = closed_ns
