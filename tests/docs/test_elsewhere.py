"""The page on other products' definitions shows what their rules make of the rows."""

from __future__ import annotations

from tests.docs.elsewhere import PAGE, written


def test_the_page_is_what_the_rules_give(migrated_dsn: str) -> None:
    """Its numbers and labels come from the write path, on either kind of server."""
    assert PAGE.read_text("utf-8") == written(migrated_dsn), (
        "docs/definitions-elsewhere.md is stale: make docs"
    )
