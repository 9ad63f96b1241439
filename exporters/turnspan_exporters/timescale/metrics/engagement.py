"""Engagement: what is seen, when people come, by which way, and where they leave."""

from __future__ import annotations

from turnspan_exporters.timescale.metrics._facts import (
    CONTENT_ACCESS,
    NODE,
    SESSION,
    SESSION_HOUR,
    VIEW,
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

_THREE_VIEWS = """
    09:00:00  a  ann  view  view.name=pricing
    09:01:00  a  ann  view  view.name=pricing
    10:00:00  b  ben  view  view.name=pricing  channel.name=web
"""

METRICS = (
    Metric(
        name="views",
        title="Views",
        family="engagement",
        unit="views",
        kind=Kind.COUNT,
        fact=VIEW,
        numerator="events",
        better=Better.HIGHER,
        sentence="How often a page or the widget was shown, each time counted.",
        formula="count of chatbot.view events",
        elsewhere=(
            "GA4 counts views of pages and screens alike (page_view, screen_view), "
            "repeated ones too. Here the bot says what a view is."
        ),
        example=Example(
            events=_THREE_VIEWS,
            asked=(
                Asked(rows=[({}, 3)]),
                Asked(
                    by=("channel",),
                    rows=[({"channel": "unknown"}, 2), ({"channel": "web"}, 1)],
                ),
            ),
        ),
    ),
    Metric(
        name="unique_views",
        title="Unique views",
        family="engagement",
        unit="users",
        kind=Kind.DISTINCT,
        fact=VIEW,
        numerator="users",
        better=Better.HIGHER,
        sentence=(
            "Different users who saw a page or the widget in the window; a view "
            "without a user key is nobody's. It reads the events themselves and so "
            "reaches back as far as they are kept."
        ),
        formula="count of distinct users among chatbot.view events",
        elsewhere=(
            "Universal Analytics' unique pageviews counted sessions in which a page "
            "was seen, so that one person could count twice; GA4 shows users beside "
            "views, as here."
        ),
        example=Example(
            events=_THREE_VIEWS,
            asked=(Asked(rows=[({}, 2)]),),
        ),
    ),
    Metric(
        name="content_accesses",
        title="Accesses to content",
        family="engagement",
        unit="accesses",
        kind=Kind.COUNT,
        fact=CONTENT_ACCESS,
        numerator="events",
        better=Better.HIGHER,
        sentence="How often a document or a video that the bot offered was opened.",
        formula="count of chatbot.content.access events",
        elsewhere=(
            "GA4 has file_download and video_start as events of web pages; no vendor "
            "of bots that we know of publishes a count of its own."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  content.access  content.id=manual
                09:05:00  a  ann  content.access  content.id=film
                10:00:00  b  ben  content.access  content.id=manual
            """,
            asked=(Asked(rows=[({}, 3)]),),
        ),
    ),
    Metric(
        name="dropoff",
        title="Drop-off at nodes",
        family="engagement",
        unit="1",
        kind=Kind.RATE,
        fact=NODE,
        numerator="dropped",
        denominator="shown",
        better=Better.LOWER,
        sentence=(
            "The share of sessions shown a dialog node that went no further: it was "
            "the last node the bot showed. Ask it by node; without, it is the mean of "
            "the nodes, each weighing as many sessions as saw it."
        ),
        formula="sessions whose last bot node is X / sessions shown X",
        elsewhere=(
            "Dialogflow shows the share of sessions that end at a step of the path "
            "that led there, so that one page appears in several places. A share over "
            "all sessions, which some boards draw, is no rate of leaving: it falls "
            "with the node's traffic."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  turn  node.id=menu
                09:01:00  a  ann  turn  node.id=price
                10:00:00  b  ben  turn  node.id=menu
                11:00:00  c  cem  turn  node.id=menu
                11:01:00  c  cem  turn  node.id=price
                11:02:00  c  cem  turn  node.id=menu
            """,
            asked=(
                Asked(
                    by=("node",),
                    rows=[
                        ({"node": "menu"}, 2 / 3, 2, 3),
                        ({"node": "price"}, 0.5, 1, 2),
                    ],
                ),
                Asked(rows=[({}, 0.6, 3, 5)]),
            ),
        ),
    ),
    Metric(
        name="peak_hours",
        title="Peak hours",
        family="engagement",
        unit="sessions",
        kind=Kind.PEAK,
        fact=SESSION_HOUR,
        numerator="base",
        key=Key(name="weekday"),
        buckets=("week", "month"),
        sentence=(
            "Sessions by the weekday (1 is Monday, 7 Sunday) and the hour of the bot's "
            "local clock at which they began; every one of the 168 cells is there."
        ),
        formula="count of sessions in each cell; n is all sessions",
        elsewhere=(
            "Heatmaps of help desks count new conversations or tickets by weekday and "
            "hour of one time zone, the workspace's; here it is each bot's own, and a "
            "day of daylight saving has its hour twice or not at all."
        ),
        example=Example(
            events="""
                  09:00:00  a  ann  turn
                  09:40:00  b  ben  turn
                1 14:00:00  c  cem  turn
            """,
            days=2,
            asked=(
                Asked(
                    rows=[
                        (
                            {"weekday": weekday, "hour": hour},
                            {(1, 9): 2, (2, 14): 1}.get((weekday, hour), 0),
                            {(1, 9): 2, (2, 14): 1}.get((weekday, hour), 0),
                            3,
                        )
                        for hour in range(24)
                        for weekday in range(1, 8)
                    ],
                ),
            ),
        ),
    ),
    Metric(
        name="device_share",
        title="Devices",
        family="engagement",
        unit="1",
        kind=Kind.SHARE,
        fact=SESSION,
        numerator="base",
        key=Key(name="device", column="device"),
        sentence=(
            "The share of sessions that came from each class of device, the unknown "
            "one among them; the shares sum to 1."
        ),
        formula="sessions of the device / sessions",
        elsewhere=(
            "GA4 reports users and sessions by device category. Vendors of bots mostly "
            "leave the device to the web analytics of the page that holds the widget."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  conversation.start  entry.device=mobile
                09:00:10  a  ann  turn
                10:00:00  b  ben  conversation.start  entry.device=mobile
                10:00:10  b  ben  turn
                11:00:00  c  cem  conversation.start  entry.device=desktop
                11:00:10  c  cem  turn
                12:00:00  d  dan  turn
            """,
            asked=(
                Asked(
                    rows=[
                        ({"device": "desktop"}, 0.25, 1, 4),
                        ({"device": "mobile"}, 0.5, 2, 4),
                        ({"device": "unknown"}, 0.25, 1, 4),
                    ],
                ),
            ),
        ),
    ),
    Metric(
        name="traffic_source_share",
        title="Sources of traffic",
        family="engagement",
        unit="1",
        kind=Kind.SHARE,
        fact=SESSION,
        numerator="base",
        key=Key(name="source", column="source"),
        sentence=(
            "The share of sessions by what brought them: the UTM source, else the "
            "referrer, else unknown; the shares sum to 1."
        ),
        formula="sessions of the source / sessions",
        elsewhere=(
            "GA4's session source is that of the last click that was not direct, which "
            "may lie in an earlier session; here a session has the source of its own "
            "entry, and direct traffic stays unknown."
        ),
        example=Example(
            events="""
                09:00:00  a  ann  conversation.start  entry.utm.source=newsletter
                09:00:10  a  ann  turn
                10:00:00  b  ben  conversation.start  entry.referrer=example.com
                10:00:10  b  ben  turn
                11:00:00  c  cem  turn
                12:00:00  d  dan  turn
            """,
            asked=(
                Asked(
                    rows=[
                        ({"source": "example.com"}, 0.25, 1, 4),
                        ({"source": "newsletter"}, 0.25, 1, 4),
                        ({"source": "unknown"}, 0.5, 2, 4),
                    ],
                ),
            ),
        ),
    ),
)
