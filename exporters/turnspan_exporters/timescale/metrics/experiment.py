"""Experiments: what variants do to a rate of sessions, by users."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import ASSIGNMENT
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Example,
    Key,
    Kind,
    Metric,
    Option,
)

__all__ = ["METRICS"]

_FOUR_USERS = """
    09:00:00  a  ann  turn  feature_flag.key=greeting  feature_flag.result.variant=A
    09:05:00  a  ann  turn  feature_flag.key=greeting  feature_flag.result.variant=A
    10:00:00  b  ben  turn  feature_flag.key=greeting  feature_flag.result.variant=A
    11:00:00  c  cem  turn  feature_flag.key=greeting  feature_flag.result.variant=B
    12:00:00  d  dee  turn  feature_flag.key=greeting  feature_flag.result.variant=A
    13:00:00  e  dee  turn  feature_flag.key=greeting  feature_flag.result.variant=B
"""

_OF = {"experiment": "greeting", "metric": "engagement_rate"}


def _group(statistic: str, variant: str) -> dict[str, str]:
    return {**_OF, "variant": variant, "statistic": statistic}


METRICS = (
    Metric(
        name="experiment",
        title="Experiment",
        family="experiments",
        unit="1",
        kind=Kind.EXPERIMENT,
        fact=ASSIGNMENT,
        key=Key(name="variant"),
        takes=(Option.EXPERIMENT, Option.METRIC, Option.GOAL),
        buckets=(),
        sentence=(
            "What the variants of an experiment do to a rate of sessions. The unit is "
            "a user: n are those whose first assignment falls into the range, k those "
            "of them with a session in the rate's numerator that was under way at the "
            "assignment or began after it, within the range. Users seen in two "
            "variants are left out, and counted in the statistic excluded. Each "
            "variant has its rate with Wilson's interval, and each but the control the "
            "difference to it with Newcombe's, z and the two-sided p of the pooled "
            "test; sample_ratio_p is that of the split against the declared weights. A "
            "verdict is given by the report of the experiment alone."
        ),
        formula=(
            "difference = rate of the variant − rate of the control; "
            "z = difference / pooled standard error"
        ),
        elsewhere=(
            "PostHog counts users from their first exposure on and leaves out those of "
            "several variants by default, as here; Statsig holds the split of unique "
            "users against the expected one by χ², too. Both show results while it "
            "runs; here the verdict waits for the declared end."
        ),
        example=Example(
            events=_FOUR_USERS,
            asked=(
                Asked(
                    options=_OF,
                    rows=[
                        (
                            {"experiment": "greeting", "statistic": "excluded"},
                            0.25,
                            1,
                            4,
                        ),
                        (_group("rate", "A"), 0.5, 1, 2),
                        (_group("difference", "B"), -0.5, 0, 1),
                        (_group("p", "B"), 0.3864762307712327, 0, 3),
                        (_group("rate", "B"), 0, 0, 1),
                        (_group("z", "B"), -0.8660254037844386, 0, 3),
                    ],
                ),
            ),
        ),
    ),
)
