"""Reading a request's body ahead, within a bound, and giving it to the app again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl

from turnspan.integrations.asgi._types import Message, Receive, Scope

BODY_BYTES_MAX: Final = 65_536
FIELDS_MAX: Final = 256

_JSON: Final = ("application/json", "+json")
_FORM: Final = "application/x-www-form-urlencoded"


def header(scope: Scope, name: str) -> str | None:
    """Give the first header of that name, case apart."""
    wanted = name.lower().encode("latin-1", "replace")
    for key, value in scope.get("headers") or ():
        if key.lower() == wanted:
            return bytes(value).decode("latin-1")
    return None


def is_readable(scope: Scope, bytes_max: int) -> bool:
    """Whether a body is JSON or a plain form, and not known to be too long."""
    kind = _kind(scope)
    if kind != _FORM and not kind.endswith(_JSON):
        return False
    length = header(scope, "content-length")
    return length is None or (length.isdigit() and int(length) <= bytes_max)


def parsed(scope: Scope, raw: bytes) -> Any:
    """Give a JSON body's value or a form's fields; None when it is neither."""
    try:
        if _kind(scope) == _FORM:
            fields = parse_qsl(raw.decode(), max_num_fields=FIELDS_MAX)
            return dict(reversed(fields))
        return json.loads(raw)
    except (ValueError, RecursionError):
        return None


class Replay:
    """A ``receive`` that reads a body ahead and then gives the same messages again."""

    __slots__ = ("_messages", "_receive")

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._messages: list[Message] = []

    async def read(self, bytes_max: int) -> bytes | None:
        """Read the whole body; None when it is longer than the bound or cut off."""
        chunks: list[bytes] = []
        size = 0
        while True:
            message = await self._receive()
            self._messages.append(message)
            if message["type"] != "http.request":
                return None
            chunk = message.get("body", b"")
            chunks.append(chunk)
            size += len(chunk)
            if size > bytes_max:
                return None
            if not message.get("more_body", False):
                return b"".join(chunks)

    async def __call__(self) -> Message:
        """Give the next message, first those that were read ahead."""
        if self._messages:
            return self._messages.pop(0)
        return await self._receive()


def _kind(scope: Scope) -> str:
    return (header(scope, "content-type") or "").partition(";")[0].strip().lower()


def as_mapping(value: object) -> Mapping[str, Any]:
    """Give a JSON object's fields; nothing for any other value."""
    return value if isinstance(value, Mapping) else {}
