"""Satisfaction: ratings that were asked for and given, and the user's mood."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import FEEDBACK, SENTIMENT, SESSION
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Metric,
)

__all__ = ["METRICS"]

_TEN_ASKED = "\n".join(
    [
        *(
            line
            for hour in range(10)
            for line in (
                f"{hour:02}:00:00  c{hour}  u{hour}  turn",
                f"{hour:02}:01:00  c{hour}  u{hour}  feedback.request"
                "  gen_ai.evaluation.name=csat",
            )
        ),
        *(
            f"{hour:02}:02:00  c{hour}  u{hour}  feedback"
            f"  gen_ai.evaluation.name=csat  gen_ai.evaluation.score.value={score}"
            for hour, score in ((1, 5), (4, 4), (7, 2))
        ),
    ]
)

_MOODS = """
    09:00:00  a  ann  turn  sentiment.label=positive
    09:01:00  a  ann  turn  sentiment.label=negative  sentiment.score=-0.7
    10:00:00  b  ben  turn  sentiment.label=neutral
    10:01:00  b  ben  turn  sentiment.label=neutral
    11:00:00  c  cem  turn
"""

METRICS = (
    Metric(
        name="csat",
        title="Customer satisfaction",
        family="satisfaction",
        unit="1",
        kind=Kind.RATE,
        fact=FEEDBACK,
        numerator="satisfied",
        denominator="responses",
        better=Better.HIGHER,
        thresholds={"warn": 0.8, "alert": 0.6},
        sentence=(
            "The share of ratings that are at least 4 of 5, or thumbs up, at the start "
            "of the session they attach to. Read it beside csat_response_rate and "
            "csat_coverage: few people answer, and not at random."
        ),
        formula="ratings ≥ 4 of 5, or thumbs up / ratings",
        example=Example(
            events=_TEN_ASKED,
            asked=(Asked(rows=[({}, 2 / 3, 2, 3)]),),
        ),
        elsewhere=(
            "Copilot Studio shows the average of the 1 to 5 scores, one per session "
            "(the latest survey counts); an average hides how many were unhappy. "
            "Zendesk counts 4 and 5 of 5 as good, as here, and divides by good and bad "
            "ratings."
        ),
    ),
    Metric(
        name="csat_response_rate",
        title="CSAT response rate",
        family="satisfaction",
        unit="1",
        kind=Kind.RATE,
        fact=FEEDBACK,
        numerator="answered",
        denominator="requests",
        better=Better.HIGHER,
        sentence=(
            "The share of requests for a rating that were answered. A rating answers "
            "the request of the same name and turn before it; ratings that nobody "
            "asked for are left out."
        ),
        formula="answered requests / requests",
        example=Example(
            events=_TEN_ASKED,
            asked=(Asked(rows=[({}, 0.3, 3, 10)]),),
        ),
        elsewhere=(
            "Copilot Studio shows the share of presented end-of-conversation surveys "
            "that were completed, which is the same for that one kind of request."
        ),
    ),
    Metric(
        name="csat_coverage",
        title="CSAT coverage",
        family="satisfaction",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="rated",
        denominator="base",
        better=Better.HIGHER,
        sentence="The share of sessions with at least one rating, asked for or not.",
        formula="sessions with a rating / sessions",
        example=Example(
            events=f"{_TEN_ASKED}\n11:00:00  d  dan  turn\n12:00:00  e  eve  turn",
            asked=(Asked(rows=[({}, 0.25, 3, 12)]),),
        ),
        elsewhere=(
            "We found no vendor that publishes it. Intercom names the low share of "
            "rated conversations as the reason for its CX score, which a model gives "
            "to conversations that nobody rated; that is no rating."
        ),
    ),
    Metric(
        name="negative_sentiment_share",
        title="Negative sentiment",
        family="satisfaction",
        unit="1",
        kind=Kind.RATE,
        fact=SENTIMENT,
        numerator="negative",
        denominator="turns",
        better=Better.LOWER,
        thresholds={"warn": 0.15, "alert": 0.3},
        sentence=(
            "The share of user turns with the label `negative` among those that the "
            "bot's own scorer judged."
        ),
        formula="turns labelled negative / turns with a label or score",
        example=Example(
            events=_MOODS,
            asked=(Asked(rows=[({}, 0.25, 1, 4)]),),
        ),
        elsewhere=(
            "Copilot Studio scores a sample of sessions with a model of its own and "
            "gives each session one of positive, negative and neutral. turnspan judges "
            "nobody: it shows what the bot's scorer said of each turn."
        ),
    ),
    Metric(
        name="sentiment_share",
        title="Sentiment",
        family="satisfaction",
        unit="1",
        kind=Kind.SHARE,
        fact=SENTIMENT,
        numerator="turns",
        key=Key(name="sentiment", column="sentiment"),
        sentence=(
            "Shares of the user turns that the bot's scorer judged, by the label as "
            "given; a score without a label is `unknown`."
        ),
        formula="turns of the label / turns with a label or score",
        example=Example(
            events=_MOODS,
            asked=(
                Asked(
                    rows=[
                        ({"sentiment": "negative"}, 0.25, 1, 4),
                        ({"sentiment": "neutral"}, 0.5, 2, 4),
                        ({"sentiment": "positive"}, 0.25, 1, 4),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "Copilot Studio shows the same three classes of sampled sessions; its "
            "model judges each message first and then the session."
        ),
    ),
)
