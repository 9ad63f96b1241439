"""What labels, confidences and mixes give in SQL is what libraries give."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import psycopg
import pytest
from scipy.special import rel_entr  # type: ignore[import-untyped]
from sklearn.calibration import calibration_curve  # type: ignore[import-untyped]
from sklearn.metrics import (  # type: ignore[import-untyped]
    accuracy_score,
    cohen_kappa_score,
    confusion_matrix,
    precision_recall_fscore_support,
    roc_auc_score,
)
from tests.exporters.timescale.metrics.conftest import Ask
from tests.support import derived_rows

START = datetime(2026, 3, 2, tzinfo=UTC)
END = START + timedelta(days=1)
NEAR = 1e-9
SCORES = ("intent_precision", "intent_recall", "intent_f1")

Connection = psycopg.Connection[Any]


@dataclass
class Sample:
    """Labelled turns as columns."""

    predicted: list[str]
    labelled: list[str]
    weights: list[float]
    confidences: list[float]

    @property
    def right(self) -> Any:
        """1 where the prediction is the label."""
        return np.array(self.predicted) == np.array(self.labelled)


def drawn(db: Connection, seed: int) -> Sample:
    """Random labelled turns, some by seeds of equal weight or few intents."""
    seeded = random.Random(seed)
    intents = ["order", "refund", "hours", "menu", "unknown"][: 2 + seed % 4]
    sample = Sample([], [], [], [])
    for _ in range(150):
        at = START + timedelta(seconds=seeded.uniform(0, 86_000))
        labelled = seeded.choice(intents)
        predicted = labelled if seeded.random() < 0.6 else seeded.choice(intents)
        weight = seeded.choice([1.0, 1.25, 20.0, 7 / 3]) if seed % 2 else 1.0
        confidence = seeded.choice([seeded.random(), seeded.randint(0, 20) / 20])
        turn = derived_rows.turn(
            db,
            at,
            intent_name=None if predicted == "unknown" else predicted,
            intent_confidence=confidence,
        )
        derived_rows.label(db, turn, labelled, weight=weight)
        sample.predicted.append(predicted)
        sample.labelled.append(labelled)
        sample.weights.append(weight)
        sample.confidences.append(confidence)
    derived_rows.settle_labels(db)
    return sample


def one(rows: Sequence[Any]) -> tuple[Any, ...]:
    """Value, k and n of the only row, as floats."""
    ((_, _, *numbers),) = rows
    return tuple(None if one is None else float(one) for one in numbers[:3])


@pytest.mark.parametrize("seed", range(4))
def test_the_confusion_matrix_is_scikit_learns(
    db: Connection, ask: Ask, seed: int
) -> None:
    """Every pair that met, weighted; the pairs that never met are 0 there."""
    sample = drawn(db, seed)
    names = sorted({*sample.predicted, *sample.labelled})
    expected = confusion_matrix(
        sample.labelled, sample.predicted, labels=names, sample_weight=sample.weights
    )
    rows = ask("confusion_matrix", START, END)
    found = {(r[1]["labelled"], r[1]["predicted"]): (r[2], float(r[3])) for r in rows}
    for line, labelled in enumerate(names):
        for column, predicted in enumerate(names):
            value, k = found.get((labelled, predicted), (0.0, 0.0))
            assert value == pytest.approx(expected[line][column], abs=NEAR)
            assert k == pytest.approx(value, rel=NEAR)
    for row in rows:
        assert float(row[4]) == pytest.approx(sum(sample.weights), rel=NEAR)


@pytest.mark.parametrize("seed", range(4))
def test_accuracy_is_scikit_learns(db: Connection, ask: Ask, seed: int) -> None:
    """Weighted by 1 / sampling probability, and its interval lies around it."""
    sample = drawn(db, seed)
    expected = accuracy_score(
        sample.labelled, sample.predicted, sample_weight=sample.weights
    )
    ((_, _, value, k, n, low, high, _),) = ask("nlu_accuracy", START, END)
    assert value == pytest.approx(expected, abs=NEAR)
    assert float(k) / float(n) == pytest.approx(expected, abs=NEAR)
    assert 0 < low < value < high < 1


def test_equal_weights_have_wilsons_own_interval(db: Connection, ask: Ask) -> None:
    """Whatever the weight, it is worth the number of turns that were labelled."""
    for number in range(20):
        turn = derived_rows.turn(db, START, intent_name="order")
        labelled = "order" if number < 15 else "refund"
        derived_rows.label(db, turn, labelled, weight=50)
    derived_rows.settle_labels(db)
    ((_, _, value, k, n, low, high, _),) = ask("nlu_accuracy", START, END)
    assert (value, k, n) == (0.75, 750, 1000)
    expected = db.execute(
        "SELECT _turnspan.wilson(15, 20, -1), _turnspan.wilson(15, 20, 1)"
    ).fetchone()
    assert (low, high) == pytest.approx(expected, abs=NEAR)


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("place", range(3), ids=SCORES)
def test_scores_of_intents_are_scikit_learns(
    db: Connection, ask: Ask, seed: int, place: int
) -> None:
    """Per intent, macro and weighted."""
    sample = drawn(db, seed)
    names = sorted({*sample.predicted, *sample.labelled})
    given: dict[str, Any] = {
        "y_true": sample.labelled,
        "y_pred": sample.predicted,
        "sample_weight": sample.weights,
        "zero_division": 0,
    }
    expected = precision_recall_fscore_support(labels=names, **given)[place]
    rows = ask(SCORES[place], START, END)
    assert [row[1] for row in rows] == [{"intent": name} for name in names]
    assert [row[2] for row in rows] == pytest.approx(list(expected), abs=NEAR)
    for average in ("macro", "weighted"):
        score = precision_recall_fscore_support(average=average, **given)[place]
        value, _, n = one(ask(SCORES[place], START, END, average=average))
        assert value == pytest.approx(score, abs=NEAR)
        assert n == pytest.approx(sum(sample.weights), rel=NEAR)


def test_an_intent_that_one_side_lacks_counts_as_zero_in_the_mean(
    db: Connection, ask: Ask
) -> None:
    """As in scikit-learn; alone it has no value."""
    for predicted, labelled in (("a", "a"), ("a", "b"), ("c", "a")):
        turn = derived_rows.turn(db, START, intent_name=predicted)
        derived_rows.label(db, turn, labelled)
    derived_rows.settle_labels(db)
    given = {"y_true": ["a", "b", "a"], "y_pred": ["a", "a", "c"], "zero_division": 0}
    for place, name in enumerate(SCORES):
        expected = precision_recall_fscore_support(average="macro", **given)[place]
        assert one(ask(name, START, END, average="macro"))[0] == pytest.approx(expected)
    assert [row[2:5] for row in ask("intent_precision", START, END)] == [
        (0.5, 1, 2),
        (None, 0, 0),
        (0.0, 0, 1),
    ]
    only = ask("intent_recall", START, END, filters={"intent": "a"})
    assert [row[1:5] for row in only] == [({"intent": "a"}, 0.5, 1, 2)]


@pytest.mark.parametrize("seed", range(6))
def test_auroc_is_scikit_learns(db: Connection, ask: Ask, seed: int) -> None:
    """Of the right against the wrong, with ties and weights."""
    sample = drawn(db, seed)
    expected = roc_auc_score(
        sample.right, sample.confidences, sample_weight=sample.weights
    )
    value, k, n = one(ask("confidence_auroc", START, END))
    assert value == pytest.approx(expected, abs=NEAR)
    assert k == pytest.approx(np.dot(sample.right, sample.weights), rel=NEAR)
    assert n == pytest.approx(sum(sample.weights), rel=NEAR)


def test_auroc_of_one_kind_alone_is_null(db: Connection, ask: Ask) -> None:
    """Where nothing is wrong there is nothing to tell apart."""
    turn = derived_rows.turn(db, START, intent_name="a", intent_confidence=0.5)
    derived_rows.label(db, turn, "a")
    derived_rows.settle_labels(db)
    assert one(ask("confidence_auroc", START, END)) == (None, 1, 1)


_TWELFTHS = 12
"""Every weight drawn is a number of these."""


def ece(sample: Sample) -> float:
    """Over ten bins of scikit-learn's reliability curve, which knows no weights.

    It puts what lies on a bound into the bin below, and we into the one above: so it
    is asked of the opposite, what is wrong and how unsure one was.
    """
    times = np.rint(np.array(sample.weights) * _TWELFTHS).astype(int)
    wrong = np.repeat(~sample.right, times)
    doubt = np.repeat(1 - np.array(sample.confidences), times)
    doubt = np.clip(doubt - 1e-10, 0, 1)  # 1 - 0.7 is a little more than 0.3
    came, expected = calibration_curve(wrong, doubt, n_bins=10)
    inside, _ = np.histogram(doubt, bins=10, range=(0, 1))
    return float(np.average(abs(came - expected), weights=inside[inside > 0]))


@pytest.mark.parametrize("seed", range(6))
def test_calibration_error_is_scikit_learns(
    db: Connection, ask: Ask, seed: int
) -> None:
    """Ten bins of equal width, weighted, also with confidences on their bounds."""
    sample = drawn(db, seed)
    value, _, n = one(ask("calibration_error", START, END))
    assert value == pytest.approx(ece(sample), abs=NEAR)
    assert n == pytest.approx(sum(sample.weights), rel=NEAR)
    bins = [row for row in ask("reliability", START, END) if row[2] is not None]
    whole = sum(float(row[4]) for row in bins)
    assert whole == pytest.approx(sum(sample.weights), rel=NEAR)


def psi(now: Sequence[Any], before: Sequence[Any]) -> float:
    """Relative entropy there and back again, 0.0001 for an empty cell."""
    names = sorted({*now, *before})
    p = np.array([now.count(name) / len(now) or 1e-4 for name in names])
    q = np.array([before.count(name) / len(before) or 1e-4 for name in names])
    return float(np.sum(rel_entr(p, q) + rel_entr(q, p)))


@pytest.mark.parametrize("source", ["facts", "aggregate"])
@pytest.mark.parametrize("seed", range(3))
def test_drift_is_scipys(db: Connection, ask: Ask, seed: int, source: str) -> None:
    """Of intents and of confidence, with cells that one of the two lacks."""
    seeded = random.Random(seed)
    intents: dict[bool, list[str]] = {True: [], False: []}
    bins: dict[bool, list[int]] = {True: [], False: []}
    for _ in range(300):
        now = seeded.random() < 0.5
        at = START + timedelta(seconds=seeded.uniform(0, 86_000) - (not now) * 86_400)
        intent = seeded.choice(["order", "refund", "new" if now else "old"])
        confidence = round(seeded.betavariate(3 if now else 2, 2), 4)
        derived_rows.turn(db, at, intent_name=intent, intent_confidence=confidence)
        intents[now].append(intent)
        bins[now].append(int(min(confidence * 20 + 1e-9, 19)))
    db.execute("SELECT set_config('turnspan.metric_source', %s, false)", (source,))
    counts = (len(intents[False]), len(intents[True]))
    for name, mixes in (("intent_drift", intents), ("confidence_drift", bins)):
        value, *kept = one(ask(name, START, END))
        assert value == pytest.approx(psi(mixes[True], mixes[False]), abs=NEAR)
        assert tuple(kept) == counts
        same = {"baseline_from": START.isoformat(), "baseline_to": END.isoformat()}
        assert one(ask(name, START, END, **same))[0] == 0
        ((_, group, *by_bot),) = ask(name, START, END, by=("bot",))
        assert group == {"bot": "support"}
        assert by_bot[0] == pytest.approx(value, abs=NEAR)


def test_kappa_is_scikit_learns(db: Connection) -> None:
    """Each pair over the turns both labelled, by latest labels; and their mean."""
    seeded = random.Random(8)
    given: dict[str, dict[str, str]] = {"ann": {}, "ben": {}, "cem": {}}
    for _ in range(80):
        turn = derived_rows.turn(db, START, intent_name="a")
        truth = seeded.choice("abc")
        for labeller, labels in given.items():
            if seeded.random() < 0.8:
                said = truth if seeded.random() < 0.7 else seeded.choice("abc")
                derived_rows.label(db, turn, seeded.choice("abc"), labeller=labeller)
                derived_rows.label(
                    db, turn, said, labeller=labeller, after=timedelta(minutes=1)
                )
                labels[turn] = said
    derived_rows.settle_labels(db)
    rows = db.execute("SELECT * FROM turnspan.label_agreement()").fetchall()
    pairs = [("ann", "ben"), ("ann", "cem"), ("ben", "cem")]
    kappas = []
    for (one_, other), row in zip(pairs, rows[:-1], strict=True):
        both = [turn for turn in given[one_] if turn in given[other]]
        first = [given[one_][turn] for turn in both]
        second = [given[other][turn] for turn in both]
        kappas.append(cohen_kappa_score(first, second))
        agreed = sum(a == b for a, b in zip(first, second, strict=True))
        assert row[:4] == (one_, other, len(both), agreed)
        assert row[4] == pytest.approx(kappas[-1], abs=NEAR)
    assert rows[-1][:2] == (None, None)
    assert rows[-1][4] == pytest.approx(float(np.mean(kappas)), abs=NEAR)


def test_kappa_of_one_word_is_null(db: Connection) -> None:
    """Where both say the same of everything, chance explains all of it."""
    turn = derived_rows.turn(db, START, intent_name="a")
    for labeller in ("ann", "ben"):
        derived_rows.label(db, turn, "a", labeller=labeller)
    derived_rows.settle_labels(db)
    rows = db.execute("SELECT * FROM turnspan.label_agreement()").fetchall()
    assert rows == [("ann", "ben", 1, 1, None), (None, None, 1, 1, None)]


def test_thresholds_are_exact_at_every_bound(db: Connection, ask: Ask) -> None:
    """Turns and sessions below, and the accuracy of what stays, of every hundredth."""
    key = derived_rows.session(db, START)
    for hundredth in range(101):
        turn = derived_rows.turn(
            db,
            START,
            intent_name="a",
            intent_confidence=hundredth / 100,
            session_key=key,
            session_start=START,
        )
        derived_rows.label(db, turn, "a" if hundredth >= 50 else "b")
    derived_rows.settle_labels(db)
    thetas = [step / 20 for step in range(1, 20)]
    below = [row[1:5] for row in ask("threshold_what_if", START, END)]
    assert below == [
        ({"theta": theta}, pytest.approx(100 * theta / 101), round(100 * theta), 101)
        for theta in thetas
    ]
    sessions = [row[1:5] for row in ask("threshold_what_if_sessions", START, END)]
    assert sessions == [({"theta": theta}, 1, 1, 1) for theta in thetas]
    kept = [row[1:5] for row in ask("threshold_accuracy", START, END)]
    for theta, (group, value, k, n) in zip(thetas, kept, strict=True):
        stay = 101 - round(100 * theta)
        assert (group, k, n) == ({"theta": theta}, min(stay, 51), stay)
        assert value == pytest.approx(min(stay, 51) / stay, abs=NEAR)
