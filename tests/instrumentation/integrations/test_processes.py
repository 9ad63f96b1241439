"""Adapters in processes of their own, switched on by opentelemetry-instrument."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from turnspan import conventions as c

LIMIT_S = 60

WEB = """
import asyncio
import uvicorn
from fastapi import FastAPI
from opentelemetry import trace

app = FastAPI()

@app.post("/talk/{room}")
async def talk(room: str, body: dict):
    with trace.get_tracer("model").start_as_current_span("chat model"):
        return {"answer": "yes"}

@app.post("/other")
async def other():
    return {}

async def main():
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    host, port = server.servers[0].sockets[0].getsockname()[:2]
    for path in ("/talk/r1", "/other"):
        reader, writer = await asyncio.open_connection(host, port)
        body = b'{"who": {"id": 7351204986}}'
        head = f"POST {path} HTTP/1.1\\r\\nHost: x\\r\\nConnection: close\\r\\n"
        head += "Content-Type: application/json\\r\\n"
        writer.write(f"{head}Content-Length: {len(body)}\\r\\n\\r\\n".encode() + body)
        assert b"200 OK" in await reader.read()
        writer.close()
    server.should_exit = True
    await serving

asyncio.run(main())
"""

BOT = """
import asyncio
from aiogram import Dispatcher
from opentelemetry import trace
from tests.support.telegram import message, offline_bot

bot, server = offline_bot()
dispatcher = Dispatcher()

@dispatcher.message()
async def talk(heard):
    with trace.get_tracer("model").start_as_current_span("chat model"):
        await heard.answer("yes")

asyncio.run(dispatcher.feed_update(bot, message(7351204986, "hello", id=1)))
"""


def _run(script: str, tmp_path: Path, **environ: str) -> list[dict[str, Any]]:
    """Run a bot as its owner would, and give the spans that it printed."""
    program = tmp_path / "bot.py"
    program.write_text(script)
    command = Path(sys.executable).with_name("opentelemetry-instrument")
    root = Path(__file__).parents[3]
    run = subprocess.run(
        [command, sys.executable, program],
        env={
            **os.environ,
            "OTEL_TRACES_EXPORTER": "console",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_SERVICE_NAME": "support",
            "TURNSPAN_USER_KEY": "a secret for tests",
            "PYTHONPATH": str(root),
            **environ,
        },
        capture_output=True,
        text=True,
        timeout=LIMIT_S,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    decoder = json.JSONDecoder()
    starts = [found.start() for found in re.finditer(r"^\{", run.stdout, re.MULTILINE)]
    return [decoder.raw_decode(run.stdout, start)[0] for start in starts]


def _turn_and_model(spans: list[dict[str, Any]]) -> tuple[dict[str, Any], Any]:
    [turn] = [span for span in spans if span["name"] == "chatbot.turn support"]
    [model] = [span for span in spans if span["name"] == "chat model"]
    return turn, model


def test_a_web_app_needs_no_line_of_code(tmp_path: Path) -> None:
    """Under opentelemetry-instrument and by variables, FastAPI's chat has turns."""
    spans = _run(
        WEB,
        tmp_path,
        TURNSPAN_ASGI_PATHS="/talk/{room}",
        TURNSPAN_ASGI_CONVERSATION="path:room",
        TURNSPAN_ASGI_USER="who.id",
    )
    turn, model = _turn_and_model(spans)
    assert turn["attributes"][c.GEN_AI_CONVERSATION_ID] == "r1"
    assert len(turn["attributes"][c.ENDUSER_PSEUDO_ID]) == 64
    [server] = [span for span in spans if span["name"] == "POST /talk/{room}"]
    assert turn["parent_id"] == server["context"]["span_id"]
    assert model["context"]["trace_id"] == turn["context"]["trace_id"]
    assert model["attributes"][c.GEN_AI_CONVERSATION_ID] == "r1"
    assert "7351204986" not in json.dumps(spans)


def test_an_aiogram_bot_needs_no_line_of_code(tmp_path: Path) -> None:
    """Under opentelemetry-instrument an aiogram bot has turns."""
    spans = _run(BOT, tmp_path)
    turn, model = _turn_and_model(spans)
    assert turn["kind"] == "SpanKind.CONSUMER"
    assert turn["attributes"][c.CHANNEL_NAME] == "telegram"
    assert model["parent_id"] == turn["context"]["span_id"]
    conversation = turn["attributes"][c.GEN_AI_CONVERSATION_ID]
    assert model["attributes"][c.GEN_AI_CONVERSATION_ID] == conversation
    assert "7351204986" not in json.dumps(spans)
