"""The gate before the metrics port, which is open before the tokens are known."""

from __future__ import annotations

from turnspan_collector.security.gate import Gate, Grant
from turnspan_exporters.errors import Retryable

__all__ = ["ScrapeGate"]


class ScrapeGate:
    """Lets in whom ``gate`` lets read, once there is one; nobody before."""

    def __init__(self) -> None:
        self.gate: Gate | None = None

    def open(self) -> None:
        """Whoever sets ``gate`` opens it."""

    def close(self) -> None:
        """Whoever set ``gate`` closes it."""

    def admit_sender(self, authorization: str) -> Grant:
        """There is nothing to send here."""
        raise Retryable("nothing is taken here")

    def admit_reader(self, authorization: str, changes: bool) -> None:
        """The same as for the page and the API."""
        if self.gate is None:
            raise Retryable("the tokens are not known yet: ask again")
        self.gate.admit_reader(authorization, changes)
