"""Label files: a sample as CSV for people to fill in, and the filled file read back.

A cell that a spreadsheet would take for a formula gets an apostrophe in front, and
loses it again when it is read.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from math import isclose
from typing import Any, Final, TextIO

from turnspan_exporters.timescale.labels import (
    LABELS_MAX,
    TEXT_MAX,
    WEIGHT_MAX,
    Drawn,
    Label,
    LabelError,
)

__all__ = ["COLUMNS", "read", "write"]

COLUMNS: Final = (
    "bot", "turn_id", "conversation_id", "time", "predicted", "confidence",
    "probability", "weight", "text", "labelled", "labeller", "labelled_at",
)  # fmt: skip
"""What a file may have; ``read`` needs turn_id and labelled, and a bot."""

_WRITTEN: Final = COLUMNS[:8]
_TO_FILL: Final = ("labelled", "labeller")
_NEEDED: Final = ("turn_id", "labelled")
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
_ID_MAX: Final = 512
_ERRORS_MAX: Final = 20
_QUOTED_MAX: Final = 64
_LINE_CHARS_MAX: Final = 131_072
_AHEAD_MAX: Final = timedelta(days=1)


def write(turns: Sequence[Drawn], file: TextIO) -> None:
    """A line a turn, to be filled in; with ``text`` where one is kept."""
    with_text = any(one.text is not None for one in turns)
    columns = (*_WRITTEN, *(("text",) if with_text else ()))
    out = csv.writer(file, lineterminator="\r\n")  # quotes either inside a cell
    out.writerow((*columns, *_TO_FILL))
    for one in turns:
        cells = (_safe(_cell(getattr(one, column))) for column in columns)
        out.writerow((*cells, *("" for _ in _TO_FILL)))


def read(
    file: TextIO, *, bot: str | None = None, labeller: str | None = None
) -> list[Label]:
    """The labels of a file; lines whose ``labelled`` is empty are left out.

    ``bot`` and ``labeller`` stand in where a line names none. Raises ``LabelError``
    with a sentence for each field that is wrong, at most 20, each with its line.
    """
    rows = _rows(file)
    wrong: list[str] = []
    labels: list[Label] = []
    for line, row in rows:
        if not row.get("labelled", "").strip():
            continue
        label = _label(row, bot, labeller, partial(_note, wrong, line))
        if label is not None:
            labels.append(label)
        if len(labels) > LABELS_MAX:
            raise LabelError(f"The file has more than {LABELS_MAX} labels: split it.")
        if len(wrong) >= _ERRORS_MAX:
            wrong.append("There may be more.")
            break
    if wrong:
        raise LabelError("\n".join(wrong))
    return labels


def _note(wrong: list[str], line: int, sentence: str) -> None:
    wrong.append(f"line {line}, {sentence}")


def _rows(file: TextIO) -> Iterator[tuple[int, dict[str, str]]]:
    """The lines as columns and values, each with the number of its first line."""
    head = file.readline(_LINE_CHARS_MAX).removeprefix("\ufeff")
    delimiter = ";" if ";" in head and "," not in head else ","
    names = [name.strip() for name in next(csv.reader([head], delimiter=delimiter), [])]
    _check_head(names)
    lines = csv.reader(file, delimiter=delimiter, strict=True)
    before = 1
    while True:
        try:
            cells = next(lines)
        except StopIteration:
            return
        except csv.Error as error:
            raise LabelError(f"line {before + 1}: it is no CSV ({error}).") from None
        line, before = before + 1, lines.line_num + 1
        if not any(cells):
            continue
        if len(cells) > len(names):
            raise LabelError(
                f"line {line}: it has {len(cells)} cells, the head names {len(names)}."
            )
        yield line, dict(zip(names, map(_plain, cells), strict=False))


def _check_head(names: list[str]) -> None:
    for name in names:
        if name not in COLUMNS:
            raise LabelError(
                f'line 1: "{name[:_QUOTED_MAX]}" is no column; these are: '
                f"{', '.join(COLUMNS)}."
            )
        if names.count(name) > 1:
            raise LabelError(f"line 1: the column {name} is there twice; keep one.")
    for name in _NEEDED:
        if name not in names:
            raise LabelError(f"line 1: the column {name} is missing; add it.")


def _label(
    row: Mapping[str, str],
    bot: str | None,
    labeller: str | None,
    note: Callable[[str], None],
) -> Label | None:
    """The label of a line, or ``None`` after every wrong field was noted."""
    good = True

    def taken(check: Callable[..., Any], *given: Any) -> Any:
        nonlocal good
        try:
            return check(*given)
        except ValueError as error:
            note(str(error))
            good = False
            return None

    of_bot = taken(_name, "bot", row.get("bot") or bot or "", 1, _ID_MAX)
    turn_id = taken(_name, "turn_id", row["turn_id"], 1, _ID_MAX)
    labelled = taken(_name, "labelled", row["labelled"].strip(), 1, TEXT_MAX)
    who = taken(_name, "labeller", row.get("labeller") or labeller or "", 0, TEXT_MAX)
    weight = taken(_weight, row.get("weight", ""), row.get("probability", ""))
    labelled_at = taken(_moment, "labelled_at", row.get("labelled_at", ""))
    near = taken(_moment, "time", row.get("time", ""))
    if not good:
        return None
    return Label(
        bot=of_bot,
        turn_id=turn_id,
        labelled=labelled,
        labeller=who,
        weight=weight,
        labelled_at=labelled_at,
        near=near,
    )


def _name(field: str, value: str, low: int, high: int) -> str:
    if not low <= len(value) <= high:
        raise ValueError(
            f'{field}: "{value[:_QUOTED_MAX]}" has {len(value)} characters, the limit '
            f"is {low} to {high}."
        )
    if not value.isprintable():
        raise ValueError(f"{field}: it has a control character; take it out.")
    return value


def _weight(weight: str, probability: str) -> float:
    share = _number("probability", probability, 1.0)
    if share is not None and share * WEIGHT_MAX < 1:
        raise ValueError(
            f"probability: {share:g} is too small; give at least {1 / WEIGHT_MAX:g}."
        )
    value = _number("weight", weight, WEIGHT_MAX)
    if value is not None and share is not None:
        if not isclose(value * share, 1, rel_tol=1e-6):
            raise ValueError(
                f'weight: "{weight[:_QUOTED_MAX]}" is not 1 / probability, which is '
                f"{1 / share:.9g}; give one of the two."
            )
        return value
    return value if value is not None else 1.0 if share is None else 1 / share


def _number(field: str, text: str, high: float) -> float | None:
    """A number above 0, or ``None`` where the cell is empty."""
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number <= high:
        raise ValueError(
            f'{field}: "{text[:_QUOTED_MAX]}" is not a number above 0 and up to '
            f"{high:g}."
        )
    return number


def _moment(field: str, text: str) -> datetime | None:
    if not text.strip():
        return None
    try:
        at = datetime.fromisoformat(text.strip())
    except ValueError:
        at = datetime.min
    if at.tzinfo is None:
        raise ValueError(
            f'{field}: "{text[:_QUOTED_MAX]}" is not a time with an offset '
            "(2026-03-31T12:00:00Z)."
        )
    limit = datetime.now(UTC) + _AHEAD_MAX
    if at > limit:
        raise ValueError(
            f'{field}: "{text[:_QUOTED_MAX]}" lies ahead; the limit is one day, '
            f"{limit:%Y-%m-%dT%H:%MZ}."
        )
    return at.astimezone(UTC)


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    return repr(value) if isinstance(value, float) else str(value)


def _safe(cell: str) -> str:
    return f"'{cell}" if cell.startswith(_FORMULA) else cell


def _plain(cell: str) -> str:
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA) else cell
