"""Nothing personal leaves the process unless its owner switched it on."""

from __future__ import annotations

import hashlib
import hmac
import json
import logging
import stat
import sys
from pathlib import Path
from typing import Any

import pytest
from opentelemetry import baggage
from tests.support.telemetry import SECRET, Captured

import turnspan
from turnspan import _keyfile, conversation, private_conversation, turn
from turnspan import conventions as c

CANARY = "canary-7f3a"
URL = f"https://{CANARY}@example.org/page?token={CANARY}#{CANARY}"


def everything(captured: Captured) -> None:
    """Send the canary wherever a bot may have something personal."""

    @turn(bot="b", channel="telegram", conversation="chat", user="who", text="words")
    def answer(chat: str, who: str, words: str) -> str:
        turnspan.message("user", words)
        turnspan.message("bot", words)
        turnspan.message("human_agent", words)
        turnspan.feedback(5, comment=words)
        turnspan.cta.impression("buy", url=URL)
        turnspan.cta.click("buy", url=URL)
        turnspan.conversation_start(referrer=URL)
        turnspan.intent("order", 0.9, candidates={CANARY: 0.5})
        turnspan.intent("order", CANARY)  # type: ignore[arg-type]
        turnspan.goal("g", value=CANARY)  # type: ignore[arg-type]
        turnspan.resolution(CANARY)
        turnspan.enrich(sentiment=CANARY, answer_source=CANARY, outcome=CANARY)
        return words

    assert answer("c1", CANARY, CANARY) == CANARY

    @turn(bot="b", conversation="c1")
    def stream(user_id: str) -> Any:
        yield CANARY

    assert list(stream(CANARY)) == [CANARY]
    with pytest.raises(ValueError, match=CANARY), turn(bot="b", conversation="c1"):
        raise ValueError(CANARY)
    with conversation(CANARY, bot="b", channel="telegram", private=True, user=CANARY):
        with turn(message_id=5) as t:
            t.view("page")
        turnspan.handoff.request(id="h", user=CANARY)
    turnspan.feedback(
        1, bot="b", conversation=private_conversation(CANARY, "telegram") or ""
    )
    turnspan.label("x", turn="t", user=CANARY)
    turn(bot="b", user=lambda: 1 / 0, conversation=lambda: {CANARY: 1}).start().end()


def test_the_canary_is_found_nowhere(
    captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """Not in spans, events or metrics, and not in what Python logs."""
    with caplog.at_level(logging.DEBUG):
        everything(captured)
    assert len(captured.turns) == 5
    assert CANARY not in captured.everything()
    assert CANARY not in caplog.text
    assert baggage.get_all() == {}


def test_the_user_key_is_the_documented_hmac(captured: Captured) -> None:
    """HMAC-SHA256(secret, channel NUL id), the same for text and number."""
    with turn(bot="b", channel="web", conversation="c", user=42):
        pass
    expected = hmac.new(SECRET.encode(), b"web\x0042", hashlib.sha256).hexdigest()
    assert captured.turn[c.ENDUSER_PSEUDO_ID] == expected
    assert len(captured.turn[c.USER_KEY_ID]) == 8
    assert c.USER_ID not in captured.turn


def test_the_raw_user_id_leaves_by_opt_in(captured: Captured) -> None:
    """user.id is set beside the key, never instead of it."""
    turnspan.configure(capture_user_id=True)
    with turn(bot="b", conversation="c", user="u1"):
        pass
    assert captured.turn[c.USER_ID] == "u1"
    assert c.ENDUSER_PSEUDO_ID in captured.turn


def test_another_secret_makes_another_key_and_says_so(captured: Captured) -> None:
    """Two key ids for one bot are the sign of two secrets."""
    for secret in ("one", "two"):
        turnspan.configure(user_key=secret)
        with turn(bot="b", conversation="c", user="u"):
            pass
    rows = [dict(span.attributes or {}) for span in captured.turns]
    assert len({row[c.ENDUSER_PSEUDO_ID] for row in rows}) == 2
    assert len({row[c.USER_KEY_ID] for row in rows}) == 2


def test_without_consent_the_counters_stay(captured: Captured) -> None:
    """consent=False drops all that tells the user, in inner marks and events too."""
    with turn(
        bot="b", conversation="c", user="u", user_kind="identified", consent=False
    ):
        with turn(user="u"):
            pass
        turnspan.goal("g", user="u")
    with conversation("c", bot="b", user="u", consent=False), turn(user="u"):
        pass
    sent = [dict(span.attributes or {}) for span in captured.turns]
    sent += [event.attributes for event in captured.events]
    personal = {c.ENDUSER_PSEUDO_ID, c.USER_KEY_ID, c.USER_ID, c.USER_KIND}
    assert len(sent) == 7
    assert [row.keys() & personal for row in sent] == [set()] * 7


def test_a_private_chat_is_keyed_too(captured: Captured) -> None:
    """On messengers the chat's id is the user's; its key is neither."""
    with turn(bot="b", channel="telegram", conversation=99, private=True, user=99):
        pass
    conversation_id = captured.turn[c.GEN_AI_CONVERSATION_ID]
    assert conversation_id == private_conversation(99, "telegram")
    assert conversation_id not in ("99", captured.turn[c.ENDUSER_PSEUDO_ID])


@pytest.mark.parametrize(
    ("mode", "spans", "events"),
    [
        ("NO_CONTENT", False, False),
        ("SPAN_ONLY", True, False),
        ("EVENT_ONLY", False, True),
        ("SPAN_AND_EVENT", True, True),
    ],
)
def test_content_goes_where_the_mode_says(
    captured: Captured, mode: str, spans: bool, events: bool
) -> None:
    """Text passes the redaction hook first, on its way to spans and events."""
    turnspan.configure(content=mode, redact=lambda text: text.replace("swordfish", "#"))

    @turn(bot="b", conversation="c", text="words")
    def answer(words: str) -> Any:
        yield "no "
        yield "swordfish"

    list(answer("my pin is swordfish"))
    turnspan.feedback(5, comment="swordfish stars", bot="b", conversation="c")
    texts = [e.get(c.MESSAGE_TEXT) for e in captured.named(c.EVENT_MESSAGE)]
    assert texts == (["my pin is #", "no #"] if events else [None, None])
    [rating] = captured.named(c.EVENT_FEEDBACK)
    assert rating.get(c.FEEDBACK_COMMENT) == ("# stars" if events else None)
    heard = captured.turn.get(c.GEN_AI_INPUT_MESSAGES)
    assert (heard is not None) is spans
    if heard is not None:
        part = {"type": "text", "content": "my pin is #"}
        assert json.loads(heard) == [{"role": "user", "parts": [part]}]
    assert "swordfish" not in captured.everything()


def test_a_broken_redaction_hook_lets_nothing_through(captured: Captured) -> None:
    """The text is left out and the failure counted."""

    def broken(text: str) -> str:
        raise RuntimeError(text)

    turnspan.configure(content="SPAN_AND_EVENT", redact=broken)
    with turn(bot="b", conversation="c", text=CANARY) as t:
        t.message("bot", CANARY)
    assert CANARY not in captured.everything()
    [(attributes, _)] = captured.points(c.METRIC_INSTRUMENTATION_ERRORS)
    assert attributes[c.INSTRUMENTATION_ERROR_KIND] == "redaction"


@pytest.fixture
def home(captured: Captured, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """A configuration folder of the test's own, and no secret in the settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.delenv("TURNSPAN_USER_KEY", raising=False)
    turnspan._settings.reset()
    _keyfile.reset()
    return tmp_path


@pytest.mark.skipif(sys.platform != "linux", reason="the folder differs by platform")
def test_without_a_secret_a_key_file_is_made_once(
    captured: Captured, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Readable by its owner alone, one warning, and the same key next time."""
    keys = []
    for _ in range(2):
        _keyfile.reset()
        with turn(bot="b", conversation="c", user="u"):
            pass
        keys.append(dict(captured.turns[-1].attributes or {})[c.ENDUSER_PSEUDO_ID])
    file = home / "turnspan" / "user.key"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert keys[0] == keys[1]
    assert [
        r.getMessage() for r in caplog.records if "TURNSPAN_USER_KEY" in r.message
    ] == [
        "turnspan: TURNSPAN_USER_KEY is not set; user keys are made with the file "
        "turnspan/user.key in the user's configuration folder. Set the variable so "
        "that every process of the bot makes the same keys"
    ]
    assert list((home / "turnspan").iterdir()) == [file]


@pytest.mark.skipif(sys.platform != "linux", reason="the folder differs by platform")
def test_a_key_file_that_others_can_read_is_not_used(
    captured: Captured, home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """No user key rather than one that is known; the warning says chmod 600."""
    file = home / "turnspan" / "user.key"
    file.parent.mkdir()
    file.write_text("known to all")
    file.chmod(0o644)
    with turn(bot="b", conversation="c", user="u"):
        pass
    assert c.ENDUSER_PSEUDO_ID not in captured.turn
    assert "chmod 600" in caplog.text


@pytest.mark.skipif(sys.platform != "linux", reason="the folder differs by platform")
def test_where_no_file_can_be_written_there_is_no_user_key(
    captured: Captured, home: Path
) -> None:
    """It is counted; conversations of private chats still get a key."""
    (home / "turnspan").write_text("a file where the folder should be")
    with turn(bot="b", conversation=1, private=True, user="u"):
        pass
    assert c.ENDUSER_PSEUDO_ID not in captured.turn
    assert len(captured.turn[c.GEN_AI_CONVERSATION_ID]) == 64
    kinds = {
        attributes[c.INSTRUMENTATION_ERROR_KIND]
        for attributes, _ in captured.points(c.METRIC_INSTRUMENTATION_ERRORS)
    }
    assert kinds == {"user_key"}
