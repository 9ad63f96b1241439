"""The turn in progress: its span, its outcome, and what it sends when it ends."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Mapping
from typing import Any, Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from turnspan import _context, _metrics, _pipeline, _privacy, _settings
from turnspan import conventions as c
from turnspan._calls import Calls, event_text
from turnspan._context import Scope
from turnspan._emit import emit, pipeline_failed, position
from turnspan._identity import Common, identity
from turnspan._ids import derived_id
from turnspan._limits import CONTENT_CHARS_MAX, clean
from turnspan._settings import ContentMode, TurnEnd
from turnspan.conventions import MessageRole, TurnInitiator, TurnOutcome

_NANOS: Final = 1_000_000_000
_SPOKEN: Final = frozenset(
    {TurnOutcome.ANSWERED, TurnOutcome.CLARIFICATION, TurnOutcome.FALLBACK}
)
"""With these outcomes the bot has said at least one thing."""
TEXTS_MAX: Final = 64
"""So many messages of a turn go on its span when content capture is on."""


class Turn(Calls):
    """A turn in progress; made by ``turn(...)``, not by hand."""

    __slots__ = (
        "__weakref__",
        "_answers",
        "_attributes",
        "_common",
        "_consent",
        "_counted",
        "_ended",
        "_first_response",
        "_heard",
        "_late",
        "_messages",
        "_outcome",
        "_own_context",
        "_perf_ns",
        "_private",
        "_provisional",
        "_replied",
        "_said",
        "_sampled",
        "_span",
        "_start_ns",
        "_texts",
        "handoff_id",
        "messages",
    )

    def __init__(self, common: Common, attributes: dict[str, Any]) -> None:
        self._common = common
        self._attributes = attributes
        self._late: dict[str, Any] = {}
        self._span: Span = trace.INVALID_SPAN
        self._sampled = False
        self._own_context: Context = Context()
        self._ended = False
        self._outcome: str | None = None
        self._first_response: float | None = None
        self._messages = 0
        self._answers = 0
        self._counted: _metrics.Key | None = None
        self._texts: list[tuple[str, str]] = []
        self._heard: str | None = None
        self._replied = False
        self._said: list[str] = []
        self._consent = True
        self._private = False
        self._provisional = False
        self.messages = True
        self.handoff_id: str | None = None
        self._perf_ns = time.perf_counter_ns()
        self._start_ns = time.time_ns()

    @property
    def id(self) -> str:
        """The turn's id, to rate or label it later."""
        return str(self._common.get(c.TURN_ID, ""))

    @property
    def conversation_id(self) -> str | None:
        """The conversation's id as it leaves the process."""
        value = self._common.get(c.GEN_AI_CONVERSATION_ID)
        return None if value is None else str(value)

    @property
    def bot(self) -> str:
        """The bot's name."""
        return str(self._common.get(c.BOT_NAME, ""))

    @property
    def active(self) -> bool:
        """Whether the turn has not ended yet."""
        return not self._ended

    @property
    def outcome(self) -> str | None:
        """How the turn ends, once it is known; set it to say so yourself."""
        return self._outcome

    @outcome.setter
    def outcome(self, value: str) -> None:
        kept = clean(c.TURN_OUTCOME, value)
        if isinstance(kept, str):
            self._outcome = kept

    @property
    def span(self) -> Span:
        """The turn's span, for attributes of the bot's own."""
        return self._span

    @property
    def context(self) -> Context:
        """The OpenTelemetry context in which the turn and its span are current."""
        return self._own_context

    def use(self) -> contextlib.AbstractContextManager[None]:
        """Make the turn current for a block, without ending it."""
        return _context.attached(self._own_context)

    def responded(self) -> None:
        """Say that the user sees the first part of the answer now."""
        if self._first_response is None:
            self._first_response = self._elapsed_ns() / _NANOS

    def end(
        self,
        error: BaseException | None = None,
        *,
        end_time_ns: int | None = None,
    ) -> None:
        """End the turn, once; later calls do nothing.

        Args:
            error: What the handler raised. Anything but an Exception, such as a
                cancelled task, interrupts the turn and is no error.
            end_time_ns: When, in nanoseconds since 1970; by default now.
        """
        if self._ended:
            return
        self._ended = True
        try:
            self._close(error, end_time_ns)
        except Exception:
            pipeline_failed("ending a turn")

    def discard(self) -> None:
        """Forget the turn, unsent: nobody spoke with the bot after all."""
        if self._ended:
            return
        self._ended = True
        if self._counted is not None:
            _metrics.leave(self._counted)

    def __del__(self) -> None:
        with contextlib.suppress(Exception):
            self.end(GeneratorExit())

    # What the calls need

    def _scope(self) -> Scope:
        return Scope(self._common, self, self._consent)

    def _context(self) -> Context | None:
        return self._own_context or None

    def _set(self, values: Mapping[str, Any], *, common: bool = False) -> None:
        if common:
            self._common.update(values)
        if not self._ended:
            self._late.update(values)

    def _handed_off(self, handoff: str) -> None:
        self.handoff_id = handoff
        self._infer(TurnOutcome.HANDOFF)

    def _understood(self, said: Mapping[str, Any], fallback: bool) -> None:
        if c.INTENT_NAME not in self._late and c.INTENT_NAME not in self._attributes:
            self._set(said)
        if fallback:
            self._infer(TurnOutcome.FALLBACK)

    def _infer(self, outcome: TurnOutcome) -> None:
        if self._outcome in (None, TurnOutcome.FALLBACK.value):
            self._outcome = outcome.value

    def _count_message(self, own: dict[str, Any], text: object) -> None:
        self._messages += 1
        own.setdefault(c.MESSAGE_INDEX, self._messages)
        if own.get(c.MESSAGE_ROLE) == MessageRole.BOT:
            self._answers += 1
            self.responded()
        self._keep_text(str(own.get(c.MESSAGE_ROLE)), text)

    def _keep_text(self, role: str, text: object) -> None:
        if text is None or len(self._texts) >= TEXTS_MAX:
            return
        if _settings.current().content.on_spans and (kept := _privacy.redacted(text)):
            self._texts.append((role, kept))

    def _hear(self, text: object) -> None:
        """Note the user's message, whose text stays here unless content is on."""
        if self._heard is None and not self._texts:
            self._keep_text(MessageRole.USER.value, text)
            self._heard = event_text(text)

    def _say(self, part: object) -> None:
        """Note a part of the answer as the handler gave it."""
        self._replied = self._replied or part is not None
        if _settings.current().content is ContentMode.NO_CONTENT:
            return
        room = CONTENT_CHARS_MAX - sum(map(len, self._said))
        if isinstance(part, str) and room > 0:
            self._said.append(part[:room])

    # Starting

    def _open(
        self,
        parent: Context | None,
        kind: SpanKind,
        start_time_ns: int | None,
    ) -> None:
        """Start the span and enter the conversation."""
        if start_time_ns is not None:
            passed = max(0, time.time_ns() - start_time_ns)
            self._start_ns, self._perf_ns = start_time_ns, self._perf_ns - passed
        try:
            self._span = _pipeline.current().tracer.start_span(
                self._name(),
                parent,
                kind,
                {**self._common, **self._attributes},
                start_time=self._start_ns,
            )
            self._sampled = self._span.get_span_context().trace_flags.sampled
        except Exception:
            pipeline_failed("starting a span")
        context = _context.with_scope(self._scope(), parent)
        self._own_context = trace.set_span_in_context(self._span, context)
        self._counted = _metrics.enter(self._common)

    def _name(self) -> str:
        workflow = self._attributes.get(c.GEN_AI_WORKFLOW_NAME)
        if workflow is not None:
            return f"{c.SPAN_INVOKE_WORKFLOW} {workflow}"
        return f"{c.SPAN_TURN} {self._common[c.BOT_NAME]}"

    def _absorb(self, given: Mapping[str, Any], attributes: Mapping[str, Any]) -> None:
        """Take in what an inner mark of the same turn knows."""
        self._provisional = False
        before = dict(self._common)
        after = identity(self._common, given)
        if given.get("consent") is not False:
            after = {**before, **after}
        after.setdefault(c.TURN_ID, before[c.TURN_ID])
        self._common.update(after)
        self._set({k: v for k, v in after.items() if before.get(k) != v})
        self._set(attributes)
        if before.get(c.BOT_NAME) != self._common.get(c.BOT_NAME):
            self._span.update_name(self._name())

    # Ending

    def _elapsed_ns(self) -> int:
        return time.perf_counter_ns() - self._perf_ns

    def _close(self, error: BaseException | None, end_time_ns: int | None) -> None:
        elapsed = self._elapsed_ns()
        if end_time_ns is not None:
            elapsed = max(0, end_time_ns - self._start_ns)
        outcome = self._final_outcome(error)
        self._send_messages(outcome, elapsed)
        late = self._late
        late[c.TURN_OUTCOME] = outcome
        if self._first_response is not None:
            late[c.FIRST_RESPONSE_DURATION] = self._first_response
        if error is not None:
            late[c.ERROR_TYPE] = _error_type(error)
        if c.GEN_AI_CONVERSATION_ID not in self._common:
            late[c.TURN_UNATTRIBUTED] = True
        self._end_span(late, outcome, elapsed)
        self._send_end(late, elapsed)
        self._measure(outcome, elapsed / _NANOS)

    def _final_outcome(self, error: BaseException | None) -> str:
        if isinstance(error, Exception):
            return TurnOutcome.ERROR.value
        if self._outcome is not None:
            return self._outcome
        if error is not None and self._first_response is None:
            return TurnOutcome.NO_RESPONSE.value
        return TurnOutcome.ANSWERED.value

    def _send_messages(self, outcome: str, elapsed: int) -> None:
        """Send the user's message, and one answer where none was recorded."""
        if not self.messages:
            return
        own: dict[str, Any]
        if self._attributes.get(c.TURN_INITIATOR) == TurnInitiator.USER:
            own = {c.MESSAGE_ROLE: MessageRole.USER.value, c.MESSAGE_INDEX: 1}
            own |= {k: v for k, v in self._user_message().items() if v is not None}
            self._emit_message(own, self._start_ns, self._user_uid())
        if not self._answers and (outcome in _SPOKEN or self._replied):
            own = {c.MESSAGE_ROLE: MessageRole.BOT.value}
            own[c.MESSAGE_INDEX] = self._messages + 1
            text = "".join(self._said)
            self._keep_text(MessageRole.BOT.value, text or None)
            if (kept := event_text(text)) is not None:
                own[c.MESSAGE_TEXT] = kept
            self._emit_message(own, self._start_ns + elapsed, None)

    def _user_message(self) -> dict[str, Any]:
        return {
            c.MESSAGE_ID: self._attributes.get(c.MESSAGE_ID),
            c.MESSAGE_TEXT: self._heard,
        }

    def _user_uid(self) -> str | None:
        if c.MESSAGE_ID in self._attributes:
            return derived_id(self.bot, self.id, "user")
        return None

    def _emit_message(self, own: dict[str, Any], at: int, uid: str | None) -> None:
        emit(
            c.EVENT_MESSAGE,
            self._common,
            own,
            at=at,
            context=self._own_context,
            uid=uid,
        )

    def _end_span(self, late: dict[str, Any], outcome: str, elapsed: int) -> None:
        try:
            if self._span.is_recording():
                self._span.set_attributes(
                    {**late, **self._content(), **position()} if self._sampled else late
                )
                if outcome == TurnOutcome.ERROR:
                    self._span.set_status(Status(StatusCode.ERROR))
            self._span.end(self._start_ns + elapsed)
        except Exception:
            pipeline_failed("ending a span")

    def _content(self) -> dict[str, str]:
        if not self._texts:
            return {}
        heard = [t for t in self._texts if t[0] == MessageRole.USER]
        said = [t for t in self._texts if t[0] != MessageRole.USER]
        return {
            key: _as_messages(texts, role)
            for key, texts, role in (
                (c.GEN_AI_INPUT_MESSAGES, heard, "user"),
                (c.GEN_AI_OUTPUT_MESSAGES, said, "assistant"),
            )
            if texts
        }

    def _send_end(self, late: dict[str, Any], elapsed: int) -> None:
        when = _settings.current().turn_end
        if when is TurnEnd.NEVER or (when is TurnEnd.UNSAMPLED and self._sampled):
            return
        emit(
            c.EVENT_TURN_END,
            self._common,
            {**self._attributes, **late, c.TURN_DURATION: elapsed / _NANOS},
            at=self._start_ns + elapsed,
            context=self._own_context,
        )

    def _measure(self, outcome: str, seconds: float) -> None:
        if self._counted is not None:
            _metrics.leave(self._counted)
        attributes = _metrics.dimensions(self._common)
        attributes[c.TURN_OUTCOME] = outcome
        _metrics.write(c.METRIC_TURN_DURATION, seconds, attributes)
        if outcome in _SPOKEN or self._first_response is not None:
            first = seconds if self._first_response is None else self._first_response
            _metrics.write(c.METRIC_TURN_FIRST_RESPONSE_DURATION, first, attributes)


def _error_type(error: BaseException) -> str:
    kind = type(error)
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return str(clean(c.ERROR_TYPE, f"{module}{kind.__qualname__}") or "_OTHER")


def _as_messages(texts: list[tuple[str, str]], role: str) -> str:
    return json.dumps(
        [
            {"role": role, "parts": [{"type": "text", "content": text}]}
            for _, text in texts
        ],
        ensure_ascii=False,
    )
