"""Sessions: how many, how deep, how long, how engaged."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import (
    BASE_SESSION,
    DURATION,
    MESSAGE,
    OPEN_SESSION,
    SESSION,
    SESSION_MESSAGES,
)
from turnspan_exporters.timescale.metrics._model import (
    Asked,
    Better,
    Example,
    Key,
    Kind,
    Metric,
)

__all__ = ["METRICS"]

_FOUR_DEPTHS = """
    09:00:00  a  ann  turn
    09:01:00  a  ann  turn
    10:00:00  b  ben  turn
    10:01:00  b  ben  turn
    11:00:00  c  cem  turn
    11:01:00  c  cem  turn
    11:02:00  c  cem  turn
    11:03:00  c  cem  turn
    11:04:00  c  cem  turn
    11:05:00  c  cem  turn
    11:06:00  c  cem  turn
    11:07:00  c  cem  turn
    12:00:00  d  dan  turn
    12:01:00  d  dan  turn
    12:02:00  d  dan  turn
    12:03:00  d  dan  turn
    12:04:00  d  dan  turn
    12:05:00  d  dan  turn
    12:06:00  d  dan  turn
    12:07:00  d  dan  turn
    12:08:00  d  dan  turn
    12:09:00  d  dan  turn
    12:10:00  d  dan  turn
    12:11:00  d  dan  turn
"""

_MESSAGES = """
    09:00:00  a  ann  message  message.role=user
    09:00:05  a  ann  message  message.role=bot
    09:00:06  a  ann  message  message.role=bot
    09:10:00  a  ann  message  message.role=human_agent
    10:00:00  b  ben  message  message.role=user
    10:00:05  b  ben  message  message.role=bot
"""

METRICS = (
    Metric(
        name="sessions",
        title="Sessions",
        family="sessions",
        unit="sessions",
        kind=Kind.COUNT,
        fact=SESSION,
        numerator="base",
        better=Better.HIGHER,
        sentence=(
            "Finalised sessions with at least one user message, counted at their "
            "start; a session is a maximal run of events of one conversation without "
            "a gap of more than 30 minutes."
        ),
        formula="count of sessions with at least one user message",
        example=Example(
            events="""
                09:00:00  a  ann  turn
                09:20:00  a  ann  turn
                09:50:00  a  ann  turn
                10:30:00  a  ann  turn
                11:00:00  b  ben  turn  channel.name=web
                12:00:00  c  -    message  message.role=bot
            """,
            asked=(
                Asked(rows=[({}, 3)]),
                Asked(
                    by=("channel",),
                    rows=[({"channel": "unknown"}, 2), ({"channel": "web"}, 1)],
                ),
            ),
        ),
        elsewhere=(
            "GA4 ends a session after 30 minutes without activity too, and not at "
            "midnight. Copilot Studio times analytics sessions out after 30 minutes "
            "as well, but a proactive message starts one, and handing over ends it; "
            "Infobip's total counts sessions without any message of the user."
        ),
    ),
    Metric(
        name="proactive_sessions",
        title="Proactive sessions",
        family="sessions",
        unit="sessions",
        kind=Kind.COUNT,
        fact=SESSION,
        numerator="proactive",
        sentence=(
            "Finalised sessions in which no user wrote anything, such as a reminder "
            "that nobody answered."
        ),
        formula="count of sessions without a user message",
        example=Example(
            events="""
                09:00:00  a  ann  turn
                12:00:00  c  -    message  message.role=bot
            """,
            asked=(Asked(rows=[({}, 1)]),),
        ),
        elsewhere=(
            "Copilot Studio warns that proactive messages raise the number of "
            "sessions and of unengaged ones; we know of no vendor that shows them "
            "apart."
        ),
    ),
    Metric(
        name="conversations",
        title="Conversations",
        family="sessions",
        unit="conversations",
        kind=Kind.DISTINCT,
        fact=BASE_SESSION,
        numerator="conversations",
        better=Better.HIGHER,
        sentence=(
            "Different conversations with at least one session that began in the "
            "window; a conversation is the platform's thread, of one bot on one "
            "channel, and may live for years."
        ),
        formula="count of distinct conversations among sessions",
        elsewhere=(
            "Copilot Studio ends a conversation after a time without activity, so that "
            "a thread taken up again is a new one there; here that is a new session of "
            "the same conversation. Intercom bills and counts conversations as threads."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  turn
                15:00:00  a  ann  turn
                10:00:00  b  ben  turn
                12:00:00  c  -    message  message.role=bot
            """,
            asked=(Asked(rows=[({}, 2)]),),
        ),
    ),
    Metric(
        name="messages",
        title="Messages",
        family="sessions",
        unit="messages",
        kind=Kind.COUNT,
        fact=MESSAGE,
        numerator="events",
        sentence=(
            "Messages of users, bots and human agents, each where it was sent; ask it "
            "by role."
        ),
        formula="count of chatbot.message events",
        elsewhere=(
            "Billing counts differ: Copilot Studio's messages and Amazon Lex's "
            "requests are units of work, of which one reply may take several."
        ),
        example=Example(
            events=_MESSAGES,
            asked=(
                Asked(rows=[({}, 6)]),
                Asked(
                    by=("role",),
                    rows=[
                        ({"role": "bot"}, 3),
                        ({"role": "human_agent"}, 1),
                        ({"role": "user"}, 2),
                    ],
                ),
            ),
        ),
    ),
    Metric(
        name="messages_per_session",
        title="Messages per session",
        family="sessions",
        unit="messages",
        kind=Kind.SESSION_MESSAGES,
        fact=SESSION_MESSAGES,
        default_q="mean",
        sentence=(
            "Messages of all roles per session, by role apart; the mean, or with q a "
            "quantile. A session without a message of the role counts with 0."
        ),
        formula="messages / sessions",
        elsewhere=(
            "Dialogflow counts interactions, requests to detect an intent, and so only "
            "what users send; vendors who show messages per conversation mostly add "
            "both sides up."
        ),
        example=Example(
            events=_MESSAGES,
            asked=(
                Asked(rows=[({}, 3, 6, 2)]),
                Asked(
                    by=("role",),
                    rows=[
                        ({"role": "bot"}, 1.5, 3, 2),
                        ({"role": "human_agent"}, 0.5, 1, 2),
                        ({"role": "user"}, 1, 2, 2),
                    ],
                ),
                Asked(options={"q": 1}, rows=[({}, 4, 6, 2)]),
            ),
        ),
    ),
    Metric(
        name="turns_per_session",
        title="Turns per session",
        family="sessions",
        unit="turns",
        kind=Kind.DISTRIBUTION,
        fact=SESSION,
        numerator="user_turns",
        denominator="base",
        default_q="mean",
        sentence=(
            "User messages per session with at least one of them; the mean, or with q "
            "a quantile."
        ),
        formula="user messages / sessions",
        example=Example(
            events=_FOUR_DEPTHS,
            asked=(
                Asked(rows=[({}, 6, 24, 4)]),
                Asked(options={"q": 0.5}, rows=[({}, 5, None, 4)]),
            ),
        ),
        elsewhere=(
            "Amazon Connect's average bot conversation turns counts a request and its"
            " response as one turn, over completed bot conversations; here an "
            "unanswered message of the user is a turn too."
        ),
    ),
    Metric(
        name="depth",
        title="Depth of sessions",
        family="sessions",
        unit="sessions",
        kind=Kind.HISTOGRAM,
        fact=SESSION,
        key=Key(
            name="depth",
            values=("1", "2", "3-9", "10+"),
            measures={
                "1": "depth_1",
                "2": "depth_2",
                "3-9": "depth_3",
                "10+": "depth_10",
            },
        ),
        sentence="Sessions by the number of their user messages: 1, 2, 3 to 9, 10 up.",
        formula="count of sessions in each group; n is all sessions",
        example=Example(
            events=_FOUR_DEPTHS,
            asked=(
                Asked(
                    rows=[
                        ({"depth": "1"}, 0, 0, 4),
                        ({"depth": "10+"}, 1, 1, 4),
                        ({"depth": "2"}, 2, 2, 4),
                        ({"depth": "3-9"}, 1, 1, 4),
                    ],
                ),
            ),
        ),
        elsewhere=(
            "We know of no vendor that publishes these groups; tools that show "
            "messages per conversation give a mean, in which a few long ones hide "
            "many short ones."
        ),
    ),
    Metric(
        name="session_duration",
        title="Session duration",
        family="sessions",
        unit="s",
        kind=Kind.DISTRIBUTION,
        fact=DURATION,
        numerator="duration_s",
        denominator="base",
        default_q=0.5,
        sentence=(
            "Last event minus first event of a session, without the timeout's tail; "
            "the median, or with q another quantile or the mean. Quantiles read "
            "from the aggregate, or over more than 32 days, are within 1 % of exact."
        ),
        formula="quantile of (last event − first event)",
        example=Example(
            events="""
                08:00:00  a  ann  turn
                08:03:00  a  ann  turn
                09:00:00  b  ben  turn
                09:30:00  b  ben  turn
                10:00:00  b  ben  turn
                11:00:00  c  cem  turn
                11:10:00  c  cem  turn
                12:00:00  d  dan  turn
                12:14:00  d  dan  turn
                13:00:00  e  eve  turn
                13:10:00  e  eve  turn
            """,
            asked=(
                Asked(rows=[({}, 600, None, 5)]),
                Asked(options={"q": "mean"}, rows=[({}, 1164, 5820, 5)]),
            ),
        ),
        elsewhere=(
            "Amazon Connect shows an average bot conversation time of completed "
            "conversations, and GA4 an average engagement time, which counts only "
            "while the page is in the foreground. Both are means; here the median is "
            "shown, and one-event sessions count with 0."
        ),
    ),
    Metric(
        name="engagement_rate",
        title="Engagement rate",
        family="engagement",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="engaged",
        denominator="base",
        better=Better.HIGHER,
        sentence=(
            "The share of sessions in which something happened beyond one message: two "
            "user turns, a click on a CTA or a goal, a handoff, positive feedback or a "
            "confirmed resolution."
        ),
        formula="engaged sessions / sessions",
        example=Example(
            events="""
                09:00:00  a  ann  turn
                09:01:00  a  ann  turn
                10:00:00  b  ben  turn
                10:00:10  b  ben  cta.impression  cta.id=offer
                10:00:20  b  ben  cta.click       cta.id=offer
                11:00:00  c  cem  turn
                11:00:05  c  cem  handoff.request  handoff.id=h1
                12:00:00  d  dan  turn
                13:00:00  e  eve  turn
            """,
            asked=(Asked(rows=[({}, 0.6, 3, 5)]),),
        ),
        elsewhere=(
            "GA4 calls a session engaged that lasts longer than 10 seconds, has a key"
            " event or two views. In Copilot Studio a session is engaged once a "
            "custom topic, the fallback or the escalation was reached; Infobip asks "
            "for one message of the user, which here is what makes a session count at"
            " all."
        ),
    ),
    Metric(
        name="bounce_rate",
        title="Bounce rate",
        family="engagement",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="bounced",
        denominator="base",
        better=Better.LOWER,
        sentence="The share of sessions that did not become engaged ones.",
        formula="1 − engaged sessions / sessions",
        example=Example(
            events="""
                09:00:00  a  ann  turn
                09:01:00  a  ann  turn
                12:00:00  d  dan  turn
                13:00:00  e  eve  turn
                14:00:00  f  fay  turn
            """,
            asked=(Asked(rows=[({}, 0.75, 3, 4)]),),
        ),
        elsewhere=(
            "GA4's bounce rate is also 1 − engagement rate, of its own engaged "
            "sessions: longer than 10 seconds, a key event or two views. Universal "
            "Analytics counted sessions of one page view, which is nearer to "
            "single_turn_rate."
        ),
    ),
    Metric(
        name="single_turn_rate",
        title="Single-turn rate",
        family="engagement",
        unit="1",
        kind=Kind.RATE,
        fact=SESSION,
        numerator="depth_1",
        denominator="base",
        sentence=(
            "The share of sessions with exactly one user message; unlike a bounce, "
            "such a session may have been a success."
        ),
        formula="sessions with one user message / sessions",
        example=Example(
            events="""
                09:00:00  a  ann  turn
                09:01:00  a  ann  turn
                12:00:00  d  dan  turn
                12:00:05  d  dan  handoff.request  handoff.id=h1
                13:00:00  e  eve  turn
                14:00:00  f  fay  turn
            """,
            asked=(Asked(rows=[({}, 0.75, 3, 4)]),),
        ),
        elsewhere=(
            "Universal Analytics' bounces were sessions of a single page view, "
            "whatever came of them. We know of no vendor of bots that publishes this "
            "one."
        ),
    ),
    Metric(
        name="active_now",
        title="Active now",
        family="sessions",
        unit="sessions",
        kind=Kind.NOW,
        fact=OPEN_SESSION,
        buckets=(),
        sentence=(
            "Open sessions with an event within the session timeout, at this moment; "
            "the asked range changes nothing."
        ),
        formula="count of open sessions with an event in the last 30 minutes",
        example=Example(
            events="""
                09:00:00  a  ann  turn
            """,
            asked=(Asked(rows=[({}, 0)]),),
        ),
        elsewhere=(
            "GA4's realtime report counts users of the last 30 minutes; here it is "
            "sessions that are still open."
        ),
    ),
)
