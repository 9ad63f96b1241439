"""Writes docs/definitions-elsewhere.md: python -m tests.docs.elsewhere.

Fifteen conversations go the way of all traffic; each product labels them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
from tests.support.chat import Chat, Talk, derived
from tests.support.postgres import Databases, embedded_server

from turnspan import conventions as names
from turnspan_exporters.timescale import migrate, settings
from turnspan_exporters.timescale.elsewhere import PRODUCTS, Labelled, labels, rates

__all__ = ["PAGE", "written"]

PAGE = Path(__file__).parents[2] / "docs" / "definitions-elsewhere.md"

_BOT = "example"
_BASE = datetime(2026, 3, 2, 9, tzinfo=UTC)
_END = _BASE + timedelta(days=10)
_HOUR = 3600.0


def _asked(talk: Talk, at: float, turn: str) -> None:
    talk.event(
        names.EVENT_FEEDBACK_REQUEST,
        at,
        turn,
        attributes={names.GEN_AI_EVALUATION_NAME: "thumbs"},
    )


def _conversations(chat: Chat) -> Iterator[tuple[str, str]]:
    """Play them; yields id and what happened, in one sentence."""

    def talk(id: str, user: str | None = None) -> Talk:
        return chat.talk(id, user=user or f"user-{id}")

    yield from _answered(talk)
    yield from _others(talk)


def _answered(talk: Callable[..., Talk]) -> Iterator[tuple[str, str]]:
    one = talk("c01")
    one.turn(0, "c01-1", intent_name="order.status")
    _asked(one, 5, "c01-1")
    one.rate(9, 1.0, "c01-1")
    yield "c01", "Answered, asked whether it helped: yes."

    one = talk("c02")
    one.turn(_HOUR, "c02-1", intent_name="order.status")
    _asked(one, _HOUR + 5, "c02-1")
    yield "c02", "Answered, asked whether it helped: no reply, no return."

    one = talk("c03")
    one.turn(2 * _HOUR, "c03-1", intent_name="order.status")
    yield "c03", "Answered, never asked, no return."

    one = talk("c04", "ann")
    one.turn(3 * _HOUR, "c04-1", intent_name="billing.refund")
    _asked(one, 3 * _HOUR + 5, "c04-1")
    yield "c04", "Answered; the user comes back 20 hours later in another thread (c05)."

    one = talk("c05", "ann")
    one.turn(23 * _HOUR, "c05-1", intent_name="billing.refund")
    yield "c05", "That return: answered, and this time for good."

    one = talk("c06")
    one.turn(5 * _HOUR, "c06-1", intent_name="billing.change")
    one.turn(5 * _HOUR + 60, "c06-2", intent_name=None, outcome="fallback")
    yield "c06", "Answered once, then not understood; the user leaves."

    one = talk("c07")
    one.turn(6 * _HOUR, "c07-1", intent_name="billing.change")
    _asked(one, 6 * _HOUR + 5, "c07-1")
    one.rate(6 * _HOUR + 9, 0.0, "c07-1")
    yield "c07", "Answered, asked whether it helped: no."


def _others(talk: Callable[..., Talk]) -> Iterator[tuple[str, str]]:
    one = talk("c08")
    one.turn(7 * _HOUR, "c08-1", intent_name="account.change", outcome="clarification")
    yield "c08", "The bot asks back; the user leaves."

    one = talk("c09")
    one.turn(8 * _HOUR, "c09-1", intent_name="human", outcome="handoff")
    one.handoff("request", 8 * _HOUR + 1, "h09", turn="c09-1")
    one.handoff("accept", 8 * _HOUR + 90, "h09")
    one.handoff(
        "close",
        8 * _HOUR + 600,
        "h09",
        attributes={names.HANDOFF_OUTCOME: "resolved"},
    )
    yield "c09", "Handed to a person, who resolves it."

    one = talk("c10")
    one.turn(9 * _HOUR, "c10-1", intent_name="human", outcome="handoff")
    one.handoff("request", 9 * _HOUR + 1, "h10", turn="c10-1")
    one.handoff("withdraw", 9 * _HOUR + 240, "h10")
    yield "c10", "Asks for a person, gives up waiting."

    one = talk("c11")
    for number in (1, 2):
        at = 10 * _HOUR + 600 * number
        one.turn(at, f"c11-{number}", intent_name="human", outcome="handoff")
        one.handoff("request", at + 1, f"h11-{number}", turn=f"c11-{number}")
    one.handoff("accept", 10 * _HOUR + 1300, "h11-2")
    yield "c11", "Asks for a person twice in one session; the second time one comes."

    one = talk("c12")
    one.turn(12 * _HOUR, "c12-1", intent_name="order.status")
    one.turn(14 * _HOUR, "c12-2", intent_name="order.change")
    yield "c12", "Two sessions of one thread, two hours apart, both answered."

    one = talk("c13")
    one.turn(15 * _HOUR, "c13-1", intent_name=None)
    yield "c13", "Small talk: answered, no intent."

    one = talk("c14")
    one.message(16 * _HOUR, "bot")
    yield "c14", "A reminder that nobody answers."

    one = talk("c15")
    one.turn(17 * _HOUR, "c15-1", intent_name="order.cancel", outcome="error")
    yield "c15", "The bot fails with an error."


def written(dsn: str) -> str:
    """The page, from a migrated database without rows."""
    chat = Chat(bot=_BOT, base=_BASE)
    told = dict(_conversations(chat))
    with psycopg.connect(dsn, autocommit=True) as connection:
        settings.change(
            connection, "", {"raw_retention": "3650d", "derived_retention": "3650d"}
        )
        derived(dsn, chat)
        found = {
            product.name: labels(connection, product, _BOT, _BASE, _END)
            for product in PRODUCTS
        }
    return "\n".join(_lines(told, found)) + "\n"


def _lines(told: dict[str, str], found: dict[str, list[Labelled]]) -> Iterator[str]:
    yield "# The same sessions under other definitions"
    yield ""
    yield "<!-- Generated by tests/docs/elsewhere.py from the rules in the package. -->"
    yield ""
    yield (
        "What one product calls resolved, another calls abandoned, and both print a "
        "percentage. Below, the same fifteen conversations are labelled by the "
        "published rules of six products; the statements are in "
        "`exporters/turnspan_exporters/timescale/sql/elsewhere.sql` and run on your "
        "rows too. Their pages were read on 2026-11-22; where a page needs what "
        "telemetry does not have, this says so."
    )
    yield ""
    yield from _totals(found)
    yield from _conversation_table(told, found)
    yield from _definitions()


def _totals(found: dict[str, list[Labelled]]) -> Iterator[str]:
    columns = ("resolved", "handed to a person", "neither")
    yield "## The numbers"
    yield ""
    yield f"| | counts | {' | '.join(columns)} |"
    yield "|---|---|---|---|---|"
    for product in PRODUCTS:
        numbers = rates(product, found[product.name])
        cells = [
            "–" if numbers.get(column) is None else _share(*numbers[column])
            for column in columns
        ]
        yield f"| {product.name} | {product.unit} | {' | '.join(cells)} |"
    yield ""


def _share(k: int, n: int) -> str:
    return f"{k / n:.0%} ({k} of {n})"


def _conversation_table(
    told: dict[str, str], found: dict[str, list[Labelled]]
) -> Iterator[str]:
    yield "## The conversations"
    yield ""
    yield f"| | what happened | {' | '.join(found)} |"
    yield "|---|---|" + "---|" * len(found)
    for id, sentence in told.items():
        cells = [
            ", ".join(
                one.label.replace("_", " ")
                for one in given
                if one.conversation_id == id
            )
            or "–"
            for given in found.values()
        ]
        yield f"| {id} | {sentence} | {' | '.join(cells)} |"
    yield ""


def _definitions() -> Iterator[str]:
    yield "## The rules, and what differs"
    for product in PRODUCTS:
        yield ""
        yield f"### {product.name}"
        yield ""
        yield product.definition
        yield ""
        yield f"**What differs:** {product.differs}"
        if product.sources:
            yield ""
            yield "Read from: " + ", ".join(f"<{source}>" for source in product.sources)


def main() -> None:
    """Write the page, on an embedded server."""
    with embedded_server() as server:
        databases = Databases(server.dsn)
        PAGE.write_text(written(databases.create(databases.template(migrate))), "utf-8")
        databases.drop_all()


if __name__ == "__main__":
    main()
