"""The settings of destinations: other OTLP endpoints that get what is accepted here.

Each has a name, and its settings under it: in the file a table ``[forward.NAME]``, as
variables ``TURNSPAN_FORWARD_NAME_KEY``, as flags ``--forward NAME.key=value``.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final
from urllib.parse import SplitResult, unquote, urlsplit

from turnspan_collector.setting import Setting, SettingError, of

__all__ = [
    "DESTINATIONS_MAX",
    "FLAG",
    "SECTION",
    "VARIABLE",
    "Destination",
    "destination_settings",
    "load_destinations",
]

SECTION: Final = "forward"
FLAG: Final = "--forward"
VARIABLE: Final = "TURNSPAN_FORWARD_"
DESTINATIONS_MAX: Final = 16
SIGNALS: Final = ("traces", "metrics", "logs")
GRPC: Final = "grpc"

_MIB: Final = 1024 * 1024
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,31}")
_HEADER: Final = re.compile(r"[a-z0-9_.-]+")
_VALUE: Final = re.compile(r"[\x20-\x7e]*")
_OURS: Final = frozenset(
    {
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "host",
        "te",
        "transfer-encoding",
        "turnspan-via",
        "user-agent",
    }
)


@dataclass(frozen=True, slots=True)
class Destination:
    """Where what is accepted is sent on to, with a queue of its own."""

    name: str
    endpoint: str = of(
        "", "URL of its OTLP receiver; for HTTP without /v1/traces and the like."
    )
    protocol: str = of("grpc", "How it is spoken to.", one_of=(GRPC, "http/protobuf"))
    headers: str = of(
        "",
        "Headers, with commas, values percent-encoded: authorization=Bearer%20….",
        secret=True,
    )
    signals: str = of(",".join(SIGNALS), "Signals that it gets, with commas.")
    content: str = of(
        "off",
        "Whether it gets texts of conversations too; needs content = on.",
        one_of=("off", "on"),
    )
    compression: str = of("gzip", "Of what is sent.", one_of=("none", "gzip"))
    timeout_seconds: int = of(
        10, "Seconds until a request without an answer has failed.", least=1, most=300
    )
    tls_ca: str = of("", "PEM file of who signs it, instead of the system's list.")
    tls_cert: str = of("", "PEM file of the certificate chain to show it.")
    tls_key: str = of("", "PEM file of that certificate's key.")
    insecure: str = of(
        "off",
        "Whether an http:// endpoint may be another machine: nothing is encrypted.",
        one_of=("off", "on"),
    )
    queue_bytes_max: int = of(
        256 * _MIB,
        "Bytes on disk that wait for it; what comes beyond is not sent on.",
        least=64 * 1024,
        most=1024 * 1024 * _MIB,
    )
    queue_age_hours_max: int = of(
        24,
        "Hours after which what waits for it is dropped.",
        least=1,
        most=9600,
    )

    @property
    def url(self) -> SplitResult:
        """The endpoint in its parts."""
        return urlsplit(self.endpoint)

    @property
    def host(self) -> str:
        """The endpoint's host, an address of IPv6 without brackets."""
        return self.url.hostname or ""

    @property
    def port(self) -> int:
        """The endpoint's port, 443 or 80 where it names none."""
        return self.url.port or (443 if self.is_encrypted else 80)

    @property
    def is_encrypted(self) -> bool:
        """Whether it is spoken to by TLS."""
        return self.url.scheme == "https"

    @property
    def signal_names(self) -> frozenset[str]:
        """The signals that it gets."""
        return frozenset(map(str.strip, self.signals.split(",")))

    @property
    def header_pairs(self) -> tuple[tuple[str, str], ...]:
        """The headers, decoded, names in small letters."""
        return tuple(_headers(self.headers))


def destination_settings() -> Iterator[Setting]:
    """Every setting of a destination, in the order of the documentation."""
    for one in fields(Destination):
        if one.metadata:
            yield Setting(SECTION, one)


def load_destinations(
    flags: Sequence[str],
    environment: Mapping[str, str],
    from_file: Mapping[str, Any],
) -> tuple[Destination, ...]:
    """The destinations, by name; ``SettingError`` names source, value and limit."""
    found: dict[str, dict[str, tuple[Any, str]]] = {}
    for name, key, value, source in (
        *_of_file(from_file),
        *_of_environment(environment),
        *_of_flags(flags),
    ):
        found.setdefault(_checked_name(name, source), {})[key] = (value, source)
    if len(found) > DESTINATIONS_MAX:
        raise SettingError(
            f"{len(found)} destinations are set to forward to: give at most "
            f"{DESTINATIONS_MAX}."
        )
    return tuple(_made(name, found[name]) for name in sorted(found))


def _of_file(content: Mapping[str, Any]) -> Iterator[tuple[str, str, Any, str]]:
    known = [one.name for one in destination_settings()]
    for name, keys in content.items():
        where = f"{SECTION}.{name}"
        if not isinstance(keys, Mapping):
            raise SettingError(
                f"{where} is no table: give settings of a destination in "
                f"[{SECTION}.NAME]."
            )
        for key, value in keys.items():
            if key not in known:
                raise SettingError(
                    f"{where} has the unknown key {key}: give one of "
                    f"{', '.join(known)}."
                )
            yield name, key, value, f"{where}.{key}"


def _of_environment(
    environment: Mapping[str, str],
) -> Iterator[tuple[str, str, Any, str]]:
    known = sorted((one.name for one in destination_settings()), key=len, reverse=True)
    for variable, value in environment.items():
        rest = variable.removeprefix(VARIABLE)
        if rest == variable or not value:
            continue
        for key in known:
            name = rest.removesuffix(f"_{key.upper()}")
            if name and name != rest:
                yield name.lower().replace("_", "-"), key, value, variable
                break


def _of_flags(flags: Sequence[str]) -> Iterator[tuple[str, str, Any, str]]:
    known = [one.name for one in destination_settings()]
    for given in flags:
        where, equals, value = given.partition("=")
        name, dot, key = where.partition(".")
        if not equals or not dot or key not in known:
            raise SettingError(
                f"{FLAG} {where if equals else 'without ='} is no setting of a "
                f"destination: give NAME.KEY=VALUE with KEY one of {', '.join(known)}."
            )
        yield name, key, value, f"{FLAG} {where}"


def _checked_name(name: str, source: str) -> str:
    if not _NAME.fullmatch(name):
        raise SettingError(
            f"{source} names the destination {name!r}: give up to 32 small letters, "
            "digits and dashes, a letter first."
        )
    return name


def _made(name: str, given: Mapping[str, tuple[Any, str]]) -> Destination:
    values = {
        one.name: one.check(*given[one.name])
        for one in destination_settings()
        if one.name in given
    }
    made = Destination(name, **values)
    for check in (_check_endpoint, _check_tls, _check_signals):
        check(made)
    list(_headers(made.headers, f"{SECTION}.{name}.headers", made.protocol == GRPC))
    return made


def _check_endpoint(made: Destination) -> None:
    where = f"{SECTION}.{made.name}.endpoint"
    try:
        url, _ = made.url, made.url.port
    except ValueError:
        url = urlsplit("")
    if url.scheme not in ("http", "https") or not url.hostname:
        # Not shown: who writes it otherwise may have put a password into it.
        raise SettingError(
            f"{where} is {'no such URL' if made.endpoint else 'not set'}: give one "
            "with a scheme and a host, such as https://otel.example.com:4317."
        )
    if "@" in url.netloc or url.query or url.fragment:
        raise SettingError(
            f"{where} has a user, a query or a fragment: give credentials by headers."
        )
    if made.protocol == GRPC and url.path.strip("/"):
        raise SettingError(
            f"{where} has the path {url.path!r}, which gRPC has no place for: leave "
            "it out, or set protocol to http/protobuf."
        )
    if not made.is_encrypted and made.insecure != "on" and not _is_here(made.host):
        raise SettingError(
            f"{where} is http:// on another machine: give https://, or set "
            f"{SECTION}.{made.name}.insecure to on where the network is trusted."
        )


def _check_tls(made: Destination) -> None:
    where = f"{SECTION}.{made.name}"
    if bool(made.tls_cert) != bool(made.tls_key):
        raise SettingError(
            f"of {where}.tls_cert and {where}.tls_key one is set: give both, or none."
        )
    if (made.tls_ca or made.tls_cert) and not made.is_encrypted:
        raise SettingError(
            f"{where} has TLS files and an endpoint of http://: give https://."
        )


def _check_signals(made: Destination) -> None:
    unknown = sorted(made.signal_names - set(SIGNALS))
    if unknown:
        raise SettingError(
            f"{SECTION}.{made.name}.signals has {unknown[0]!r}: give some of "
            f"{', '.join(SIGNALS)}, with commas."
        )


def _headers(
    text: str, where: str = "headers", grpc: bool = False
) -> Iterator[tuple[str, str]]:
    """Names and values; no error shows a value."""
    for at, part in enumerate(filter(None, map(str.strip, text.split(","))), 1):
        name, equals, value = (one.strip() for one in part.partition("="))
        name, value = name.lower(), unquote(value)
        if not equals or not _HEADER.fullmatch(name) or not _VALUE.fullmatch(value):
            raise SettingError(
                f"{where}: header {at} is no NAME=VALUE of ASCII: encode the value by "
                "percents, and part headers with commas."
            )
        of_grpc = name.startswith("grpc-") or name.endswith("-bin")
        if name in _OURS or (grpc and of_grpc):
            raise SettingError(f"{where} has {name}, which is set by itself: leave it.")
        yield name, value


def _is_here(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
