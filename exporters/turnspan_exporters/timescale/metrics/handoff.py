"""Handoffs from the bot to people: how often, why, and how long they take."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import (
    FEEDBACK,
    HANDOFF,
    HANDOFF_INTENTS,
    SESSION,
    WAITING_HANDOFF,
)
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Limit,
    Metric,
    Option,
)

__all__ = ["METRICS"]

_FOUR_SESSIONS = """
    09:00:00  a  ann  turn
    09:00:05  a  ann  handoff.request  handoff.id=h1
    09:01:00  a  ann  handoff.withdraw  handoff.id=h1
    09:02:00  a  ann  turn
    09:02:05  a  ann  handoff.request  handoff.id=h2
    10:00:00  b  ben  turn
    11:00:00  c  cem  turn
    12:00:00  d  dan  turn
"""

_FIVE_REQUESTS = """
    09:00:00  a  ann  turn
    09:00:00  a  ann  handoff.request  handoff.id=h1  handoff.reason=low_confidence
    09:00:30  a  ann  handoff.accept   handoff.id=h1
    10:00:00  b  ben  turn
    10:00:00  b  ben  handoff.request  handoff.id=h2  handoff.reason=customer_requested
    10:01:00  b  ben  handoff.withdraw  handoff.id=h2
    11:00:00  c  cem  turn
    11:00:00  c  cem  handoff.request  handoff.id=h3  handoff.reason=customer_requested
    11:02:00  c  cem  handoff.accept   handoff.id=h3
    12:00:00  d  dan  turn
    12:00:00  d  dan  handoff.request  handoff.id=h4  handoff.reason=full_moon
    12:03:00  d  dan  handoff.accept   handoff.id=h4
    13:00:00  e  eve  turn
    13:00:00  e  eve  handoff.request  handoff.id=h5  handoff.reason=error
    13:05:00  e  eve  handoff.expire   handoff.id=h5
"""

_WAYS_TO_A_PERSON = """
    09:00:00  a  ann  turn  intent.name=order
    09:01:00  a  ann  turn  intent.name=refund
    09:01:30  a  ann  handoff.request  handoff.id=h1
    09:02:00  a  ann  handoff.accept   handoff.id=h1
    09:20:00  a  ann  handoff.close    handoff.id=h1  handoff.outcome=resolved
    10:00:00  b  ben  turn  intent.name=order
    10:01:00  b  ben  turn  intent.name=refund
    10:01:30  b  ben  handoff.request  handoff.id=h2
    10:02:00  b  ben  handoff.accept   handoff.id=h2
    10:20:00  b  ben  handoff.close    handoff.id=h2  handoff.outcome=unresolved
    11:00:00  c  cem  turn
    11:01:00  c  cem  turn
    11:02:00  c  cem  turn
    11:03:00  c  cem  turn  intent.name=help
    11:03:30  c  cem  handoff.request  handoff.id=h3
    12:00:00  d  dan  turn
    12:00:30  d  dan  handoff.request  handoff.id=h4
    12:01:00  d  dan  handoff.withdraw  handoff.id=h4
"""

_CLOCK = [f"{number // 60:02}:{number % 60:02}" for number in range(0, 600, 20)]
_SCORES = (5, 4, 3, 5, 4, 2)

_SIXTY_RATED = "\n".join(
    line
    for number, clock in enumerate(_CLOCK)
    for line in (
        f"{clock}:00  p{number}  u{number}  turn",
        f"{clock}:01  p{number}  u{number}  handoff.request  handoff.id=h{number}",
        f"{clock}:05  p{number}  u{number}  handoff.close  handoff.id=h{number}"
        "  handoff.outcome=resolved",
        f"{clock}:09  p{number}  u{number}  feedback  gen_ai.evaluation.name=csat"
        f"  gen_ai.evaluation.score.value={_SCORES[number % 3]}",
        f"{clock}:10  q{number}  v{number}  turn",
        f"{clock}:19  q{number}  v{number}  feedback  gen_ai.evaluation.name=csat"
        f"  gen_ai.evaluation.score.value={_SCORES[number % 6]}",
    )
)

METRICS = (
    Metric(
        name="handoff_rate",
        title="Handoff rate",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="escalated",
        denominator="base",
        better=Better.LOWER,
        thresholds={"warn": 0.3, "alert": 0.5},
        sentence=(
            "The share of sessions with at least one handoff request that the user did "
            "not withdraw before it was accepted; several in one session count once."
        ),
        formula="escalated sessions / sessions",
        example=Example(
            events=_FOUR_SESSIONS,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
        elsewhere=(
            "Copilot Studio counts a session as escalated when its Escalate topic "
            "runs, taken back or not, over engaged sessions; Dialogflow CX's live "
            "agent handoff rate is over all sessions. Queries that count requests "
            "instead of sessions count one with two of them twice."
        ),
    ),
    Metric(
        name="containment",
        title="Containment",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="contained",
        denominator="base",
        better=Better.HIGHER,
        sentence=(
            "The share of sessions that stayed with the bot. Abandoned sessions are "
            "among them, so read it beside resolution and abandonment."
        ),
        formula="1 − handoff rate",
        example=Example(
            events=_FOUR_SESSIONS,
            asked=(Asked(rows=[({}, 0.75, 3, 4)]),),
        ),
        elsewhere=(
            "Dialogflow CX's experiments count contained sessions only if the user "
            "did not call back within 24 hours. Most vendors mean what is meant here,"
            " and so count users who gave up as contained."
        ),
    ),
    Metric(
        name="handoff_wait",
        title="Handoff wait",
        family="handoff",
        unit="s",
        kind=Kind.SURVIVAL,
        fact=HANDOFF,
        numerator="accepted",
        denominator="handoffs",
        default_q=0.5,
        better=Better.LOWER,
        thresholds={"warn": 120, "alert": 600},
        sentence=(
            "Time from a handoff's request to its acceptance, by the Kaplan–Meier "
            "estimate: requests withdrawn, declined, expired or still waiting are "
            "censored, not dropped. The median, or with q another quantile; k of n "
            "were accepted."
        ),
        formula="smallest t with S(t) ≤ 1 − q",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(
                Asked(rows=[({}, 180, 3, 5)]),
                Asked(options={"q": 0.2}, rows=[({}, 30, 3, 5)]),
                Asked(options={"q": 0.9}, rows=[({}, None, 3, 5)]),
            ),
        ),
        elsewhere=(
            "Amazon Connect's average queue answer time is over the contacts that "
            "were answered, and its average abandon time apart: the longer people "
            "wait in vain, the better the first one looks. We know of no vendor that "
            "censors as here."
        ),
    ),
    Metric(
        name="handoff_accepted_share",
        title="Handoffs accepted",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="accepted",
        denominator="handoffs",
        better=Better.HIGHER,
        sentence="The share of requested handoffs that a person accepted.",
        formula="accepted / requested",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(Asked(rows=[({}, 0.6, 3, 5)]),),
        ),
        elsewhere=(
            "Amazon Connect's agent answer rate is over contacts routed to an agent, "
            "so that those who gave up in the queue are not in it; here every request"
            " is."
        ),
    ),
    Metric(
        name="handoff_withdrawn_share",
        title="Handoffs withdrawn",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="withdrawn",
        denominator="handoffs",
        better=Better.LOWER,
        sentence="The share of requested handoffs that the user gave up waiting for.",
        formula="withdrawn before acceptance / requested",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(Asked(rows=[({}, 0.2, 1, 5)]),),
        ),
        elsewhere=(
            "Amazon Connect's abandonment rate is the share of queued contacts that "
            "the customer disconnected, as here; one that waits for a callback is not"
            " counted there."
        ),
    ),
    Metric(
        name="handoff_service_level",
        title="Handoff service level",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="accepted",
        denominator="handoffs",
        limit=Limit(option=Option.WITHIN, column="wait_s", default=60),
        better=Better.HIGHER,
        sentence=(
            "The share of requested handoffs that were accepted within so many "
            "seconds: 60, unless `within` says otherwise."
        ),
        formula="accepted within the limit / requested",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(
                Asked(rows=[({}, 0.2, 1, 5)]),
                Asked(options={"within": 120}, rows=[({}, 0.4, 2, 5)]),
            ),
        ),
        elsewhere=(
            "In Amazon Connect's service level a contact leaves the queue in time "
            "when an agent answers and also when the customer hangs up; here only "
            "acceptance counts, over all requests."
        ),
    ),
    Metric(
        name="handoff_reasons",
        title="Handoff reasons",
        family="handoff",
        unit="1",
        kind=Kind.SHARE,
        fact=HANDOFF,
        numerator="handoffs",
        key=Key(name="reason", column="reason"),
        sentence=(
            "Shares of the requested handoffs by reason; a reason that is none of the "
            "agreed ones is `other`."
        ),
        formula="handoffs of the reason / handoffs",
        example=Example(
            events=_FIVE_REQUESTS,
            asked=(
                Asked(
                    rows=[
                        ({"reason": "customer_requested"}, 0.4, 2, 5),
                        ({"reason": "error"}, 0.2, 1, 5),
                        ({"reason": "low_confidence"}, 0.2, 1, 5),
                        ({"reason": "other"}, 0.2, 1, 5),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "We found no vendor that publishes shares over an agreed list of reasons;"
            " Copilot Studio lists the topics that lead to escalation."
        ),
    ),
    Metric(
        name="handoff_waiting",
        title="Waiting now",
        family="handoff",
        unit="handoffs",
        kind=Kind.NOW,
        fact=WAITING_HANDOFF,
        buckets=(),
        better=Better.LOWER,
        sentence=(
            "Handoffs that wait at this moment: requested, and neither accepted, "
            "declined, withdrawn nor expired. The range is not looked at."
        ),
        formula="count of requests whose wait has no end so far",
        example=Example(
            events=_WAYS_TO_A_PERSON,
            asked=(Asked(rows=[({}, 1)]),),
        ),
        elsewhere=(
            "Amazon Connect's real-time metrics count contacts in queue the same way: "
            "those that are there at this moment."
        ),
    ),
    Metric(
        name="handoff_success",
        title="Handoff success",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="succeeded",
        denominator="handoffs",
        better=Better.HIGHER,
        sentence=(
            "The share of requested handoffs that a person accepted and closed as "
            "resolved; never more than were accepted."
        ),
        formula="accepted and resolved / requested",
        example=Example(
            events=_WAYS_TO_A_PERSON,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
        elsewhere=(
            "We found no vendor that publishes it. Copilot Studio ends its session "
            "when the conversation is handed over, whether an agent takes it or not, "
            "so that what became of it is not in its numbers."
        ),
    ),
    Metric(
        name="early_handoff_share",
        title="Early handoffs",
        family="handoff",
        unit="1",
        kind=Kind.RATE,
        fact=HANDOFF,
        numerator="early",
        denominator="handoffs",
        sentence=(
            "The share of handoffs requested by the third user turn of the session: "
            "people who never wanted the bot, or met one that could not help."
        ),
        formula="handoffs at turn ≤ 3 / handoffs",
        example=Example(
            events=_WAYS_TO_A_PERSON,
            asked=(Asked(rows=[({}, 0.75, 3, 4)]),),
        ),
        elsewhere="We found no vendor that publishes it.",
    ),
    Metric(
        name="handoff_csat_difference",
        title="Satisfaction, people less bot",
        family="handoff",
        unit="points",
        kind=Kind.CSAT_DIFFERENCE,
        fact=FEEDBACK,
        numerator="human",
        denominator="contained",
        sentence=(
            "The mean rating, from 1 to 5, of sessions that were escalated and "
            "resolved by a person, less that of sessions that stayed with the bot, "
            "with Welch's 95 % interval; k of the n ratings are people's. Below 30 "
            "ratings on either side nothing is shown. Thumbs count as 5 and 1, other "
            "scales are brought to 1 to 5 in a straight line. People get other cases "
            "than the bot does, so this compares outcomes, not skill."
        ),
        formula="mean rating of human-resolved − mean rating of contained",
        example=Example(
            events=_SIXTY_RATED,
            asked=(Asked(rows=[({}, 1 / 6, 30, 60)]),),
        ),
        elsewhere=(
            "We found no vendor that publishes the difference. Intercom's report of "
            "Fin has a satisfaction score of Fin's own, without an interval."
        ),
    ),
    Metric(
        name="intents_before_handoff",
        title="Intents before a handoff",
        family="handoff",
        unit="1",
        kind=Kind.SHARE,
        fact=HANDOFF_INTENTS,
        numerator="handoffs",
        key=Key(name="intents", column="intents"),
        sentence=(
            "Shares of the requested handoffs by the last three intents before the "
            "request, in order; `unknown` where there was none."
        ),
        formula="handoffs after these intents / handoffs",
        example=Example(
            events=_WAYS_TO_A_PERSON,
            asked=(
                Asked(
                    rows=[
                        ({"intents": "help"}, 0.25, 1, 4),
                        ({"intents": "order > refund"}, 0.5, 2, 4),
                        ({"intents": "unknown"}, 0.25, 1, 4),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "Copilot Studio shows which topics lead to escalation, the last topic of "
            "each session alone."
        ),
    ),
)
