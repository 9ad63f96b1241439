"""Settings: one order of precedence, one sentence for each mistake, one page."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnspan_collector import _settings_page
from turnspan_collector.config import SettingError, Settings, all_settings, load

PAGE = Path(__file__).parents[2] / "docs" / "settings.md"


def test_a_flag_wins_over_a_variable_over_the_file_over_the_default(
    tmp_path: Path,
) -> None:
    """In this order and no other."""
    file = tmp_path / "turnspan.toml"
    file.write_text("[listen]\ngrpc_port = 1\nhttp_port = 2\nhealth_port = 3\n")
    variables = {"TURNSPAN_GRPC_PORT": "11", "TURNSPAN_HTTP_PORT": "12"}
    listen = load({"grpc_port": "21"}, variables, file).listen
    assert (listen.grpc_port, listen.http_port, listen.health_port) == (21, 12, 3)
    assert listen.metrics_port == Settings().listen.metrics_port


def test_an_empty_variable_is_not_set() -> None:
    """As shells and compose files leave them."""
    assert load({}, {"TURNSPAN_GRPC_PORT": ""}).listen.grpc_port == 4317


@pytest.mark.parametrize(
    ("flags", "variables", "said"),
    [
        (
            {"grpc_port": "70000"},
            {},
            "--grpc-port is '70000': give a whole number from 0 to 65535.",
        ),
        (
            {},
            {"TURNSPAN_REQUEST_BYTES_MAX": "1"},
            "TURNSPAN_REQUEST_BYTES_MAX is '1': give a whole number from 1024 to "
            "1073741824.",
        ),
        (
            {"log_format": "xml"},
            {},
            "--log-format is 'xml': give one of text, json.",
        ),
        (
            {"grpc_port": "5000", "http_port": "5000"},
            {},
            "--http-port is 5000, which --grpc-port has already: give each its own "
            "port, or 0 for a free one.",
        ),
        (
            {"user_ids": "pseudonymise", "user_key": "short"},
            {},
            "user_ids is 'pseudonymise' and user_key has 5 characters: give at least "
            "16.",
        ),
    ],
)
def test_a_bad_value_is_named_with_its_limit(
    flags: dict[str, str], variables: dict[str, str], said: str
) -> None:
    """One sentence: field, value, limit, what to do."""
    with pytest.raises(SettingError) as refused:
        load(flags, variables)
    assert str(refused.value) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[listen]\ngrpc = 1\n", "has the unknown key listen.grpc: give one of host,"),
        ("[other]\n", "has 'other' at its top: give one of the sections [store],"),
        ("grpc_port = 1\n", "has 'grpc_port' at its top"),
        ("[listen]\ngrpc_port = '1x'\n", "listen.grpc_port is '1x': give a whole"),
        ("[listen]\ngrpc_port = true\n", "listen.grpc_port is True: give a whole"),
        ("[log]\nlog_level = 3\n", "log.log_level is 3: give a text in quotes."),
        ("[listen\n", "is not TOML"),
    ],
)
def test_a_bad_file_is_named_with_its_key(tmp_path: Path, text: str, said: str) -> None:
    """Unknown keys are mistakes, not comments."""
    file = tmp_path / "turnspan.toml"
    file.write_text(text)
    with pytest.raises(SettingError) as refused:
        load({}, {}, file)
    assert said in str(refused.value)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """With the reason."""
    with pytest.raises(SettingError, match="No such file or directory"):
        load({}, {}, tmp_path / "none.toml")


def test_secrets_are_not_shown() -> None:
    """Not even when they are wrong."""
    with pytest.raises(SettingError) as refused:
        load({"dsn": "postgresql://u:secret\0"}, {})
    assert "secret" not in str(refused.value)


def test_every_setting_has_a_sentence_and_a_limit() -> None:
    """A number without a limit, or a setting without a word, is not accepted."""
    for one in all_settings():
        assert one.about.endswith(".")
        if one.is_number:
            assert {"least", "most"} <= set(one.field.metadata)


def test_the_page_is_current() -> None:
    """docs/settings.md is generated; run python -m turnspan_collector._settings_page.

    It names every setting.
    """
    page = PAGE.read_text(encoding="utf-8")
    assert page == _settings_page.page()
    assert all(one.variable in page for one in all_settings())
