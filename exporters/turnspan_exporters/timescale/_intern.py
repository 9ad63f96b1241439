"""Resources, scopes and bots: stored once, and known by number afterwards.

They are committed before the rows that name them, so that two writers never wait for
one another's whole transaction.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, Final

import orjson

from turnspan_exporters.records import Batch, Resource, Scope
from turnspan_exporters.timescale._connection import Connection
from turnspan_exporters.timescale._queries import query

__all__ = ["Interned"]

_REMEMBERED_MAX: Final = 10_000


class Interned:
    """Ids by digest, the least recently used forgotten first."""

    def __init__(self) -> None:
        self._ids: OrderedDict[tuple[str, bytes], int] = OrderedDict()
        self._bots: OrderedDict[str, None] = OrderedDict()

    def forget(self) -> None:
        """Start anew: the database may be another one."""
        self._ids.clear()
        self._bots.clear()

    def resolve(
        self, connection: Connection, batches: Sequence[Batch]
    ) -> list[tuple[list[int], list[int]]]:
        """The ids of each batch's resources and scopes, by position."""
        resources = self._ids_of(
            connection, "resource", [one.resources for one in batches], _resource
        )
        scopes = self._ids_of(
            connection, "scope", [one.scopes for one in batches], _scope
        )
        return list(zip(resources, scopes, strict=True))

    def register_bots(self, connection: Connection, batches: Sequence[Batch]) -> None:
        """Make a row for each bot that has none."""
        names = {
            bot
            for batch in batches
            for one in (batch.spans, batch.events, batch.points)
            for bot in set(one.bot)
        }
        new = sorted(name for name in names - self._bots.keys() if _is_text(name))
        if new:
            connection.execute(query("intern_bot"), {"names": new})
            self._bots.update(dict.fromkeys(new))
            _trim(self._bots)

    def _ids_of(
        self,
        connection: Connection,
        kind: str,
        lists: Sequence[Sequence[Any]],
        row: Any,
    ) -> list[list[int]]:
        wanted = {one.digest: one for entries in lists for one in entries}
        known = {}
        for digest in wanted:
            at = self._ids.get((kind, digest))
            if at is not None:
                self._ids.move_to_end((kind, digest))
                known[digest] = at
        new = sorted(digest for digest in wanted if digest not in known)
        if new:
            rows = [row(wanted[digest]) for digest in new]
            known |= _stored(connection, kind, new, rows)
            self._ids.update({(kind, digest): known[digest] for digest in new})
            _trim(self._ids)
        return [[known[one.digest] for one in entries] for entries in lists]


def _stored(
    connection: Connection, kind: str, digests: Sequence[bytes], rows: Sequence[Any]
) -> dict[bytes, int]:
    connection.cursor().executemany(query(f"intern_{kind}"), rows)
    found = connection.execute(
        query(f"interned_{kind}"), {"digests": [one.hex() for one in digests]}
    )
    return {digest.bytes: at for digest, at in found}


def _resource(one: Resource) -> dict[str, Any]:
    return {
        "digest": one.digest.hex(),
        "attributes": orjson.dumps(dict(one.attributes)).decode(),
        "schema_url": one.schema_url,
        "dropped": one.dropped,
    }


def _scope(one: Scope) -> dict[str, Any]:
    return {
        "digest": one.digest.hex(),
        "name": one.name,
        "version": one.version,
        "attributes": orjson.dumps(dict(one.attributes)).decode(),
        "schema_url": one.schema_url,
        "dropped": one.dropped,
    }


def _is_text(value: object) -> bool:
    """A name the server can take; another's row is refused by itself."""
    if not isinstance(value, str):
        return False
    return b"\0" not in value.encode("utf-8", "surrogatepass") and not any(
        "\ud800" <= one <= "\udfff" for one in value
    )


def _trim(cache: OrderedDict[Any, Any]) -> None:
    while len(cache) > _REMEMBERED_MAX:
        cache.popitem(last=False)
