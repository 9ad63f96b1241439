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
        with urllib.request.urlopen(url, timeout=_TIMEOUT_S):  # noqa: S310
            yield Finding(Severity.FINE, PART, f"It is ready, at {url}.")
    except urllib.error.HTTPError as error:
        reasons = _reasons(error.read(_BYTES_MAX))
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


def _reasons(body: bytes) -> dict[str, str]:
    try:
        content = json.loads(body)
    except ValueError:
        return {}
    reasons = content.get("reasons") if isinstance(content, dict) else None
    if not isinstance(reasons, dict):
        return {}
    return {str(part): str(reason).rstrip(".") for part, reason in reasons.items()}
