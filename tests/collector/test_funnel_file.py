"""The file of funnels: what it declares, and a line for each mistake."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from turnspan_collector.funnel_file import (
    BYTES_MAX,
    FunnelFileError,
    read,
    read_file,
)
from turnspan_exporters.timescale.declarations import Funnel, Goal, Step

FILE = """\
goals:
  - name: purchase
    bot: shop
    event: chatbot.custom.paid
    value: 20
    currency: EUR
  - name: "no"
    intent: no
    kind: other
funnels:
  - name: checkout
    bot: [shop, outlet]
    window: 7d
    steps:
      - intent: order
      - node: order_form
        name: Form
      - cta: buy
      - goal: purchase
  - name: help
    steps: [{intent: help}, {event: chatbot.handoff.accept}]
"""


def test_a_file_declares_what_it_says() -> None:
    """Goals, then funnels; one for each bot, or for every bot; ids stay texts."""
    steps = (
        Step(by="intent", of="order", name="intent:order"),
        Step(by="node", of="order_form", name="Form"),
        Step(by="cta", of="buy", name="cta:buy"),
        Step(by="goal", of="purchase", name="goal:purchase"),
    )
    assert read(FILE.encode(), "shop.yaml") == [
        Goal(
            name="purchase",
            bot="shop",
            by="event",
            of="chatbot.custom.paid",
            value=20.0,
            currency="EUR",
        ),
        Goal(name="no", bot="", by="intent", of="no", goal_kind="other"),
        *(
            Funnel(
                name="checkout", bot=bot, steps=steps, unit="user", window_s=604800.0
            )
            for bot in ("shop", "outlet")
        ),
        Funnel(
            name="help",
            bot="",
            steps=(
                Step(by="intent", of="help", name="intent:help"),
                Step(
                    by="event",
                    of="chatbot.handoff.accept",
                    name="event:chatbot.handoff.accept",
                ),
            ),
        ),
    ]


def test_json_is_read_the_same() -> None:
    """As the API may send it; a session may have a window too."""
    text = (
        b'{"funnels": [{"name": "a", "window": "10m", "unit": "session",'
        b' "steps": [{"cta": "x"}, {"cta": "y"}]}]}'
    )
    (found,) = read(text, "api")
    assert isinstance(found, Funnel)
    assert (found.unit, found.window_s) == ("session", 600.0)


def test_an_empty_file_declares_nothing() -> None:
    """Comments alone are none."""
    assert read(b"", "a.yaml") == []
    assert read(b"# later\n", "a.yaml") == []


FUNNEL = "funnels:\n  - name: a\n    steps: [{cta: x}, {cta: y}]\n"


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "funnel: []",
            ['line 1: the file has the unknown key "funnel": take one of funnels, '
             "goals."],
        ),
        ("- a", ["line 1: the file is a list: give funnels, goals."]),
        ("funnels: yes", ['line 1: funnels is "yes": give a list.']),
        (
            "funnels:\n  - steps: [{cta: x}]",
            [
                "line 2: funnels[0].name is missing: give each a name.",
                "line 2: funnels[0].steps has 1 entries: give two steps or more.",
            ],
        ),
        (
            "funnels:\n  - name: a:b\n    steps: []",
            [
                'line 2: funnels[0].name is "a:b": give letters, digits, spaces, dots, '
                "dashes and underscores.",
                "line 3: funnels[0].steps has 0 entries: give two steps or more.",
            ],
        ),
        ("funnels:\n  - name: a",
         ["line 2: funnels[0].steps is missing: give two steps or more."]),
        (
            FUNNEL + "    window: soon",
            [
                'line 4: funnels[0].window is "soon": give session, or a time from 1s '
                "to 90d such as 30m or 7d."
            ],
        ),
        (
            FUNNEL + "    window: 91d",
            [
                'line 4: funnels[0].window is "91d": give session, or a time from 1s '
                "to 90d such as 30m or 7d."
            ],
        ),
        (
            FUNNEL + "    unit: user",
            [
                "line 4: funnels[0].unit is user, and the window is one session: give "
                "a window such as 7d."
            ],
        ),
        (
            FUNNEL + "    unit: bot",
            ['line 4: funnels[0].unit is "bot": give one of session, user.'],
        ),
        (
            "funnels:\n  - name: a\n    steps:\n      - cta: x\n        goal: y\n"
            "      - page: z\n",
            [
                "line 4: funnels[0].steps[0] has 2 of goal, cta, intent, node, event: "
                "give exactly one.",
                'line 6: funnels[0].steps[1] has the unknown key "page": take one of '
                "goal, cta, intent, node, event, name.",
            ],
        ),
        (
            "goals:\n  - name: a\n    goal: b\n",
            [
                'line 3: goals[0] has the unknown key "goal": take one of name, bot, '
                "kind, value, currency, cta, intent, node, event.",
                "line 2: goals[0] has 0 of cta, intent, node, event: give exactly one.",
            ],
        ),
        (
            "goals:\n  - name: a\n    cta: b\n    value: lots\n    currency: euro\n"
            "    kind: big\n",
            [
                'line 6: goals[0].kind is "big": give one of conversion, lead, '
                "follow_up, other.",
                'line 4: goals[0].value is "lots": give a number from 0 to '
                "999999999999.",
                'line 5: goals[0].currency is "euro": give three capital letters such '
                "as EUR.",
            ],
        ),
        (
            "goals:\n  - {name: a, cta: b, currency: EUR}\n",
            ["line 2: goals[0].currency is given without a value."],
        ),
        (
            "goals:\n  - {name: a, cta: b, cta: c}\n",
            ["line 2: goals[0].cta is given twice: give it once."],
        ),
        (
            "goals:\n  - {name: a, cta: b}\n  - {name: a, node: c}\n",
            [
                "line 3: goal a is there already in line 2: give each a name of its "
                "own, or another bot."
            ],
        ),
        (
            "goals:\n  - {name: a, cta: [b]}\n",
            ["line 2: goals[0].cta is a list: give a text."],
        ),
        (
            "goals:\n  - {name: a, bot: [], cta: b}\n",
            ["line 2: goals[0].bot is empty: name a bot, or leave it out."],
        ),
        (
            "goals: [" + "{name: a, cta: b}," * 201 + "]",
            ["line 1: goals has 201 entries, the limit is 200."],
        ),
        (
            "goals:\n  - {name: a, cta: " + "b" * 257 + "}",
            ["line 2: goals[0].cta has 257 characters: give a text of 1 to 256."],
        ),
        (
            "funnels:\n  - {name: a, steps: [" + "{cta: x}," * 21 + "]}",
            ["line 2: funnels[0].steps has 21 entries, the limit is 20."],
        ),
        (
            "goals:\n  - name: 'a",
            ["line 2: it is not YAML: found unexpected end of stream."],
        ),
        (
            "[" * 5000,
            ["line 1: it is not YAML: it is nested too deeply."],
        ),
        ("goals: !!python/name:os.system x", ['line 1: goals is "x": give a list.']),
    ],
)  # fmt: skip
def test_a_mistake_has_its_line(text: str, problems: list[str]) -> None:
    """Each names the field, the value and what to write; all come at once."""
    with pytest.raises(FunnelFileError) as raised:
        read(text.encode(), "a.yaml")
    assert raised.value.problems == tuple(f"a.yaml, {one}" for one in problems)


def test_an_alias_is_the_same_again() -> None:
    """Steps may be shared; nothing is multiplied."""
    text = dedent(
        """\
        funnels:
          - name: a
            steps: &way [{cta: x}, {cta: y}]
          - name: b
            steps: *way
        """
    )
    first, second = read(text.encode(), "a.yaml")
    assert isinstance(first, Funnel)
    assert isinstance(second, Funnel)
    assert first.steps == second.steps


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "a.yaml, line 1: it is not UTF-8."),
        (
            b"#" * (BYTES_MAX + 1),
            "a.yaml, line 1: it has more than 1048576 bytes: split it.",
        ),
    ],
)
def test_what_is_no_text_is_refused(content: bytes, said: str) -> None:
    """And what is too large, before it is parsed."""
    with pytest.raises(FunnelFileError) as raised:
        read(content, "a.yaml")
    assert str(raised.value) == said


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    """Is named, without its folder."""
    with pytest.raises(FunnelFileError) as raised:
        read_file(tmp_path / "none.yaml")
    assert str(raised.value) == (
        "none.yaml, line 1: it cannot be read (No such file or directory): give a "
        "readable file."
    )
