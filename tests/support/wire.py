"""A client that sends raw OTLP to a running collector and asks its database."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import httpx
import orjson
import psycopg
import pytest
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.trace.v1.trace_pb2 import Span
from tests.support.otlp import attribute, log, logs, metrics, span, traces
from tests.support.running import Running

__all__ = ["JSON", "PROTOBUF", "Said", "Wire", "held"]

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
_OPTIONS = [
    ("grpc.max_send_message_length", -1),
    ("grpc.max_receive_message_length", -1),
]


@dataclass(frozen=True, slots=True)
class Said:
    """A refusal over HTTP: its status, and the google.rpc.Status of its body."""

    http: int
    code: int
    message: str
    retry_after: str | None


@dataclass(slots=True)
class Wire:
    """One test's way to the collector; ``bot`` tells its rows from other tests'."""

    running: Running
    database: psycopg.Connection[Any]
    bot: str
    now_ns: int = field(default_factory=lambda: time.time_ns() // 10**9 * 10**9)

    @property
    def trace_id(self) -> bytes:
        """The trace of the test's spans."""
        return hashlib.sha256(self.bot.encode()).digest()[:16]

    def span(self, number: int = 1, **fields: Any) -> Span:
        """A span of one second that ends now; ``number`` is its id."""
        given = {
            "trace_id": self.trace_id,
            "span_id": number.to_bytes(8, "big"),
            "start_time_unix_nano": self.now_ns - 10**9,
            "end_time_unix_nano": self.now_ns,
            **fields,
        }
        return span(**given)

    def json_span(self, number: int = 1, **fields: Any) -> dict[str, Any]:
        """The same in OTLP's JSON."""
        return {
            "traceId": self.trace_id.hex(),
            "spanId": f"{number:016x}",
            "name": "chatbot.turn shop",
            "startTimeUnixNano": str(self.now_ns - 10**9),
            "endTimeUnixNano": str(self.now_ns),
            **fields,
        }

    def log(self, **fields: Any) -> LogRecord:
        """A log record of now."""
        return log(**{"time_unix_nano": self.now_ns, **fields})

    def traces(self, *spans: Span) -> bytes:
        """A request of spans of this bot."""
        return self._of_bot(traces(*spans), "resource_spans")

    def logs(self, *records: LogRecord) -> bytes:
        """A request of log records of this bot."""
        return self._of_bot(logs(*records), "resource_logs")

    def metrics(self, *given: Metric) -> bytes:
        """A request of metrics of this bot."""
        return self._of_bot(metrics(*given), "resource_metrics")

    def json(self, group: str, inner: str, items: str, *given: Any) -> bytes:
        """A JSON request of this bot: json("resourceSpans", "scopeSpans", "spans")."""
        resource = {"attributes": [self.attribute("service.name", self.bot)]}
        groups = [{"resource": resource, inner: [{items: list(given)}]}]
        return orjson.dumps({group: groups})

    def json_traces(self, *spans: Any) -> bytes:
        """A JSON request of spans of this bot."""
        return self.json("resourceSpans", "scopeSpans", "spans", *spans)

    def json_logs(self, *records: Any) -> bytes:
        """A JSON request of log records of this bot."""
        return self.json("resourceLogs", "scopeLogs", "logRecords", *records)

    def json_metrics(self, *given: Any) -> bytes:
        """A JSON request of metrics of this bot."""
        return self.json("resourceMetrics", "scopeMetrics", "metrics", *given)

    @staticmethod
    def attribute(key: str, text: str) -> dict[str, Any]:
        """An attribute of text, in OTLP's JSON."""
        return {"key": key, "value": {"stringValue": text}}

    def _of_bot(self, request: Message, groups: str) -> bytes:
        for group in getattr(request, groups):
            attributes: list[KeyValue] = group.resource.attributes
            attributes[0].CopyFrom(attribute("service.name", self.bot))
        return request.SerializeToString()

    def post(
        self,
        body: bytes | Iterator[bytes],
        media_type: str = PROTOBUF,
        path: str = "/v1/traces",
        **headers: str,
    ) -> httpx.Response:
        """POST over HTTP; ``content_encoding=`` and the like are headers."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return httpx.post(
            self.running.http_endpoint + path,
            content=body,
            headers={"content-type": media_type, **named},
            timeout=60,
        )

    def stored(self, body: bytes, media_type: str = PROTOBUF, path: str = "/v1/traces",
               **headers: str) -> None:  # fmt: skip
        """POST what has to be taken in full."""
        answer = self.post(body, media_type, path, **headers)
        assert (answer.status_code, answer.content) == (
            200,
            b"" if media_type == PROTOBUF else b"{}",
        )

    def refused(self, body: bytes | Iterator[bytes], media_type: str = PROTOBUF,
                path: str = "/v1/traces", **headers: str) -> Said:  # fmt: skip
        """POST what has to be refused."""
        return said(self.post(body, media_type, path, **headers))

    def call(
        self, method: str, body: bytes, compression: grpc.Compression | None = None
    ) -> bytes:
        """Call over gRPC; raises ``grpc.RpcError``."""
        address = f"127.0.0.1:{self.running.ports['grpc']}"
        with grpc.insecure_channel(
            address, options=_OPTIONS, compression=compression
        ) as channel:
            answer: bytes = channel.unary_unary(method, bytes, bytes)(body, timeout=60)
            return answer

    def failed(
        self, method: str, body: bytes, compression: grpc.Compression | None = None
    ) -> tuple[grpc.StatusCode, str, dict[str, Any]]:
        """Call what has to fail: its code, its sentence, its trailers."""
        with pytest.raises(grpc.RpcError) as failed:
            self.call(method, body, compression)
        call = failed.value
        assert isinstance(call, grpc.Call)
        trailers = dict(call.trailing_metadata() or ())
        return call.code(), call.details() or "", trailers

    def ask(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        """Rows of the database; ``%(bot)s`` is this test's bot."""
        return self.database.execute(
            statement.encode(), {"bot": self.bot, **values}
        ).fetchall()

    def count(self, table: str = "span") -> int:
        """How many rows of this bot a raw table has."""
        asked = f"SELECT count(*) FROM _turnspan.{table} WHERE bot = %(bot)s"
        return int(self.ask(asked)[0][0])

    def counter(self, name: str, **labels: str) -> float:
        """One of the collector's own metrics, now; 0 where it never moved."""
        pairs = ",".join(f'{key}="{value}"' for key, value in sorted(labels.items()))
        text = httpx.get(
            f"http://127.0.0.1:{self.running.ports['metrics']}/metrics"
        ).text
        wanted = re.escape(f"{name}{{{pairs}}}" if labels else name)
        found = re.search(rf"^{wanted} (\S+)$", text, re.MULTILINE)
        assert found or f"# TYPE {name}" in text, f"{name} is not among the metrics"
        return float(found[1]) if found else 0.0


def said(response: httpx.Response) -> Said:
    """What a refusal says; its body has to be a Status in its own media type."""
    assert response.status_code >= 400, response.content
    if response.headers["content-type"] == JSON:
        content = orjson.loads(response.content)
        code, message = content["code"], content["message"]
    else:
        assert response.headers["content-type"] == PROTOBUF
        status = Status.FromString(response.content)
        code, message = status.code, status.message
    assert message
    return Said(
        response.status_code, code, message, response.headers.get("retry-after")
    )


@contextmanager
def held(dsn: str, table: str = "span") -> Iterator[None]:
    """Keep every commit to a raw table waiting until the block ends."""
    with psycopg.connect(dsn) as connection:
        connection.execute(
            f"LOCK TABLE _turnspan.{table} IN ACCESS EXCLUSIVE MODE".encode()
        )
        yield
        connection.rollback()
