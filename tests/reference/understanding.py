"""The metrics of labels and questions: scores of intents, and what users ask most."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from polars import col
from tests.reference.asking import Bot, Question, Rows

__all__ = ["ANSWERED", "DRIFTS"]

THETA = 0.7
"""Below it a turn is for the review list."""
TOP = 20
_FAILED = ["fallback", "no_response", "error"]


def _answer_coverage(bot: Bot, asked: Question) -> Rows:
    """NLU turns with a label, of all; none weighs more than another."""
    k = col("labelled").count()
    rows = bot.grouped("looked-at turns", asked, k=k, n=pl.len())
    return {(*key,): (k / n, k, n) for *key, k, n in rows}


def _answer_score(bot: Bot, asked: Question) -> Rows:
    """Precision, recall or F1 of each intent, or one mean of them."""
    cells = pl.struct("intent", "labelled", "weight")
    rows: Rows = {}
    for *key, turns in bot.grouped("labelled turns", asked, turns=cells):
        scores = {name: _score(asked.name, name, turns) for name in _intents(turns)}
        if "average" in asked.options:
            rows[*key,] = _mean(asked.options["average"], scores, turns)
        else:
            rows |= {
                (*key, name): (k / n if n else None, k, n)
                for name, (k, n) in scores.items()
            }
    return rows


def _intents(turns: Sequence[Mapping[str, Any]]) -> list[str]:
    """Those that somebody meant, or the classifier saw."""
    return sorted({one[side] for one in turns for side in ("intent", "labelled")})


def _score(
    metric: str, intent: str, turns: Sequence[Mapping[str, Any]]
) -> tuple[int, int]:
    right, predicted, labelled = (
        sum(one["weight"] for one in turns if all(one[x] == intent for x in sides))
        for sides in (("intent", "labelled"), ("intent",), ("labelled",))
    )
    return {
        "intent_precision": (right, predicted),
        "intent_recall": (right, labelled),
        "intent_f1": (2 * right, predicted + labelled),
    }[metric]


def _mean(
    average: str,
    scores: Mapping[str, tuple[int, int]],
    turns: Sequence[Mapping[str, Any]],
) -> tuple[float, int, int]:
    """Each intent the same, or by its labels; what has no value is 0 in it."""
    whole = sum(one["weight"] for one in turns)
    right = sum(one["weight"] for one in turns if one["intent"] == one["labelled"])
    shares = {
        intent: sum(one["weight"] for one in turns if one["labelled"] == intent) / whole
        if average == "weighted"
        else 1 / len(scores)
        for intent in scores
    }
    value = sum(shares[one] * k / n for one, (k, n) in scores.items() if n)
    return value, right, whole


def _answer_kept(bot: Bot, asked: Question) -> Rows:
    """At each threshold, the right among the labelled turns that stay."""
    rows: Rows = {}
    for step in range(1, 20):
        kept = (col("confidence") * 100).round() >= step * 5
        weight = col("weight").filter(kept)
        right = col("weight").filter(kept & col("right"))
        for *key, k, n in bot.grouped(
            "sure labels", asked, k=right.sum(), n=weight.sum()
        ):
            rows[*key, step / 20] = (k / n if n else None, k, n)
    return rows


def _answer_reliability(bot: Bot, asked: Question) -> Rows:
    """Accuracy in bins of 0.1."""
    tenth = ((col("confidence") * 100).round() // 10).clip(upper_bound=9)
    counted = (
        bot.population("sure labels", asked)
        .with_columns(tenth=(tenth / 10).round(1))
        .group_by("bucket", *asked.by, "tenth")
        .agg(k=col("weight").filter("right").sum(), n=col("weight").sum())
    )
    return {(*key,): (k / n, k, n) for *key, k, n in counted.rows()}


def _answer_calibration(bot: Bot, asked: Question) -> Rows:
    """How far bins of 0.1 are from their mean confidence, by their weight."""
    group = ("bucket", *asked.by)
    tenth = ((col("confidence") * 100).round() // 10).clip(upper_bound=9)
    rows = (
        bot.population("sure labels", asked)
        .group_by(*group, tenth=tenth)
        .agg(
            k=col("weight").filter("right").sum(),
            n=col("weight").sum(),
            sure=(col("weight") * col("confidence")).sum() / col("weight").sum(),
        )
        .with_columns(off=col("n") * (col("k") / col("n") - col("sure")).abs())
        .group_by(*group)
        .agg(col("off", "k", "n").sum())
    )
    return {(*key,): (off / n, k, n) for *key, off, k, n in rows.rows()}


def _answer_auroc(bot: Bot, asked: Question) -> Rows:
    """Every pair of a right and a wrong turn, by how sure the two were."""
    rows: Rows = {}
    cells = pl.struct("confidence", "right", "weight")
    for *key, turns in bot.grouped("sure labels", asked, turns=cells):
        right = [one for one in turns if one["right"]]
        wrong = [one for one in turns if not one["right"]]
        pairs = [
            (a["confidence"] - b["confidence"], a["weight"] * b["weight"])
            for a in right
            for b in wrong
        ]
        surer = sum((w if d > 0 else w / 2 if d == 0 else 0) for d, w in pairs)
        every = sum(weight for _, weight in pairs)
        k = sum(one["weight"] for one in right)
        whole = k + sum(one["weight"] for one in wrong)
        rows[*key,] = (surer / every if every else None, k, whole)
    return rows


def _answer_questions(bot: Bot, asked: Question) -> Rows:
    """Intents, or the one unknown text, by how often they were asked, or not met."""
    missed = (
        (col("confidence") < asked.options.get("theta", THETA)).fill_null(False)
        | col("fell_back")
        | (
            (col("answer_source") == "rag") & col("outcome").is_in(_FAILED)
        ).fill_null(False)
    )  # fmt: skip
    every = asked.name == "top_questions"
    own = pl.lit("unknown") if asked.options.get("question") == "text" else "intent"
    group = ("bucket", *asked.by)
    turns = bot.population("NLU turns", asked).with_columns(
        own=own, hit=pl.lit(True) if every else missed
    )
    ranked = (
        turns.group_by(*asked.by, "own")
        .agg(often=col("hit").sum())
        .filter(col("often") > 0)
        .sort("often", "own", descending=[True, False])
        .with_columns(place=col("often").cum_count().over(asked.by or pl.lit(0)))
        .filter(col("place") <= asked.options.get("top", TOP))
    )
    counted = (
        turns.with_columns(whole=pl.len().over(group if every else (*group, "own")))
        .group_by(*group, "own")
        .agg(
            k=col("hit").sum(),
            n=col("whole").first(),
            sure=col("confidence").filter("hit").mean(),
            known=col("confidence").filter("hit").count(),
        )
        .join(ranked, on=[*asked.by, "own"], how="semi")
        .filter(col("k") > 0)
    )
    found = counted.select(*group, "own", "k", "n", "sure", "known").rows()
    if asked.options.get("measure") == "confidence":
        return {(*key,): (sure, None, n) for *key, _, _, sure, n in found if n}
    return {(*key,): (float(k), k, n) for *key, k, n, _, _ in found}


def _answer_drift(bot: Bot, asked: Question) -> Rows:
    """Shares of each window against those of the baseline, whose days are asked."""
    name, own = DRIFTS[asked.name]
    since, until = (
        date.fromisoformat(asked.options[f"baseline_{end}"]) for end in ("from", "to")
    )
    base: dict[Any, Counter[Any]] = defaultdict(Counter)
    seen: dict[Any, Counter[Any]] = defaultdict(Counter)
    turns = bot.population(name, asked).with_columns(day=bot.day(), own=own)
    for bucket, *group, day, category in turns.select(
        "bucket", *asked.by, "day", "own"
    ).rows():
        seen[bucket, *group][category] += 1
        base[*group,][category] += since <= day < until
    return {
        key: (_stability(now, base[key[1:]]), base[key[1:]].total(), now.total())
        for key, now in seen.items()
    }


def _stability(now: Counter[Any], before: Counter[Any]) -> float | None:
    """The population stability index; a share of 0 is one of 0.0001."""
    if not before.total():
        return None
    shares = (
        [of[one] / of.total() or 0.0001 for of in (now, before)]
        for one in {*now, *+before}
    )
    return sum((p - q) * math.log(p / q) for p, q in shares)


DRIFTS = {
    "intent_drift": ("NLU turns", "intent"),
    "confidence_drift": ("confident turns", "bin"),
}
_SCORES = ("intent_precision", "intent_recall", "intent_f1")
ANSWERED: Mapping[str, Callable[[Bot, Question], Rows]] = {
    **dict.fromkeys(_SCORES, _answer_score),
    **dict.fromkeys(("top_questions", "unanswered_questions"), _answer_questions),
    **dict.fromkeys(DRIFTS, _answer_drift),
    "label_coverage": _answer_coverage,
    "threshold_accuracy": _answer_kept,
    "reliability": _answer_reliability,
    "calibration_error": _answer_calibration,
    "confidence_auroc": _answer_auroc,
}
