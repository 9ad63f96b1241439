"""Values as the registry allows them: checked, cut at their limits, never trusted."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any, Final
from uuid import UUID

from turnspan import _problems
from turnspan.conventions import ATTRIBUTES, CONTENT_ATTRIBUTES, ENUMS, RANGES, ROOT
from turnspan.conventions import InstrumentationErrorKind as Kind

ID_CHARS_MAX: Final = 256
"""A longer id is replaced by its SHA-256, so that two ids never become one."""
TEXT_CHARS_MAX: Final = 1_024
"""A longer name or label is cut."""
CONTENT_CHARS_MAX: Final = 16_384
"""A longer message or comment is cut."""
LIST_ITEMS_MAX: Final = 64
CUSTOM_ATTRIBUTES_MAX: Final = 64
NAME_CHARS_MAX: Final = 128
"""A custom event's name, and the key of a custom attribute."""
INT_MAX: Final = 2**63 - 1

Cleaner = Callable[[str, object], Any]
Value = str | bool | int | float | tuple[str, ...]
"""What an attribute may hold."""


class _Unfit(ValueError):
    """Says in a few words what a value must be."""


def clean(key: str, value: object) -> Value | None:
    """Give a value as its attribute's type, or None when it is not one.

    None in means that nothing was said; anything else that gives None was reported.
    """
    if value is None:
        return None
    if key in _PLAIN_TEXTS and type(value) is str and _is_plain(value):
        return value
    kept: Value | None = None
    try:
        kept = _BY_KEY[key](key, value)
    except _Unfit as unfit:
        _bad(key, str(unfit))
    except Exception:
        _bad(key, "could not be read")
    return kept


def _is_plain(text: str) -> bool:
    return 0 < len(text) <= TEXT_CHARS_MAX and text.isascii()


def identifier(key: str, value: object) -> str | None:
    """Give an id as text: strings, integers and UUIDs; a long one as its hash."""
    if value is None:
        return None
    try:
        text = _id_text(value)
        if not text:
            _bad(key, "is empty or not an id; give a text, an integer or a UUID")
            return None
        return text if len(text) <= ID_CHARS_MAX else _hashed(key, text)
    except Exception:
        _bad(key, "could not be read")
        return None


def cleaned(values: Mapping[str, object]) -> dict[str, Value]:
    """Give the values that are good, each under its attribute."""
    pairs = ((key, clean(key, value)) for key, value in values.items())
    return {key: value for key, value in pairs if value is not None}


def custom(attributes: Mapping[str, object]) -> dict[str, Value]:
    """Give the attributes of a custom event that OpenTelemetry can carry."""
    good: dict[str, Value] = {}
    for key, value in attributes.items():
        if len(good) >= CUSTOM_ATTRIBUTES_MAX:
            _problems.report(
                Kind.TOO_LONG,
                "attributes",
                f"a custom event has more than {CUSTOM_ATTRIBUTES_MAX} attributes; "
                "send fewer",
            )
            break
        try:
            good[key] = _custom_value(key, value)
        except _Unfit as unfit:
            _bad("a custom attribute", str(unfit))
        except Exception:
            _bad("a custom attribute", "could not be read")
    return good


def number(value: object) -> float | None:
    """Give a finite number as float, or None."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if math.isfinite(value) else None


def _id_text(value: object) -> str:
    if type(value) is str:
        return value.strip()
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, str):
        return str.__str__(value).strip()
    if isinstance(value, int) and not isinstance(value, bool):
        return str(int(value))
    return str(value) if isinstance(value, UUID) else ""


def _hashed(key: str, text: str) -> str:
    _too_long(key, ID_CHARS_MAX, "is replaced by its SHA-256")
    return hashlib.sha256(_encoded(text)).hexdigest()


def _encoded(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _string(key: str, value: object) -> str | None:
    text = value.value if isinstance(value, Enum) else value
    if not isinstance(text, str):
        raise _Unfit(f"must be a text, not {type(value).__name__}")
    text = _printable(text)
    if not text:
        raise _Unfit("is empty; leave it out or give a text")
    limit = CONTENT_CHARS_MAX if key in CONTENT_ATTRIBUTES else TEXT_CHARS_MAX
    if len(text) > limit:
        _too_long(key, limit, "is cut")
    return text[:limit]


def _printable(text: str) -> str:
    """Drop what protobuf refuses: half a surrogate pair."""
    plain = str.__str__(text)
    return plain if plain.isascii() else plain.encode("utf-8", "replace").decode()


def _member(key: str, value: object) -> str | None:
    text = value.value if isinstance(value, Enum) else value
    if isinstance(text, str) and text in ENUMS[key]:
        return str.__str__(text)
    allowed = ", ".join(sorted(ENUMS[key]))
    _problems.report(
        Kind.UNKNOWN_MEMBER, key, f"{key} must be one of {allowed}; it was left out"
    )
    return None


def _double(key: str, value: object) -> float:
    result = number(value)
    if result is None:
        raise _Unfit("must be a finite number")
    _check_range(key, result)
    return result


def _int(key: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int):
        raise _Unfit(f"must be an integer, not {type(value).__name__}")
    if abs(value) > INT_MAX:
        raise _Unfit(f"must lie within ±{INT_MAX}")
    _check_range(key, value)
    return int(value)


def _boolean(key: str, value: object) -> bool:
    if isinstance(value, bool):
        return value
    raise _Unfit(f"must be true or false, not {type(value).__name__}")


def _strings(key: str, value: object) -> tuple[str, ...] | None:
    if isinstance(value, str) or not isinstance(value, list | tuple | set | frozenset):
        raise _Unfit("must be a list of texts")
    items = [_printable(item) for item in value if isinstance(item, str)]
    if len(items) != len(value):
        _bad(key, "must hold texts only; the others were left out")
    if len(items) > LIST_ITEMS_MAX:
        _too_long(key, LIST_ITEMS_MAX, "is cut", "items")
    return tuple(item[:TEXT_CHARS_MAX] for item in items[:LIST_ITEMS_MAX]) or None


def _check_range(key: str, value: float) -> None:
    least, most = RANGES.get(key, (None, None))
    if (least is None or value >= least) and (most is None or value <= most):
        return
    limit = f"at least {least}" if most is None else f"between {least} and {most}"
    raise _Unfit(f"must be {limit}")


def _custom_value(key: object, value: object) -> Value:
    if not isinstance(key, str) or not 0 < len(key) <= NAME_CHARS_MAX:
        raise _Unfit(f"needs a name of 1 to {NAME_CHARS_MAX} characters")
    if key.startswith(ROOT + ".") or key in ATTRIBUTES:
        raise _Unfit(f"must not have a name under {ROOT}. or one of OpenTelemetry's")
    if isinstance(value, list | tuple):
        return _strings("attribute", value) or ()
    return _custom_scalar(value)


def _custom_scalar(value: object) -> Value:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool):
        return value
    if isinstance(value, str):
        if len(value) > TEXT_CHARS_MAX:
            _too_long("attribute", TEXT_CHARS_MAX, "is cut")
        return _printable(value[:TEXT_CHARS_MAX])
    if isinstance(value, int) and abs(value) <= INT_MAX:
        return int(value)
    if (figure := number(value)) is not None:
        return figure
    raise _Unfit("must be a text, a number, a boolean or a list of texts")


def _bad(key: str, rule: str) -> None:
    _problems.report(Kind.BAD_VALUE, key, f"{key} {rule}; the value was left out")


def off_scale(key: str, least: float, most: float) -> None:
    """Report a number that does not lie on its scale."""
    _bad(key, f"must be between {least:g} and {most:g}")


def _too_long(key: str, limit: int, what: str, unit: str = "characters") -> None:
    _problems.report(
        Kind.TOO_LONG, key, f"{key} has more than {limit} {unit} and {what}"
    )


_BY_TYPE: Final[Mapping[str, Cleaner]] = {
    "string": _string,
    "int": _int,
    "double": _double,
    "boolean": _boolean,
    "string[]": _strings,
}


def _cleaner(key: str) -> Cleaner:
    if key in ENUMS:
        return _member
    return identifier if key.endswith(".id") else _BY_TYPE[ATTRIBUTES[key]]


_BY_KEY: Final[Mapping[str, Cleaner]] = {key: _cleaner(key) for key in ATTRIBUTES}
_PLAIN_TEXTS: Final = frozenset(
    key for key, cleaner in _BY_KEY.items() if cleaner is _string
)
