"""The expansion that the other tests rest on says what Grafana documents."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.support.grafana_macros import ALL, Asked, expanded

ASKED = Asked(
    datetime(2026, 3, 1, tzinfo=UTC),
    datetime(2026, 3, 8, 12, 30, tzinfo=UTC),
    {"bot": ["support", "o'hara"], "channel": [ALL], "bucket": ["day"]},
    {"channel": "NULL"},
)


@pytest.mark.parametrize(
    ("sql", "sent"),
    [
        ("f($__timeFrom(), $__timeTo())", "f('{0}', '{1}')"),
        ("WHERE $__timeFilter(time)", "WHERE time BETWEEN '{0}' AND '{1}'"),
        ("${bot:sqlstring}", "'support','o''hara'"),
        ("${channel:sqlstring}", "NULL"),
        ("${bucket:sqlstring}", "'day'"),
    ],
)
def test_macros_expand_as_documented(sql: str, sent: str) -> None:
    """Times become RFC 3339 literals, lists become quoted SQL strings."""
    times = ("2026-03-01T00:00:00.000Z", "2026-03-08T12:30:00.000Z")
    assert expanded(sql, ASKED) == sent.format(*times)


@pytest.mark.parametrize("sql", ["$__interval", "$bot", "$__timeGroup(a, b)"])
def test_what_is_not_known_is_not_sent(sql: str) -> None:
    """A macro that would reach the database as it stands is an error."""
    with pytest.raises(ValueError, match="Grafana would send"):
        expanded(sql, ASKED)
