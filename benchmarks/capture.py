"""Microseconds per turn in the bot: no SDK, sampled out, and with batches.

Run ``python benchmarks/capture.py``; each mode has a process of its own. The batch
processors hand to exporters that throw everything away, as in the reference figures:
37 to 54 for a span of 12 attributes, 6 to 7 sampled out, 4 to 8 without an SDK.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

TURNS = 5_000
REPEATS = 7
MODES = ("no-sdk", "sampled-out", "batch", "batch-silent", "span-alone")


class Null:
    """An exporter that throws everything away."""

    def export(self, *_: Any, **__: Any) -> Any:
        """Say that all went well."""
        return None

    def shutdown(self, *_: Any, **__: Any) -> None:
        """Nothing is held."""

    def force_flush(self, *_: Any, **__: Any) -> bool:
        """Nothing is held."""
        return True


def providers(mode: str) -> None:
    """Set the providers of a mode."""
    from opentelemetry import _logs, metrics, trace
    from opentelemetry.sdk._logs import LoggerProvider
    from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
    from opentelemetry.sdk.metrics import MeterProvider
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, ALWAYS_ON

    null: Any = Null()
    sampler = ALWAYS_OFF if mode == "sampled-out" else ALWAYS_ON
    tracing = TracerProvider(sampler, shutdown_on_exit=False)
    tracing.add_span_processor(BatchSpanProcessor(null))
    trace.set_tracer_provider(tracing)
    logs = LoggerProvider(shutdown_on_exit=False)
    logs.add_log_record_processor(BatchLogRecordProcessor(null))
    _logs.set_logger_provider(logs)
    metrics.set_meter_provider(MeterProvider(shutdown_on_exit=False))


def marked(messages: bool) -> Callable[[], None]:
    """Give a turn of twelve attributes."""
    from turnspan import turn

    @turn(
        bot="support",
        channel="web",
        conversation="thread",
        user="who",
        message_id="message",
        node="menu",
        locale="de",
        messages=messages,
    )
    def answer(thread: str, who: str, message: str) -> str:
        return "hi"

    return lambda: (answer("c-4711", "u-42", "m-1"), None)[1]


def bare_span() -> Callable[[], None]:
    """Give a span of twelve attributes without turnspan, to compare with."""
    from opentelemetry import trace

    tracer = trace.get_tracer("bare")
    attributes = {f"attribute.{number}": "a value" for number in range(12)}

    def step() -> None:
        with tracer.start_as_current_span("s", attributes=attributes):
            pass

    return step


def measure(mode: str) -> float:
    """Give the median microseconds per turn of a mode."""
    import turnspan

    turnspan.configure(user_key="benchmark", turn_end="never")
    if mode != "no-sdk":
        providers(mode)
    step = bare_span() if mode == "span-alone" else marked(mode == "batch")
    for _ in range(TURNS // 5):
        step()
    figures = []
    for _ in range(REPEATS):
        started = time.perf_counter()
        for _ in range(TURNS):
            step()
        figures.append((time.perf_counter() - started) / TURNS * 1e6)
    return statistics.median(figures)


def main() -> None:
    """Measure each mode in its own process."""
    if len(sys.argv) > 1:
        sys.stdout.write(f"{sys.argv[1]:<14}{measure(sys.argv[1]):8.1f} µs a turn\n")
        return
    for mode in MODES:
        command = [sys.executable, __file__, mode]
        subprocess.run(command, check=True, timeout=120)  # noqa: S603


if __name__ == "__main__":
    main()
