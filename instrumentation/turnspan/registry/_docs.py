"""The page docs/conventions.md, drawn from the registry."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from turnspan import _limits, _settings
from turnspan.registry._model import Attribute, Registry, Signal

_HEAD = """# Chat conventions

Generated from `instrumentation/turnspan/registry/`; change the YAML there and run
`python -m turnspan.registry.generate`.

A turn is a span, a conversation is an id, an event is an OpenTelemetry log record
with an event name. Names under `chatbot.` are ours; the others are OpenTelemetry's.
"""


def page(registry: Registry) -> str:
    """Write the whole page."""
    return "\n".join(_parts(registry)) + "\n"


def _parts(registry: Registry) -> Iterator[str]:
    yield _HEAD
    common = _common(registry.events.values())
    yield from _section("Spans", registry.spans.values(), registry, frozenset())
    yield "## Events\n"
    yield "Every event may carry these, and each the ones under its own name.\n"
    yield from _table(registry, {key: _level(registry, key) for key in common})
    for event in registry.events.values():
        yield from _signal(event, registry, frozenset(common))
    yield from _section("Metrics", registry.metrics.values(), registry, frozenset())
    yield from _settings_table()
    yield from _limits_table()
    yield "## Attributes\n"
    yield "| Attribute | Type | Values | Meaning | Stability |\n|---|---|---|---|---|"
    for key in sorted(registry.attributes):
        yield _attribute_row(registry.attributes[key])


def _limits_table() -> Iterator[str]:
    yield "## Limits\n"
    yield "What is longer is cut, hashed or left out, and always counted.\n"
    yield "| What | At most | Beyond |\n|---|---|---|"
    for what, limit, beyond in (
        ("an id", _limits.ID_CHARS_MAX, "its SHA-256 instead"),
        ("a name or a label", _limits.TEXT_CHARS_MAX, "cut"),
        ("a message or a comment", _limits.CONTENT_CHARS_MAX, "cut"),
        ("a custom event's or attribute's name", _limits.NAME_CHARS_MAX, "left out"),
    ):
        yield f"| {what} | {limit} characters | {beyond} |"
    items, attributes = _limits.LIST_ITEMS_MAX, _limits.CUSTOM_ATTRIBUTES_MAX
    yield f"| a list | {items} items | cut |"
    yield f"| a custom event | {attributes} attributes | left out |\n"


def _settings_table() -> Iterator[str]:
    yield "## Settings\n"
    yield "`turnspan.configure(...)` sets them; the variables give the defaults.\n"
    yield "| Setting | Variable | Meaning |\n|---|---|---|"
    for name, meaning in _settings.MEANINGS.items():
        variable = _settings.VARIABLES.get(name)
        yield f"| `{name}` | {f'`{variable}`' if variable else ''} | {meaning} |"
    yield ""


def _common(events: Iterable[Signal]) -> list[str]:
    first, *others = events
    return [
        key
        for key in first.attributes
        if all(key in event.attributes for event in others)
    ]


def _level(registry: Registry, key: str) -> str:
    return next(iter(registry.events.values())).attributes[key]


def _section(
    title: str, signals: Iterable[Signal], registry: Registry, hidden: frozenset[str]
) -> Iterator[str]:
    yield f"## {title}\n"
    for signal in signals:
        yield from _signal(signal, registry, hidden)


def _signal(
    signal: Signal, registry: Registry, hidden: frozenset[str]
) -> Iterator[str]:
    name = signal.name + (".{name}" if signal.hints.get("template") else "")
    yield f"### `{name}`\n"
    yield " ".join([signal.brief, *_facts(signal), signal.note]).strip() + "\n"
    own = {k: level for k, level in signal.attributes.items() if k not in hidden}
    if own:
        yield from _table(registry, own)


def _facts(signal: Signal) -> Iterator[str]:
    if signal.span_name:
        yield f"Name: `{signal.span_name}`."
    if signal.instrument:
        yield f"{signal.instrument.capitalize()}, unit `{signal.unit}`."


def _table(registry: Registry, keys: dict[str, str]) -> Iterator[str]:
    yield "| Attribute | Type | Level | Meaning |\n|---|---|---|---|"
    for key, level in keys.items():
        attribute = registry.attributes[key]
        kind = "enum" if attribute.members else attribute.type
        level = level.replace("_", " ")
        yield f"| `{key}` | {kind} | {level} | {_cell(attribute.brief)} |"
    yield ""


def _attribute_row(attribute: Attribute) -> str:
    kind = "enum" if attribute.members else attribute.type
    meaning = _cell(f"{attribute.brief} {attribute.note}")
    cells = [f"`{attribute.key}`", kind, _values(attribute), meaning]
    return f"| {' | '.join(cells)} | {_stable(attribute)} |"


def _values(attribute: Attribute) -> str:
    if attribute.members:
        return ", ".join(f"`{member.value}`" for member in attribute.members)
    least, most = attribute.hints.get("min"), attribute.hints.get("max")
    if most is not None:
        return f"{least} to {most}"
    if least is not None:
        return f"at least {least}"
    return ", ".join(f"`{_cell(str(example))}`" for example in attribute.examples[:2])


def _stable(attribute: Attribute) -> str:
    return attribute.stability.replace("_", " ")


def _cell(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
