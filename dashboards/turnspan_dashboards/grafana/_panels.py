"""One Grafana panel from one panel of a board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, Self, cast

from grafana_foundation_sdk.builders import barchart, common, stat, timeseries
from grafana_foundation_sdk.builders.dashboard import FieldColor
from grafana_foundation_sdk.cog import builder as cog
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models import units
from grafana_foundation_sdk.models.common import (
    AxisPlacement,
    BigValueColorMode,
    BigValueGraphMode,
    GraphDrawStyle,
    GraphGradientMode,
    LegendDisplayMode,
    LegendPlacement,
    PercentChangeColorMode,
    StackingMode,
    TooltipDisplayMode,
    VisibilityMode,
    VizOrientation,
)
from grafana_foundation_sdk.models.dashboard import (
    DataSourceRef,
    DynamicConfigValue,
    FieldColorModeId,
)
from grafana_foundation_sdk.models.dashboard import Panel as GrafanaPanel

from turnspan_dashboards import catalogue
from turnspan_dashboards.grafana import _sql
from turnspan_dashboards.panels import Look, Panel
from turnspan_exporters.timescale.metrics import Better, Metric

__all__ = ["SOURCE", "panel"]

SOURCE = DataSourceRef("grafana-postgresql-datasource", "turnspan")
"""The data source that ``provisioning/datasources`` describes."""

OPEN = r"/\(provisional\)$/"
INTERVAL_LOW = r"/ low$/"
INTERVAL_HIGH = r"/ high$/"
BASIS = r"/ n$/"
CHANGE = {
    Better.HIGHER: PercentChangeColorMode.STANDARD,
    Better.LOWER: PercentChangeColorMode.INVERTED,
    Better.NEITHER: PercentChangeColorMode.SAME_AS_VALUE,
}
COLOURS = ("blue", "green", "orange", "purple")
DASHED = DynamicConfigValue("custom.lineStyle", {"fill": "dash", "dash": [6, 6]})
NO_LEGEND = DynamicConfigValue(
    "custom.hideFrom", {"viz": False, "legend": True, "tooltip": False}
)
NOT_DRAWN = DynamicConfigValue(
    "custom.hideFrom", {"viz": True, "legend": True, "tooltip": False}
)


class SqlQuery(Dataquery):
    """A query of Grafana's PostgreSQL data source; the SDK has no type for it."""

    def __init__(self, ref_id: str, sql: str, *, time_series: bool) -> None:
        self.ref_id = ref_id
        self.sql = sql
        self.time_series = time_series

    def to_json(self) -> dict[str, object]:
        """The query as Grafana stores it."""
        return {
            "refId": self.ref_id,
            "datasource": SOURCE,
            "editorMode": "code",
            "format": "time_series" if self.time_series else "table",
            "rawQuery": True,
            "rawSql": self.sql,
        }


class _Built(cog.Builder[Dataquery]):
    """The SDK takes builders; this one has its query ready."""

    def __init__(self, query: SqlQuery) -> None:
        self.query = query

    def build(self) -> Dataquery:
        return self.query


class _Builder(Protocol):
    """What the builders of all panels share."""

    def title(self, title: str) -> Self: ...
    def description(self, description: str) -> Self: ...
    def datasource(self, datasource: DataSourceRef) -> Self: ...
    def span(self, w: int) -> Self: ...
    def height(self, h: int) -> Self: ...
    def unit(self, unit: str) -> Self: ...
    def no_value(self, no_value: str) -> Self: ...
    def with_target(self, target: cog.Builder[Dataquery]) -> Self: ...
    def build(self) -> GrafanaPanel: ...


def _unit(entry: Metric) -> str:
    if entry.unit == "s":
        return units.Seconds
    return units.PercentUnit if catalogue.is_share(entry) else units.Short


def _fixed(colour: str) -> DynamicConfigValue:
    return DynamicConfigValue("color", {"mode": "fixed", "fixedColor": colour})


def _tooltip() -> common.VizTooltipOptions:
    return common.VizTooltipOptions().mode(TooltipDisplayMode.MULTI)


def _legend(shown: bool) -> common.VizLegendOptions:
    return (
        common.VizLegendOptions()
        .show_legend(shown)
        .display_mode(LegendDisplayMode.LIST)
        .placement(LegendPlacement.BOTTOM)
        .calcs([])
    )


def _stat(panel: Panel, entry: Metric) -> _Builder:
    # The last row is this period; "last" keeps a NULL from showing the one before.
    return (
        stat.Panel()
        .graph_mode(BigValueGraphMode.NONE)
        .color_mode(BigValueColorMode.NONE)
        .reduce_options(common.ReduceDataOptions().calcs(["last"]).values(False))
        .show_percent_change(True)
        .percent_change_color_mode(CHANGE[entry.better])
        .wide_layout(False)
    )


def _lines(panel: Panel, entry: Metric) -> _Builder:
    built = (
        timeseries.Panel()
        .draw_style(GraphDrawStyle.LINE)
        .line_width(2)
        .fill_opacity(0)
        .show_points(VisibilityMode.AUTO)
        .span_nulls(False)
        .axis_soft_min(0)
        .tooltip(_tooltip())
        .legend(_legend(len(panel.queries) > 1))
        .override_by_regexp(OPEN, [DASHED, NO_LEGEND])
        .override_by_regexp(BASIS, [NOT_DRAWN, DynamicConfigValue("unit", units.Short)])
    )
    hidden = [DynamicConfigValue("custom.lineWidth", 0), NO_LEGEND]
    built.override_by_regexp(INTERVAL_LOW, hidden)
    for query, colour in zip(panel.queries, COLOURS, strict=False):
        name = query.label or catalogue.title(panel)
        same = [_fixed(colour)]
        band = [
            *hidden,
            *same,
            DynamicConfigValue("custom.fillBelowTo", f"{name} low"),
            DynamicConfigValue("custom.fillOpacity", 14),
        ]
        built.override_by_name(f"{name} high", band)
        built.override_by_name(name, same)
        built.override_by_name(f"{name} (provisional)", same)
    return built


def _columns(panel: Panel, entry: Metric) -> _Builder:
    return (
        timeseries.Panel()
        .draw_style(GraphDrawStyle.BARS)
        .bar_width_factor(0.7)
        .line_width(1)
        .fill_opacity(85)
        .gradient_mode(GraphGradientMode.NONE)
        .stacking(common.StackingConfig().mode(StackingMode.NORMAL).group("A"))
        .axis_soft_min(0)
        .tooltip(_tooltip())
        .legend(_legend(True))
        .override_by_regexp(
            OPEN,
            [DynamicConfigValue("custom.fillOpacity", 20), DASHED, _fixed("text")],
        )
    )


def _bars(panel: Panel, entry: Metric) -> _Builder:
    return (
        barchart.Panel()
        .orientation(VizOrientation.HORIZONTAL)
        .x_field("name")
        .show_value(VisibilityMode.AUTO)
        .color_scheme(FieldColor().mode(FieldColorModeId.PALETTE_CLASSIC))
        .fill_opacity(85)
        .axis_soft_min(0)
        .tooltip(_tooltip())
        .legend(_legend(False))
        .override_by_regexp(INTERVAL_LOW, [NOT_DRAWN])
        .override_by_regexp(INTERVAL_HIGH, [NOT_DRAWN])
    )


def _histogram(panel: Panel, entry: Metric) -> _Builder:
    return (
        barchart.Panel()
        .orientation(VizOrientation.VERTICAL)
        .x_field("bin")
        .show_value(VisibilityMode.NEVER)
        .x_tick_label_spacing(100)
        .group_width(0.95)
        .fill_opacity(85)
        .axis_placement(AxisPlacement.AUTO)
        .axis_soft_min(0)
        .tooltip(_tooltip())
        .legend(_legend(False))
    )


_LOOKS: dict[Look, Callable[[Panel, Metric], _Builder]] = {
    Look.STAT: _stat,
    Look.LINES: _lines,
    Look.COLUMNS: _columns,
    Look.BARS: _bars,
    Look.HISTOGRAM: _histogram,
}


def panel(one: Panel) -> cog.Builder[GrafanaPanel]:
    """The builder of one panel, its SQL included; ``KeyError`` for a strange metric."""
    entry = catalogue.metric(one)
    title = catalogue.title(one)
    built = _LOOKS[one.look](one, entry)
    built.title(title).description(catalogue.description(one))
    built.datasource(SOURCE).span(one.width).height(one.height)
    built.unit(units.Short if one.look is Look.HISTOGRAM else _unit(entry))
    built.no_value("–")
    for at, query in enumerate(one.queries):
        text = _sql.panel_query(one, query, title)
        timed = one.look in _sql.TIMED
        built.with_target(_Built(SqlQuery("ABCDEFGH"[at], text, time_series=timed)))
    return cast("cog.Builder[GrafanaPanel]", built)
