"""Questions: the most asked and the unanswered, thresholds, and what drifts."""

from __future__ import annotations

from typing import Any, Final

from turnspan_exporters.timescale.metrics._facts import (
    CONFIDENCE,
    INTENT,
    NLU,
    QUESTION,
    SESSION_CONFIDENCE,
    SURE_LABEL,
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

_QUESTIONS: Final = """
    09:00:00  a  ann  turn  intent.name=order intent.confidence=0.93
    09:01:00  a  ann  turn  intent.name=order intent.confidence=0.55
    09:02:00  a  ann  turn  turn.outcome=fallback intent.confidence=0.15
    09:03:00  a  ann  turn  intent.name=menu intent.source=button intent.confidence=1.0
    10:00:00  b  ben  turn  intent.name=refund intent.confidence=0.97
    10:01:00  b  ben  turn  intent.name=refund answer.source=rag turn.outcome=error
"""

_SURE: Final = """
    09:00:00  a  ann  turn   turn.id=t1 intent.name=order intent.confidence=0.95
    09:01:00  a  ann  turn   turn.id=t2 intent.name=order intent.confidence=0.60
    10:00:00  b  ben  turn   turn.id=t3 intent.name=refund intent.confidence=0.80
    10:01:00  b  ben  turn   turn.id=t4 intent.name=refund intent.confidence=0.30
    11:00:00  a  ann  label  turn.id=t1 label.intent=order
    11:00:10  a  ann  label  turn.id=t2 label.intent=refund
    11:00:20  b  ben  label  turn.id=t3 label.intent=refund
"""

_TWO_DAYS: Final = """
    -1 09:00:00  a  ann  turn  intent.name=order intent.confidence=0.91
    -1 09:01:00  a  ann  turn  intent.name=order intent.confidence=0.94
    -1 09:02:00  a  ann  turn  intent.name=refund intent.confidence=0.55
    -1 09:03:00  a  ann  turn  intent.name=refund intent.confidence=0.58
    0 09:00:00  b  ben  turn  intent.name=order intent.confidence=0.92
    0 09:01:00  b  ben  turn  intent.name=order intent.confidence=0.93
    0 09:02:00  b  ben  turn  intent.name=order intent.confidence=0.90
    0 09:03:00  b  ben  turn  intent.name=refund intent.confidence=0.56
"""
_PSI: Final = 0.2746530721670274

_THETAS: Final = tuple(step / 20 for step in range(1, 20))

_BASELINE: Final = (
    " The baseline is the equal time before the range, or from `baseline_from` to "
    "`baseline_to`; every bucket is held against the same one. A category that one of "
    "the two lacks has the share 0.0001 there. n are the turns of the range, k those "
    "of the baseline."
)
_INDUSTRY: Final = (
    "The index comes from credit scoring, where less than 0.1 is read as no change "
    "and more than 0.25 as a large one; these are custom, not mathematics. No chatbot "
    "vendor that we know of publishes it."
)
_THRESHOLD: Final = (
    "Dialogflow ES matches at or above its ML classification threshold, as here, and "
    "Amazon Lex puts its fallback intent first below the confidence threshold; neither "
    "says beforehand how many turns another value would send there."
)


def _below(theta: float, *steps: tuple[float, int], of: int) -> tuple[Any, ...]:
    """k is that of the last step whose confidence lies below ``theta``."""
    k = max((count for confidence, count in steps if confidence < theta), default=0)
    return ({"theta": theta}, k / of, k, of)


def _kept(theta: float) -> tuple[Any, ...]:
    k, n = (2, 3) if theta <= 0.6 else (2, 2) if theta <= 0.8 else (1, 1)
    return ({"theta": theta}, k / n, k, n)


def _drift(name: str, title: str, fact: Any, numerator: str, what: str) -> Metric:
    return Metric(
        name=name,
        title=title,
        family="nlu",
        unit="1",
        kind=Kind.DRIFT,
        fact=fact,
        numerator=numerator,
        takes=(Option.BASELINE_FROM, Option.BASELINE_TO),
        better=Better.LOWER,
        thresholds={"warn": 0.1, "alert": 0.25},
        sentence=(
            f"The population stability index of {what} against a baseline; 0 where "
            "both are alike." + _BASELINE
        ),
        formula="Σ (p − q) · ln(p / q), p shares of the range, q of the baseline",
        example=Example(
            events=_TWO_DAYS,
            asked=(
                Asked(rows=[({}, _PSI, 4, 4)]),
                Asked(
                    options={
                        "baseline_from": "2026-03-02",
                        "baseline_to": "2026-03-03",
                    },
                    rows=[({}, 0, 4, 4)],
                ),
            ),
        ),
        elsewhere=_INDUSTRY,
    )


METRICS = (
    Metric(
        name="top_questions",
        title="Top questions",
        family="nlu",
        unit="turns",
        kind=Kind.QUESTIONS,
        fact=NLU,
        numerator="nlu_turns",
        key=Key(name="intent", column="intent"),
        takes=(Option.MEASURE, Option.QUESTION, Option.TOP),
        sentence=(
            "The intents that users ask for most, at most `top` of them (20): NLU "
            "turns, of which n is all; with `measure=confidence` the mean confidence. "
            "With `question=text` they are told apart by a hash of what was written, "
            "where texts are kept, and `unknown` where they are not."
        ),
        formula="count of NLU turns of the intent",
        example=Example(
            events=_QUESTIONS,
            asked=(
                Asked(
                    rows=[
                        ({"intent": "order"}, 2, 2, 5),
                        ({"intent": "refund"}, 2, 2, 5),
                        ({"intent": "unknown"}, 1, 1, 5),
                    ]
                ),
                Asked(
                    options={"measure": "confidence", "top": 1},
                    rows=[({"intent": "order"}, 0.74, 1.48, 2)],
                ),
            ),
        ),
        elsewhere=(
            "Copilot Studio groups the questions that got a generated answer into "
            "themes by a language model, once a week; here nothing is read but the "
            "intent, or a hash."
        ),
    ),
    Metric(
        name="unanswered_questions",
        title="Unanswered questions",
        family="nlu",
        unit="turns",
        kind=Kind.QUESTIONS,
        fact=QUESTION,
        numerator="nlu_turns",
        key=Key(name="intent"),
        limit=Limit(
            option=Option.THETA,
            column="confidence",
            strict=True,
            setting="theta_review",
            bins=20,
        ),
        takes=(Option.MEASURE, Option.QUESTION, Option.TOP),
        better=Better.LOWER,
        sentence=(
            "The intents most often not understood or not answered: NLU turns with a "
            "confidence below θ (the bot's setting, 0.70, unless `theta` says "
            "otherwise), with a fallback, or whose answer was to be retrieved (source "
            "rag) and was not (outcome fallback, no_response or error). n is all NLU "
            "turns of the intent; `measure`, `question` and `top` as for top_questions."
        ),
        formula="count of NLU turns below θ, of fallbacks and of failed retrievals",
        example=Example(
            events=_QUESTIONS,
            asked=(
                Asked(
                    rows=[
                        ({"intent": "order"}, 1, 1, 2),
                        ({"intent": "refund"}, 1, 1, 2),
                        ({"intent": "unknown"}, 1, 1, 1),
                    ]
                ),
                Asked(
                    options={"theta": 0.5},
                    rows=[
                        ({"intent": "refund"}, 1, 1, 2),
                        ({"intent": "unknown"}, 1, 1, 1),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "Copilot Studio shows which share of the questions put to generative "
            "answers went unanswered; Amazon Lex counts by their words the missed "
            "utterances, those that activated neither an intent nor a slot. Neither "
            "counts an unsure answer."
        ),
    ),
    Metric(
        name="threshold_what_if",
        title="Turns below a threshold",
        family="nlu",
        unit="1",
        kind=Kind.WHAT_IF,
        fact=CONFIDENCE,
        numerator="n",
        key=Key(name="theta", values=_THETAS),
        sentence=(
            "How many NLU turns would fall back or escalate at another threshold: the "
            "share (and k, the count) of turns with a confidence that is below θ, for "
            "θ from 0.05 to 0.95. Thresholds are bounds of the stored bins, so the "
            "counts are exact."
        ),
        formula="turns with confidence < θ / turns with a confidence",
        example=Example(
            events=_SURE,
            asked=(
                Asked(
                    rows=[
                        _below(theta, (0.3, 1), (0.6, 2), (0.8, 3), (0.95, 4), of=4)
                        for theta in _THETAS
                    ]
                ),
            ),
        ),
        elsewhere=_THRESHOLD,
    ),
    Metric(
        name="threshold_what_if_sessions",
        title="Sessions with a turn below a threshold",
        family="nlu",
        unit="1",
        kind=Kind.WHAT_IF,
        fact=SESSION_CONFIDENCE,
        numerator="n",
        key=Key(name="theta", values=_THETAS),
        sentence=(
            "In how many sessions at least one NLU turn would fall back or escalate "
            "at another threshold: sessions, at their start, with a turn below θ, of "
            "all that have a turn with a confidence. Dimensions are the session's: its "
            "own intent and outcome, not those of the turn."
        ),
        formula="sessions whose lowest confidence < θ / sessions with a confidence",
        example=Example(
            events=_SURE,
            asked=(
                Asked(
                    rows=[_below(theta, (0.3, 1), (0.6, 2), of=2) for theta in _THETAS]
                ),
            ),
        ),
        elsewhere=_THRESHOLD,
    ),
    Metric(
        name="threshold_accuracy",
        title="Accuracy above a threshold",
        family="nlu",
        unit="1",
        kind=Kind.KEPT_ACCURACY,
        fact=SURE_LABEL,
        numerator="hits",
        key=Key(name="theta", values=_THETAS),
        better=Better.HIGHER,
        sentence=(
            "What is kept by another threshold: the share of right ones among the "
            "labelled NLU turns at or above θ. Each turn counts as often as its "
            "label's weight says."
        ),
        formula="Σ weights of the right with confidence ≥ θ / Σ weights of those ≥ θ",
        example=Example(
            events=_SURE, asked=(Asked(rows=[_kept(theta) for theta in _THETAS]),)
        ),
        elsewhere=_THRESHOLD,
    ),
    _drift(
        "intent_drift", "Drift of intents", INTENT, "nlu_turns", "the mix of intents"
    ),
    _drift(
        "confidence_drift",
        "Drift of confidence",
        CONFIDENCE,
        "n",
        "confidence in 20 bins of 0.05",
    ),
)
