"""A stranger copies the README into a file and finds their turn everywhere."""

from __future__ import annotations

import json

from tests.docs.markdown import ROOT, blocks
from tests.end_to_end.conftest import Bot
from tests.support.running import Running, turnspan

README = [one.text for one in blocks("python") if one.file == ROOT / "README.md"]

SETUP = "import turnspan\nturnspan.setup()\n"


def _value(collector: Running, name: str, **query: object) -> object:
    [row] = collector.metric(name, bot="my-bot", provisional="true", **query)
    return row["value"]


def test_the_readme_is_all_it_takes(collector: Running, bot: Bot) -> None:
    """Decorator, OTLP, collector, PostgreSQL, metrics, timeline, SQL and tail."""
    bot(README[0], collector)
    collector.settle()

    assert _value(collector, "turns") == 1
    assert _value(collector, "sessions") == 1
    assert _value(collector, "intent_confidence", q="mean") == 0.93

    timeline = collector.get("conversations/chat-1")
    [turn] = [one for one in timeline["items"] if one["kind"] == "turn"]
    assert (timeline["bot"], timeline["channel"]) == ("my-bot", "web")
    assert turn["detail"]["intent_name"] == "order_status"

    with collector.connect() as connection:
        rows = connection.execute(
            "SELECT bot, channel, conversation_id, intent_name, outcome"
            " FROM turnspan.turns"
        ).fetchall()
    assert rows == [("my-bot", "web", "chat-1", "order_status", "answered")]

    shown = turnspan("tail", "--url", collector.page, "--once", "--json")
    tail = json.loads(shown)
    assert (tail["bot"], tail["intent"]) == ("my-bot", "order_status")


def test_what_only_the_bot_knows_arrives(collector: Running, bot: Bot) -> None:
    """The README's second snippet: a fallback, a handoff, a rating."""
    [code] = [text for text in README if "handoff.accept" in text]
    set_up = code.replace("import turnspan\n", SETUP).replace("my-bot", "second")
    bot(set_up, collector)
    collector.settle()
    query = {"bot": "second", "provisional": "true"}
    [fallback] = collector.metric("fallback_rate", **query)
    [handoff] = collector.metric("handoff_rate", **query)
    assert (fallback["k"], fallback["n"]) == (1, 1)
    assert (handoff["k"], handoff["n"]) == (1, 1)


def test_a_handoff_from_another_process(collector: Running, bot: Bot) -> None:
    """Asked for in the bot, accepted and closed where people work."""
    request = """
with turnspan.turn(bot="help", conversation="c-9", user="u-9"):
    turnspan.handoff.request("policy", id="ticket-9", queue="legal")
"""
    later = """
turnspan.handoff.accept("ticket-9", bot="help")
turnspan.handoff.close("ticket-9", outcome="resolved", bot="help")
"""
    bot(SETUP + request, collector)
    bot(SETUP + later, collector)
    collector.settle()
    [handoff] = collector.get("conversations/c-9")["handoffs"]
    assert handoff["wait_outcome"] == "accepted"
    assert (handoff["reason"], handoff["outcome"]) == ("policy", "resolved")
    [rate] = collector.metric("handoff_rate", bot="help", provisional="true")
    assert (rate["k"], rate["n"]) == (1, 1)
