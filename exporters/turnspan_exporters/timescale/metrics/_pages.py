"""The documentation's page of a metric, and the index of all.

The page shows the entry's example as tables; the tests read the page, play its events
through the whole write path, run its SQL and compare its numbers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, timedelta
from itertools import groupby
from typing import Any

from turnspan import conventions
from turnspan_exporters.timescale.metrics._model import (
    DEFINITION_VERSION,
    Aggregate,
    Asked,
    Example,
    Metric,
)

__all__ = ["index", "page"]

_NOTICE = (
    "<!-- Generated from the metric catalogue: change the entry, not this page. -->"
)

_RULES = """\
What holds for each of them:

- A range is [from, to). A date is the local midnight of the bot; days, weeks and months
  are local, so that a day of daylight saving is 23 or 25 hours long and still one day.
- Test traffic is left out. Sessions count once they are finalised, at their start.
- A count is 0 where nothing happened. A rate with n = 0, and anything in a window that
  is not over, is NULL. With `provisional` running windows and open sessions come too,
  in rows that say so.
- A rate comes with k, n and Wilson's 95 % interval.
- `by` and filters take the dimensions that the page lists; a value nobody gave is
  `unknown`. A metric's own key (a bin, an outcome) is in `group` without being asked.
- A user is a user key at one bot.
- `business_hours` is `open` or `closed`, by the bot's setting `opening_hours` as it is
  now, on the bot's own clock; a bot without opening hours is always open.
- The change to the period before is (this − previous) / previous over equal lengths,
  NULL where previous is 0: `turnspan.metric_change` takes what `turnspan.metric` takes,
  the API `compare=previous`. Months are held against months, days against days.
- `turnspan.metric_source` says what serves a question: which aggregate or rows, and for
  which part of the range.

```sql
SELECT * FROM turnspan.metric('handoff_rate', '2026-03-01', '2026-04-01', 'day',
    by => '{channel}', filters => '{"bot": ["support", "sales"]}');
```

```sql
SELECT "group", value, previous, change
FROM turnspan.metric_change('handoff_rate', '2026-03-01', '2026-04-01',
    by => '{business_hours}');
SELECT relation, "from", "to" FROM turnspan.metric_source('handoff_rate', '{intent}');
```

```text
GET /api/v1/metrics/handoff_rate?bucket=day&by=channel&bot=support,sales
    &from=2026-03-01&to=2026-04-01
```
"""


def index(metrics: Iterable[Metric]) -> str:
    """The list of all metrics, by family."""
    return "\n".join(_index(list(metrics))) + "\n"


def page(metric: Metric) -> str:
    """One metric: sentence, formula, what it takes, an example."""
    return "\n".join([*_definition(metric), *_example(metric.name, metric.example)])


def _index(metrics: list[Metric]) -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield _NOTICE
    yield ""
    yield (
        f"Definition version {DEFINITION_VERSION}. Every number of boards, API and SQL "
        "is one of these."
    )
    yield ""
    yield _RULES
    for family, entries in groupby(metrics, lambda metric: metric.family):
        yield f"## {family.upper() if len(family) == 3 else family.capitalize()}"
        yield ""
        yield "| Metric | What it says |"
        yield "|---|---|"
        for metric in entries:
            yield f"| [`{metric.name}`]({metric.name}.md) | {metric.sentence} |"
        yield ""


def _definition(metric: Metric) -> Iterator[str]:
    yield f"# {metric.title}"
    yield ""
    yield _NOTICE
    yield ""
    yield metric.sentence
    yield ""
    yield f"**Formula:** {metric.formula}"
    yield ""
    yield "| | |"
    yield "|---|---|"
    yield f"| Name | `{metric.name}` |"
    yield f"| Unit | {_unit(metric)} |"
    yield f"| Better | {metric.better} |"
    for level, value in metric.thresholds.items():
        yield f"| {level.capitalize()} at | {value:g} |"
    if metric.key is not None:
        yield f"| Own key of `group` | `{metric.key.name}` |"
    yield f"| Dimensions | {_listed(metric.fact.dimensions)} |"
    yield f"| Buckets | {_listed(metric.buckets) if metric.buckets else 'none'} |"
    yield f"| Options | {_listed(metric.options)} |"
    yield f"| Read from | {_source(metric)} |"
    yield ""
    if metric.elsewhere:
        yield f"**Elsewhere:** {metric.elsewhere}"
        yield ""


def _unit(metric: Metric) -> str:
    return {"1": "1 (a share or a ratio)", "s": "seconds"}.get(metric.unit, metric.unit)


def _source(metric: Metric) -> str:
    """The quarters of an hour that serve, the wider ones in them, and the rows."""
    narrow = [
        one
        for one in metric.aggregates
        if one.width == "15 minutes" or metric.fact.relation == "fact_user_day"
    ]
    wider = [one for one in metric.aggregates if one not in narrow]
    stored = [
        f"the aggregate `{one.name}` where only {_listed(one.dimensions)} are asked"
        + _inside(" (", (other for other in wider if _within(other, one)), ")")
        for one in narrow
    ]
    rows = "raw" if metric.fact.raw else "derived"
    alone = (one for one in wider if not any(_within(one, other) for other in narrow))
    last = f"`{metric.fact.relation}` ({rows} rows{_inside('; ', alone, '')})"
    served = ", else ".join([*stored, last])
    beside = metric.fact.beside if stored else ()
    return f"{served}; beside it {_listed(beside)}" if beside else served


def _within(one: Aggregate, other: Aggregate) -> bool:
    return {*one.dimensions} <= {*other.dimensions}


def _inside(before: str, wider: Iterable[Aggregate], after: str) -> str:
    named = _listed(one.name for one in wider)
    return f"{before}inside long ranges {named}{after}" if named else ""


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _example(name: str, example: Example) -> Iterator[str]:
    yield "## Example"
    yield ""
    if example.given:
        yield from ("```sh", *example.given, "```", "")
    yield "| time (UTC) | conversation | user | event | attributes |"
    yield "|---|---|---|---|---|"
    first = date.fromisoformat(example.day)
    for line in example.events.strip().splitlines():
        yield _event(first, line.split())
    for asked in example.asked:
        yield ""
        yield "```sql"
        yield _statement(name, first, example.days, asked)
        yield "```"
        yield ""
        yield from _answer(asked)
    yield ""


def _event(first: date, words: list[str]) -> str:
    days = int(words.pop(0)) if ":" not in words[0] else 0
    time, conversation, user, event, *given = words
    day = first + timedelta(days=days)
    attributes = ", ".join(f"`{_attribute(one)}`" for one in given)
    user = "" if user == "-" else user
    event = f"{conventions.ROOT}.{event}"
    return f"| {day} {time} | {conversation} | {user} | `{event}` | {attributes} |"


def _attribute(given: str) -> str:
    """The attribute's full name, where a short one is given."""
    name, _, value = given.partition("=")
    full = f"{conventions.ROOT}.{name}"
    return f"{full if full in conventions.ATTRIBUTES else name}={value}"


def _statement(name: str, first: date, days: int, asked: Asked) -> str:
    until = first + timedelta(days=days)
    more = "".join(
        f",\n    {argument} => '{_text(value)}'"
        for argument, value in (
            ("bucket", asked.bucket),
            ("by", "{" + ",".join(asked.by) + "}" if asked.by else None),
            ("filters", asked.filters),
            ("options", asked.options),
        )
        if value
    )
    columns = "value, k, n" if len(asked.rows[0]) > 2 else "value"
    return (
        f'SELECT "group", {columns}\n'
        f"FROM turnspan.metric('{name}', '{first}', '{until}'{more});"
    )


def _text(value: str | Mapping[str, Any]) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _answer(asked: Asked) -> Iterator[str]:
    names = ("group", "value", "k", "n")[: len(asked.rows[0])]
    yield f"| {' | '.join(names)} |"
    yield "|" + "---|" * len(names)
    for group, *numbers in asked.rows:
        cells = [
            f"`{json.dumps(group)}`",
            *("" if n is None else repr(n) for n in numbers),
        ]
        yield f"| {' | '.join(cells)} |"
