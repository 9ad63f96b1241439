"""One setting: its limits, how it is spelled, and what is said of a wrong value."""

from __future__ import annotations

from dataclasses import Field, dataclass, field
from typing import Any

__all__ = ["Setting", "SettingError", "of"]


class SettingError(ValueError):
    """A setting that cannot be used; the text is one sentence for the operator."""


def of(default: Any, about: str, **limits: Any) -> Any:
    """A setting with its default, its sentence, and ``least``, ``most``, ``one_of``."""
    metadata = {"about": about, **limits}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as flag, variable and key of the file."""

    section: str
    field: Field[Any]

    @property
    def name(self) -> str:
        """The key in the file's section, and the field."""
        return self.field.name

    @property
    def flag(self) -> str:
        """The command line's spelling."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """The environment's spelling."""
        return "TURNSPAN_" + self.name.upper()

    @property
    def about(self) -> str:
        """What it does, in a sentence."""
        return str(self.field.metadata["about"])

    @property
    def is_number(self) -> bool:
        """Whether the value is a whole number."""
        return self.field.type == "int"

    @property
    def default(self) -> Any:
        """The value when nobody sets it."""
        if callable(self.field.default_factory):
            return self.field.default_factory()
        return self.field.default

    def check(self, value: Any, source: str) -> Any:
        """The value in its type; ``SettingError`` names source, value and limit."""
        return (
            self._number(value, source) if self.is_number else self._text(value, source)
        )

    def _number(self, value: Any, source: str) -> int:
        least, most = self.field.metadata["least"], self.field.metadata["most"]
        try:
            number = int(value) if isinstance(value, str) else value
        except ValueError:
            number = None
        if type(number) is not int or not least <= number <= most:
            raise SettingError(
                f"{source} is {value!r}: give a whole number from {least} to {most}."
            )
        return number

    def _text(self, value: Any, source: str) -> str:
        choices = self.field.metadata.get("one_of")
        shown = "set" if self.field.metadata.get("secret") else repr(value)
        if not isinstance(value, str):
            raise SettingError(f"{source} is {shown}: give a text in quotes.")
        if choices and value not in choices:
            raise SettingError(
                f"{source} is {shown}: give one of {', '.join(choices)}."
            )
        if "\0" in value:
            raise SettingError(f"{source} contains a NUL character: leave it out.")
        return value
