"""aiogram: the ids of buttons, and what is said when something is missing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from turnspan.integrations.aiogram._options import prefix


@pytest.mark.parametrize(
    ("data", "id"),
    [
        ("buy", "buy"),
        ("order:4711", "order"),
        ("menu_2", "menu_2"),
        ("open|ada@example.org", "open"),
        ("user_7351204986_block", "user"),
        ("pay7351204986", "pay"),
        ("7351204986", "button"),
        ("ada@example.org", "button"),
        ("заказ:1", "заказ"),
        ("", "button"),
        ('{"user": 1}', "button"),
        ("x" * 200, "x" * 64),
    ],
)
def test_a_buttons_id_tells_no_person(data: str, id: str) -> None:
    """The id is the data's first name, without numbers that may be a person's."""
    assert prefix(data) == id


def test_a_missing_framework_says_which_extra() -> None:
    """Without aiogram the adapter imports, and its first use says what is missing."""
    code = (
        "import sys; sys.modules['aiogram'] = None\n"
        "from turnspan.integrations.aiogram import instrument\n"
        "try: instrument(type('Dispatcher', (), {})())\n"
        "except ModuleNotFoundError as error: print(error)"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == (
        "turnspan.integrations.aiogram needs aiogram; "
        "run pip install 'turnspan[aiogram]'"
    )
