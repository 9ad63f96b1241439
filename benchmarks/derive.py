"""Turns a second that the worker derives, conversation after conversation growing.

    python -m benchmarks.derive [DSN] [--turns 2000] [--rounds 10]

Each round is one second of traffic: a turn in each of ``--turns`` conversations, with
its span, two messages, an intent result and an LLM span. A conversation has six turns
before another takes its place, so what was derived in earlier rounds is derived again.
"""

from __future__ import annotations

import argparse
import statistics
import time
from datetime import UTC, datetime, timedelta

from benchmarks._database import database
from tests.support.chat import Chat

from turnspan import conventions as names
from turnspan_exporters.timescale import TimescaleExporter, migrate
from turnspan_exporters.timescale._derive import Deriver

_TURNS_OF_A_CONVERSATION = 6


def fill(chat: Chat, number: int, turns: int) -> None:
    """One second of traffic."""
    for at in range(turns):
        began = number + at % _TURNS_OF_A_CONVERSATION
        conversation = f"c{at}-{began // _TURNS_OF_A_CONVERSATION}"
        turn = f"{conversation}-{number}"
        talk = chat.talk(conversation, user=f"u{at % 1500}", version="1")
        now = number * 60 + at / turns
        talk.message(now, turn=turn)
        trace = talk.turn(now, turn, 0.8, intent_name="refund", intent_confidence=0.9)
        attributes = {names.INTENT_THRESHOLD: 0.6, names.INTENT_SOURCE: "nlu"}
        talk.event(names.EVENT_INTENT_RESULT, now, turn, attributes=attributes)
        talk.span(now, turn, 0.6, trace_id=trace, name="chat m", operation="chat",
                  input_tokens=100, output_tokens=20)  # fmt: skip
        talk.message(now + 0.7, "bot", turn)


def main() -> None:
    """Read the command line; without a DSN, on an embedded server."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dsn", nargs="?")
    options.add_argument("--turns", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=10)
    chosen = options.parse_args()
    with database(chosen.dsn) as dsn:
        rate(dsn, chosen.turns, chosen.rounds)


def rate(dsn: str, turns: int, rounds: int) -> None:
    """Store and derive round after round; print the median rate."""
    migrate(dsn)
    exporter = TimescaleExporter(dsn, migrates=False)
    exporter.open()
    deriver = Deriver(dsn)
    chat = Chat(base=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))
    rates = []
    for number in range(rounds):
        fill(chat, number, turns)
        exporter.export([chat.batch()])
        began = time.perf_counter()
        while deriver.work():
            pass
        rates.append(turns / (time.perf_counter() - began))
        print(f"round {number}: {rates[-1]:,.0f} turns/s")
    print(f"median {statistics.median(rates):,.0f} turns/s")


if __name__ == "__main__":
    main()
