"""Understanding: fallbacks, intents and how sure the classifier is."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import AMBIGUITY, CONFIDENCE, NLU
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

_BINS = tuple(bin / 20 for bin in range(20))

_SIX_TURNS = """
    09:00:00  a  ann  turn  intent.name=order intent.confidence=0.93
    09:01:00  a  ann  turn  intent.name=order intent.confidence=0.55
    09:02:00  a  ann  turn  turn.outcome=fallback intent.confidence=0.15
    09:03:00  a  ann  turn  intent.name=menu intent.source=button intent.confidence=1.0
    10:00:00  b  ben  turn  intent.name=refund intent.confidence=0.97
    10:01:00  b  ben  turn
"""

_MARGINS = """
    09:00:00  a  ann  turn  intent.confidence=0.9 intent.runner_up.confidence=0.05
    09:01:00  a  ann  turn  intent.confidence=0.5 intent.runner_up.confidence=0.45
    09:02:00  a  ann  turn  intent.confidence=0.8
"""

METRICS = (
    Metric(
        name="nlu_turns",
        title="NLU turns",
        family="nlu",
        unit="turns",
        kind=Kind.COUNT,
        fact=NLU,
        numerator="nlu_turns",
        sentence=(
            "User turns that had to be understood: those whose intent comes neither "
            "from a button nor from a rule."
        ),
        formula="count of user turns, intent source neither button nor rule",
        example=Example(events=_SIX_TURNS, asked=(Asked(rows=[({}, 5)]),)),
        elsewhere=(
            "Amazon Lex counts utterances, detected or missed, and Dialogflow "
            "requests to detect an intent. We know of no vendor that leaves out what "
            "came from a button or a rule, which cannot be misunderstood."
        ),
    ),
    Metric(
        name="fallback_rate",
        title="Fallback rate",
        family="nlu",
        unit="1",
        kind=Kind.RATE,
        fact=NLU,
        numerator="fallbacks",
        denominator="nlu_turns",
        better=Better.LOWER,
        thresholds={"warn": 0.15, "alert": 0.25},
        sentence=(
            "The share of NLU turns that the bot did not understand: their outcome is "
            "fallback, or their intent result says so."
        ),
        formula="fallback turns / NLU turns",
        example=Example(events=_SIX_TURNS, asked=(Asked(rows=[({}, 0.2, 1, 5)]),)),
        elsewhere=(
            "Amazon Lex counts missed utterances, those that it could not recognise, "
            "over all utterances; Dialogflow speaks of no-match events. Neither says "
            "that clicks on buttons are left out, as they are here."
        ),
    ),
    Metric(
        name="intent_share",
        title="Intents",
        family="nlu",
        unit="1",
        kind=Kind.SHARE,
        fact=NLU,
        numerator="nlu_turns",
        key=Key(name="intent", column="intent"),
        sentence="Shares of the NLU turns by what the classifier said first.",
        formula="NLU turns of the intent / NLU turns",
        example=Example(
            events=_SIX_TURNS,
            asked=(
                Asked(
                    rows=[
                        ({"intent": "order"}, 0.4, 2, 5),
                        ({"intent": "refund"}, 0.2, 1, 5),
                        ({"intent": "unknown"}, 0.4, 2, 5),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "Amazon Lex counts how often each intent was invoked; here it is what the"
            " classifier said first, whatever the bot made of it, with the unknown as"
            " a share of its own."
        ),
    ),
    Metric(
        name="intent_confidence",
        title="Intent confidence",
        family="nlu",
        unit="1",
        kind=Kind.HISTOGRAM,
        fact=CONFIDENCE,
        numerator="n",
        key=Key(name="bin", column="bin", width=0.05, values=_BINS),
        better=Better.HIGHER,
        sentence=(
            "How sure the classifier was on the NLU turns that say so: turns in 20 "
            "bins of 0.05, each named by its lower bound; with q a quantile or the "
            "mean instead. Ask it by intent and by model. Quantiles read from the "
            "aggregate, or over more than 32 days, are right to one bin."
        ),
        formula="count of turns in each bin; n is all turns with a confidence",
        example=Example(
            events=_SIX_TURNS,
            asked=(
                Asked(
                    rows=[
                        (
                            {"bin": bin},
                            {0.15: 1, 0.55: 1, 0.9: 1, 0.95: 1}.get(bin, 0),
                            {0.15: 1, 0.55: 1, 0.9: 1, 0.95: 1}.get(bin, 0),
                            4,
                        )
                        for bin in _BINS
                    ],
                ),
                Asked(options={"q": "mean"}, rows=[({}, 0.65, 2.6, 4)]),
                Asked(options={"q": 0.5}, rows=[({}, 0.74, None, 4)]),
            ),
        ),
        elsewhere=(
            "Amazon Lex and Dialogflow return a confidence with each request; we know"
            " of no vendor that reports its distribution over time."
        ),
    ),
    Metric(
        name="low_confidence_share",
        title="Low confidence",
        family="nlu",
        unit="1",
        kind=Kind.RATE,
        fact=CONFIDENCE,
        numerator="n",
        denominator="n",
        limit=Limit(
            option=Option.THETA,
            column="total",
            strict=True,
            setting="theta_alert",
            bins=20,
        ),
        better=Better.LOWER,
        sentence=(
            "The share of NLU turns with a confidence in which it is below θ: the "
            "bot's setting (0.60), unless `theta` says otherwise."
        ),
        formula="turns with confidence < θ / turns with a confidence",
        example=Example(
            events=_SIX_TURNS,
            asked=(
                Asked(rows=[({}, 0.5, 2, 4)]),
                Asked(options={"theta": 0.55}, rows=[({}, 0.25, 1, 4)]),
            ),
        ),
        elsewhere=(
            "Amazon Lex puts its fallback intent first when every score is below a "
            "threshold, and Rasa's FallbackClassifier does so below its threshold: "
            "the turns are then counted as missed or fallbacks, and how near they "
            "were is lost. We know of no vendor that publishes the share itself."
        ),
    ),
    Metric(
        name="ambiguity",
        title="Margin over the second intent",
        family="nlu",
        unit="1",
        kind=Kind.DISTRIBUTION,
        fact=AMBIGUITY,
        numerator="margin",
        denominator="turns",
        default_q="mean",
        better=Better.HIGHER,
        sentence=(
            "How far the first intent is ahead of the second, over the NLU turns that "
            "say both confidences; the mean, or with q a quantile. A low quantile near "
            "0 says that two intents are hard to tell apart."
        ),
        formula="confidence of the first intent − confidence of the second",
        example=Example(
            events=_MARGINS,
            asked=(
                Asked(rows=[({}, 0.45, 0.9, 2)]),
                Asked(options={"q": 0}, rows=[({}, 0.05, None, 2)]),
            ),
        ),
        elsewhere=(
            "Rasa falls back where the difference of the two highest confidences is "
            "below `ambiguity_threshold`; Amazon Lex says to compare them in the "
            "application. Neither reports it over time."
        ),
    ),
)
