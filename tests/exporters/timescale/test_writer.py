"""The writer: every row once, exact counts, and no poison stops its neighbours."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest
from tests.support.chat import Chat
from tests.support.otlp import NOW_NS, numbered, traces
from tests.support.postgres import EmbeddedServer

from turnspan_collector.decode import TRACES, Encoding, decode
from turnspan_exporters.errors import Permanent, Retryable
from turnspan_exporters.exporter import Count, Exporter, Stored
from turnspan_exporters.records import Batch
from turnspan_exporters.timescale import TimescaleExporter

Connection = psycopg.Connection[Any]


@pytest.fixture
def exporter(migrated_dsn: str) -> Iterator[TimescaleExporter]:
    opened = TimescaleExporter(migrated_dsn, migrates=False)
    opened.open()
    yield opened
    opened.close()


def _one_turn(at: float = 0, conversation: str = "c1") -> Batch:
    chat = Chat()
    talk = chat.talk(conversation, user="u1")
    talk.message(at, turn=f"{conversation}-{at}")
    talk.turn(at, f"{conversation}-{at}", events=[{"name": "x"}], input_tokens=7)
    return chat.batch()


def _count(db: Connection, table: str) -> int:
    row = db.execute(f"SELECT count(*) FROM _turnspan.{table}").fetchone()
    assert row is not None
    return int(row[0])


def test_it_is_an_exporter(exporter: TimescaleExporter) -> None:
    """The protocol's three methods are there."""
    assert isinstance(exporter, Exporter)


def test_a_row_is_stored_as_it_came(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """Typed columns, nanoseconds, JSON and the interned resource all arrive."""
    chat = Chat()
    talk = chat.talk("c1", user="u1", variant="b")
    trace = talk.turn(0.0000015, "t1", 2.5, attributes={"a": [1, {"b": None}]})
    uid = talk.message(1, turn="t1", body={"text": "…"})
    assert exporter.export([chat.batch()]) == Stored(Count(1), Count(1), Count())
    span = db.execute(
        "SELECT s.trace_id, s.start_time, s.start_nano % 1000, s.end_nano - "
        "s.start_nano, s.turn_id, s.variant, s.attributes, r.attributes "
        "FROM _turnspan.span s JOIN _turnspan.resource r ON r.id = s.resource_id"
    ).fetchone()
    assert span is not None
    assert span[0].bytes == trace
    assert span[1:] == (
        chat.time(0.000002),
        0,
        2_500_000_000,
        "t1",
        "b",
        {"a": [1, {"b": None}]},
        {"service.name": "support"},
    )
    event = db.execute(
        "SELECT uid, time, role, body, bot FROM _turnspan.event"
    ).fetchone()
    assert event is not None
    assert event[0].bytes == uid
    assert event[1:] == (chat.time(1), "user", {"text": "…"}, "support")
    assert db.execute("SELECT name FROM _turnspan.bot").fetchall() == [("support",)]


def test_metric_points_are_stored(exporter: TimescaleExporter, db: Connection) -> None:
    """A point keeps its number, its buckets and its counts above int64."""
    batch = _one_turn()
    points = batch.points
    for name, value in {
        "uid": b"\x01" * 16, "time_ns": batch.received_ns, "start_ns": None,
        "name": "m", "unit": "s", "description": None, "kind": "histogram",
        "temporality": 2, "monotonic": None, "value": None, "int_value": None,
        "count": 2**63, "sum": 1.5, "min": None, "max": None,
        "detail": {"bounds": [1]}, "exemplars": None, "flags": 0, "bot": "support",
        "attributes": {"k": "v"}, "resource": 0, "scope": 0, "time_flags": 0,
        "original_times": None,
    }.items():  # fmt: skip
        getattr(points, name).append(value)
    assert exporter.export([batch]).points == Count(1)
    row = db.execute("SELECT count, sum, detail FROM _turnspan.metric_point").fetchone()
    assert row == (2**63, 1.5, {"bounds": [1]})


def test_the_same_batch_twice_changes_nothing(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """A replay is counted as duplicates, also when it is half new."""
    exporter.export([_one_turn()])
    again = exporter.export([_one_turn(), _one_turn(60)])
    assert again == Stored(Count(1, 1), Count(1, 1), Count())
    assert (_count(db, "span"), _count(db, "event")) == (2, 2)


def test_twins_in_one_call_are_one_row(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """Requests merged into one call may hold the same record."""
    assert exporter.export([_one_turn(), _one_turn()]).spans == Count(1, 1)
    assert _count(db, "span") == 1


def test_the_same_batch_on_two_connections(migrated_dsn: str, db: Connection) -> None:
    """Two writers at once store each row once, and the counts add up."""
    batches = [_one_turn(at) for at in range(40)]

    def write(order: int) -> Stored:
        exporter = TimescaleExporter(migrated_dsn, migrates=False)
        exporter.open()
        try:
            return exporter.export(batches[::order])
        finally:
            exporter.close()

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(write, (1, -1))
    assert first.spans + second.spans == Count(40, 40)
    assert _count(db, "event") == 40


def test_a_poison_row_is_put_aside(exporter: TimescaleExporter, db: Connection) -> None:
    """What the database refuses is kept with the reason; the others are stored."""
    batch = _one_turn()
    for at in range(1, 9):
        other = _one_turn(at)
        for name in batch.events.__dataclass_fields__:
            getattr(batch.events, name).extend(getattr(other.events, name))
    batch.events.conversation_id[3] = "x\0y"
    batch.events.intent_confidence[6] = "high"  # type: ignore[call-overload]
    stored = exporter.export([batch])
    assert stored.events == Count(inserted=7, dead_lettered=2)
    assert stored.spans == Count(1)
    rows = db.execute(
        "SELECT signal, payload ->> 'conversation_id', reason <> '' "
        "FROM _turnspan.dead_letter ORDER BY id"
    ).fetchall()
    assert sorted(rows) == [("events", "c1", True), ("events", "x\ufffdy", True)]


def test_touched_has_one_row_a_conversation(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """Only what changes a derived row is queued, with the range of its times."""
    chat = Chat()
    talk = chat.talk("c1")
    talk.turn(0, "t1", 5)
    talk.message(9, turn="t1")
    talk.span(60, name="GET /", lasts=1)
    talk.span(70, name="chat gpt", operation="chat", output_tokens=3)
    chat.talk(None).handoff("accept", 80, "h9")
    chat.talk(None).turn(90, "t9")
    chat.talk("c2").event("some.other", 95)
    exporter.export([chat.batch(), _one_turn(30)])
    rows = db.execute(
        "SELECT conversation_id, turn_id, handoff_id, from_time, to_time "
        "FROM _turnspan.touched ORDER BY from_time"
    ).fetchall()
    assert rows == [
        ("c1", None, None, chat.time(0), chat.time(71)),
        (None, None, "h9", chat.time(80), chat.time(80)),
        (None, "t9", None, chat.time(90), chat.time(91)),
    ]


def test_a_lost_connection_is_retryable_and_comes_back(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """After the server ended the session, one call fails and the next one stores."""
    db.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE application_name = 'turnspan writer' AND datname = current_database()"
    )
    with pytest.raises(Retryable):
        exporter.export([_one_turn()])
    assert exporter.export([_one_turn()]).spans == Count(1)


def test_a_restarted_server_is_found_again(
    embedded: EmbeddedServer | None, exporter: TimescaleExporter
) -> None:
    """Nothing stored before a crash is lost, and the writer needs no restart."""
    if embedded is None:
        pytest.skip("restarts only the embedded server")
    exporter.export([_one_turn()])
    embedded.stop("immediate")
    with pytest.raises(Retryable):
        exporter.export([_one_turn(60)])
    embedded.start()
    stored = _until_back(exporter, [_one_turn(), _one_turn(60)])
    assert stored.spans.inserted + stored.spans.duplicates == 2


def _until_back(exporter: TimescaleExporter, batches: list[Batch]) -> Stored:
    import time

    for _ in range(100):
        try:
            return exporter.export(batches)
        except Retryable as error:
            time.sleep(error.retry_after_s)
    raise AssertionError("the writer did not come back")


def test_a_database_without_schema_says_what_to_do(dsn: str) -> None:
    """A writer that may not migrate names the command."""
    with pytest.raises(Permanent, match="run `turnspan migrate`"):
        TimescaleExporter(dsn, migrates=False).open()


@pytest.mark.parametrize(
    ("dsn", "sentence"),
    [
        ("host=127.0.0.1 port=1 dbname=x user=y", "is away"),
        ("no dsn at all", "DSN cannot be used"),
    ],
)
def test_a_wrong_dsn_is_a_sentence(dsn: str, sentence: str) -> None:
    """Whoever starts the collector reads what is wrong with the DSN."""
    with pytest.raises((Permanent, Retryable), match=sentence):
        TimescaleExporter(dsn).open()


def test_a_clamped_row_is_known_by_its_ids(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """A row without a time of its own is stored once, whenever it is sent again."""
    found = []
    for received in (0, 60):
        chat = Chat()
        talk = chat.talk("c1", user="u1", time_flags=1, original_times={"start": "0"})
        for _ in range(2):
            talk.turn(received, "t1", 1, trace_id=b"t" * 16, span_id=7)
        talk.message(received, uid=b"u" * 16)
        found.append(exporter.export([chat.batch(), _one_turn(received)]))
    assert found[0].spans == Count(2, 1)
    assert found[1].spans == Count(1, 2)
    assert [one.events for one in found] == [Count(2), Count(1, 1)]
    assert (_count(db, "span"), _count(db, "event")) == (3, 3)


def _refused(db: Connection) -> list[tuple[str, str]]:
    rows = db.execute(
        "SELECT payload ->> 'span_id', reason FROM _turnspan.dead_letter ORDER BY 1"
    )
    return [(str(span), reason) for span, reason in rows]


def test_poison_of_every_kind_is_put_aside_alone(
    exporter: TimescaleExporter, db: Connection
) -> None:
    """What cannot be written, what the COPY refuses and what the table does."""
    db.execute("ALTER TABLE _turnspan.span ADD CHECK (name <> 'poison')")
    body = traces(*numbered(300, 1000)).SerializeToString()
    batch = decode(TRACES, body, Encoding.PROTOBUF, NOW_NS).batch
    spans = batch.spans
    for at in range(0, 300, 5):
        spans.name[at] = "poison"
    spans.status_message[7] = "x\0y"
    spans.attributes[64] = spans.attributes[131] = {"a": "\0"}
    spans.flags[299] = "no number"  # type: ignore[call-overload]
    bad = {*range(0, 300, 5), 7, 64, 131, 299}
    twins = [exporter.export([batch]).spans for _ in range(2)]
    assert twins == [
        Count(inserted=300 - len(bad), dead_lettered=len(bad)),
        Count(duplicates=300 - len(bad), dead_lettered=len(bad)),
    ]
    found = _refused(db)
    assert {span for span, _ in found} == {str(spans.span_id[at]) for at in bad}
    assert len(found) == 2 * len(bad)
    kinds = {reason.partition(":")[0] for _, reason in found}
    assert {"CheckViolation", "CharacterNotInRepertoire"} < kinds
    rows = db.execute("SELECT count(*) FROM _turnspan.span WHERE name = 'poison'")
    assert rows.fetchone() == (0,)


def test_much_poison_costs_few_statements(
    exporter: TimescaleExporter, db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bound in work, and so in the time that neighbours wait."""
    db.execute("ALTER TABLE _turnspan.span ADD CHECK (name <> 'poison')")
    body = traces(*numbered(2000)).SerializeToString()
    batch = decode(TRACES, body, Encoding.PROTOBUF, NOW_NS).batch
    batch.spans.name[::4] = ["poison"] * 500
    said = []
    execute = psycopg.Connection.execute

    def counted(self: Any, *given: Any, **more: Any) -> Any:
        said.append(given[0])
        return execute(self, *given, **more)

    monkeypatch.setattr(psycopg.Connection, "execute", counted)
    assert exporter.export([batch]).spans == Count(1500, dead_lettered=500)
    assert len(said) < 100
