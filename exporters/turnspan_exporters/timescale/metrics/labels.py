"""Labels: how right the classifier is, where people said what was meant."""

from __future__ import annotations

from typing import Any, Final

from turnspan_exporters.timescale.metrics._facts import (
    LABEL,
    NLU,
    SURE_LABEL,
)
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Metric,
    Option,
)

__all__ = ["METRICS"]

_LABELLED: Final = """
    09:00:00  a  ann  turn   turn.id=t1 intent.name=order intent.confidence=0.95
    09:01:00  a  ann  turn   turn.id=t2 intent.name=order intent.confidence=0.85
    09:02:00  a  ann  turn   turn.id=t3 intent.name=order intent.confidence=0.88
    10:00:00  b  ben  turn   turn.id=t4 intent.name=refund intent.confidence=0.92
    10:01:00  b  ben  turn   turn.id=t5 intent.name=refund intent.confidence=0.75
    10:02:00  b  ben  turn   turn.id=t6 turn.outcome=fallback intent.confidence=0.15
    11:00:00  a  ann  label  turn.id=t1 label.intent=order label.labeller=eva
    11:00:10  a  ann  label  turn.id=t2 label.intent=order label.labeller=eva
    11:00:20  a  ann  label  turn.id=t3 label.intent=refund label.labeller=eva
    11:00:30  b  ben  label  turn.id=t4 label.intent=order label.labeller=eva
    11:00:40  b  ben  label  turn.id=t4 label.intent=refund label.labeller=eva
    11:00:50  b  ben  label  turn.id=t6 label.intent=order label.labeller=eva
"""

_WEIGHTED: Final = """
    09:00:00  a  ann  turn   turn.id=t1 intent.name=order
    09:01:00  a  ann  turn   turn.id=t2 intent.name=order
    09:02:00  a  ann  turn   turn.id=t3 intent.name=refund
    11:00:00  a  ann  label  turn.id=t1 label.intent=order label.weight=4.0
    11:00:10  a  ann  label  turn.id=t2 label.intent=refund label.weight=1.0
    11:00:20  a  ann  label  turn.id=t3 label.intent=refund label.weight=1.0
"""

_BY_SCIKIT: Final = (
    "`rasa test nlu` prints scikit-learn's report over examples that were kept back; "
    "scikit-learn 1.9 gives the numbers here from the same labels and sample_weight. "
    "It prints 0 where there is nothing to divide by; here that is NULL, and 0 within "
    "an average."
)
_WEIGHTS: Final = (
    "Each turn counts as often as its label's weight says (1 / sampling probability)."
)


def _pair(predicted: str, labelled: str, count: float) -> tuple[Any, ...]:
    return ({"predicted": predicted, "labelled": labelled}, count, count, 5)


def _intent(name: str, value: float | None, k: float, n: float) -> tuple[Any, ...]:
    return ({"intent": name}, value, k, n)


def _score(
    name: str, title: str, numerator: str, sentence: str, formula: str, asked: Any
) -> Metric:
    return Metric(
        name=name,
        title=title,
        family="nlu",
        unit="1",
        kind=Kind.INTENT_SCORE,
        fact=LABEL,
        numerator=numerator,
        key=Key(name="intent"),
        takes=(Option.AVERAGE,),
        better=Better.HIGHER,
        thresholds={"warn": 0.8, "alert": 0.6},
        sentence=sentence,
        formula=formula,
        example=Example(events=_LABELLED, asked=asked),
        elsewhere=_BY_SCIKIT,
    )


METRICS = (
    Metric(
        name="confusion_matrix",
        title="Confusion matrix",
        family="nlu",
        unit="turns",
        kind=Kind.CONFUSION,
        fact=LABEL,
        numerator="weight",
        key=Key(name="predicted"),
        sentence=(
            "Labelled NLU turns by what the classifier said first and what people say "
            "it was; pairs that never met are left out. " + _WEIGHTS
        ),
        formula="sum of weights of each pair (predicted, labelled)",
        example=Example(
            events=_LABELLED,
            asked=(
                Asked(
                    rows=[
                        _pair("order", "order", 2),
                        _pair("unknown", "order", 1),
                        _pair("order", "refund", 1),
                        _pair("refund", "refund", 1),
                    ]
                ),
            ),
        ),
        elsewhere=(
            "`rasa test nlu` draws the same matrix over test data; here it is over "
            "turns of real users, and a turn without an intent is `unknown`."
        ),
    ),
    Metric(
        name="nlu_accuracy",
        title="Accuracy",
        family="nlu",
        unit="1",
        kind=Kind.LABEL_RATE,
        fact=LABEL,
        numerator="hits",
        better=Better.HIGHER,
        thresholds={"warn": 0.85, "alert": 0.75},
        sentence=(
            "The share of labelled NLU turns whose predicted intent is the labelled "
            "one. " + _WEIGHTS + " The interval is Wilson's for the size of sample "
            "that the weights are worth, (Σ w)² / Σ w²."
        ),
        formula="Σ weights of the right / Σ weights",
        example=Example(events=_WEIGHTED, asked=(Asked(rows=[({}, 5 / 6, 5, 6)]),)),
        elsewhere=(
            "Amazon Lex's Test Workbench measures it over a test set, maybe one made "
            "from conversation logs, and `rasa test nlu` over examples kept back. Here "
            "turns are drawn with known probabilities, so that the number stands for "
            "all of them, with an interval."
        ),
    ),
    _score(
        "intent_precision",
        "Precision",
        "precision",
        "Of the labelled NLU turns that the classifier gave an intent, the share that "
        "had it; by intent, or with `average` one mean, whose k and n are the right "
        "and all labelled turns. " + _WEIGHTS,
        "right / predicted, per intent",
        (
            Asked(
                rows=[
                    _intent("order", 2 / 3, 2, 3),
                    _intent("refund", 1, 1, 1),
                    _intent("unknown", 0, 0, 1),
                ]
            ),
            Asked(options={"average": "macro"}, rows=[({}, 5 / 9, 3, 5)]),
        ),
    ),
    _score(
        "intent_recall",
        "Recall",
        "recall",
        "Of the labelled NLU turns that had an intent, the share that the classifier "
        "gave it; by intent, or with `average` one mean, whose k and n are the right "
        "and all labelled turns. " + _WEIGHTS,
        "right / labelled, per intent",
        (
            Asked(
                rows=[
                    _intent("order", 2 / 3, 2, 3),
                    _intent("refund", 0.5, 1, 2),
                    _intent("unknown", None, 0, 0),
                ]
            ),
            Asked(options={"average": "weighted"}, rows=[({}, 0.6, 3, 5)]),
        ),
    ),
    _score(
        "intent_f1",
        "F1",
        "f1",
        "The harmonic mean of precision and recall; by intent, or with `average` one "
        "mean, whose k and n are the right and all labelled turns. " + _WEIGHTS,
        "2 · right / (predicted + labelled), per intent",
        (
            Asked(
                rows=[
                    _intent("order", 4 / 6, 4, 6),
                    _intent("refund", 2 / 3, 2, 3),
                    _intent("unknown", 0, 0, 1),
                ]
            ),
            Asked(options={"average": "macro"}, rows=[({}, 4 / 9, 3, 5)]),
            Asked(options={"average": "weighted"}, rows=[({}, 2 / 3, 3, 5)]),
        ),
    ),
    Metric(
        name="label_coverage",
        title="Label coverage",
        family="nlu",
        unit="1",
        kind=Kind.COVERAGE,
        fact=NLU,
        numerator="nlu_turns",
        denominator="nlu_turns",
        better=Better.HIGHER,
        sentence=(
            "The share of NLU turns that somebody has labelled: how much the numbers "
            "of labels rest on."
        ),
        formula="labelled NLU turns / NLU turns",
        example=Example(events=_LABELLED, asked=(Asked(rows=[({}, 5 / 6, 5, 6)]),)),
        elsewhere="No vendor that we know of publishes one.",
    ),
    Metric(
        name="calibration_error",
        title="Calibration error",
        family="nlu",
        unit="1",
        kind=Kind.CALIBRATION,
        fact=SURE_LABEL,
        better=Better.LOWER,
        thresholds={"warn": 0.1, "alert": 0.2},
        sentence=(
            "How far confidence is from accuracy: the expected calibration error over "
            "ten bins of 0.1, each with its lower bound and the last with 1. "
            + _WEIGHTS
        ),
        formula="Σ over bins of (turns / all) · |accuracy − mean confidence|",
        example=Example(events=_LABELLED, asked=(Asked(rows=[({}, 0.202, 3, 5)]),)),
        elsewhere=(
            "torchmetrics' CalibrationError with n_bins=10 and norm=l1 is the same "
            "sum, of unweighted samples. Amazon Lex says that its scores are "
            "comparative and not to be relied on as absolute ones: this says by how "
            "much."
        ),
    ),
    Metric(
        name="reliability",
        title="Reliability",
        family="nlu",
        unit="1",
        kind=Kind.LABEL_RATE,
        fact=SURE_LABEL,
        numerator="hits",
        key=Key(
            name="bin",
            column="tenth",
            width=0.1,
            values=tuple(tenth / 10 for tenth in range(10)),
        ),
        sentence=(
            "Accuracy in ten bins of confidence, each named by its lower bound; of a "
            "calibrated classifier each lies within its bin. " + _WEIGHTS
        ),
        formula="Σ weights of the right in a bin / Σ weights in the bin",
        example=Example(
            events=_LABELLED,
            asked=(
                Asked(
                    rows=[
                        (
                            {"bin": tenth / 10},
                            *{1: (0, 0, 1), 8: (0.5, 1, 2), 9: (1, 2, 2)}.get(
                                tenth, (None, 0, 0)
                            ),
                        )
                        for tenth in range(10)
                    ]
                ),
            ),
        ),
        elsewhere=(
            "scikit-learn draws it as CalibrationDisplay. No vendor that we know of "
            "publishes one."
        ),
    ),
    Metric(
        name="confidence_auroc",
        title="Confidence tells right from wrong",
        family="nlu",
        unit="1",
        kind=Kind.AUROC,
        fact=SURE_LABEL,
        better=Better.HIGHER,
        thresholds={"warn": 0.8, "alert": 0.7},
        sentence=(
            "The probability that the classifier was surer of a turn it got right than "
            "of one it got wrong, ties counting half: 0.5 is chance, and no threshold "
            "helps then. NULL where all are right or all wrong. " + _WEIGHTS
        ),
        formula="area under the ROC curve of confidence, right against wrong",
        example=Example(events=_LABELLED, asked=(Asked(rows=[({}, 5 / 6, 3, 5)]),)),
        elsewhere=(
            "scikit-learn's roc_auc_score. No vendor that we know of publishes one."
        ),
    ),
)
