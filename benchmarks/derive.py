"""Turns a second that the worker derives, conversation after conversation growing.

    python -m benchmarks.derive DSN [--turns 2000] [--rounds 10] [--profile]

Each round is one second of traffic: a turn in each of ``--turns`` conversations, with
its span, two messages, an intent result and an LLM span. A conversation has six turns
before another takes its place, so what was derived in earlier rounds is derived again.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import Connection
from tests.support.chat import Chat

from turnspan import conventions as names
from turnspan_exporters.timescale import TimescaleExporter, migrate
from turnspan_exporters.timescale._derive import Deriver
from turnspan_exporters.timescale._queries import steps

_TURNS_OF_A_CONVERSATION = 6
_FILES = ("claim", "read", "shape", "result", "replace", "users")
_NAMES = {id(text): name for file in _FILES for name, text in steps(file)}


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


def profiled(spent: Counter[str]) -> None:
    """Count the seconds that each statement takes, by its first line."""
    execute: Any = Connection.execute

    def timed(self: Any, statement: Any, *rest: Any, **more: Any) -> Any:
        began = time.perf_counter()
        try:
            return execute(self, statement, *rest, **more)
        finally:
            name = _NAMES.get(id(statement), str(statement)[:70])
            spent[name] += int(1e6 * (time.perf_counter() - began))

    setattr(Connection, "execute", timed)  # noqa: B010


def main() -> None:
    """Store and derive round after round; print the median rate."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dsn")
    options.add_argument("--turns", type=int, default=2000)
    options.add_argument("--rounds", type=int, default=10)
    options.add_argument("--profile", action="store_true")
    chosen = options.parse_args()
    migrate(chosen.dsn)
    exporter = TimescaleExporter(chosen.dsn, migrates=False)
    exporter.open()
    deriver = Deriver(chosen.dsn)
    spent: Counter[str] = Counter()
    if chosen.profile:
        profiled(spent)
    chat = Chat(base=datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))
    rates = []
    for number in range(chosen.rounds):
        fill(chat, number, chosen.turns)
        exporter.export([chat.batch()])
        began = time.perf_counter()
        while deriver.work():
            pass
        rates.append(chosen.turns / (time.perf_counter() - began))
        print(f"round {number}: {rates[-1]:,.0f} turns/s")  # noqa: T201
    print(f"median {statistics.median(rates):,.0f} turns/s")  # noqa: T201
    for name, microseconds in spent.most_common(40):
        print(f"{microseconds / 1000:10.0f} ms  {name}")  # noqa: T201


if __name__ == "__main__":
    main()
