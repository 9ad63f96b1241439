"""Outcomes: what became of each session."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import (
    BASE_SESSION,
    CONTACT,
    SESSION,
)
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Metric,
)

__all__ = ["METRICS"]

_FIVE_OUTCOMES = """
      09:00:00  a  ann  turn
      09:00:05  a  ann  handoff.request  handoff.id=h1
      10:00:00  b  ben  turn             turn.outcome=answered
      10:00:30  b  ben  resolution       resolution.status=resolved
      11:00:00  c  cem  turn             turn.outcome=answered
      12:00:00  d  dan  turn             turn.outcome=fallback
      13:00:00  e  -    message          message.role=bot
"""

METRICS = (
    Metric(
        name="outcome_share",
        title="Outcomes",
        family="outcome",
        unit="1",
        kind=Kind.SHARE,
        fact=SESSION,
        key=Key(
            name="outcome",
            values=(
                "escalated",
                "resolved_confirmed",
                "resolved_implied",
                "abandoned",
                "unengaged",
            ),
            measures={
                "escalated": "escalated",
                "resolved_confirmed": "resolved_confirmed",
                "resolved_implied": "resolved_implied",
                "abandoned": "abandoned",
                "unengaged": "unengaged",
            },
        ),
        sentence=(
            "Every finalised session has one outcome: escalated, resolved (confirmed "
            "or implied), abandoned or unengaged; the shares are over all of them."
        ),
        formula="sessions of the outcome / all finalised sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(
                Asked(
                    rows=[
                        ({"outcome": "abandoned"}, 0.2, 1, 5),
                        ({"outcome": "escalated"}, 0.2, 1, 5),
                        ({"outcome": "resolved_confirmed"}, 0.2, 1, 5),
                        ({"outcome": "resolved_implied"}, 0.2, 1, 5),
                        ({"outcome": "unengaged"}, 0.2, 1, 5),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "Copilot Studio gives engaged sessions one of resolved, escalated and "
            "abandoned, and leaves the unengaged ones out of the rates; Amazon Lex "
            "has success, failed and dropped, and no label for a person. Others show "
            "rates with different denominators, which do not add up."
        ),
    ),
    Metric(
        name="resolution_strict",
        title="Resolution, confirmed",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="resolved_confirmed",
        denominator="base",
        better=Better.HIGHER,
        sentence="The share of sessions that the user, the bot or an agent confirmed.",
        formula="confirmed resolutions / sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
        elsewhere=(
            "Intercom separates confirmed from assumed resolutions as well, and shows"
            " both in one rate; Copilot Studio marks implied ones as such in its "
            "transcripts."
        ),
    ),
    Metric(
        name="resolution_broad",
        title="Resolution",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="resolved",
        denominator="base",
        better=Better.HIGHER,
        sentence=(
            "The share of sessions resolved, be it confirmed or implied by an answer "
            "after which the user did not come back."
        ),
        formula="(confirmed + implied resolutions) / sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(Asked(rows=[({}, 0.5, 2, 4)]),),
        ),
        elsewhere=(
            "Copilot Studio counts an end-of-conversation survey that nobody answered"
            " as resolved, Intercom Fin an answer without a request for more help "
            "within 24 hours, Zendesk one that a language model finds relevant after "
            "72 hours of silence. All look at that conversation alone, so that a user"
            " who opens another one does not take it back."
        ),
    ),
    Metric(
        name="abandonment_rate",
        title="Abandonment rate",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="abandoned",
        denominator="base",
        better=Better.LOWER,
        sentence="The share of sessions that ended neither resolved nor escalated.",
        formula="abandoned sessions / sessions",
        example=Example(
            events=_FIVE_OUTCOMES,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
        elsewhere=(
            "Copilot Studio: engaged sessions that were neither resolved nor "
            "escalated, so that a bot that never asks for feedback has many. Amazon "
            "Lex's dropped conversations are those in which the customer stopped "
            "replying, Dialogflow CX's those in which the user hung up."
        ),
    ),
    Metric(
        name="durable_resolution",
        title="Durable resolution",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=CONTACT,
        numerator="durable",
        denominator="durable_due",
        better=Better.HIGHER,
        sentence=(
            "The share of resolved sessions after which the user began no new session "
            "within 7 days of the last event; sessions whose 7 days are not over do "
            "not count yet. Without a user key the conversation stands in."
        ),
        formula=(
            "resolved sessions without a new session of that user within 7 days / "
            "resolved sessions whose 7 days have elapsed"
        ),
        elsewhere=(
            "No vendor that we know of publishes it. Intercom Fin counts a resolution "
            "when the customer confirms or does not ask for more help, and bills it; a "
            "later return of the customer does not show in the rate."
        ),
        example=Example(
            events="""
                  09:00:00  a  ann  turn        turn.outcome=answered
                  10:00:00  b  ben  turn        turn.outcome=answered
                  11:00:00  c  cem  turn        turn.outcome=fallback
                5 09:00:00  d  ann  turn        turn.outcome=fallback
                8 10:00:00  b  ben  turn        turn.outcome=fallback
            """,
            days=10,
            asked=(Asked(rows=[({}, 0.5, 1, 2)]),),
        ),
    ),
    Metric(
        name="recontact_rate",
        title="Re-contact rate",
        family="outcome",
        unit="1",
        kind=Kind.RATE,
        fact=CONTACT,
        numerator="recontacts",
        denominator="recontact_due",
        better=Better.LOWER,
        sentence=(
            "The share of resolved sessions after which the user began a new session "
            "within 24 hours of the last event; sessions whose 24 hours are not over "
            "do not count yet. A return also turns an implied resolution over, so that "
            "these are confirmed ones."
        ),
        formula=(
            "resolved sessions with a new session of that user within 24 hours / "
            "resolved sessions whose 24 hours have elapsed"
        ),
        elsewhere=(
            "Contact centres count repeat calls within 1 to 30 days, of any call and "
            "not of resolved ones alone; vendors of bots publish no window of theirs."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  turn        turn.outcome=answered
                09:00:30  a  ann  resolution  resolution.status=resolved
                15:00:00  e  ann  turn        turn.outcome=fallback
                10:00:00  b  ben  turn        turn.outcome=answered
                11:00:00  c  cem  turn        turn.outcome=fallback
            """,
            asked=(Asked(rows=[({}, 0.5, 1, 2)]),),
        ),
    ),
    Metric(
        name="first_contact_resolution",
        title="First-contact resolution",
        family="outcome",
        unit="1",
        kind=Kind.FIRST_CONTACT,
        fact=BASE_SESSION,
        better=Better.HIGHER,
        sentence=(
            "The share of users whose first session ever on an intent was resolved and "
            "not followed by a new session within 24 hours. A user counts once an "
            "intent, at that session; without a user key or an intent there is no "
            "first."
        ),
        formula=(
            "users whose first session on an intent was resolved without re-contact / "
            "users with a first session on an intent whose 24 hours have elapsed"
        ),
        elsewhere=(
            "Zendesk's one-touch tickets are those solved after a single reply of an "
            "agent, of all solved ones, whoever asks again; contact centres mostly ask "
            "in surveys or count calls without a repeat."
        ),
        example=Example(
            events="""
                  09:00:00  a  ann  turn  turn.outcome=answered  intent.name=refund
                2 09:00:00  d  ann  turn  turn.outcome=fallback  intent.name=refund
                  10:00:00  b  ben  turn  turn.outcome=answered  intent.name=refund
                  14:00:00  e  ben  turn  turn.outcome=answered  intent.name=refund
                  11:00:00  c  cem  turn  turn.outcome=fallback  intent.name=order
            """,
            days=3,
            asked=(
                Asked(rows=[({}, 1 / 3, 1, 3)]),
                Asked(
                    by=("intent",),
                    rows=[
                        ({"intent": "order"}, 0, 0, 1),
                        ({"intent": "refund"}, 0.5, 1, 2),
                    ],
                ),
            ),
        ),
    ),
)
