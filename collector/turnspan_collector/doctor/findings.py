"""What a check says: how bad it is, what is so, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum

__all__ = ["Finding", "Severity", "worst"]


class Severity(IntEnum):
    """FINE: as it should be. NOTE: worth knowing. WARNING: look at it soon. ALARM: data
    is lost or wrong, or will be soon."""

    FINE = 0
    NOTE = 1
    WARNING = 2
    ALARM = 3


@dataclass(frozen=True, slots=True)
class Finding:
    """One result: the part it is about, a sentence, and a remedy where there is one."""

    severity: Severity
    part: str
    says: str
    remedy: str = ""


def worst(findings: Iterable[Finding]) -> Severity:
    """The highest severity among findings; FINE where there are none."""
    return max((one.severity for one in findings), default=Severity.FINE)
