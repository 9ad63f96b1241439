"""The reading side of the store: metrics, conversations, the newest turns."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any, Final, Self
from zoneinfo import ZoneInfo

import psycopg
from psycopg import errors as pg
from psycopg import rows
from psycopg_pool import ConnectionPool, PoolTimeout

from turnspan import conventions as names
from turnspan_exporters.errors import Overloaded, Permanent, Retryable
from turnspan_exporters.timescale import (
    _timeline,
    declarations,
    reader_rows,
    settings,
)
from turnspan_exporters.timescale import labels as kept_labels
from turnspan_exporters.timescale._connection import (
    Connection,
    connect,
    sorted_errors,
    to_error,
)
from turnspan_exporters.timescale._queries import query
from turnspan_exporters.timescale._tail import SEEN_MAX, Cursor, with_events
from turnspan_exporters.timescale.labels import Added, Agreement, Label, Sample, Stored
from turnspan_exporters.timescale.metrics import CATALOGUE, Metric

__all__ = ["BadQuestion", "Reader"]

_CONNECTIONS_MAX: Final = 8
_CONNECTION_WAIT_S: Final = 5.0
_STATEMENT_TIMEOUT_S: Final = 30.0
_ROWS_MAX: Final = 1000


class BadQuestion(Permanent):
    """The question cannot be answered; the text names field, value and limit."""


class Reader:
    """Asks the store in short read-only transactions, from a bounded pool.

    Raises ``BadQuestion`` for a question that has no answer, ``Overloaded`` when
    answering takes longer than ``statement_timeout_s`` or all connections are busy,
    and ``Retryable`` when the database is away. Safe to use from several threads.
    """

    def __init__(
        self,
        dsn: str,
        *,
        connections_max: int = _CONNECTIONS_MAX,
        statement_timeout_s: float = _STATEMENT_TIMEOUT_S,
    ) -> None:
        timeout_ms = round(statement_timeout_s * 1000)
        self._dsn = dsn
        self._statement_timeout_s = statement_timeout_s
        self._pool: ConnectionPool[Connection] = ConnectionPool(
            dsn,
            min_size=0,
            max_size=connections_max,
            timeout=_CONNECTION_WAIT_S,
            check=ConnectionPool.check_connection,
            open=False,
            kwargs={
                "autocommit": True,
                "application_name": "turnspan reader",
                "options": "-c timezone=UTC -c jit=off "
                "-c default_transaction_read_only=on "
                f"-c statement_timeout={timeout_ms}",
            },
            name="turnspan-reader",
        )

    def open(self) -> None:
        """Allow connections; the first is made when it is needed."""
        self._pool.open()

    def close(self) -> None:
        """Let go of all connections; may be called twice."""
        self._pool.close()

    def __enter__(self) -> Self:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def catalogue(self) -> Mapping[str, Metric]:
        """Every metric, by name."""
        return CATALOGUE

    def metric(
        self,
        name: str,
        start: datetime,
        end: datetime,
        bucket: str | None = None,
        by: Sequence[str] = (),
        filters: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[reader_rows.MetricRow]:
        """The rows of ``turnspan.metric``; buckets in the time zone of the bots."""
        asked = (name, start, end, bucket, by, filters, options)
        return [_metric_row(*one) for one in self._answer("read_metric", *asked)]

    def metric_change(
        self,
        name: str,
        start: datetime,
        end: datetime,
        bucket: str | None = None,
        by: Sequence[str] = (),
        filters: Mapping[str, Any] | None = None,
        options: Mapping[str, Any] | None = None,
    ) -> list[reader_rows.MetricChangeRow]:
        """The rows of ``turnspan.metric_change``: the period before beside this one."""
        asked = (name, start, end, bucket, by, filters, options)
        return [_change_row(*one) for one in self._answer("read_change", *asked)]

    def _answer(
        self,
        statement: str,
        name: str,
        start: datetime,
        end: datetime,
        bucket: str | None,
        by: Sequence[str],
        filters: Mapping[str, Any] | None,
        options: Mapping[str, Any] | None,
    ) -> Iterator[tuple[Sequence[Any], ZoneInfo | None]]:
        with self._ask("asking a metric") as connection:
            found = connection.execute(
                query(statement),
                {
                    "name": name,
                    "start": start,
                    "end": end,
                    "bucket": bucket,
                    "by": list(by),
                    "filters": json.dumps(filters or {}),
                    "options": json.dumps(options or {}),
                },
            ).fetchall()
            zone = _zone(connection, filters) if bucket else None
        return ((row, zone) for row in found)

    def published(
        self,
        name: str,
        start: datetime,
        end: datetime,
        bots: Sequence[str] = (),
        as_of: datetime | None = None,
    ) -> list[dict[str, Any]]:
        """The rows of ``turnspan.published``: daily values that were replaced since."""
        asked = {"name": name, "start": start, "end": end, "as_of": as_of}
        with (
            self._ask("asking what was published") as connection,
            connection.cursor(row_factory=rows.dict_row) as cursor,
        ):
            cursor.execute(
                query("read_published"), {**asked, "bots": list(bots) or None}
            )
            return cursor.fetchall()

    def zone(self, bots: Sequence[str] = ()) -> ZoneInfo:
        """The time zone of ``bots`` where they share one, else the installation's."""
        with self._ask("asking a time zone") as connection:
            return _zone(connection, {"bot": list(bots)} if bots else None)

    def bots(self) -> list[reader_rows.Bot]:
        """Every bot, by name."""
        with self._ask("listing bots") as connection:
            found = connection.execute(query("read_bots")).fetchall()
        return [reader_rows.Bot(*row) for row in found]

    def settings(self, bot: str) -> dict[str, Any]:
        """The settings that hold for ``bot`` now, by name."""
        with self._ask("reading settings") as connection:
            return settings.current(connection, bot)

    def change_settings(self, bot: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """Change ``values`` from now on and return all that hold then.

        The one thing written from here, over a connection of its own. Raises
        ``SettingError`` and changes nothing where one of them is not valid.
        """
        with (
            connect(self._dsn, name="turnspan settings") as connection,
            sorted_errors("changing settings"),
        ):
            settings.change(connection, bot, values)
            return settings.current(connection, bot)

    def declared(self) -> list[declarations.Declared]:
        """The funnels and goals that hold now."""
        with self._ask("listing funnels") as connection:
            return declarations.declared(connection)

    def declare(
        self, wanted: Sequence[declarations.Declaration], source: str
    ) -> list[declarations.Changed]:
        """Make the funnels and goals of ``source`` those that are ``wanted``."""
        with (
            connect(self._dsn, name="turnspan funnels") as connection,
            sorted_errors("declaring funnels"),
        ):
            return declarations.apply(connection, wanted, source)

    def labels(
        self,
        start: datetime,
        end: datetime,
        bots: Sequence[str] = (),
        labellers: Sequence[str] = (),
        limit: int = 100,
    ) -> list[Stored]:
        """Labels given in [start, end), the latest first."""
        with self._ask("listing labels") as connection:
            return kept_labels.latest(
                connection, start, end, bots, labellers, _bounded("limit", limit)
            )

    def add_labels(self, given: Sequence[Label]) -> Added:
        """Store labels, all or none; written over a connection of its own."""
        with (
            connect(self._dsn, name="turnspan labels") as connection,
            sorted_errors("storing labels"),
        ):
            return kept_labels.add(connection, given, "api")

    def label_sample(
        self,
        n: int,
        strategy: kept_labels.Strategy,
        start: datetime,
        end: datetime,
        bots: Sequence[str] = (),
        seed: int | None = None,
    ) -> Sample:
        """Turns to label; see ``labels.sample``."""
        with self._ask("drawing turns to label") as connection:
            return kept_labels.sample(connection, n, strategy, start, end, bots, seed)

    def label_agreement(
        self, start: datetime, end: datetime, bots: Sequence[str] = ()
    ) -> list[Agreement]:
        """Cohen's kappa of each pair of labellers, and last their mean."""
        with self._ask("comparing labellers") as connection:
            return kept_labels.agreement(connection, start, end, bots)

    @contextmanager
    def asking(self, doing: str) -> Iterator[Connection]:
        """A connection to read over, for modules that ask for themselves.

        ``doing`` says in errors what was done.
        """
        with self._ask(doing) as connection:
            yield connection

    @contextmanager
    def changing(self, doing: str) -> Iterator[Connection]:
        """A connection of its own to write over, for modules that keep what they do."""
        with (
            connect(self._dsn, name="turnspan changes") as connection,
            sorted_errors(doing),
        ):
            yield connection

    def freshness(self) -> reader_rows.Freshness:
        """How new the derived rows are."""
        with self._ask("asking the lag") as connection:
            row = connection.execute(query("read_freshness")).fetchone()
        assert row is not None  # noqa: S101  (an aggregate without GROUP BY)
        return reader_rows.Freshness(*row)

    def tail(
        self,
        after: str | None = None,
        limit: int = 50,
        bots: Sequence[str] | None = None,
        channels: Sequence[str] | None = None,
    ) -> reader_rows.Tail:
        """Turns that arrived since the call that gave ``after``, the newest first.

        Without ``after`` the newest ``limit`` of all. Turns that arrive late by more
        than the cursor remembers (two minutes) are not shown.
        """
        cursor = _cursor(after)
        with self._ask("reading the newest turns") as connection:
            found = connection.execute(
                query("read_tail"),
                {
                    "since": cursor.since,
                    "bots": list(bots) if bots else None,
                    "channels": list(channels) if channels else None,
                    "limit": max(_bounded("limit", limit), SEEN_MAX) + cursor.size,
                },
            ).fetchall()
            turns = [reader_rows.TailTurn(*row) for row in found]
            fresh = [turn for turn in turns if not cursor.has_seen(turn)][:limit]
            shown = with_events(connection, fresh)
        return reader_rows.Tail(shown, cursor.after(turns).text())

    def annotations(
        self, start: datetime, end: datetime, bots: Sequence[str] | None = None
    ) -> list[reader_rows.Annotation]:
        """Release and change marks of [start, end), at most 1,000."""
        with self._ask("reading annotations") as connection:
            found = connection.execute(
                query("read_annotations"),
                {
                    "start": start,
                    "end": end,
                    "bots": list(bots) if bots else None,
                    "text": names.ANNOTATION_TEXT,
                    "kind": names.ANNOTATION_KIND,
                    "limit": _ROWS_MAX,
                },
            ).fetchall()
        return [reader_rows.Annotation(*row) for row in found]

    def conversations(
        self,
        before: datetime | None = None,
        limit: int = 50,
        bots: Sequence[str] | None = None,
        channels: Sequence[str] | None = None,
        outcomes: Sequence[str] | None = None,
    ) -> list[reader_rows.SessionSummary]:
        """Sessions that began before ``before``, the latest first."""
        with self._ask("listing conversations") as connection:
            found = connection.execute(
                query("read_conversations"),
                {
                    "before": before or datetime.max.replace(tzinfo=ZoneInfo("UTC")),
                    "bots": list(bots) if bots else None,
                    "channels": list(channels) if channels else None,
                    "outcomes": list(outcomes) if outcomes else None,
                    "limit": _bounded("limit", limit),
                },
            ).fetchall()
        return [reader_rows.SessionSummary(*row) for row in found]

    def conversation(
        self, conversation_id: str, bot: str | None = None
    ) -> reader_rows.Conversation | None:
        """The timeline of a conversation, or ``None`` when nothing is known of it.

        Where several bots know the id and none is named, it is of the one that was
        active last.
        """
        with self._ask("reading a conversation") as connection:
            connection.row_factory = rows.dict_row
            try:
                return _timeline.read(connection, conversation_id, bot)
            finally:
                connection.row_factory = rows.tuple_row

    @contextmanager
    def _ask(self, doing: str) -> Iterator[Connection]:
        try:
            with self._pool.connection() as connection:
                yield connection
        except PoolTimeout as error:
            raise Retryable(
                f"The database is away, or all {self._pool.max_size} connections are "
                f"busy, while {doing}."
            ) from error
        except pg.InvalidParameterValue as error:
            raise BadQuestion(error.diag.message_primary or str(error)) from error
        except pg.QueryCanceled as error:
            raise Overloaded(
                f"Answering took longer than {self._statement_timeout_s:g} s while "
                f"{doing}: ask a shorter range or fewer dimensions."
            ) from error
        except psycopg.Error as error:
            raise to_error(error, doing) from error


def _zone(connection: Connection, filters: Mapping[str, Any] | None) -> ZoneInfo:
    asked = (filters or {}).get("bot") or None
    bots = [asked] if isinstance(asked, str) else asked
    row = connection.execute(
        query("read_zone"), {"bots": None if bots is None else json.dumps(bots)}
    ).fetchone()
    assert row is not None  # noqa: S101  (a SELECT without FROM)
    return ZoneInfo(row[0])


def _metric_row(row: Sequence[Any], zone: ZoneInfo | None) -> reader_rows.MetricRow:
    bucket, group, value, k, n, low, high, provisional = row
    if bucket is not None and zone is not None:
        bucket = bucket.astimezone(zone)
    return reader_rows.MetricRow(
        bucket, group, value, _number(k), _number(n), low, high, provisional
    )


def _change_row(
    row: Sequence[Any], zone: ZoneInfo | None
) -> reader_rows.MetricChangeRow:
    bucket, group, value, previous, change, *rest = row
    return reader_rows.MetricChangeRow(
        **asdict(_metric_row((bucket, group, value, *rest), zone)),
        previous=previous,
        change=change,
    )


def _number(value: Any) -> float | None:
    """Counts as whole numbers, sums of seconds as they are."""
    if value is None:
        return None
    return int(value) if value == int(value) else float(value)


def _bounded(field: str, value: int) -> int:
    if not 1 <= value <= _ROWS_MAX:
        raise BadQuestion(f"{field}: {value} is not a number from 1 to {_ROWS_MAX}.")
    return value


def _cursor(after: str | None) -> Cursor:
    try:
        return Cursor.read(after)
    except ValueError:
        raise BadQuestion(
            "after: it must be a cursor as an earlier answer gave it."
        ) from None
