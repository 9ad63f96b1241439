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
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import platformdirs

from turnspan_collector.destinations import SECTION, Destination, load_destinations
from turnspan_collector.setting import Setting, SettingError, of

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


def _default_data() -> str:
    return platformdirs.user_data_dir("turnspan", appauthor=False)


def _port(default: int, what: str) -> Any:
    return of(default, f"Port of {what}; 0 picks a free one.", least=0, most=65535)


@dataclass(frozen=True, slots=True)
class Store:
    """Where the data lives."""

    data: str = of(_default_data, "Directory of the embedded PostgreSQL and its log.")
    dsn: str = of(
        "",
        "A PostgreSQL 16 or newer to use instead of the embedded one.",
        secret=True,
    )
    postgres_bin: str = of(
        "", "Directory with initdb and postgres to use instead of the wheel's."
    )
    postgres_user: str = of(
        "",
        "Account that runs the embedded PostgreSQL when the collector is root; "
        "empty takes postgres, else nobody.",
    )
    derive_workers: int = of(
        1, "Connections that derive turns and sessions.", least=1, most=16
    )


@dataclass(frozen=True, slots=True)
class Listen:
    """Where the collector can be reached."""

    host: str = of("127.0.0.1", "Address that every port is bound to.")
    grpc_port: int = _port(4317, "OTLP over gRPC")
    http_port: int = _port(4318, "OTLP over HTTP")
    health_port: int = _port(13133, "the health check")
    metrics_port: int = _port(8888, "the collector's own metrics")
    api_port: int = _port(8321, "the page and the API")


@dataclass(frozen=True, slots=True)
class Security:
    """Who may send and read; the threats and what meets them: docs/security.md."""

    tokens: str = of(
        "off",
        "Whether senders, the page and the API need a token (turnspan token).",
        one_of=("off", "required"),
    )
    tls_cert: str = of(
        "", "PEM file of the certificate chain of both doors and the page."
    )
    tls_key: str = of("", "PEM file of its key; only its owner may read it.")
    tls_client_ca: str = of(
        "", "PEM file of who signs clients; each has to show a certificate then."
    )
    insecure_listen: str = of(
        "off",
        "Whether --host may be an address that others reach without TLS and tokens.",
        one_of=("off", "on"),
    )
    cors_origins: str = of(
        "",
        "Origins, with commas, whose pages may send OTLP over HTTP, such as "
        "https://shop.example; * for all.",
    )
    page_hosts: str = of(
        "",
        "Names, with commas, under which browsers reach the page, beside localhost and "
        "addresses; counts where tokens are off.",
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What the collector takes at most."""

    request_bytes_max: int = of(
        64 * _MIB,
        "Largest request in bytes, on the wire and after decompression.",
        least=1024,
        most=1024 * _MIB,
    )
    request_items_max: int = of(
        500_000,
        "Spans, log records, metrics and points that one request may have.",
        least=1,
        most=100_000_000,
    )
    pending_bytes_max: int = of(
        256 * _MIB,
        "Bytes of requests that may wait for the store; more are refused for now.",
        least=1024,
        most=64 * 1024 * _MIB,
    )
    pending_requests_max: int = of(
        4096,
        "Requests that may wait for the store; more are refused for now.",
        least=1,
        most=1_000_000,
    )
    memory_bytes_max: int = of(
        1024 * _MIB,
        "Resident memory in bytes above which requests are refused for now; what is in "
        "work by then may take it to three times that.",
        least=256 * _MIB,
        most=1024 * 1024 * _MIB,
    )
    commit_rows_max: int = of(
        8192,
        "Rows after which waiting requests are no longer merged into one commit.",
        least=1,
        most=1_000_000,
    )
    grpc_threads: int = of(
        16, "gRPC requests that are answered at a time.", least=1, most=1024
    )
    answer_seconds_max: int = of(
        30,
        "Seconds that a request waits for its commit before it is told to retry.",
        least=1,
        most=3600,
    )
    header_seconds_max: int = of(
        10,
        "Seconds for the headers of a request, or for the handshake before them.",
        least=1,
        most=3600,
    )
    body_seconds_max: int = of(
        60, "Seconds for the body of a request.", least=1, most=3600
    )
    connections_max: int = of(
        1000,
        "Connections of each port; more are closed at once.",
        least=1,
        most=1_000_000,
    )
    shutdown_seconds_max: int = of(
        20,
        "Seconds to finish what was accepted after SIGTERM or SIGINT.",
        least=1,
        most=3600,
    )


@dataclass(frozen=True, slots=True)
class SpoolSettings:
    """Requests on disk: while the store is away, slow or full, and to be sent on."""

    spool_directory: str = of(
        "",
        "Directory of requests that wait for the store, for one collector alone; "
        "empty takes a free place in spool/ of --data.",
    )
    spool_bytes_max: int = of(
        2048 * _MIB,
        "Bytes that the spool takes on disk; more is refused for now. 0: no spool.",
        least=0,
        most=1024 * 1024 * _MIB,
    )
    spool_age_hours_max: int = of(
        168,
        "Hours that the oldest request waits before the spool takes no more; nothing "
        "is thrown away.",
        least=1,
        most=9600,
    )
    queue_directory: str = of(
        "",
        "Directory of what waits for destinations, for one collector alone; empty "
        "takes a free place in forward/ of --data.",
    )
    spool_after_seconds: int = of(
        3,
        "Seconds that a commit runs before what waits for it is spooled and answered.",
        least=1,
        most=3600,
    )


@dataclass(frozen=True, slots=True)
class Privacy:
    """What is kept of texts, and of spans that other instrumentations made."""

    content: str = of(
        "off",
        "Texts of conversations, whoever sends them: off drops them, on keeps them in "
        "a table of their own for content_retention (30 days).",
        one_of=("off", "on"),
    )
    content_bytes_max: int = of(
        65_536,
        "Bytes in UTF-8 of a text that is kept; a longer one is cut and ends in [cut].",
        least=64,
        most=_MIB,
    )
    user_ids: str = of(
        "drop",
        "Raw user ids on other instrumentations' records: drop, keep, or pseudonymise "
        "(HMAC-SHA256 with user_key).",
        one_of=("drop", "pseudonymise", "keep"),
    )
    user_key: str = of(
        "", "Secret for user_ids = pseudonymise; the same as the bot's.", secret=True
    )


@dataclass(frozen=True, slots=True)
class Log:
    """What the collector says on standard error."""

    log_level: str = of(
        "info", "Least severe message shown.", one_of=("debug", "info", "warning")
    )
    log_format: str = of(
        "text", "A line of text or a JSON object a message.", one_of=("text", "json")
    )


@dataclass(frozen=True, slots=True)
class Metrics:
    """What metrics are told of this installation."""

    funnels: str = of(
        "",
        "YAML file of funnels and goals, read at the start and whenever it changes.",
    )


@dataclass(frozen=True, slots=True)
class Telemetry:
    """The collector's own traces."""

    traces_endpoint: str = of(
        "",
        "Where spans of the collector's own requests go, by OTLP over HTTP: "
        "http://host:4318; empty sends none. Its own address will do.",
    )
    traces_percent: int = of(
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
    forward: tuple[Destination, ...] = ()


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

    The flag ``forward`` is a sequence of ``NAME.KEY=VALUE``.
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
    forward = load_destinations(
        (flags or {}).get(SECTION) or (), environment, from_file.get(SECTION, {})
    )
    return _consistent(Settings(**parts, forward=forward))


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
        if section == SECTION and isinstance(keys, dict):
            continue
        if section not in _SECTIONS or not isinstance(keys, dict):
            raise SettingError(
                f"--config {file} has {section!r} at its top: give one of the "
                f"sections {', '.join(f'[{name}]' for name in (*_SECTIONS, SECTION))}."
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
    for destination in settings.forward:
        if destination.content == "on" and privacy.content != "on":
            raise SettingError(
                f"forward.{destination.name}.content is 'on' and content is 'off': set "
                "both, as texts that are not kept are not sent on either."
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
