"""The collector, as its health check tells."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Final

from turnspan_collector.doctor.findings import Finding, Severity

__all__ = ["check_collector"]

PART: Final = "collector"
_TIMEOUT_S: Final = 5.0
_BYTES_MAX: Final = 65_536


def check_collector(url: str) -> Iterator[Finding]:
    """Whether it is ready, and its own reasons where it is not."""
    try:
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as answer:  # noqa: S310
            notes = _said(answer.read(_BYTES_MAX), "notes")
        yield Finding(Severity.FINE, PART, f"It is ready, at {url}.")
        for part, note in notes.items():
            yield Finding(
                Severity.WARNING, PART, f"{part}: {note}.", "Its log says more."
            )
    except urllib.error.HTTPError as error:
        reasons = _said(error.read(_BYTES_MAX), "reasons")
        for part, reason in reasons.items():
            yield Finding(
                Severity.ALARM,
                PART,
                f"It is not ready: {part}: {reason}.",
                "Its log says more.",
            )
        if not reasons:
            yield Finding(
                Severity.WARNING,
                PART,
                f"{url} answers {error.code}, which is no collector's health check.",
                "Give its address by --health-url.",
            )
    except (OSError, ValueError) as error:
        reason = str(
            error.reason if isinstance(error, urllib.error.URLError) else error
        )
        yield Finding(
            Severity.ALARM,
            PART,
            f"No collector answers at {url} ({reason}).",
            "Start it (turnspan collector), or give its address by --health-url.",
        )


def _said(body: bytes, what: str) -> dict[str, str]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    found = content.get(what) if isinstance(content, dict) else None
    if not isinstance(found, dict):
        return {}
    return {str(part): str(said).rstrip(".") for part, said in found.items()}
