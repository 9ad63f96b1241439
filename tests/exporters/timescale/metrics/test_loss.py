"""The loss rate equals a known loss, whatever order and time the records say."""

from __future__ import annotations

import random
from datetime import timedelta

from tests.exporters.timescale.metrics.conftest import Ask
from tests.support.chat import BASE, Chat, derived

from turnspan import conventions as names

HOUR = 3600.0


def _send(chat: Chat, process: str, numbers: list[int], late: frozenset[int]) -> None:
    """A view each, one a second; those of ``late`` say that they are a day older."""
    talk = chat.talk("c1")
    for number in numbers:
        at = number - 86400.0 if number in late else float(number)
        talk.event(
            names.EVENT_VIEW,
            at,
            seq=number,
            attributes={names.PROCESS_ID: process},
        )


def test_a_known_loss_comes_out(migrated_dsn: str, ask: Ask) -> None:
    """1,037 of 5,000 records, a stretch and some here and there; two processes."""
    dice = random.Random(3)
    sent = range(1, 3001)
    lost = {*range(1100, 2100), *dice.sample(range(2100, 3000), 37)}
    chat = Chat()
    arrived = [number for number in sent if number not in lost]
    dice.shuffle(arrived)
    _send(chat, "p1", [*arrived, *arrived[:50]], frozenset(arrived[:9]))
    _send(chat, "p2", [*range(1, 2001)], frozenset())
    derived(migrated_dsn, chat)
    rows = ask(
        "loss_rate",
        BASE - timedelta(days=2),
        BASE + timedelta(days=1),
        None,
        ("process",),
    )
    assert [(row[1]["process"], row[3], row[4]) for row in rows] == [
        ("p1", 1037, 3000),
        ("p2", 0, 2000),
    ]
    (whole,) = ask("loss_rate", BASE - timedelta(days=2), BASE + timedelta(days=1))
    assert (whole[2], whole[3], whole[4]) == (1037 / 5000, 1037, 5000)


def test_what_arrives_late_is_not_lost(migrated_dsn: str, ask: Ask) -> None:
    """The rate falls when a retry brings the rest; repeated ones change nothing."""
    chat = Chat()
    _send(chat, "p1", [1, 2, 5, 6], frozenset())
    derived(migrated_dsn, chat)
    (row,) = ask("loss_rate", BASE, BASE + timedelta(days=1))
    assert (row[3], row[4]) == (2, 6)
    _send(chat, "p1", [2, 3, 4, 5], frozenset())
    derived(migrated_dsn, chat)
    (row,) = ask("loss_rate", BASE, BASE + timedelta(days=1))
    assert (row[3], row[4]) == (0, 6)
