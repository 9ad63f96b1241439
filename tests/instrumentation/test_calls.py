"""The calls record what happened; wrong values are counted and never raised."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.telemetry import Captured

import turnspan
from turnspan import conventions as c
from turnspan import turn

NOT_OWN = {
    c.BOT_NAME,
    c.CHANNEL_NAME,
    c.GEN_AI_CONVERSATION_ID,
    c.LOG_RECORD_UID,
    c.PROCESS_ID,
    c.RECORD_SEQ,
    c.TURN_ID,
}
WHERE: dict[str, Any] = {"bot": "b", "conversation": "c", "turn": "t"}


def own(captured: Captured, name: str) -> dict[str, Any]:
    """Give what the only event of a name carries beside its scope."""
    [attributes] = captured.named(name)
    return {key: value for key, value in attributes.items() if key not in NOT_OWN}


OTHER_EVENTS: dict[str, dict[str, Any]] = {
    c.EVENT_GOAL: {
        c.GOAL_ID: "g",
        c.GOAL_KIND: "lead",
        c.GOAL_VALUE: 9.0,
        c.GOAL_CURRENCY: "EUR",
        c.GOAL_QUALITY: 0.5,
    },
    c.EVENT_RESOLUTION: {
        c.RESOLUTION_STATUS: "resolved",
        c.RESOLUTION_SOURCE: "bot",
        c.RESOLUTION_CONFIDENCE: 0.9,
    },
    c.EVENT_VIEW: {c.VIEW_NAME: "widget"},
    c.EVENT_CONTENT_ACCESS: {
        c.CONTENT_ID: "doc",
        c.CONTENT_KIND: "video",
        c.CONTENT_COMPLETION: 0.5,
    },
    c.EVENT_LABEL: {
        c.LABEL_INTENT: "refund",
        c.LABEL_LABELLER: "r2",
        c.LABEL_WEIGHT: 20.0,
    },
    c.EVENT_ANNOTATION: {
        c.ANNOTATION_TEXT: "Release 1.4",
        c.ANNOTATION_KIND: "release",
    },
    "chatbot.custom.order_shipped": {
        "carrier": "dhl",
        "weight": 1.5,
        "parts": ("a",),
    },
    c.EVENT_CONVERSATION_START: {
        c.ENTRY_REFERRER: "https://x.org/p",
        c.ENTRY_UTM_SOURCE: "mail",
        c.ENTRY_DEVICE: "mobile",
    },
    c.EVENT_CONVERSATION_END: {c.CONVERSATION_END_REASON: "completed"},
    c.EVENT_FEATURE_FLAG_EVALUATION: {
        c.FEATURE_FLAG_KEY: "greeting",
        c.FEATURE_FLAG_RESULT_VARIANT: "b",
        c.FEATURE_FLAG_PROVIDER_NAME: "flags",
    },
}


def own_by_name(captured: Captured) -> dict[str, dict[str, Any]]:
    """Give what each event carries beside its scope."""
    return {event.name: own(captured, event.name) for event in captured.events}


def problems(captured: Captured) -> dict[str, int]:
    """Count the problems by kind."""
    return {
        attributes[c.INSTRUMENTATION_ERROR_KIND]: count
        for attributes, count in captured.points(c.METRIC_INSTRUMENTATION_ERRORS)
    }


def test_intent_tells_the_event_the_turn_and_the_metric(captured: Captured) -> None:
    """What the classifier said first stays on the turn."""
    with turn(bot="b", conversation="c") as t:
        t.intent(
            "order",
            0.83,
            source="nlu",
            threshold=0.6,
            runner_up=0.4,
            model_version="7",
            candidates={"order": 0.83},
        )
        t.intent("refund", 0.5)
    said = {
        c.INTENT_NAME: "order",
        c.INTENT_CONFIDENCE: 0.83,
        c.INTENT_SOURCE: "nlu",
        c.INTENT_RUNNER_UP_CONFIDENCE: 0.4,
        c.INTENT_MODEL_VERSION: "7",
    }
    first, _ = captured.named(c.EVENT_INTENT_RESULT)
    assert {k: v for k, v in first.items() if k not in NOT_OWN} == {
        **said,
        c.INTENT_THRESHOLD: 0.6,
        c.INTENT_IS_FALLBACK: False,
    }
    assert said.items() <= captured.turn.items()
    [(_, point)] = captured.points(c.METRIC_INTENT_CONFIDENCE)
    assert (point.count, point.sum) == (2, pytest.approx(1.33))


def test_candidates_are_recorded_by_opt_in(captured: Captured) -> None:
    """The ranking is a list of name=confidence."""
    turnspan.configure(capture_candidates=True)
    turnspan.intent("a", candidates=[("a", 0.5), ("b", 0.25)], **WHERE)
    assert own(captured, c.EVENT_INTENT_RESULT)[c.INTENT_CANDIDATES] == (
        "a=0.5",
        "b=0.25",
    )


def test_a_handoff_lives_on_outside_its_turn(captured: Captured) -> None:
    """Each step carries the id; an unknown reason is other, the original kept."""
    with turn(bot="b", channel="web", conversation="c") as t:
        handoff = t.handoff.request("vip", target="human_agent", queue="gold")
        t.handoff.queue()
    turnspan.handoff.accept(handoff, bot="b", channel="web")
    turnspan.handoff.close(handoff, outcome="resolved", bot="b", conversation="c")
    turnspan.handoff.return_(handoff, bot="b")
    for step in ("decline", "expire", "withdraw"):
        getattr(turnspan.handoff, step)("h2", bot="b")
    assert own(captured, c.EVENT_HANDOFF_REQUEST) == {
        c.HANDOFF_ID: handoff,
        c.HANDOFF_REASON: "other",
        c.HANDOFF_ORIGINAL_REASON: "vip",
        c.HANDOFF_TARGET_TYPE: "human_agent",
        c.HANDOFF_QUEUE_NAME: "gold",
    }
    assert own(captured, c.EVENT_HANDOFF_QUEUE) == {c.HANDOFF_ID: handoff}
    assert captured.named(c.EVENT_HANDOFF_ACCEPT)[0][c.BOT_NAME] == "b"
    assert own(captured, c.EVENT_HANDOFF_CLOSE) == {
        c.HANDOFF_ID: handoff,
        c.HANDOFF_OUTCOME: "resolved",
    }
    assert captured.points(c.METRIC_HANDOFF_REQUESTS) == [
        ({c.BOT_NAME: "b", c.CHANNEL_NAME: "web", c.HANDOFF_REASON: "other"}, 1)
    ]
    [(_, wait)] = captured.points(c.METRIC_HANDOFF_WAIT_DURATION)
    assert wait.count == 1
    assert t.outcome == "handoff"


def test_a_handoff_step_needs_an_id(captured: Captured) -> None:
    """Without a turn's request there is nothing to tie the step to."""
    turnspan.handoff.accept()
    assert captured.events == []
    assert problems(captured) == {"missing_id": 1}


def test_ctas_count_impressions_and_clicks(captured: Captured) -> None:
    """A URL is recorded by opt-in only, without its query."""
    cta: dict[str, Any] = {"name": "Buy", "type": "button", "position": 1}
    turnspan.cta.impression("buy", url="https://u:p@x.org/a?q=1#f", **cta, **WHERE)
    turnspan.configure(capture_urls=True)
    turnspan.cta.click("buy", url="https://u:p@x.org/a?q=1#f", **cta, **WHERE)
    expected = {
        c.CTA_ID: "buy",
        c.CTA_NAME: "Buy",
        c.CTA_TYPE: "button",
        c.CTA_POSITION: 1,
    }
    assert own(captured, c.EVENT_CTA_IMPRESSION) == expected
    assert own(captured, c.EVENT_CTA_CLICK) == {
        **expected,
        c.CTA_URL: "https://x.org/a",
    }
    assert captured.points(c.METRIC_CTA_IMPRESSIONS) == [({c.BOT_NAME: "b"}, 1)]
    assert captured.points(c.METRIC_CTA_CLICKS) == [({c.BOT_NAME: "b"}, 1)]


@pytest.mark.parametrize(
    ("score", "options", "expected"),
    [
        (True, {}, ("thumbs", 1.0, "up", "0-1")),
        ("down", {}, ("thumbs", 0.0, "down", "0-1")),
        (4, {}, ("csat", 4.0, None, "1-5")),
        (9, {"name": "nps"}, ("nps", 9.0, None, "0-10")),
        (6, {"scale": "1-7"}, ("csat", 6.0, None, "1-7")),
        (0.5, {"name": "judge", "label": "meh"}, ("judge", 0.5, "meh", None)),
    ],
)
def test_ratings_know_their_scales(
    captured: Captured, score: Any, options: dict[str, Any], expected: tuple[Any, ...]
) -> None:
    """Thumbs are 1 or 0; CSAT is 1 to 5 and NPS 0 to 10 unless a scale says else."""
    turnspan.feedback(score, conversation="c", bot="b", **options)
    rated = own(captured, c.EVENT_FEEDBACK)
    assert rated[c.FEEDBACK_SCOPE] == "conversation"
    assert (
        rated[c.GEN_AI_EVALUATION_NAME],
        rated[c.GEN_AI_EVALUATION_SCORE_VALUE],
        rated.get(c.GEN_AI_EVALUATION_SCORE_LABEL),
        rated.get(c.FEEDBACK_SCALE),
    ) == expected


def test_a_rating_off_its_scale_is_counted(captured: Captured) -> None:
    """Seven of five stars is no rating."""
    turnspan.feedback(7, **WHERE)
    assert captured.events == []
    assert problems(captured) == {"bad_value": 1, "missing_id": 1}


def test_ratings_name_their_turn_days_later(captured: Captured) -> None:
    """By turn or conversation id, from any process; in a turn about that turn."""
    turnspan.feedback(5, turn="t1", bot="b")
    turnspan.feedback.request("nps", conversation="c", bot="b")
    with turn(bot="b", conversation="c", id="t2") as t:
        t.feedback("up")
    first, last = captured.named(c.EVENT_FEEDBACK)
    assert (first[c.TURN_ID], first[c.FEEDBACK_SCOPE]) == ("t1", "turn")
    assert (last[c.TURN_ID], last[c.FEEDBACK_SCOPE]) == ("t2", "turn")
    assert own(captured, c.EVENT_FEEDBACK_REQUEST) == {
        c.GEN_AI_EVALUATION_NAME: "nps",
        c.FEEDBACK_SCALE: "0-10",
        c.FEEDBACK_SCOPE: "conversation",
    }
    assert captured.points(c.METRIC_FEEDBACK_SUBMISSIONS) == [({c.BOT_NAME: "b"}, 2)]


def test_the_other_events(captured: Captured) -> None:
    """Goals, resolutions, views, contents, labels, annotations, custom events."""
    turnspan.goal("g", value=9, currency="EUR", kind="lead", quality=0.5, **WHERE)
    turnspan.resolution(True, confidence=0.9, **WHERE)
    turnspan.view("widget", **WHERE)
    turnspan.content_access("doc", kind="video", completion=0.5, **WHERE)
    turnspan.label("refund", labeller="r2", weight=20.0, **WHERE)
    turnspan.annotate("Release 1.4", kind="release", bot="b")
    turnspan.event("Order Shipped", carrier="dhl", weight=1.5, parts=["a"])
    turnspan.conversation_start(
        referrer="https://x.org/p?q", utm_source="mail", device="mobile", **WHERE
    )
    turnspan.conversation_end("completed", **WHERE)
    turnspan.experiment("greeting", "b", provider="flags", **WHERE)
    assert own_by_name(captured) == OTHER_EVENTS


def test_enrich_adds_to_the_turn_in_progress(captured: Captured) -> None:
    """What is known only while the bot works lands on the span."""
    turnspan.enrich(node="nowhere")
    with turn(bot="b", conversation="c"):
        turnspan.enrich(
            node="menu",
            locale="de",
            index=2,
            answer_source="rag",
            sentiment="negative",
            sentiment_score=-0.5,
            model="m",
            provider="p",
            input_tokens=10,
            output_tokens=20,
            outcome="clarification",
        )
    assert {
        c.NODE_ID: "menu",
        c.BOT_LOCALE: "de",
        c.TURN_INDEX: 2,
        c.ANSWER_SOURCE: "rag",
        c.SENTIMENT_LABEL: "negative",
        c.SENTIMENT_SCORE: -0.5,
        c.GEN_AI_REQUEST_MODEL: "m",
        c.GEN_AI_PROVIDER_NAME: "p",
        c.GEN_AI_USAGE_INPUT_TOKENS: 10,
        c.GEN_AI_USAGE_OUTPUT_TOKENS: 20,
        c.TURN_OUTCOME: "clarification",
    }.items() <= captured.turn.items()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 678901, UTC), 1767323045678901000),
        (1_767_323_045_678_901_234, 1_767_323_045_678_901_234),
    ],
)
def test_events_may_have_happened_earlier(
    captured: Captured, at: Any, expected: int
) -> None:
    """at is a datetime or nanoseconds; both keep their precision."""
    turnspan.view("page", at=at, bot="b")
    assert captured.events[0].timestamp == expected


def test_good_parts_of_a_wrong_call_go_through(
    captured: Captured, caplog: pytest.LogCaptureFixture
) -> None:
    """A confidence of 1.7 is left out and counted; each kind is logged once."""
    with caplog.at_level(logging.WARNING, "turnspan"):
        for _ in range(3):
            turnspan.intent("order", 1.7, source="tarot", **WHERE)
        turnspan.goal("", value=float("nan"), **WHERE)
    assert [
        event[c.INTENT_NAME] for event in captured.named(c.EVENT_INTENT_RESULT)
    ] == ["order"] * 3
    assert captured.named(c.EVENT_GOAL) == []
    assert problems(captured) == {
        "bad_value": 5,
        "unknown_member": 3,
        "missing_id": 1,
    }
    assert [record.getMessage() for record in caplog.records] == [
        "turnspan: chatbot.intent.confidence must be between 0 and 1; the value was "
        "left out",
        "turnspan: chatbot.intent.source must be one of button, llm, nlu, rule; it was "
        "left out",
        "turnspan: chatbot.goal.id is empty or not an id; give a text, an integer or a "
        "UUID; the value was left out",
        "turnspan: chatbot.goal.value must be a finite number; the value was left out",
        "turnspan: chatbot.goal needs a good chatbot.goal.id; the event was left out",
    ]


def test_limits_cut_texts_and_hash_ids(captured: Captured) -> None:
    """A long name is cut; two long ids never become one."""
    turnspan.goal("x" * 300 + "1", bot="b")
    turnspan.goal("x" * 300 + "2", bot="b")
    turnspan.view("v" * 5000, bot="b")
    first, second = (event[c.GOAL_ID] for event in captured.named(c.EVENT_GOAL))
    assert first != second
    assert len(first) == len(second) == 64
    assert len(captured.named(c.EVENT_VIEW)[0][c.VIEW_NAME]) == 1024
    assert problems(captured) == {"too_long": 3}


class Hostile:
    """An object whose every corner raises."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("hostile")

    def __repr__(self) -> str:
        return "Hostile()"

    def __str__(self) -> str:
        raise RuntimeError("hostile")

    def __eq__(self, other: object) -> bool:
        raise RuntimeError("hostile")

    def __bool__(self) -> bool:
        raise RuntimeError("hostile")

    __hash__ = None  # type: ignore[assignment]


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(),
    st.binary(),
    st.lists(st.integers() | st.text(), max_size=3),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.just(Hostile()),
    st.just(object()),
    st.just("\ud800"),
)


@settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(a=ANYTHING, b=ANYTHING, d=ANYTHING)
def test_no_value_raises_into_the_bot(
    captured: Captured, a: Any, b: Any, d: Any
) -> None:
    """Whatever a call is given, it returns, and what leaves fits the registry."""
    with turn(bot=a, conversation=b, user=d, channel=b, message_id=a, text=b) as t:
        t.outcome = a
        t.intent(a, b, acted_on=d, source=a, threshold=b, candidates=d, runner_up=a)
        t.handoff.request(a, id=b, target=d)
        t.handoff.close(b, outcome=a)
        t.cta.click(a, name=b, type=d, position=a, url=b)
        t.goal(a, value=b, currency=d, kind=a)
        t.feedback(a, name=b, scale=d, scope=a, label=b, comment=d)
        t.feedback.request(a, scale=b)
        t.resolution(a, confidence=b)
        t.message(a, b, id=d)
        t.event(a, x=b, y=d)
        t.experiment(a, b)
        t.label(a, weight=b)
        t.annotate(a)
        t.enrich(node=a, index=b, sentiment_score=d, locale=a)
        t.conversation_start(referrer=a, country=b)
        turnspan.view(a, conversation=b, user=d, at=a, turn=b)
    with turnspan.conversation(a, bot=b, session=d, experiment=a, consent=b, test=d):
        turnspan.view("x")
    assert captured.strangers() == []
    captured.clear()
