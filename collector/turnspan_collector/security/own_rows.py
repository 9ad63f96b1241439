"""A token's own rows: what a decoded request holds of the bots it may send as."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import fields, replace
from itertools import compress

from turnspan_collector.decode import TRACES, Decoded, Signal
from turnspan_collector.errors import Denied
from turnspan_exporters.records import Batch, Columns

__all__ = ["own_rows"]


def own_rows(signal: Signal, decoded: Decoded, bots: Set[str]) -> Decoded:
    """The request without the records of other bots, which count as rejected.

    A span is rejected with every event that it carries, and for one of them too.
    Raises ``Denied`` where records came and none is left.
    """
    batch = decoded.batch
    every = (batch.spans, batch.events, batch.points)
    if all(bots >= set(one.bot) for one in every):
        return decoded
    before = _items(signal, batch)
    if signal is TRACES:
        _keep_spans(batch, bots)
    else:
        for one in (batch.events, batch.points):
            _keep(one, [bot in bots for bot in one.bot])
    left = _items(signal, batch)
    if not left:
        raise Denied("this token may not send as the bots that this request names")
    _keep_origins(batch)
    foreign = before - left
    reason = f"the token may not send as their bot ({foreign})"
    rejected = decoded.rejected + foreign
    reasons = decoded.message.partition(" were rejected: ")[2]
    message = (
        f"{rejected} of {decoded.items} {signal.items} were rejected: "
        + "; ".join(filter(None, (reasons, reason)))
    )
    return replace(decoded, rejected=rejected, message=message)


def _items(signal: Signal, batch: Batch) -> int:
    if signal is TRACES:
        return len(batch.spans)
    return len(batch.events) + len(batch.points)


def _keep_spans(batch: Batch, bots: Set[str]) -> None:
    """Spans of these bots that carry no event of another."""
    of_spans = list(zip(batch.spans.trace_id, batch.spans.span_id, strict=True))
    of_events = list(zip(batch.events.trace_id, batch.events.span_id, strict=True))
    foreign = {
        key
        for keys, columns in ((of_spans, batch.spans), (of_events, batch.events))
        for key, bot in zip(keys, columns.bot, strict=True)
        if bot not in bots
    }
    _keep(batch.spans, [key not in foreign for key in of_spans])
    _keep(batch.events, [key not in foreign for key in of_events])


def _keep(columns: Columns, flags: Sequence[bool]) -> None:
    for one in fields(columns):
        setattr(columns, one.name, list(compress(getattr(columns, one.name), flags)))


def _keep_origins(batch: Batch) -> None:
    """Leave out resources and scopes that no record names any more."""
    for name, held in (("resource", batch.resources), ("scope", batch.scopes)):
        columns = (batch.spans, batch.events, batch.points)
        used = sorted({at for one in columns for at in getattr(one, name)})
        places = {old: new for new, old in enumerate(used)}
        for one in columns:
            setattr(one, name, [places[at] for at in getattr(one, name)])
        held[:] = [held[at] for at in used]
