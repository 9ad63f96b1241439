"""Head sampling changes no number: a tenth of the spans, all of the metrics."""

from __future__ import annotations

from typing import Any

from tests.end_to_end.conftest import Bot
from tests.support.running import Running

CODE = """
import turnspan

turnspan.setup(bot={bot!r})

for chat in range(20):
    name, user = f"{bot}-{{chat}}", f"user-{{chat % 7}}"
    with turnspan.conversation(name, user=user, channel="web"):
        for number in range(1 + chat % 4):
            with turnspan.turn() as turn:
                sure = round(0.3 + ((chat * 5 + number * 3) % 14) / 20, 2)
                turnspan.intent("a" if chat % 2 else "b", sure, threshold=0.5)
                turnspan.cta.impression("buy")
        if chat % 3 == 0:
            turnspan.cta.click("buy")
        if chat % 5 == 0:
            ticket = turnspan.handoff.request("policy")
            turnspan.handoff.accept(ticket)
        if chat % 6 == 1:
            turnspan.feedback("up", turn=turn.id)
"""
EXACT: tuple[tuple[str, dict[str, str]], ...] = (
    ("turns", {}),
    ("sessions", {}),
    ("turns_per_session", {}),
    ("dau", {}),
    ("engagement_rate", {}),
    ("handoff_rate", {}),
    ("handoff_accepted_share", {}),
    ("fallback_rate", {"by": "intent"}),
    ("intent_confidence", {}),
    ("ctr", {"by": "cta"}),
    ("outcome_share", {}),
)


def _rows(collector: Running, name: str, bot: str, query: Any) -> list[Any]:
    rows = collector.metric(name, bot=bot, provisional="true", **query)
    return [(row["group"], row["value"], row["k"], row["n"]) for row in rows]


def test_sampling_changes_no_number(collector: Running, bot: Bot) -> None:
    """Counts, rates and shares are the same to the last digit."""
    bot(CODE.format(bot="all"), collector, OTEL_TRACES_SAMPLER="always_on")
    bot(
        CODE.format(bot="tenth"),
        collector,
        OTEL_TRACES_SAMPLER="traceidratio",
        OTEL_TRACES_SAMPLER_ARG="0.1",
    )
    collector.settle()
    with collector.connect() as connection:
        counted = "SELECT bot, count(*) FROM turnspan.spans GROUP BY 1"
        spans = dict(connection.execute(counted).fetchall())
    assert spans["all"] == 50
    assert spans.get("tenth", 0) < 25
    for name, query in EXACT:
        sampled = _rows(collector, name, "tenth", query)
        assert sampled == _rows(collector, name, "all", query), name
        assert sampled, name
    [latency] = collector.metric("response_latency", bot="tenth", provisional="true")
    assert latency["n"] == 50
    assert latency["value"] > 0
