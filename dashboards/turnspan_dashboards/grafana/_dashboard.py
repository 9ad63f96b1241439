"""One Grafana dashboard from one board, with its variables and annotations."""

from __future__ import annotations

from grafana_foundation_sdk.builders import dashboard as build
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.models import dashboard as model

from turnspan_dashboards.grafana import _sql
from turnspan_dashboards.grafana._panels import SOURCE, SqlQuery, panel
from turnspan_dashboards.panels import Board

__all__ = ["dashboard"]

TAG = "turnspan"
RANGE = ("now-7d", "now")
REFRESH = "30s"
BUCKETS = ("hour", "day", "week", "month")
BUCKET = "day"
DIMENSIONS = ("bot", "channel", "environment")
NO_FILTER = "NULL"
"""What "All" stands for: Grafana puts a custom all value in as it is, unquoted."""


class _Annotations(model.AnnotationTarget):
    """The SQL of annotations; the SDK's type knows Grafana's own store alone."""

    def to_json(self) -> dict[str, object]:
        return SqlQuery("Marks", _sql.marks(), time_series=False).to_json()


class _Target(cog.Builder[model.AnnotationTarget]):
    """The SDK takes builders; this one has its target ready."""

    def build(self) -> model.AnnotationTarget:
        return _Annotations()


def _dimension(name: str) -> build.QueryVariable:
    return (
        build.QueryVariable(name)
        .label(name.capitalize())
        .datasource(SOURCE)
        .query(_sql.variable(name))
        .refresh(model.VariableRefresh.ON_TIME_RANGE_CHANGED)
        .sort(model.VariableSort.DISABLED)
        .multi(True)
        .include_all(True)
        .all_value(NO_FILTER)
        .allow_custom_value(False)
        .current(model.VariableOption(True, ["All"], ["$__all"]))
    )


def _bucket() -> build.CustomVariable:
    chosen = model.VariableOption(True, BUCKET, BUCKET)
    options = [model.VariableOption(one == BUCKET, one, one) for one in BUCKETS]
    return (
        build.CustomVariable("bucket")
        .label("By")
        .values(",".join(BUCKETS))
        .options(options)
        .current(chosen)
        .allow_custom_value(False)
    )


def _annotations() -> build.AnnotationQuery:
    return (
        build.AnnotationQuery()
        .name("Releases and changes")
        .datasource(SOURCE)
        .enable(True)
        .icon_color("orange")
        .target(_Target())
    )


def _links() -> build.DashboardLink:
    return (
        build.DashboardLink("turnspan boards")
        .type(model.DashboardLinkType.DASHBOARDS)
        .tags([TAG])
        .include_vars(True)
        .keep_time(True)
    )


def dashboard(board: Board) -> model.Dashboard:
    """The dashboard of ``board``; its uid is stable, so that links to it stay."""
    built = (
        build.Dashboard(board.title)
        .uid(f"turnspan-{board.key.replace('_', '-')}")
        .description(board.description)
        .tags([TAG])
        .time(*RANGE)
        .refresh(REFRESH)
        .timezone("browser")
        .tooltip(model.DashboardCursorSync.CROSSHAIR)
        .readonly()
        .link(_links())
        .annotation(_annotations())
    )
    for name in DIMENSIONS:
        built.with_variable(_dimension(name))
    built.with_variable(_bucket())
    for section in board.sections:
        built.with_row(build.Row(section.title))
        for one in section.panels:
            built.with_panel(panel(one))
    return built.build()
