"""A running collector seen from outside: its health and its own count."""

from __future__ import annotations

import urllib.request
from urllib.error import HTTPError

from tests.support.running import Running, eventually

__all__ = ["counters", "health", "keeps_identity", "total"]


def health(running: Running, path: str = "/") -> int:
    try:
        url = f"http://127.0.0.1:{running.ports['health']}{path}"
        with urllib.request.urlopen(url, timeout=5) as answer:
            return int(answer.status)
    except HTTPError as error:
        return error.code


def counters(running: Running) -> dict[str, float]:
    """The self-metrics, each name with its labels."""
    url = f"http://127.0.0.1:{running.ports['metrics']}/metrics"
    with urllib.request.urlopen(url, timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    pairs = (line.rpartition(" ") for line in lines if not line.startswith("#"))
    return {name: float(value) for name, _, value in pairs}


def total(counts: dict[str, float], prefix: str) -> float:
    return sum(value for name, value in counts.items() if name.startswith(prefix))


def keeps_identity(running: Running) -> None:
    """Accepted = sent + duplicates + dead-lettered, by the collector's own count."""

    def difference() -> float:
        counts = counters(running)
        return total(counts, "otelcol_receiver_accepted_") - sum(
            total(counts, name)
            for name in (
                "otelcol_exporter_sent_",
                "turnspan_store_duplicates_total",
                "turnspan_store_dead_lettered_total",
            )
        )

    eventually(lambda: counters(running)["turnspan_spool_requests"] == 0)
    eventually(lambda: difference() == 0)
