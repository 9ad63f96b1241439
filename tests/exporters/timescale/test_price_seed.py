"""The default prices are those of the package that they are made from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import psycopg
import pytest
from genai_prices import Usage, calc_price

from turnspan_exporters.timescale import _price_seed

Connection = psycopg.Connection[Any]


def test_the_file_is_fresh() -> None:
    """It is generated; run python -m turnspan_exporters.timescale._price_seed."""
    assert _price_seed.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("model", "maker"),
    [
        ("gpt-4o", "openai"),
        ("gpt-4o-mini-2024-07-18", "openai"),
        ("openai/gpt-4.1-nano", "openai"),
        ("claude-3-haiku-20240307", "anthropic"),
        ("claude-opus-4-1", "anthropic"),
        ("gemini-2.5-flash", "google"),
        ("mistral-large-2411", "mistral"),
        ("command-a", "cohere"),
        ("grok-3", "x-ai"),
    ],
)
def test_a_price_is_the_packages_own(db: Connection, model: str, maker: str) -> None:
    """A thousand tokens each way cost what genai-prices says that they cost."""
    usage = Usage(input_tokens=1000, output_tokens=1000)
    expected = calc_price(
        usage, model_ref=model.rpartition("/")[2], provider_id=maker
    ).total_price
    row = db.execute(
        "SELECT input + output FROM _turnspan.price_at('', %s, now())", (model,)
    ).fetchone()
    assert row is not None
    assert row[0] / Decimal(1000) == expected


@pytest.mark.parametrize(
    "model", ["in-house", "gpt-4o-my-finetune", "gpt", "unknown", "", "deepseek-chat"]
)
def test_what_is_not_certain_has_no_price(db: Connection, model: str) -> None:
    """A name that only begins like a known one is another model."""
    assert (
        db.execute(
            "SELECT * FROM _turnspan.price_at('', %s, now())", (model,)
        ).fetchall()
        == []
    )
