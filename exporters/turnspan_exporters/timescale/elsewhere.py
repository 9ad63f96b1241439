"""The same rows under the published definitions of other products.

Each product's rules are one statement of ``sql/elsewhere.sql`` over the public views,
so that anyone who comes from one of them can hold its numbers against ours on their
own data. What cannot be had from telemetry is said in ``differs``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = ["PRODUCTS", "Labelled", "Product", "labels", "rates"]


@dataclass(frozen=True, slots=True)
class Product:
    """A product's published definition.

    ``rates`` names each of its numbers with the labels it counts; ``excludes`` are
    labels that are not in the denominator. ``sources`` are the pages it was read from.
    """

    name: str
    statement: str
    unit: str
    definition: str
    differs: str
    sources: tuple[str, ...]
    rates: Mapping[str, frozenset[str]]
    excludes: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True, slots=True)
class Labelled:
    """What a product would call one session or conversation."""

    conversation_id: str
    start_time: datetime
    label: str


def labels(
    connection: Connection, product: Product, bot: str, start: datetime, end: datetime
) -> list[Labelled]:
    """The label of every unit of ``bot`` that began in [start, end), in order."""
    rows = connection.execute(
        query(f"elsewhere_{product.statement}"),
        {"bot": bot, "from": start, "to": end, "now": datetime.now(UTC)},
    ).fetchall()
    return sorted(
        (Labelled(*row) for row in rows), key=lambda one: (one.start_time, one.label)
    )


def rates(product: Product, given: list[Labelled]) -> dict[str, tuple[int, int]]:
    """Each of the product's numbers as (k, n)."""
    counted = Counter(one.label for one in given)
    n = sum(many for label, many in counted.items() if label not in product.excludes)
    return {
        name: (sum(counted[label] for label in members), n)
        for name, members in product.rates.items()
    }


_RESOLVED: Final = frozenset({"resolved_confirmed", "resolved_implied"})

PRODUCTS: Final = (
    Product(
        name="turnspan",
        statement="turnspan",
        unit="session with a user message",
        definition=(
            "One label a session, in order: escalated (a handoff that the user did not "
            "take back before a person came), resolved (confirmed, or implied by an "
            "answer that brought no return within 24 hours), abandoned. Sessions "
            "without a user message are in no rate."
        ),
        differs="What the others are held against.",
        sources=(),
        rates={
            "resolved": _RESOLVED,
            "handed to a person": frozenset({"escalated"}),
            "neither": frozenset({"abandoned"}),
        },
        excludes=frozenset({"unengaged"}),
    ),
    Product(
        name="Copilot Studio",
        statement="copilot",
        unit="engaged session",
        definition=(
            "A session that times out after 30 minutes is engaged once a topic, the "
            "fallback topic or an escalation was reached. It is escalated when the "
            "Escalate topic runs, whether the transfer happens or not; resolved when "
            "the End of Conversation survey is answered with yes or left unanswered; "
            "abandoned otherwise. Rates are over engaged sessions."
        ),
        differs=(
            "A question whose bot never asks for feedback can only be abandoned; an "
            "unanswered survey resolves; a request that the user took back stays "
            "escalated; nobody looks for a return; small talk is not in the "
            "denominator."
        ),
        sources=(
            "https://learn.microsoft.com/microsoft-copilot-studio/analytics-summary",
            "https://learn.microsoft.com/microsoft-copilot-studio/guidance/"
            "measuring-outcomes",
        ),
        rates={
            "resolved": frozenset({"resolved"}),
            "handed to a person": frozenset({"escalated"}),
            "neither": frozenset({"abandoned"}),
        },
        excludes=frozenset({"unengaged"}),
    ),
    Product(
        name="Amazon Lex V2",
        statement="lex",
        unit="conversation (session id and originating request id)",
        definition=(
            "A conversation is a success when its final intent was fulfilled, failed "
            "when that failed or fell to the fallback intent, and dropped when the "
            "customer does not respond before either."
        ),
        differs=(
            "There is no label for a person: an intent that hands over counts as a "
            "success once it is fulfilled. Feedback and returns change nothing."
        ),
        sources=(
            "https://docs.aws.amazon.com/lexv2/latest/dg/"
            "analytics-key-definitions.html",
        ),
        rates={
            "resolved": frozenset({"success"}),
            "neither": frozenset({"failed", "dropped"}),
        },
    ),
    Product(
        name="Intercom Fin",
        statement="fin",
        unit="conversation Fin was involved in",
        definition=(
            "A resolution is counted when, after Fin's last answer, the customer "
            "confirms it (confirmed) or leaves without asking for more help within 24 "
            "hours (assumed); one a conversation. The rate is over conversations that "
            "Fin was involved in."
        ),
        differs=(
            "The unit is the conversation: two sessions of one thread count once, and "
            "a return takes the resolution away only within that conversation, not "
            "where the same customer opens another."
        ),
        sources=(
            "https://www.intercom.com/help/en/articles/"
            "8205718-fin-ai-agent-resolutions",
            "https://www.intercom.com/help/en/articles/7837533-fin-report",
        ),
        rates={
            "resolved": frozenset({"confirmed", "assumed"}),
            "neither": frozenset({"unresolved"}),
        },
    ),
    Product(
        name="Rasa",
        statement="rasa",
        unit="session",
        definition=(
            "Studio counts every session as successful that is resolved without "
            "reaching a human agent, unless other criteria are set; the pages on "
            "analytics give example queries for escalation and abandonment instead of "
            "definitions."
        ),
        differs=(
            "Abandoned sessions, fallbacks, bad ratings and sessions in which nobody "
            "wrote are successes, and so is a user who asked for a person and gave up "
            "waiting."
        ),
        sources=(
            "https://www.rasa.com/docs/studio/analyze/analytics",
            "https://rasa.com/docs/rasa-pro/operating/analytics/example-queries/",
        ),
        rates={
            "resolved": frozenset({"successful"}),
            "handed to a person": frozenset({"handed off"}),
        },
    ),
    Product(
        name="Zendesk",
        statement="zendesk",
        unit="conversation",
        definition=(
            "An automated resolution is counted after 72 hours of inactivity, when no "
            "human agent took part and the conversation ended with positive feedback "
            "or a relevant answer, which a language model confirms."
        ),
        differs=(
            "The language model's verdict is not to be had here: every answer counts "
            "as relevant, so the number is an upper bound. The window is 72 hours "
            "instead of 24, and a new conversation of the same user changes nothing."
        ),
        sources=("https://support.zendesk.com/hc/en-us/articles/8357756668186",),
        rates={
            "resolved": frozenset({"automated resolution"}),
            "handed to a person": frozenset({"escalated"}),
            "neither": frozenset({"not resolved"}),
        },
        excludes=frozenset({"pending"}),
    ),
)
"""turnspan first, then the others."""
