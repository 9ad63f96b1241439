"""A sample's file comes back as labels; what is wrong in it is said by the line."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from turnspan_exporters.timescale import label_files
from turnspan_exporters.timescale.labels import Drawn, Label, LabelError

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)


def drawn(turn_id: str, text: str | None = None) -> Drawn:
    """A turn drawn with a probability of one in twenty."""
    return Drawn("support", turn_id, "c1", AT, "order", 0.5, 0.05, 20.0, text)


def written(*turns: Drawn) -> list[list[str]]:
    """The cells of the file."""
    out = io.StringIO()
    label_files.write(turns, out)
    return list(csv.reader(io.StringIO(out.getvalue())))


def read(text: str, **more: str) -> list[Label]:
    """The labels in ``text``."""
    return label_files.read(io.StringIO(text), **more)


def test_a_sample_has_a_line_a_turn_to_fill_in() -> None:
    """The words only where some are kept."""
    assert written(drawn("t1")) == [
        [
            *("bot", "turn_id", "conversation_id", "time", "predicted", "confidence"),
            *("probability", "weight", "labelled", "labeller"),
        ],
        [
            *("support", "t1", "c1", "2026-03-02T09:00:00+00:00", "order", "0.5"),
            *("0.05", "20.0", "", ""),
        ],
    ]
    head, *lines = written(drawn("t1", "Where?"), drawn("t2"))
    place = head.index("text")
    assert [line[place] for line in lines] == ["Where?", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "'"])
def test_no_cell_is_a_formula(start: str) -> None:
    """An apostrophe stands before what a spreadsheet would run."""
    head, line = written(drawn(f"{start}1+1", f"{start}cmd"))
    assert line[head.index("turn_id")] == f"'{start}1+1"
    assert line[head.index("text")] == f"'{start}cmd"


@given(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=60))
def test_every_id_comes_back_as_it_was(turn_id: str) -> None:
    """Whatever it begins with."""
    out = io.StringIO()
    label_files.write([drawn(turn_id)], out)
    filled = out.getvalue().removesuffix(",,\r\n") + ",refund,eva\r\n"
    assert read(filled) == [
        Label(
            bot="support",
            turn_id=turn_id,
            labelled="refund",
            labeller="eva",
            weight=20.0,
            near=AT,
        )
    ]


def test_what_is_not_filled_in_is_left_out() -> None:
    """And bot and labeller may be said for the whole file."""
    text = "turn_id,labelled\nt1,\nt2,refund\n\nt3, order \n"
    assert read(text, bot="b", labeller="eva") == [
        Label(bot="b", turn_id="t2", labelled="refund", labeller="eva"),
        Label(bot="b", turn_id="t3", labelled="order", labeller="eva"),
    ]


def test_files_of_spreadsheets_are_read() -> None:
    """With a byte order mark, semicolons, and line ends of their own."""
    text = (
        "\ufeffbot;turn_id;labelled;labelled_at\r\nb;t1;a;2026-03-02T10:00:00+01:00\r\n"
    )
    assert read(text) == [
        Label(bot="b", turn_id="t1", labelled="a", labelled_at=AT),
    ]


def test_a_probability_stands_for_the_weight() -> None:
    """Either of the two will do."""
    text = "bot,turn_id,labelled,probability\nb,t1,a,0.25\nb,t2,a,\n"
    assert [one.weight for one in read(text)] == [4.0, 1.0]


def test_every_wrong_field_is_said_with_its_line() -> None:
    """Of all lines at once, each with the value and the limit."""
    text = (
        "bot,turn_id,labelled,labeller,weight,probability,labelled_at\n"
        'b,t1,"a\nb",eva,1,,\n'
        ",t2,a,eva,x,,\n"
        f"b,,{'a' * 201},eva,-1,,yesterday\n"
        "b,t4,a,eva,3,0.5,2999-01-01T00:00:00Z\n"
        "b,t5,a,eva,1,,\n"
    )
    with pytest.raises(LabelError) as refused:
        read(text)
    *lines, ahead = str(refused.value).splitlines()
    assert lines == [
        "line 2, labelled: it has a control character; take it out.",
        'line 4, bot: "" has 0 characters, the limit is 1 to 512.',
        'line 4, weight: "x" is not a number above 0 and up to 1e+09.',
        'line 5, turn_id: "" has 0 characters, the limit is 1 to 512.',
        f'line 5, labelled: "{"a" * 64}" has 201 characters, the limit is 1 to 200.',
        'line 5, weight: "-1" is not a number above 0 and up to 1e+09.',
        'line 5, labelled_at: "yesterday" is not a time with an offset '
        "(2026-03-31T12:00:00Z).",
        'line 6, weight: "3" is not 1 / probability, which is 2; give one of the two.',
    ]
    assert ahead.startswith('line 6, labelled_at: "2999-01-01T00:00:00Z" lies ahead;')


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: the column turn_id is missing; add it."),
        ("turn_id,bot\n", "line 1: the column labelled is missing; add it."),
        (
            "turn_id,labelled,labeler\n",
            'line 1: "labeler" is no column; these are: bot',
        ),
        ("turn_id,turn_id,labelled\n", "line 1: the column turn_id is there twice;"),
        ("turn_id,labelled\nt1,a,b\n", "line 2: it has 3 cells, the head names 2."),
        ('turn_id,labelled\nt1,"a\n', "line 2: it is no CSV (unexpected end of data)."),
    ],
)
def test_a_file_of_another_shape_is_refused(text: str, said: str) -> None:
    """With what it should be."""
    with pytest.raises(LabelError) as refused:
        read(text, bot="b")
    assert str(refused.value).startswith(said)


def test_no_more_than_twenty_mistakes_are_said() -> None:
    """Nobody reads on."""
    text = "bot,turn_id,labelled\n" + ",t1,a\n" * 50
    with pytest.raises(LabelError) as refused:
        read(text)
    lines = str(refused.value).splitlines()
    assert (len(lines), lines[-1]) == (21, "There may be more.")


def test_a_probability_has_a_weight_that_is_a_number() -> None:
    """One so small that its weight is infinite is refused."""
    text = "bot,turn_id,labelled,probability\nb,t1,a,1e-320\n"
    with pytest.raises(LabelError, match=r"probability: .* is too small"):
        read(text)
