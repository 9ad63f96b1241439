"""The calls of models below turns: what each turn read and wrote, and with which."""

from __future__ import annotations

import polars as pl
from polars import col
from tests.reference.units import Units

__all__ = ["usage"]

_MODELS = ["chat", "text_completion", "generate_content"]


def usage(units: Units) -> pl.DataFrame:
    """Every turn's span, its model and its tokens, which are none where nobody says.

    They are those of the calls of models that have no such call below them, else the
    turn's own. A turn's model is its own, else the first that these calls name.
    """
    called = units.call.filter(col("operation").is_in(_MODELS)).with_columns(
        trace=col("path").str.split("/").list.first()
    )
    below = called.select("trace", lower="path")
    wrappers = (
        called.join(below, on="trace")
        .filter(col("lower").str.starts_with(col("path") + "/"))
        .select("path")
        .unique()
    )
    summed = (
        called.join(wrappers, on="path", how="anti")
        .sort("at")
        .group_by("trace", maintain_order=True)
        .agg(
            *(
                pl.when(col(one).count() > 0).then(col(one).sum()).alias(f"all_{one}")
                for one in ("input", "output")
            ),
            first=col("model").drop_nulls().first(),
        )
    )
    return (
        units.member.filter(kind="turn")
        .join(summed, left_on="path", right_on="trace", how="left")
        .with_columns(
            model=pl.coalesce("model", "first"),
            input=pl.coalesce("all_input", "input"),
            output=pl.coalesce("all_output", "output"),
        )
    )
