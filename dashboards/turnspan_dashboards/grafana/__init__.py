"""Grafana dashboards from the boards, by grafana-foundation-sdk."""

from turnspan_dashboards.grafana._dashboard import dashboard
from turnspan_dashboards.grafana._ops import operations
from turnspan_dashboards.grafana._panels import panel

__all__ = ["dashboard", "operations", "panel"]
