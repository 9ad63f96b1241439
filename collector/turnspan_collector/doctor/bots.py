"""The bot's side, as its environment tells: would records leave, and where to.

Run it where the bot runs: in its virtual environment, with its variables.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Final
from urllib.parse import urlsplit

from turnspan_collector.doctor.findings import Finding, Severity

__all__ = ["check_bot"]

PART: Final = "bot"
CONNECT_SECONDS: Final = 3.0
_PORTS: Final = {"grpc": 4317, "http/protobuf": 4318, "http/json": 4318}
_EXPORTERS: Final = {
    "grpc": "opentelemetry.exporter.otlp.proto.grpc",
    "http/protobuf": "opentelemetry.exporter.otlp.proto.http",
}
_NEVER: Final = ("always_off", "parentbased_always_off")
_ENDPOINT: Final = "OTEL_EXPORTER_OTLP_ENDPOINT"
_PROTOCOL: Final = "OTEL_EXPORTER_OTLP_PROTOCOL"


def check_bot(
    environment: Mapping[str, str],
    *,
    has_module: Callable[[str], bool] = lambda name: _found(name),
    connect: Callable[[str, int], str] = lambda host, port: _connect(host, port),
) -> Iterator[Finding]:
    """Whether OpenTelemetry records here, and can reach what it sends to.

    ``connect`` gives why a port cannot be reached; empty where it can.
    """
    silent = list(_silent(environment, has_module))
    yield from silent
    if silent:
        return
    protocol = environment.get(_PROTOCOL, "grpc")
    if protocol not in _PORTS:
        yield Finding(
            Severity.ALARM,
            PART,
            f"{_PROTOCOL} is {protocol!r}, which no exporter knows.",
            f"Set one of {', '.join(_PORTS)}.",
        )
        return
    module = _EXPORTERS.get(protocol)
    if module is not None and not has_module(module):
        yield Finding(
            Severity.WARNING,
            PART,
            f"The exporter for {protocol} is not installed here, so that nothing is "
            "sent unless the bot brings its own.",
            "pip install 'turnspan[otlp]'",
        )
    yield from _reach(environment, protocol, connect)


def _silent(
    environment: Mapping[str, str], has_module: Callable[[str], bool]
) -> Iterator[Finding]:
    """What makes OpenTelemetry a no-op."""
    if not has_module("opentelemetry.sdk"):
        yield Finding(
            Severity.ALARM,
            PART,
            "The OpenTelemetry SDK is not installed here: turnspan's calls do nothing.",
            "pip install 'turnspan[otlp]', and call turnspan.setup() once.",
        )
    if environment.get("OTEL_SDK_DISABLED", "").lower() == "true":
        yield Finding(
            Severity.ALARM,
            PART,
            "OTEL_SDK_DISABLED is true: nothing is recorded.",
            "Unset it.",
        )
    for signal in ("TRACES", "LOGS"):
        if environment.get(f"OTEL_{signal}_EXPORTER") == "none":
            yield Finding(
                Severity.ALARM,
                PART,
                f"OTEL_{signal}_EXPORTER is none: {signal.lower()} are not sent.",
                "Unset it, or set it to otlp.",
            )
    if environment.get("OTEL_TRACES_SAMPLER") in (
        "always_off",
        "parentbased_always_off",
    ):
        yield Finding(
            Severity.WARNING,
            PART,
            "OTEL_TRACES_SAMPLER drops every span: turns are counted by their events, "
            "and have no spans below them.",
            "Set parentbased_traceidratio and OTEL_TRACES_SAMPLER_ARG to keep some.",
        )


def _reach(
    environment: Mapping[str, str], protocol: str, connect: Callable[[str, int], str]
) -> Iterator[Finding]:
    stated = environment.get(_ENDPOINT, "")
    address = urlsplit(stated or f"http://127.0.0.1:{_PORTS[protocol]}")
    try:
        host, port = address.hostname or "", address.port or _PORTS[protocol]
    except ValueError:
        host, port = "", 0
    if not host:
        yield Finding(
            Severity.ALARM,
            PART,
            f"{_ENDPOINT} is {stated!r}, which is no URL with a host and a port.",
            "Give one like http://127.0.0.1:4317.",
        )
        return
    shown = f"{host}:{port}"
    others = {known for name, known in _PORTS.items() if known != _PORTS[protocol]}
    if port in others:
        yield Finding(
            Severity.WARNING,
            PART,
            f"{_ENDPOINT} has port {port}, and {_PROTOCOL} is {protocol}, which the "
            f"collector takes on {_PORTS[protocol]}.",
            f"Set the port to {_PORTS[protocol]}, or the protocol.",
        )
    reason = connect(host, port)
    if reason:
        yield Finding(
            Severity.ALARM,
            PART,
            f"Nothing answers at {shown} ({reason}): records of bots here are lost.",
            f"Start the collector there, or set {_ENDPOINT}.",
        )
    else:
        yield Finding(Severity.FINE, PART, f"{shown} can be reached.")


def _found(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False


def _connect(host: str, port: int) -> str:
    try:
        with socket.create_connection((host, port), CONNECT_SECONDS):
            return ""
    except OSError as error:
        return (error.strerror or type(error).__name__).lower()
