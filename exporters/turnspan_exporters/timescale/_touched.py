"""Which conversations, turns and handoffs a batch makes out of date.

One entry per conversation and call, with the range of times of its records; what lies
days apart is entered apart, so that nothing between is read. Records that name no
conversation are entered by the turn or the handoff they name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from turnspan import conventions as names
from turnspan_exporters.records import Batch, Events, Spans

__all__ = ["Touched", "evaluated", "touched"]

Key = tuple[str, str | None, str | None, str | None]
Touched = list[tuple[Key, int, int]]
"""(bot, conversation, turn, handoff), first and last nanosecond."""

_APART_NS: Final = 2 * 86_400 * 10**9
_TURN: Final = "chatbot.turn"
_WORKFLOW: Final = "invoke_workflow"
_REQUEST: Final = names.EVENT_HANDOFF_REQUEST
_EVALUATION: Final = names.EVENT_FEATURE_FLAG_EVALUATION
_TRACE: Final = "trace:"
_PREFIX: Final = f"{names.ROOT}."


def touched(batches: Iterable[Batch]) -> Touched:
    """The union over all batches, a range for each two days that have records."""
    found: dict[tuple[Key, int], tuple[int, int]] = {}
    for batch in batches:
        for key, first, last in (*_of_spans(batch.spans), *_of_events(batch.events)):
            place = key, first // _APART_NS
            known = found.get(place)
            if known is not None:
                first, last = min(first, known[0]), max(last, known[1])
            found[place] = (first, last)
    return [(key, *times) for (key, _), times in found.items() if _is_storable(key)]


def evaluated(batches: Iterable[Batch]) -> dict[tuple[str, str], tuple[int, int]]:
    """(bot, user) → first and last nanosecond of the flags evaluated for a user."""
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for batch in batches:
        rows = batch.events
        for name, bot, user, at in zip(
            rows.name, rows.bot, rows.user_key, rows.time_ns, strict=True
        ):
            if name == _EVALUATION and user is not None and _is_storable((bot, user)):
                first, last = found.get((bot, user), (at, at))
                found[bot, user] = (min(first, at), max(last, at))
    return found


def _is_storable(key: tuple[str | None, ...]) -> bool:
    """Whether the server takes these texts; the row itself is refused otherwise."""
    try:
        return b"\0" not in "".join(part or "" for part in key).encode()
    except UnicodeEncodeError:
        return False


def _of_spans(spans: Spans) -> Iterator[tuple[Key, int, int]]:
    rows = zip(
        spans.bot, spans.conversation_id, spans.turn_id, spans.name, spans.start_ns,
        spans.end_ns, spans.initiator, spans.outcome, spans.operation, spans.trace_id,
        spans.span_id, strict=True,
    )  # fmt: skip
    for bot, talk, turn, name, start, end, who, outcome, operation, trace, id in rows:
        if is_turn(name, turn, who, outcome):
            if talk is not None:
                yield (bot, talk, None, None), start, end
            else:
                own = turn or f"{trace.hex()}:{id & 0xFFFFFFFFFFFFFFFF:016x}"
                yield (bot, None, own, None), start, end
        elif operation is not None:
            # What lies between two calls of models says that one wraps the other.
            if talk is not None:
                yield (bot, talk, None, None), start, end
            else:
                yield (bot, None, turn or f"{_TRACE}{trace.hex()}", None), start, end


def is_turn(
    name: str, turn: str | None, initiator: str | None, outcome: str | None
) -> bool:
    """Whether a span is a turn: by name, or a workflow or other span with a turn id."""
    if name.startswith(_TURN) and (name == _TURN or name[len(_TURN)] == " "):
        return True
    return turn is not None and (
        name.startswith(_WORKFLOW) or initiator is not None or outcome is not None
    )


def _of_events(events: Events) -> Iterator[tuple[Key, int, int]]:
    rows = zip(
        events.bot, events.conversation_id, events.turn_id, events.handoff_id,
        events.name, events.time_ns, strict=True,
    )  # fmt: skip
    for bot, talk, turn, handoff, name, at in rows:
        if not name.startswith(_PREFIX) and name != _EVALUATION:
            continue
        if talk is not None:
            yield (bot, talk, None, None), at, at
        elif turn is not None:
            yield (bot, None, turn, None), at, at
        # The request may name another conversation than the step, or none.
        if handoff is not None and (talk is None or name != _REQUEST):
            yield (bot, None, None, handoff), at, at
