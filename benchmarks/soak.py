"""The collector at half its speed for an hour: memory, lag, and every row counted.

    python -m benchmarks.soak [DSN] [--minutes 60] [--senders 2] [--burst-seconds 15]

A real collector runs as a process of its own, without a DSN on an embedded PostgreSQL.
First the senders go as fast as they are answered, for the burst; then at half that
rate. Each request holds the turns of some conversations as spans, and over the other
door their messages as events. Every ten seconds the collector's memory and how far
derivation is behind are noted; at the end what the clients were told is compared with
what is in the database. Figures go to benchmarks/results/soak.json.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
)
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from tests.support.running import Running, running_collector
from tests.support.watching import counters

from turnspan import conventions as names
from turnspan_collector.decode import LOGS, TRACES

_RESULTS = Path(__file__).resolve().parent / "results"
_CONVERSATIONS = 8
_TURNS = 8
_SAMPLE_S = 10.0
_RETRY_S = 0.2
_RETRYABLE = (
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.RESOURCE_EXHAUSTED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
)


def _pairs(values: dict[str, str]) -> list[KeyValue]:
    return [
        KeyValue(key=name, value=AnyValue(string_value=value))
        for name, value in values.items()
    ]


def _requests(sender: int, number: int) -> tuple[bytes, bytes]:
    """The spans and the events of some conversations, as two requests."""
    spans, logs = ExportTraceServiceRequest(), ExportLogsServiceRequest()
    now = time.time_ns()
    traced = spans.resource_spans.add()
    logged = logs.resource_logs.add()
    for resource in (traced.resource, logged.resource):
        resource.attributes.extend(_pairs({names.BOT_NAME: f"soak-{sender}"}))
    into, events = traced.scope_spans.add().spans, logged.scope_logs.add().log_records
    for talk, turn in itertools.product(range(_CONVERSATIONS), range(_TURNS)):
        at = now - (_TURNS - turn) * 10**9
        place = (number * _CONVERSATIONS + talk) * _TURNS + turn
        common = {
            names.GEN_AI_CONVERSATION_ID: f"{sender}-{number}-{talk}",
            names.TURN_ID: f"{sender}-{place}",
            names.CHANNEL_NAME: "web",
            names.ENDUSER_PSEUDO_ID: f"user-{sender}-{(number * 7 + talk) % 5000}",
        }
        said = {**common, names.TURN_OUTCOME: "answered", names.INTENT_NAME: "refund"}
        into.add(
            trace_id=(sender + 1).to_bytes(4, "big") + place.to_bytes(12, "big"),
            span_id=(place + 1).to_bytes(8, "big"),
            name="chatbot.turn soak",
            start_time_unix_nano=at,
            end_time_unix_nano=at + 400_000_000,
            attributes=_pairs(said),
        )
        for role, shift in (("user", 0), ("bot", 400_000_000)):
            events.add(
                event_name=names.EVENT_MESSAGE,
                time_unix_nano=at + shift,
                attributes=_pairs({**common, names.MESSAGE_ROLE: role}),
            )
    return spans.SerializeToString(), logs.SerializeToString()


@dataclass
class _Sender:
    """One client; what it counts is what it was told."""

    port: int
    number: int
    requests_a_second: float | None = None
    spans: int = 0
    events: int = 0
    retries: int = 0
    seconds: list[float] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        """Send until stopped; a rate is kept by the clock, not by pauses."""
        due = time.monotonic()
        with grpc.insecure_channel(f"127.0.0.1:{self.port}") as channel:
            ways: list[Any] = [
                channel.unary_unary(signal.method) for signal in (TRACES, LOGS)
            ]
            for number in itertools.count():
                bodies = _requests(self.number, number)
                for send, body in zip(ways, bodies, strict=True):
                    self._send(send, body)
                self.spans += _CONVERSATIONS * _TURNS
                self.events += 2 * _CONVERSATIONS * _TURNS
                if self.stopped.is_set():
                    return
                if self.requests_a_second is not None:
                    due = max(due + 2 / self.requests_a_second, time.monotonic() - 5)
                    self.stopped.wait(max(0.0, due - time.monotonic()))
                else:
                    due = time.monotonic()

    def _send(self, send: Any, body: bytes) -> None:
        while True:
            began = time.perf_counter()
            try:
                send(body, timeout=30)
            except grpc.RpcError as error:
                if error.code() not in _RETRYABLE:
                    raise
                self.retries += 1
                time.sleep(_RETRY_S)
            else:
                self.seconds.append(time.perf_counter() - began)
                return


def main() -> None:
    """Read the command line and run."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("dsn", nargs="?")
    options.add_argument("--minutes", type=float, default=60)
    options.add_argument("--senders", type=int, default=2)
    options.add_argument("--burst-seconds", type=float, default=15)
    chosen = options.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="turnspan-soak-") as folder,
        running_collector(Path(folder), dsn=chosen.dsn) as running,
    ):
        found = soak(running, chosen.senders, chosen.minutes * 60, chosen.burst_seconds)
    _RESULTS.mkdir(exist_ok=True)
    (_RESULTS / "soak.json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")
    print(json.dumps({k: v for k, v in found.items() if k != "samples"}, indent=1))
    if not found["identity"]:
        raise SystemExit("what clients were told is not what is stored")


def soak(
    running: Running, senders: int, seconds: float, burst_s: float
) -> dict[str, Any]:
    """Burst, then half of it for ``seconds``; gives the figures and the samples."""
    port = running.ports["grpc"]
    clients = [_Sender(port, number) for number in range(senders)]
    threads = [threading.Thread(target=one.run) for one in clients]
    for thread in threads:
        thread.start()
    time.sleep(burst_s)
    most = sum(len(one.seconds) for one in clients) / burst_s
    for one in clients:
        one.requests_a_second = most / 2 / senders
        one.seconds.clear()
    samples = _watch(running, seconds)
    for one in clients:
        one.stopped.set()
    for thread in threads:
        thread.join()
    waits = sorted(itertools.chain.from_iterable(one.seconds for one in clients))
    running.settle()
    told = {
        "spans": sum(one.spans for one in clients),
        "events": sum(one.events for one in clients),
    }
    stored = _stored(running)
    late = [one for one in samples if one["at_s"] >= seconds * 0.2] or samples
    return {
        "most_requests_a_second": round(most, 1),
        "most_turns_a_second": round(most / 2 * _CONVERSATIONS * _TURNS),
        "minutes": round(seconds / 60, 1),
        "answers": len(waits),
        "p50_ms": round(1000 * statistics.median(waits), 1),
        "p99_ms": round(1000 * waits[int(len(waits) * 0.99)], 1),
        "retries": sum(one.retries for one in clients),
        "rss_mb": {
            "median": round(statistics.median(one["rss_mb"] for one in late), 1),
            "most": round(max(one["rss_mb"] for one in late), 1),
            "slope_an_hour": round(_slope(late, "rss_mb") * 3600, 2),
        },
        "derive_lag_s": {
            "median": round(statistics.median(one["lag_s"] for one in late), 1),
            "most": round(max(one["lag_s"] for one in late), 1),
            "slope_an_hour": round(_slope(late, "lag_s") * 3600, 2),
        },
        "told": told,
        "stored": stored,
        "identity": told == stored,
        "samples": samples,
    }


def _watch(running: Running, seconds: float) -> list[dict[str, float]]:
    began = time.monotonic()
    found = []
    while (at := time.monotonic() - began) < seconds:
        counts = counters(running)
        found.append(
            {
                "at_s": round(at, 1),
                "rss_mb": counts["otelcol_process_memory_rss"] / 1e6,
                "lag_s": counts.get("turnspan_store_derive_lag_seconds", 0.0),
                "queue": counts['otelcol_exporter_queue_size{exporter="timescale"}'],
            }
        )
        time.sleep(min(_SAMPLE_S, max(0.1, seconds / 10)))
    return found


def _slope(samples: list[dict[str, float]], name: str) -> float:
    """What a second adds, by least squares."""
    if len(samples) < 2:
        return 0.0
    fit = statistics.linear_regression(
        [one["at_s"] for one in samples], [one[name] for one in samples]
    )
    return fit.slope


def _stored(running: Running) -> dict[str, int]:
    found = {}
    with running.connect() as connection:
        for name, table in (("spans", "span"), ("events", "event")):
            counted = connection.execute(
                f"SELECT count(*) FROM _turnspan.{table} WHERE bot LIKE 'soak-%'"
            )
            found[name] = sum(int(rows) for (rows,) in counted)
    return found


if __name__ == "__main__":
    main()
