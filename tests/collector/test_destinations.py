"""Settings of destinations: the same order as all settings, one sentence a mistake."""

from __future__ import annotations

from pathlib import Path

import pytest

from turnspan_collector.config import SettingError, load
from turnspan_collector.destinations import destination_settings, load_destinations

THERE = "there.endpoint=https://there.example:4317"
SECRET = "Bearer canary-4f1b"


def test_a_flag_wins_over_a_variable_over_the_file(tmp_path: Path) -> None:
    """Key by key; destinations of all three are there, by name."""
    file = tmp_path / "turnspan.toml"
    file.write_text(
        "[forward.there]\nendpoint = 'https://file.example'\ntimeout_seconds = 3\n"
        "signals = 'logs'\n[forward.by-file]\nendpoint = 'http://localhost:1'\n"
    )
    variables = {
        "TURNSPAN_FORWARD_THERE_ENDPOINT": "https://variable.example",
        "TURNSPAN_FORWARD_THERE_TIMEOUT_SECONDS": "4",
        "TURNSPAN_FORWARD_BY_VARIABLE_ENDPOINT": "http://[::1]:2",
        "TURNSPAN_FORWARD_BY_VARIABLE_TLS_CA": "",
    }
    found = load({"forward": ["there.timeout_seconds=5"]}, variables, file).forward
    assert [one.name for one in found] == ["by-file", "by-variable", "there"]
    there = found[2]
    assert there.endpoint == "https://variable.example"
    assert (there.timeout_seconds, there.port) == (5, 443)
    assert there.signal_names == {"logs"}
    assert (found[1].host, found[1].port) == ("::1", 2)


def test_headers_are_decoded() -> None:
    """As OTEL_EXPORTER_OTLP_HEADERS has them."""
    given = ["there.headers=Authorization=Bearer%20a%2Cb , x=1=2"]
    (there,) = load_destinations([THERE, *given], {}, {})
    assert there.header_pairs == (("authorization", "Bearer a,b"), ("x", "1=2"))


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (["there"], "--forward without = is no setting of a destination: give NAME"),
        (["there.port=1"], "--forward there.port is no setting of a destination"),
        (["There.endpoint=x"], "names the destination 'There': give up to 32 small"),
        (["there.signals=logs"], "forward.there.endpoint is not set: give one with"),
        (["there.endpoint=there:4317"], "forward.there.endpoint is no such URL: give"),
        (["there.endpoint=https://a:x"], "forward.there.endpoint is no such URL: give"),
        (["there.endpoint=https://u:p@a"], "has a user, a query or a fragment: give"),
        (["there.endpoint=https://a/b"], "has the path '/b', which gRPC has no place"),
        (["there.endpoint=http://a:1"], "is http:// on another machine: give https://"),
        ([THERE, "there.protocol=x"], "--forward there.protocol is 'x': give one of"),
        (
            [THERE, "there.timeout_seconds=0"],
            "there.timeout_seconds is '0': give a whole number from 1 to 300.",
        ),
        (
            [THERE, "there.queue_bytes_max=1"],
            "--forward there.queue_bytes_max is '1': give a whole number from 65536 to "
            "1099511627776.",
        ),
        (
            [THERE, "there.signals=spans"],
            "forward.there.signals has 'spans': give some",
        ),
        ([THERE, "there.tls_key=k"], "of forward.there.tls_cert and forward.there."),
        (
            ["there.endpoint=http://localhost:1", "there.tls_ca=c"],
            "forward.there has TLS files and an endpoint of http://: give https://.",
        ),
        ([THERE, "there.headers=content-type=x"], "has content-type, which is set by"),
        ([THERE, "there.headers=x-bin=x"], "has x-bin, which is set by itself"),
    ],
)
def test_a_mistake_is_named_with_its_limit(flags: list[str], said: str) -> None:
    """One sentence: where, what, and what to do."""
    with pytest.raises(SettingError) as refused:
        load_destinations(flags, {}, {})
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[forward]\nthere = 'x'\n", "forward.there is no table: give settings of a"),
        ("[forward.there]\nurl = 'x'\n", "forward.there has the unknown key url: give"),
        ("[forward.there]\ninsecure = true\n", "forward.there.insecure is True: give"),
    ],
)
def test_a_mistake_in_the_file_is_named(tmp_path: Path, text: str, said: str) -> None:
    """By section and key."""
    file = tmp_path / "turnspan.toml"
    file.write_text(text)
    with pytest.raises(SettingError) as refused:
        load({}, {}, file)
    assert said in str(refused.value)


@pytest.mark.parametrize(
    "headers", [f"{SECRET}", f"a=x%0A{SECRET}", f"a b={SECRET}", f"x-bin={SECRET}"]
)
def test_no_mistake_shows_a_secret(headers: str) -> None:
    """Nor an endpoint that somebody put a password into."""
    for given in ([THERE, f"there.headers={headers}"], [f"there.endpoint={SECRET}"]):
        with pytest.raises(SettingError) as refused:
            load_destinations(given, {}, {})
        assert "canary" not in str(refused.value)


def test_texts_are_sent_on_only_where_they_are_kept() -> None:
    """Two switches have to be on."""
    given = {"forward": [THERE, "there.content=on"]}
    with pytest.raises(SettingError, match="'on' and content is 'off': set both"):
        load(given, {})
    assert load({**given, "content": "on"}, {}).forward[0].content == "on"


def test_destinations_are_limited() -> None:
    """Each has two threads and a directory."""
    flags = [f"d{at}.endpoint=https://a" for at in range(17)]
    with pytest.raises(SettingError, match="17 destinations are set to forward to"):
        load_destinations(flags, {}, {})


def test_every_setting_has_a_sentence_and_a_limit() -> None:
    """As for all settings."""
    for one in destination_settings():
        assert one.about.endswith(".")
        if one.is_number:
            assert {"least", "most"} <= set(one.field.metadata)
