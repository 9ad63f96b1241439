"""The HTTP API: metrics, conversations, bots and their settings, over the reader."""

from turnspan_collector.api.app import create_app

__all__ = ["create_app"]
