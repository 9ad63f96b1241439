"""CORS of OTLP over HTTP: browsers of configured origins may send, others may not."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Cors"]

_ALLOWED_HEADERS = b"authorization, content-encoding, content-type, x-requested-with"
_MAX_AGE_SECONDS = 7200

Headers = list[tuple[bytes, bytes]]


class Cors:
    """``origins`` as the setting has them: with commas, * for all, empty for none."""

    def __init__(self, origins: str) -> None:
        self._origins = {one.strip() for one in origins.split(",") if one.strip()}

    def preflight(self, method: str, headers: Mapping[bytes, str]) -> Headers | None:
        """The answer's headers to a question that this permits, else ``None``."""
        if method != "OPTIONS" or b"access-control-request-method" not in headers:
            return None
        allowed = self.headers(headers)
        if not allowed:
            return None
        return [
            *allowed,
            (b"access-control-allow-methods", b"POST"),
            (b"access-control-allow-headers", _ALLOWED_HEADERS),
            (b"access-control-max-age", str(_MAX_AGE_SECONDS).encode()),
        ]

    def headers(self, headers: Mapping[bytes, str]) -> Headers:
        """What an answer to this request carries, so that its page may read it."""
        origin = headers.get(b"origin")
        if origin is None or not self._origins & {"*", origin}:
            return []
        return [
            (b"access-control-allow-origin", origin.encode("latin-1")),
            (b"access-control-expose-headers", b"retry-after"),
            (b"vary", b"origin"),
        ]
