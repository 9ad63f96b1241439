"""The collector's settings: small frozen classes, read from flag, variable and file.

A flag wins over a ``TURNSPAN_*`` variable, that over the TOML file, that over the
default. Every field is one setting: its name is the key in the file's section, with
dashes the flag, in capitals behind ``TURNSPAN_`` the variable.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

__all__ = [
    "Limits",
    "Listen",
    "Log",
    "Metrics",
    "Privacy",
    "Security",
    "Setting",
    "SettingError",
    "Settings",
    "SpoolSettings",
    "Store",
    "Telemetry",
    "all_settings",
    "load",
]

_MIB = 1024 * 1024
_ORIGIN = re.compile(r"https?://[\w.\-\[\]:]+")


class SettingError(ValueError):
    """A setting that cannot be used; the text is one sentence for the operator."""


def _default_data() -> str:
    return platformdirs.user_data_dir("turnspan", appauthor=False)


def _of(default: Any, about: str, **limits: Any) -> Any:
    """A setting with its default, its sentence, and ``least``, ``most``, ``one_of``."""
    metadata = {"about": about, **limits}
    if callable(default):
        return field(default_factory=default, metadata=metadata)
    return field(default=default, metadata=metadata)


def _port(default: int, what: str) -> Any:
    return _of(default, f"Port of {what}; 0 picks a free one.", least=0, most=65535)


@dataclass(frozen=True, slots=True)
class Store:
    """Where the data lives."""

    data: str = _of(_default_data, "Directory of the embedded PostgreSQL and its log.")
    dsn: str = _of(
        "",
        "A PostgreSQL 16 or newer to use instead of the embedded one.",
        secret=True,
    )
    postgres_bin: str = _of(
        "", "Directory with initdb and postgres to use instead of the wheel's."
    )
    postgres_user: str = _of(
        "",
        "Account that runs the embedded PostgreSQL when the collector is root; "
        "empty takes postgres, else nobody.",
    )
    derive_workers: int = _of(
        1, "Connections that derive turns and sessions.", least=1, most=16
    )


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the collector can be reached."""

    host: str = _of("127.0.0.1", "Address that every port is bound to.")
    grpc_port: int = _port(4317, "OTLP over gRPC")
    http_port: int = _port(4318, "OTLP over HTTP")
    health_port: int = _port(13133, "the health check")
    metrics_port: int = _port(8888, "the collector's own metrics")
    api_port: int = _port(8321, "the page and the API")


@dataclass(frozen=True, slots=True)
class Security:
    """Who may send and read; the threats and what meets them: docs/security.md."""

    tokens: str = _of(
        "off",
        "Whether senders, the page and the API need a token (turnspan token).",
        one_of=("off", "required"),
    )
    tls_cert: str = _of(
        "", "PEM file of the certificate chain of both doors and the page."
    )
    tls_key: str = _of("", "PEM file of its key; only its owner may read it.")
    tls_client_ca: str = _of(
        "", "PEM file of who signs clients; each has to show a certificate then."
    )
    insecure_listen: str = _of(
        "off",
        "Whether --host may be an address that others reach without TLS and tokens.",
        one_of=("off", "on"),
    )
    cors_origins: str = _of(
        "",
        "Origins, with commas, whose pages may send OTLP over HTTP, such as "
        "https://shop.example; * for all.",
    )
    page_hosts: str = _of(
        "",
        "Names, with commas, under which browsers reach the page, beside localhost and "
        "addresses; counts where tokens are off.",
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What the collector takes at most."""

    request_bytes_max: int = _of(
        64 * _MIB,
        "Largest request in bytes, on the wire and after decompression.",
        least=1024,
        most=1024 * _MIB,
    )
    request_items_max: int = _of(
        500_000,
        "Spans, log records, metrics and points that one request may have.",
        least=1,
        most=100_000_000,
    )
    pending_bytes_max: int = _of(
        256 * _MIB,
        "Bytes of requests that may wait for the store; more are refused for now.",
        least=1024,
        most=64 * 1024 * _MIB,
    )
    pending_requests_max: int = _of(
        4096,
        "Requests that may wait for the store; more are refused for now.",
        least=1,
        most=1_000_000,
    )
    memory_bytes_max: int = _of(
        1024 * _MIB,
        "Resident memory in bytes above which requests are refused for now; what is in "
        "work by then may take it to three times that.",
        least=256 * _MIB,
        most=1024 * 1024 * _MIB,
    )
    commit_rows_max: int = _of(
        8192,
        "Rows after which waiting requests are no longer merged into one commit.",
        least=1,
        most=1_000_000,
    )
    grpc_threads: int = _of(
        16, "gRPC requests that are answered at a time.", least=1, most=1024
    )
    answer_seconds_max: int = _of(
        30,
        "Seconds that a request waits for its commit before it is told to retry.",
        least=1,
        most=3600,
    )
    header_seconds_max: int = _of(
        10,
        "Seconds for the headers of a request, or for the handshake before them.",
        least=1,
        most=3600,
    )
    body_seconds_max: int = _of(
        60, "Seconds for the body of a request.", least=1, most=3600
    )
    connections_max: int = _of(
        1000,
        "Connections of each port; more are closed at once.",
        least=1,
        most=1_000_000,
    )
    shutdown_seconds_max: int = _of(
        20,
        "Seconds to finish what was accepted after SIGTERM or SIGINT.",
        least=1,
        most=3600,
    )


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Requests on disk while the store is away, slow or full."""

    spool_directory: str = _of(
        "",
        "Directory of requests that wait for the store, for one collector alone; "
        "empty takes a free place in spool/ of --data.",
    )
    spool_bytes_max: int = _of(
        2048 * _MIB,
        "Bytes that the spool takes on disk; more is refused for now. 0: no spool.",
        least=0,
        most=1024 * 1024 * _MIB,
    )
    spool_age_hours_max: int = _of(
        168,
        "Hours that the oldest request waits before the spool takes no more; nothing "
        "is thrown away.",
        least=1,
        most=9600,
    )
    spool_after_seconds: int = _of(
        3,
        "Seconds that a commit runs before what waits for it is spooled and answered.",
        least=1,
        most=3600,
    )


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is kept of texts, and of spans that other instrumentations made."""

    content: str = _of(
        "off",
        "Texts of conversations, whoever sends them: off drops them, on keeps them in "
        "a table of their own for content_retention (30 days).",
        one_of=("off", "on"),
    )
    content_bytes_max: int = _of(
        65_536,
        "Bytes in UTF-8 of a text that is kept; a longer one is cut and ends in [cut].",
        least=64,
        most=_MIB,
    )
    user_ids: str = _of(
        "drop",
        "Raw user ids on other instrumentations' records: drop, keep, or pseudonymise "
        "(HMAC-SHA256 with user_key).",
        one_of=("drop", "pseudonymise", "keep"),
    )
    user_key: str = _of(
        "", "Secret for user_ids = pseudonymise; the same as the bot's.", secret=True
    )


@dataclass(frozen=True, slots=True)
class Log:
    """What the collector says on standard error."""

    log_level: str = _of(
        "info", "Least severe message shown.", one_of=("debug", "info", "warning")
    )
    log_format: str = _of(
        "text", "A line of text or a JSON object a message.", one_of=("text", "json")
    )


@dataclass(frozen=True, slots=True)
class Metrics:
    """What metrics are told of this installation."""

    funnels: str = _of(
        "",
        "YAML file of funnels and goals, read at the start and whenever it changes.",
    )


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The collector's own traces."""

    traces_endpoint: str = _of(
        "",
        "Where spans of the collector's own requests go, by OTLP over HTTP: "
        "http://host:4318; empty sends none. Its own address will do.",
    )
    traces_percent: int = _of(
        1, "Requests in a hundred that are traced.", least=0, most=100
    )


@dataclass(frozen=True, slots=True)
class Settings:
    """All settings, by section."""

    store: Store = field(default_factory=Store)
    listen: Listen = field(default_factory=Listen)
    security: Security = field(default_factory=Security)
    limits: Limits = field(default_factory=Limits)
    spool: SpoolSettings = field(default_factory=SpoolSettings)
    privacy: Privacy = field(default_factory=Privacy)
    metrics: Metrics = field(default_factory=Metrics)
    log: Log = field(default_factory=Log)
    telemetry: Telemetry = field(default_factory=Telemetry)


_SECTIONS: Mapping[str, type] = {
    "store": Store,
    "listen": Listen,
    "security": Security,
    "limits": Limits,
    "spool": SpoolSettings,
    "privacy": Privacy,
    "metrics": Metrics,
    "log": Log,
    "telemetry": Telemetry,
}


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


def all_settings() -> Iterator[Setting]:
    """Every setting, in the order of the documentation."""
    for section, kind in _SECTIONS.items():
        for one in fields(kind):
            yield Setting(section, one)


def load(
    flags: Mapping[str, Any] | None = None,
    environment: Mapping[str, str] | None = None,
    file: Path | None = None,
) -> Settings:
    """The settings from flags (by name), environment and TOML file.

    Raises ``SettingError`` with one sentence that names field, value and limit.
    """
    environment = os.environ if environment is None else environment
    from_file = _read(file) if file is not None else {}
    values: dict[str, dict[str, Any]] = {section: {} for section in _SECTIONS}
    for one in all_settings():
        found = _find(one, flags or {}, environment, from_file)
        if found is not None:
            values[one.section][one.name] = one.check(*found)
    parts = {name: kind(**values[name]) for name, kind in _SECTIONS.items()}
    return _consistent(Settings(**parts))


def _find(
    one: Setting,
    flags: Mapping[str, Any],
    environment: Mapping[str, str],
    from_file: Mapping[str, Mapping[str, Any]],
) -> tuple[Any, str] | None:
    if flags.get(one.name) is not None:
        return flags[one.name], one.flag
    if environment.get(one.variable, "") != "":
        return environment[one.variable], one.variable
    section = from_file.get(one.section, {})
    if one.name in section:
        return section[one.name], f"{one.section}.{one.name}"
    return None


def _read(file: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(
            f"--config {file} cannot be read ({error.strerror}): give a readable file."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"--config {file} is not TOML: {error}.") from None
    known = {(one.section, one.name) for one in all_settings()}
    for section, keys in content.items():
        if section not in _SECTIONS or not isinstance(keys, dict):
            raise SettingError(
                f"--config {file} has {section!r} at its top: give one of the "
                f"sections {', '.join(f'[{name}]' for name in _SECTIONS)}."
            )
        for key in keys:
            if (section, key) not in known:
                names = ", ".join(one.name for one in fields(_SECTIONS[section]))
                raise SettingError(
                    f"--config {file} has the unknown key {section}.{key}: give one "
                    f"of {names}."
                )
    return content


def _consistent(settings: Settings) -> Settings:
    privacy = settings.privacy
    if privacy.user_ids == "pseudonymise" and len(privacy.user_key) < 16:
        raise SettingError(
            "user_ids is 'pseudonymise' and user_key has "
            f"{len(privacy.user_key)} characters: give at least 16."
        )
    security = settings.security
    if bool(security.tls_cert) != bool(security.tls_key):
        raise SettingError("of tls_cert and tls_key one is set: give both, or none.")
    if security.tls_client_ca and not security.tls_cert:
        raise SettingError("tls_client_ca is set without tls_cert: give both.")
    for origin in filter(None, map(str.strip, security.cors_origins.split(","))):
        if origin != "*" and not _ORIGIN.fullmatch(origin):
            raise SettingError(
                f"cors_origins has {origin!r}: give origins such as "
                "https://shop.example, without a path, or *."
            )
    ports: dict[int, str] = {}
    for one in all_settings():
        if not one.name.endswith("_port"):
            continue
        port = getattr(settings.listen, one.name)
        if port and port in ports:
            raise SettingError(
                f"{one.flag} is {port}, which {ports[port]} has already: give each "
                "its own port, or 0 for a free one."
            )
        ports[port] = one.flag
    return settings
