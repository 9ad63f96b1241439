"""Boards as code, for Grafana and for the built-in page."""

from turnspan_dashboards.boards import BOARDS
from turnspan_dashboards.panels import Board, Look, Panel, Query, Section

__all__ = ["BOARDS", "Board", "Look", "Panel", "Query", "Section"]
