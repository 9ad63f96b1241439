"""Turns: how many, how fast they are answered, how often that fails."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import FIRST_RESPONSE, LATENCY, TURN
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Kind,
    Metric,
)

__all__ = ["METRICS"]

_FIVE_TURNS = """
    09:00:00  a  ann  turn  duration=1.0  first_response.duration=0.4
    09:01:00  a  ann  turn  duration=2.0
    09:02:00  a  ann  turn  duration=9.0  turn.outcome=error
    09:03:00  a  ann  turn  duration=5.0
    09:04:00  a  ann  turn  duration=3.0  turn.initiator=bot
"""

METRICS = (
    Metric(
        name="turns",
        title="Turns",
        family="turns",
        unit="turns",
        kind=Kind.COUNT,
        fact=TURN,
        numerator="user_turns",
        better=Better.HIGHER,
        sentence=(
            "Turns of users: a message of the user and all that follows until the next."
        ),
        formula="count of distinct user turns",
        example=Example(events=_FIVE_TURNS, asked=(Asked(rows=[({}, 4)]),)),
        elsewhere=(
            "Amazon Connect counts a request and a response as one turn; Amazon Lex "
            "counts utterances. A message that nobody answers is a turn here."
        ),
    ),
    Metric(
        name="response_latency",
        title="Response latency",
        family="turns",
        unit="s",
        kind=Kind.DISTRIBUTION,
        fact=LATENCY,
        numerator="total",
        denominator="n",
        default_q=0.5,
        better=Better.LOWER,
        thresholds={"warn": 5, "alert": 15},
        sentence=(
            "Time from a user's message to the last of the answer, without errors and "
            "turns that got none; the median, or with q another quantile or the mean. "
            "Quantiles read from the aggregate, or over more than 32 days, are within "
            "1 % of exact."
        ),
        formula="quantile of (end − start) of answered user turns",
        example=Example(
            events=_FIVE_TURNS,
            asked=(
                Asked(rows=[({}, 2, None, 3)]),
                Asked(options={"q": 0.95}, rows=[({}, 4.7, None, 3)]),
                Asked(options={"q": "mean"}, rows=[({}, 8 / 3, 8, 3)]),
            ),
        ),
        elsewhere=(
            "Amazon Lex publishes RuntimeSuccessfulRequestLatency, the time of "
            "successful requests within its service: what lies between Lex and the "
            "user is not in it."
        ),
    ),
    Metric(
        name="first_response_latency",
        title="First response",
        family="turns",
        unit="s",
        kind=Kind.DISTRIBUTION,
        fact=FIRST_RESPONSE,
        numerator="total",
        denominator="n",
        default_q=0.5,
        better=Better.LOWER,
        thresholds={"warn": 2, "alert": 8},
        sentence=(
            "Time from a user's message to the first visible part of the answer, where "
            "the bot streams it; else to the whole answer. Quantiles are as near as "
            "those of response_latency."
        ),
        formula="quantile of (first visible answer − start) of answered user turns",
        example=Example(
            events=_FIVE_TURNS,
            asked=(
                Asked(rows=[({}, 2, None, 3)]),
                Asked(options={"q": 0}, rows=[({}, 0.4, None, 3)]),
            ),
        ),
        elsewhere=(
            "Zendesk's first reply time runs from the ticket's creation to the first "
            "public reply of a human agent; replies of bots do not end it."
        ),
    ),
    Metric(
        name="error_rate",
        title="Error rate",
        family="turns",
        unit="1",
        kind=Kind.RATE,
        fact=TURN,
        numerator="errors",
        denominator="user_turns",
        better=Better.LOWER,
        thresholds={"warn": 0.01, "alert": 0.05},
        sentence="The share of user turns that ended in an error.",
        formula="turns with outcome error / turns",
        example=Example(events=_FIVE_TURNS, asked=(Asked(rows=[({}, 0.25, 1, 4)]),)),
        elsewhere=(
            "Amazon Lex publishes counts of system errors and of requests, over which"
            " a rate can be made; those are requests to the service, not turns of "
            "users, and errors of the bot's own Lambda functions are a count apart."
        ),
    ),
)
