"""The rules for times that cannot be: one for each, and nothing is lost.

A time of 0, before 2000 or more than a day ahead of the clock becomes the time of
receipt; an end before its start becomes the start. The row is flagged and keeps the
original, so that no chunk lies in 1970 or 2262.
"""

from __future__ import annotations

from turnspan_exporters.records import TimeFlag

__all__ = ["DAY_NS", "EARLIEST_NS", "MENDED", "TimeRules"]

EARLIEST_NS = 946_684_800 * 10**9
DAY_NS = 86_400 * 10**9
MENDED = "a time of 0, before 2000, a day ahead, or an end before its start was mended"


class TimeRules:
    """The rules of one request; times are nanoseconds since 1970."""

    def __init__(self, received_ns: int) -> None:
        self.received_ns = received_ns
        self._latest_ns = received_ns + DAY_NS

    def holds(self, time_ns: int) -> bool:
        """Whether the time is between 2000 and tomorrow."""
        return EARLIEST_NS <= time_ns <= self._latest_ns

    def interval(
        self, start_ns: int, end_ns: int
    ) -> tuple[int, int, int, dict[str, str] | None]:
        """Start, end, flags and the originals of what was changed."""
        if EARLIEST_NS <= start_ns <= end_ns <= self._latest_ns:
            return start_ns, end_ns, 0, None
        flags = TimeFlag(0)
        original: dict[str, str] = {}
        if not self.holds(start_ns):
            flags |= TimeFlag.START_CLAMPED
            original["start"] = str(start_ns)
            start_ns = self.received_ns
        if not self.holds(end_ns):
            flags |= TimeFlag.END_CLAMPED
            original["end"] = str(end_ns)
            end_ns = self.received_ns
        if end_ns < start_ns:
            flags |= TimeFlag.END_BEFORE_START
            original.setdefault("end", str(end_ns))
            end_ns = start_ns
        return start_ns, end_ns, int(flags), original

    def instant(self, time_ns: int) -> tuple[int, int, dict[str, str] | None]:
        """Time, flags and the original of what was changed."""
        if self.holds(time_ns):
            return time_ns, 0, None
        return self.received_ns, int(TimeFlag.START_CLAMPED), {"time": str(time_ns)}
