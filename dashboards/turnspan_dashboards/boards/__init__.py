"""The boards, one module each."""

from turnspan_dashboards.boards._found import BOARDS

__all__ = ["BOARDS"]
