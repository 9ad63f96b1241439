"""Log records become events: identified, timed, kept whatever ids they have."""

from __future__ import annotations

import uuid

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from tests.support.otlp import NOW_NS, SPAN_ID, TRACE_ID, attribute, log, logs, value

from turnspan_collector.decode import LOGS, Decoded, Encoding, decode
from turnspan_exporters.records import Events

UID = "0190163d-8694-739b-aea5-966c26f8ad91"


def decoded(*records: LogRecord, now_ns: int = NOW_NS) -> Decoded:
    body = logs(*records).SerializeToString()
    return decode(LOGS, body, Encoding.PROTOBUF, now_ns)


def events(*records: LogRecord, now_ns: int = NOW_NS) -> Events:
    return decoded(*records, now_ns=now_ns).batch.events


def test_an_event_becomes_one_row_of_typed_columns() -> None:
    """Name, severity, body, correlation and promoted attributes are kept."""
    record = log(
        event_name="chatbot.handoff.request",
        severity_number=9,
        severity_text="INFO",
        body=value({"a": [1, "x"]}),
        trace_id=TRACE_ID,
        span_id=SPAN_ID,
        flags=1,
        observed_time_unix_nano=NOW_NS + 5,
        dropped_attributes_count=1,
        attributes=[
            attribute("log.record.uid", UID),
            attribute("gen_ai.conversation.id", "c1"),
            attribute("chatbot.handoff.id", "h1"),
            attribute("chatbot.handoff.reason", "policy"),
            attribute("own", 1),
        ],
    )
    found = events(record)
    assert found.uid == [uuid.UUID(UID).bytes]
    assert found.name == ["chatbot.handoff.request"]
    assert (found.severity, found.severity_text) == ([9], ["INFO"])
    assert found.body == [{"a": [1, "x"]}]
    assert (found.trace_id, found.flags) == ([TRACE_ID], [1])
    assert found.span_id == [int.from_bytes(SPAN_ID, "big", signed=True)]
    assert (found.time_ns, found.observed_ns) == ([NOW_NS], [NOW_NS + 5])
    assert found.conversation_id == ["c1"]
    assert (found.handoff_id, found.reason) == (["h1"], ["policy"])
    assert found.attributes == [{"own": 1}]
    assert found.dropped == [1]


def test_bad_ids_leave_a_record_uncorrelated() -> None:
    """Wrong lengths and zeros are stored as no correlation (C38)."""
    found = events(
        log(trace_id=bytes(16), span_id=bytes(8)), log(trace_id=b"1", span_id=b"2")
    )
    assert found.trace_id == [None, None]
    assert found.span_id == [None, None]


def test_a_record_without_time_takes_its_observed_time() -> None:
    """And the receipt when it has neither, flagged (C39, C42)."""
    found = events(
        log(time_unix_nano=0, observed_time_unix_nano=NOW_NS - 7),
        log(time_unix_nano=0),
    )
    assert found.time_ns == [NOW_NS - 7, NOW_NS]
    assert found.time_flags == [0, 1]
    assert found.original_times == [None, {"time": "0"}]


def test_an_older_spelling_of_the_name_is_understood() -> None:
    """event.name was an attribute before records had a field for it."""
    found = events(log(attributes=[attribute("event.name", "chatbot.view")]))
    assert (found.name, found.attributes) == (["chatbot.view"], [None])


def test_twins_in_a_request_are_two_and_a_resend_is_the_same() -> None:
    """Content, resource, scope and ordinal identify a record without uid (C48)."""
    twins = [log(body=value("a")), log(body=value("a")), log(body=value("b"))]
    first, again = events(*twins), events(*twins, now_ns=NOW_NS + 10**9)
    assert len(set(first.uid)) == 3
    assert again.uid == first.uid


@pytest.mark.parametrize(
    "change",
    [
        {"body": value("b")},
        {"time_unix_nano": NOW_NS - 1},
        {"event_name": "n"},
        {"attributes": [attribute("k", 1)]},
        {"trace_id": TRACE_ID},
        {"span_id": SPAN_ID},
        {"severity_number": 5},
    ],
)
def test_any_difference_makes_another_record(change: dict[str, object]) -> None:
    """No part of the content is left out of the identity."""
    assert len(set(events(log(), log(**change)).uid)) == 2


def test_a_uid_of_another_making_is_hashed_with_the_bot() -> None:
    """Two bots may both count from 1; the text stays an attribute."""
    own = attribute("log.record.uid", "1")
    other = attribute("chatbot.name", "other")
    found = events(log(attributes=[own]), log(attributes=[own, other]))
    assert len(set(found.uid)) == 2
    assert found.attributes == [{"log.record.uid": "1"}, {"log.record.uid": "1"}]


def test_a_ulid_is_its_128_bits() -> None:
    """Crockford's base 32, in either case."""
    ulid = attribute("log.record.uid", "01arz3ndektsv4rrffq69g5fav")
    found = events(log(attributes=[ulid]))
    assert found.uid == [bytes.fromhex("01563e3ab5d3d6764c61efb99302bd5b")]


def test_a_severity_outside_the_enum_is_unspecified() -> None:
    """It would not fit its column."""
    assert events(log(severity_number=70_000)).severity == [0]
