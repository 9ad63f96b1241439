"""Operation: whether what the bots sent has arrived."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import SEQUENCE
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Kind,
    Metric,
)

__all__ = ["METRICS"]

METRICS = (
    Metric(
        name="loss_rate",
        title="Loss of telemetry",
        family="operation",
        unit="1",
        kind=Kind.LOSS,
        fact=SEQUENCE,
        better=Better.LOWER,
        thresholds={"warn": 0.001, "alert": 0.01},
        sentence=(
            "The share of the spans and events that left a bot's processes and are not "
            "in the store, by the numbers that each process gives its records. The "
            "target is at most 0.1 %; test traffic counts too."
        ),
        formula="(sent − received) / sent, sent = highest number of the process",
        elsewhere=(
            "No chat analytics product publishes how much of its own data it loses. "
            "The OpenTelemetry Collector counts what it refused and failed to send "
            "(otelcol_receiver_refused_spans and the like), which leaves out what "
            "never reached it."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  view  record.seq=1  process.id=p1
                09:00:01  a  ann  view  record.seq=2  process.id=p1
                09:00:04  a  ann  view  record.seq=5  process.id=p1
                09:00:05  b  ben  view  record.seq=1  process.id=p2
                09:00:06  b  ben  view  record.seq=2  process.id=p2
                09:00:07  b  ben  view  record.seq=3  process.id=p2
            """,
            asked=(
                Asked(rows=[({}, 0.25, 2, 8)]),
                Asked(
                    by=("process",),
                    rows=[
                        ({"process": "p1"}, 0.4, 2, 5),
                        ({"process": "p2"}, 0.0, 0, 3),
                    ],
                ),
            ),
        ),
    ),
)
