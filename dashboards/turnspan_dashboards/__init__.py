"""Boards as code, for Grafana and for the built-in page."""
