"""A text that people wrote is found nowhere: in no table, and in no log."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from tests.end_to_end.conftest import Bot
from tests.support.running import Running, running_collector

from turnspan import conventions as names

CANARY = "canary-7f3a-secret-text"
USER = "canary-user-4411"
SENT_BY_A_CLIENT = (
    "gen_ai.input.messages",
    "gen_ai.output.messages",
    "gen_ai.prompt.0.content",
    "gen_ai.completion.0.content",
    "input.value",
    "output.value",
    "traceloop.entity.input",
    "traceloop.entity.output",
)
CAPTURED = {"OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT": "SPAN_AND_EVENT"}
CODE = f"""
import asyncio
import turnspan

from fastapi import FastAPI
from fastapi.testclient import TestClient
from opentelemetry import trace
from turnspan.integrations.asgi import TurnMiddleware
from turnspan_collector.demo.live import offline_telegram
from turnspan_collector.demo.live.support_bot import dispatcher

CANARY, USER = {CANARY!r}, {USER!r}
turnspan.setup(bot="canary")

@turnspan.turn(conversation="chat_id", user="user_id", channel="web")
def answer(chat_id, user_id, text):
    turnspan.message("bot", "You said " + text)
    turnspan.feedback(1, comment=text)
    turnspan.conversation_start(referrer="https://example.com/a?q=" + text)
    turnspan.cta.impression("buy", url="https://example.com/b?q=" + text)
    tracer = trace.get_tracer("an LLM client")
    attributes = dict.fromkeys({SENT_BY_A_CLIENT!r}, text)
    with tracer.start_as_current_span("chat", attributes=attributes):
        pass
    return text

answer("c1", USER, CANARY)

@turnspan.turn(conversation="chat_id", user="user_id")
def fail(chat_id, user_id, text):
    raise ValueError(text)

try:
    fail("c2", USER, CANARY)
except ValueError:
    pass

app = FastAPI()
app.add_middleware(TurnMiddleware, path="/chat")

@app.post("/chat")
def chat(question: dict[str, str]) -> str:
    return question["text"]

with TestClient(app) as web:
    question = {{"conversation_id": "c3", "user_id": USER, "text": CANARY}}
    web.post("/chat?q=" + CANARY, json=question)

async def telegram():
    async def call(message, handoff):
        pass
    update = offline_telegram.text(4411227733, USER, CANARY)
    await dispatcher(call).feed_update(offline_telegram.bot(), update)

asyncio.run(telegram())
"""
TEXTS = (CANARY, USER, "4411227733")


def _columns(connection: psycopg.Connection[Any]) -> list[tuple[str, str, str]]:
    return connection.execute(
        "SELECT table_schema, table_name, column_name FROM information_schema.columns"
        " JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_type = 'BASE TABLE'"
        " AND table_schema NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()


def _holds(
    connection: psycopg.Connection[Any], where: tuple[str, str, str], text: str
) -> bool:
    schema, table, column = where
    asked = sql.SQL(
        "SELECT EXISTS (SELECT FROM {table} WHERE {column}::text ILIKE %(plain)s"
        " OR {column}::text ILIKE %(hex)s)"
    ).format(table=sql.Identifier(schema, table), column=sql.Identifier(column))
    wanted = {"plain": f"%{text}%", "hex": f"%{text.encode().hex()}%"}
    found = connection.execute(asked, wanted).fetchone()
    assert found is not None
    return bool(found[0])


def _leaks(connection: psycopg.Connection[Any]) -> list[tuple[tuple[str, ...], str]]:
    columns = _columns(connection)
    assert len(columns) > 100
    return [
        (where, text)
        for where in columns
        for text in TEXTS
        if _holds(connection, where, text)
    ]


def _in_the_log(collector: Running) -> list[str]:
    log = collector.log.read_text("utf-8")
    return [text for text in TEXTS if text in log]


def _turns(connection: psycopg.Connection[Any]) -> int:
    ((count,),) = connection.execute("SELECT count(*) FROM turnspan.turns").fetchall()
    return int(count)


def test_no_text_is_found_anywhere(collector: Running, bot: Bot) -> None:
    """Decorator, exception, ASGI, aiogram and a chatty LLM client: nothing leaks."""
    bot(CODE, collector, PYTHONWARNINGS="ignore")
    collector.settle()
    with collector.connect() as connection:
        assert _leaks(connection) == []
        assert _turns(connection) == 4
    assert _in_the_log(collector) == []


def test_text_that_only_the_bot_sends_is_not_stored(
    collector: Running, bot: Bot
) -> None:
    """Content has to be switched on in the collector too."""
    with collector.connect() as connection:
        before = _turns(connection)
        bot(CODE, collector, PYTHONWARNINGS="ignore", **CAPTURED)
        collector.settle()
        assert _leaks(connection) == []
        assert _turns(connection) == before + 4
    assert _in_the_log(collector) == []


def test_text_that_is_kept_is_in_one_place(tmp_path: Path, bot: Bot) -> None:
    """With content on, in the column of texts alone; people's ids not even there."""
    with running_collector(tmp_path, flags=("--content=on",)) as collector:
        bot(CODE, collector, PYTHONWARNINGS="ignore", **CAPTURED)
        collector.settle()
        with collector.connect() as connection:
            assert _leaks(connection) == [(("_turnspan", "content", "text"), CANARY)]
            assert _turns(connection) == 4
            found = connection.execute(
                "SELECT DISTINCT attribute FROM _turnspan.content"
            ).fetchall()
        assert {attribute for (attribute,) in found} == {
            *SENT_BY_A_CLIENT,
            *names.CONTENT_ATTRIBUTES,
        }
        assert _in_the_log(collector) == []
