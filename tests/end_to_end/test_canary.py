"""A text that people wrote is found nowhere: in no table, and in no log."""

from __future__ import annotations

from typing import Any

import psycopg
from psycopg import sql
from tests.end_to_end.conftest import Bot
from tests.support.running import Running

CANARY = "canary-7f3a-secret-text"
USER = "canary-user-4411"
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
    attributes = dict.fromkeys(
        (
            "gen_ai.input.messages",
            "gen_ai.output.messages",
            "gen_ai.prompt.0.content",
            "gen_ai.completion.0.content",
            "input.value",
            "output.value",
            "traceloop.entity.input",
            "traceloop.entity.output",
        ),
        text,
    )
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


def test_no_text_is_found_anywhere(collector: Running, bot: Bot) -> None:
    """Decorator, exception, ASGI, aiogram and a chatty LLM client: nothing leaks."""
    bot(CODE, collector, PYTHONWARNINGS="ignore")
    collector.settle()
    with collector.connect() as connection:
        columns = _columns(connection)
        stored = connection.execute("SELECT count(*) FROM turnspan.turns").fetchone()
        leaks = [
            (where, text)
            for where in columns
            for text in TEXTS
            if _holds(connection, where, text)
        ]
    assert leaks == []
    assert stored == (4,)
    assert len(columns) > 100
    log = collector.log.read_text("utf-8")
    assert [text for text in TEXTS if text in log] == []
