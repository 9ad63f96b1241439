"""Ids from requests: headers, cookies, queries, paths, bodies, callables."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from http.cookies import CookieError, SimpleCookie
from typing import Any, Final, NamedTuple
from urllib.parse import parse_qs

from turnspan import _problems, _settings
from turnspan._extract import FALLBACKS
from turnspan._settings import ContentMode
from turnspan.conventions import InstrumentationErrorKind as Kind
from turnspan.integrations.asgi._body import FIELDS_MAX, as_mapping, header
from turnspan.integrations.asgi._types import Scope

Extractor = str | int | bool | Mapping[str, str] | Callable[[Scope, Any], object]
"""A value, a place such as ``header:x-user`` or ``session.id``, or a callable."""

PLACED: Final = frozenset(
    {"conversation", "user", "session", "message_id", "text", "locale", "id", "index"}
)
"""Options whose text is a place; the text of all others is a value."""


class Heard(NamedTuple):
    """What came in: the request, its path's parameters and its body, parsed."""

    scope: Scope
    params: Mapping[str, str]
    body: Any


Getter = Callable[[Heard], object]


class Extractors:
    """The options of a middleware, each compiled to a getter or a value."""

    __slots__ = ("_constants", "_getters", "need_body")

    def __init__(self, options: Mapping[str, Extractor | None]) -> None:
        self._constants: dict[str, object] = {}
        self._getters: dict[str, Getter] = {}
        self.need_body = False
        """Whether any of them reads the body."""
        for name, option in options.items():
            if option is not None:
                self._add(name, option)
        for name, names in FALLBACKS.items():
            if options.get(name) is None:
                self._getters[name] = _first_of(names)
                self.need_body = True

    def __call__(self, heard: Heard) -> dict[str, object]:
        """Give each option's value; one that cannot be read is left out."""
        given = dict(self._constants)
        for name, getter in self._getters.items():
            if name == "text" and _no_content():
                continue
            if (value := guarded(name, getter, heard)) is not None:
                given[name] = value
        return given

    def _add(self, name: str, option: Extractor) -> None:
        if callable(option):
            called = option
            self._getters[name] = lambda heard: called(heard.scope, heard.body)
            self.need_body = True
        elif isinstance(option, str) and (getter := _placed(name, option)) is not None:
            self._getters[name] = getter
            self.need_body = self.need_body or _reads_body(option)
        else:
            self._constants[name] = option


def guarded(name: str, getter: Getter, heard: Heard) -> object:
    """Call a getter; a failure is counted and gives None."""
    try:
        return getter(heard)
    except Exception as error:
        _problems.report(
            Kind.EXTRACTOR,
            name,
            f"the extractor of {name} failed with {type(error).__name__}; correct its "
            "place or callable",
        )
        return None


def _placed(name: str, option: str) -> Getter | None:
    kind, colon, key = option.partition(":")
    if colon and kind in _PLACES:
        if not key:
            raise ValueError(f"{name} is {option!r}; give a name after the colon")
        return _PLACES[kind](key.strip())
    return _anywhere(option) if name in PLACED else None


def _reads_body(option: str) -> bool:
    kind, colon, _ = option.partition(":")
    return not colon or kind not in _PLACES or kind == "body"


def _in_header(key: str) -> Getter:
    return lambda heard: header(heard.scope, key)


def _in_query(key: str) -> Getter:
    return lambda heard: _query(heard.scope).get(key)


def _in_path(key: str) -> Getter:
    def in_path(heard: Heard) -> object:
        return heard.params.get(
            key, as_mapping(heard.scope.get("path_params")).get(key)
        )

    return in_path


def _in_cookie(key: str) -> Getter:
    def in_cookie(heard: Heard) -> object:
        try:
            cookies = SimpleCookie(header(heard.scope, "cookie") or "")
        except CookieError:
            return None
        return cookies[key].value if key in cookies else None

    return in_cookie


def _in_body(key: str) -> Getter:
    steps = key.split(".")

    def in_body(heard: Heard) -> object:
        value = heard.body
        for step in steps:
            if isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(value, Sequence) and _is_index(step, value):
                value = value[int(step)]
            else:
                return None
        return value

    return in_body


def _anywhere(key: str) -> Getter:
    """Look in the body, then among the path's parameters, then in the query."""
    places = (_in_body(key), _in_path(key), _in_query(key))

    return lambda heard: next((v for get in places if _is_id(v := get(heard))), None)


def _first_of(names: Sequence[str]) -> Getter:
    getters = [_anywhere(name) for name in names]

    return lambda heard: next(
        (v for get in getters if (v := get(heard)) is not None), None
    )


_PLACES: Final[Mapping[str, Callable[[str], Getter]]] = {
    "header": _in_header,
    "query": _in_query,
    "path": _in_path,
    "cookie": _in_cookie,
    "body": _in_body,
}


def _is_index(step: str, value: Sequence[object]) -> bool:
    return (
        step.isdecimal()
        and not isinstance(value, str | bytes)
        and int(step) < len(value)
    )


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and value != ""


def _query(scope: Scope) -> dict[str, str]:
    text = bytes(scope.get("query_string") or b"").decode("latin-1")
    fields = parse_qs(text, max_num_fields=FIELDS_MAX)
    return {key: values[0] for key, values in fields.items()}


def _no_content() -> bool:
    return _settings.current().content is ContentMode.NO_CONTENT
