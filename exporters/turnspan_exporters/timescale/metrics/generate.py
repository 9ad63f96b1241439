"""Write what is made from the catalogue: its SQL and its pages of documentation.

Run ``python -m turnspan_exporters.timescale.metrics.generate`` in the repository after
a change of an entry; with ``--check`` it writes nothing and fails on a stale file.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from turnspan_exporters.timescale.metrics import _pages
from turnspan_exporters.timescale.metrics._model import (
    DEFINITION_VERSION,
    OPTION_TYPES,
    Aggregate,
    Metric,
    Whole,
)
from turnspan_exporters.timescale.metrics.catalogue import CATALOGUE

__all__ = ["definition", "files", "main"]

_ROOT = Path(__file__).resolve().parents[4]
_SQL = "exporters/turnspan_exporters/timescale/schema/always/510_metric_catalogue.sql"
_DOCS = "docs/metrics"

_HEAD = """\
-- Generated from the catalogue by turnspan_exporters.timescale.metrics.generate.
-- What turnspan.metric knows of each metric.

CREATE TABLE IF NOT EXISTS _turnspan.metric_catalogue (
    name text PRIMARY KEY,
    definition jsonb NOT NULL
);
DELETE FROM _turnspan.metric_catalogue;
INSERT INTO _turnspan.metric_catalogue (name, definition) VALUES
"""


def definition(metric: Metric) -> dict[str, Any]:
    """The entry as ``turnspan.metric`` reads it."""
    key, limit, fact = metric.key, metric.limit, metric.fact
    return {
        "name": metric.name,
        "title": metric.title,
        "unit": metric.unit,
        "kind": metric.kind.value,
        "sentence": metric.sentence,
        "formula": metric.formula,
        "better": metric.better.value,
        "definition_version": DEFINITION_VERSION,
        "relation": fact.relation,
        "form": metric.form.value,
        "aggregates": _aggregates(metric.own_aggregates),
        "whole": metric.whole and _whole(metric.whole),
        "dimensions": list(fact.dimensions),
        "open_rows": fact.open_rows,
        "binned": fact.binned,
        "raw": fact.raw,
        "beside": list(fact.beside),
        "numerator": metric.numerator,
        "denominator": metric.denominator,
        "key": key
        and {
            "name": key.name,
            "column": key.column,
            "width": key.width,
            "values": list(key.values),
            "measures": dict(key.measures),
        },
        "limit": limit
        and {
            "option": limit.option.value,
            "column": limit.column,
            "strict": limit.strict,
            "default": limit.default,
            "setting": limit.setting,
            "bins": limit.bins,
        },
        "default_q": metric.default_q,
        "days": metric.days,
        "calendar": metric.calendar,
        "buckets": list(metric.buckets),
        "options": {
            option.value: {
                "type": (kind := OPTION_TYPES[option]).type,
                "low": kind.low,
                "high": kind.high,
                "choices": list(kind.choices),
            }
            for option in metric.options
        },
    }


def files() -> Iterator[tuple[str, str]]:
    """The generated files: path in the repository, and text."""
    yield _SQL, _catalogue_sql()
    yield f"{_DOCS}/index.md", _pages.index(CATALOGUE.values())
    for metric in CATALOGUE.values():
        yield f"{_DOCS}/{metric.name}.md", _pages.page(metric)


def main(arguments: list[str]) -> int:
    """Write the files, or with ``--check`` say which are stale."""
    check = arguments == ["--check"]
    stale = [name for name, text in files() if _differs(_ROOT / name, text)]
    if check:
        sys.stdout.writelines(f"{name} is stale: generate it again\n" for name in stale)
        return 1 if stale else 0
    for name, text in files():
        (_ROOT / name).parent.mkdir(parents=True, exist_ok=True)
        (_ROOT / name).write_text(text, "utf-8")
    return 0


def _aggregates(aggregates: Iterable[Aggregate]) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "dimensions": list(one.dimensions),
            "width": one.width,
            "only": dict(one.only),
            "open_rows": one.open_rows,
            "settled": one.settled,
            "binned": one.binned,
        }
        for one in aggregates
    ]


def _whole(whole: Whole) -> dict[str, Any]:
    """What takes the place of the entry's own, see ``_turnspan.metric_simplified``."""
    return {
        "unit": whole.unit,
        "relation": whole.fact.relation,
        "dimensions": list(whole.fact.dimensions),
        "aggregates": _aggregates(whole.fact.aggregates),
        "numerator": whole.numerator,
        "denominator": whole.denominator,
    }


def _differs(path: Path, text: str) -> bool:
    return not path.is_file() or path.read_text("utf-8") != text


def _catalogue_sql() -> str:
    return _HEAD + ",\n".join(map(_row, CATALOGUE.values())) + ";\n"


def _row(metric: Metric) -> str:
    text = json.dumps(definition(metric), ensure_ascii=False, indent=4)
    quoted = text.replace("'", "''")
    return f"('{metric.name}', '{quoted}')"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
