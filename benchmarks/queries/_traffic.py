"""Four weeks of one bot's traffic, as records: what the year is made of.

Every conversation keeps within its day, so that weeks can be put one after another.
The dice are seeded: the same arguments give the same records.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from tests.support.chat import Chat, Talk

from turnspan import conventions as names
from turnspan_exporters.records import Batch

__all__ = ["DAYS", "EXPERIMENT", "traffic"]

DAYS = 28
EXPERIMENT = "greeting"

_DAY_S = 86400
_INTENTS = tuple(
    f"{topic}.{what}"
    for topic in ("order", "billing", "account")
    for what in ("status", "change", "cancel", "refund")
)
_REASONS = ("customer_requested", "low_confidence", "sensitive_topic", "policy")
_CTAS = ("buy", "track", "upgrade", "survey")
_CHANNELS = {"web": 6, "whatsapp": 3, "slack": 1}
_SENTIMENTS = ("positive", "neutral", "negative")
_RECORDS_OF_A_TALK = 20.42


@dataclass
class _Said:
    """A conversation while it is made: where it is, and how many turns it had."""

    talk: Talk
    dice: random.Random
    at: float
    number: int
    turns: int = 0
    handed: bool = False

    @property
    def id(self) -> str:
        return f"{self.talk.common['conversation_id']}"

    def turn(self) -> None:
        """A turn: two messages, a classifier's result, a model's call, the span."""
        turn = f"{self.id}-{self.turns}"
        self.turns += 1
        dice, talk, at = self.dice, self.talk, self.at
        intent = dice.choice(_INTENTS)
        confidence = round(min(dice.betavariate(6, 2), 1), 4)
        fallback = confidence < 0.5
        lasts = round(dice.lognormvariate(-0.4, 0.7), 6)
        talk.message(at, turn=turn)
        source = "button" if dice.random() < 0.1 else "nlu"
        trace = talk.turn(
            at,
            turn,
            lasts,
            outcome="fallback" if fallback else self._outcome(),
            initiator="user",
            locale=dice.choice(("en", "de", "fr")),
            intent_name=intent,
            intent_confidence=confidence,
            intent_acted_on="fallback" if fallback else intent,
            intent_source=source,
            runner_up_confidence=round((1 - confidence) * dice.random(), 4),
            first_response_s=round(lasts * dice.uniform(0.2, 1), 6),
            node_id=f"{intent}.{dice.choice(('ask', 'show', 'done'))}",
            attributes={
                names.INTENT_MODEL_VERSION: "7",
                names.SENTIMENT_LABEL: dice.choice(_SENTIMENTS),
                names.ANSWER_SOURCE: dice.choice(("rag", "llm", "flow")),
                names.FRAMEWORK_NAME: "bench",
            },
        )
        talk.event(
            names.EVENT_INTENT_RESULT,
            at,
            turn,
            intent_name=intent,
            intent_confidence=confidence,
            attributes={names.INTENT_SOURCE: source, names.INTENT_THRESHOLD: 0.5},
        )
        talk.span(
            at,
            turn,
            lasts * 0.8,
            trace_id=trace,
            name="chat gpt-4o-mini",
            operation="chat",
            model="gpt-4o-mini",
            input_tokens=dice.randint(200, 1500),
            output_tokens=dice.randint(20, 300),
        )
        talk.message(at + lasts, "bot", turn)
        self.at = at + lasts + dice.uniform(5, 90)

    def _outcome(self) -> str:
        said = ("answered", "clarification", "error")
        return self.dice.choices(said, (90, 9, 1))[0]

    def sides(self) -> None:
        """What may happen beside the turns: a CTA, a goal, a rating, a person."""
        dice, talk = self.dice, self.talk
        turn = f"{self.id}-{self.turns - 1}"
        if dice.random() < 0.5:
            cta = dice.choice(_CTAS)
            talk.event(names.EVENT_CTA_IMPRESSION, self.at, turn, cta_id=cta)
            if dice.random() < 0.4:
                talk.event(names.EVENT_CTA_CLICK, self.at + 2, turn, cta_id=cta)
        if dice.random() < 0.1:
            goal = dice.choice(("lead", "sale"))
            self._goal(goal, turn)
        if dice.random() < 0.3:
            self._rating(turn)
        if dice.random() < 0.15:
            self._handoff(turn)
        self.at += 10

    def _goal(self, goal: str, turn: str) -> None:
        kind = {"lead": "lead", "sale": "conversion"}[goal]
        attributes = {
            names.GOAL_KIND: kind,
            names.GOAL_VALUE: round(self.dice.uniform(5, 90), 2),
            names.GOAL_CURRENCY: "USD",
        }
        at = self.at + 3
        self.talk.event(names.EVENT_GOAL, at, turn, goal_id=goal, attributes=attributes)

    def _rating(self, turn: str) -> None:
        asked = {names.GEN_AI_EVALUATION_NAME: "csat"}
        self.talk.event(
            names.EVENT_FEEDBACK_REQUEST, self.at + 4, turn, attributes=asked
        )
        if self.dice.random() < 0.4:
            self.talk.rate(self.at + 5, self.dice.randint(1, 5), turn, "csat")

    def _handoff(self, turn: str) -> None:
        id, at = f"h-{self.id}", self.at + 6
        reason = self.dice.choice(_REASONS)
        wait = self.dice.expovariate(1 / 120)
        self.talk.handoff("request", at, id, turn=turn, reason=reason)
        if self.dice.random() < 0.8:
            self.talk.handoff("accept", at + wait, id)
            done = {names.HANDOFF_OUTCOME: self.dice.choice(("resolved", "unresolved"))}
            self.talk.handoff("close", at + wait + 300, id, attributes=done)
        else:
            self.talk.handoff("withdraw", at + wait, id)


def traffic(bot: str, base: datetime, events_a_day: int) -> Iterator[Batch]:
    """A batch a day of about ``events_a_day`` records, from ``base`` (midnight) on."""
    dice = random.Random(f"{bot}/{events_a_day}")
    talks = max(1, round(events_a_day / _RECORDS_OF_A_TALK))
    people = max(3, talks * 4)
    for day in range(DAYS):
        chat = Chat(bot=bot, base=base)
        for number in range(talks):
            _conversation(chat, dice, day, number, people)
        yield chat.batch()


def _conversation(
    chat: Chat, dice: random.Random, day: int, number: int, people: int
) -> None:
    person = int(people * dice.random() ** 2.5)
    user = f"u{person}" if dice.random() < 0.9 else None
    arm = "AB"[person % 2]
    talk = chat.talk(
        f"{day}-{number}",
        user=user,
        user_kind="identified" if person % 3 else "anonymous",
        channel=dice.choices([*_CHANNELS], [*_CHANNELS.values()])[0],
        version=f"1.{day // 14}",
        environment="production",
        variant=arm,
    )
    at = day * _DAY_S + dice.uniform(0, _DAY_S - 7200)
    talk.event(
        names.EVENT_CONVERSATION_START,
        at,
        attributes={
            names.ENTRY_UTM_SOURCE: dice.choice(("ads", "mail", "direct")),
            names.ENTRY_DEVICE: dice.choice(("mobile", "desktop")),
            names.ENTRY_COUNTRY: dice.choice(("DE", "FR", "US")),
            names.EXPERIMENT_ASSIGNMENTS: [f"{EXPERIMENT}={arm}"],
        },
    )
    said = _Said(talk, dice, at + 1, number)
    for _ in range(min(1 + int(dice.expovariate(1 / 3)), 12)):
        said.turn()
    said.sides()
    if dice.random() < 0.5:
        talk.event(names.EVENT_CONVERSATION_END, said.at + 20)
