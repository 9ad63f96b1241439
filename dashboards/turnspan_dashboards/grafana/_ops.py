"""The operator's dashboard: the collector's own metrics, asked of Prometheus.

It stands apart from the boards, which ask the store: this one has to show something
while the store is away.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.builders import prometheus, timeseries
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models import units

__all__ = ["SECTIONS", "Graph", "operations"]

_SOURCE: Final = model.DataSourceRef("prometheus", "${prometheus}")
_WIDTH, _HEIGHT = 8, 7
_OF: Final = '{instance=~"$instance"}'
_OF_STORE: Final = '{instance=~"$instance",exporter="timescale"}'


@dataclass(frozen=True, slots=True)
class Graph:
    """Lines over time: expressions of PromQL with their legends."""

    title: str
    unit: str
    lines: tuple[tuple[str, str], ...]
    description: str = ""


def _by_signal(prefix: str, of: str = _OF) -> tuple[tuple[str, str], ...]:
    return tuple(
        (f"sum(rate({prefix}_{items}_total{of}[5m]))", f"{items}")
        for items in ("spans", "log_records", "metric_points")
    )


_PER_SECOND: Final = "cps"

SECTIONS: Final[tuple[tuple[str, tuple[Graph, ...]], ...]] = (
    (
        "Does everything arrive?",
        (
            Graph(
                "Loss by bot",
                units.PercentUnit,
                (
                    (
                        f"sum by (bot) (turnspan_loss_lost_records{_OF}) "
                        f"/ sum by (bot) (turnspan_loss_sent_records{_OF} > 0)",
                        "{{bot}}",
                    ),
                ),
                "Of the last hour, by the numbers that processes give their records. "
                "The target is at most 0.1 %. Choose one instance of a database.",
            ),
            Graph("Accepted", _PER_SECOND, _by_signal("otelcol_receiver_accepted")),
            Graph(
                "Refused requests",
                _PER_SECOND,
                (
                    (
                        "sum by (reason) (rate("
                        f"turnspan_receiver_refused_requests_total{_OF}[5m])) > 0",
                        "{{reason}}",
                    ),
                ),
                "Also those that were refused before their items could be counted.",
            ),
        ),
    ),
    (
        "Is it stored?",
        (
            Graph(
                "Queue",
                units.Short,
                (
                    (f"otelcol_exporter_queue_size{_OF_STORE}", "{{instance}}"),
                    (f"max(otelcol_exporter_queue_capacity{_OF_STORE})", "capacity"),
                ),
            ),
            Graph(
                "Spool",
                units.BytesIEC,
                (
                    (f"turnspan_spool_bytes{_OF}", "{{instance}}"),
                    (f"max(turnspan_spool_bytes_max{_OF})", "most"),
                ),
            ),
            Graph(
                "Oldest request in the spool",
                units.Seconds,
                ((f"turnspan_spool_oldest_seconds{_OF}", "{{instance}}"),),
            ),
            Graph(
                "Stored",
                _PER_SECOND,
                _by_signal("otelcol_exporter_sent", _OF_STORE),
            ),
            Graph(
                "Commits",
                units.Seconds,
                (
                    (
                        "histogram_quantile(0.99, sum by (le) (rate("
                        f"turnspan_store_commit_seconds_bucket{_OF}[5m])))",
                        "99 %",
                    ),
                    (
                        "histogram_quantile(0.5, sum by (le) (rate("
                        f"turnspan_store_commit_seconds_bucket{_OF}[5m])))",
                        "50 %",
                    ),
                ),
            ),
            Graph(
                "Dead letters",
                units.Short,
                (
                    (
                        f"max by (signal) (turnspan_store_dead_letters{_OF})",
                        "{{signal}}",
                    ),
                ),
            ),
        ),
    ),
    (
        "Are the numbers fresh?",
        (
            Graph(
                "Ingest lag",
                units.Seconds,
                ((f"turnspan_store_derive_lag_seconds{_OF}", "{{instance}}"),),
                "How long the first of what waits to be derived has waited.",
            ),
            Graph(
                "Refresh age",
                units.Seconds,
                (
                    (
                        "topk(10, max by (aggregate) "
                        f"(turnspan_store_refresh_age_seconds{_OF}))",
                        "{{aggregate}}",
                    ),
                ),
                "By how much the aggregates of TimescaleDB are behind the clock.",
            ),
            Graph(
                "Age of the store's answers",
                units.Seconds,
                ((f"turnspan_store_state_age_seconds{_OF}", "{{instance}}"),),
            ),
        ),
    ),
    (
        "What does it take?",
        (
            Graph(
                "Tables",
                units.BytesIEC,
                (
                    (
                        f"topk(10, max by (table) (turnspan_store_table_bytes{_OF}))",
                        "{{table}}",
                    ),
                ),
            ),
            Graph(
                "Memory",
                units.BytesIEC,
                ((f"otelcol_process_memory_rss{_OF}", "{{instance}}"),),
            ),
            Graph(
                "Set aside by the spool",
                units.Short,
                (
                    (
                        "sum by (reason) "
                        f"(increase(turnspan_spool_set_aside_total{_OF}[1h]))",
                        "{{reason}}",
                    ),
                ),
            ),
        ),
    ),
)


def _targets(graph: Graph) -> Iterator[prometheus.Dataquery]:
    for at, (expression, legend) in enumerate(graph.lines):
        yield (
            prometheus.Dataquery()
            .ref_id(chr(ord("A") + at))
            .datasource(_SOURCE)
            .expr(expression)
            .legend_format(legend)
            .range()
        )


def _panel(graph: Graph) -> timeseries.Panel:
    made = (
        timeseries.Panel()
        .title(graph.title)
        .description(graph.description)
        .datasource(_SOURCE)
        .unit(graph.unit)
        .min(0)
        .span(_WIDTH)
        .height(_HEIGHT)
    )
    for target in _targets(graph):
        made.with_target(target)
    return made


def operations() -> model.Dashboard:
    """The dashboard; whoever imports it chooses the Prometheus."""
    built = (
        build.Dashboard("turnspan: operation")
        .uid("turnspan-operation")
        .description("Collectors: loss, queue, spool, dead letters, lag, sizes.")
        .tags(["turnspan"])
        .time("now-6h", "now")
        .refresh("30s")
        .timezone("browser")
        .readonly()
        .with_variable(
            build.DatasourceVariable("prometheus").label("Source").type("prometheus")
        )
        .with_variable(
            build.QueryVariable("instance")
            .label("Collector")
            .datasource(_SOURCE)
            .query("label_values(otelcol_process_uptime, instance)")
            .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
            .multi(True)
            .include_all(True)
            .all_value(".*")
        )
    )
    for title, graphs in SECTIONS:
        built.with_row(build.Row(title))
        for graph in graphs:
            built.with_panel(_panel(graph))
    return built.build()
