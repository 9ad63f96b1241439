"""Why a bot's records do not leave it, told from its environment."""

from __future__ import annotations

import socket
from collections.abc import Mapping

import pytest

from turnspan_collector.doctor import Finding, Severity, check_bot


def found(
    environment: Mapping[str, str], *, without: str = "", reason: str = ""
) -> tuple[list[Finding], list[tuple[str, int]]]:
    """The findings, and the addresses that were tried."""
    tried: list[tuple[str, int]] = []

    def connect(host: str, port: int) -> str:
        tried.append((host, port))
        return reason

    findings = check_bot(
        environment,
        has_module=lambda name: name != without,
        connect=connect,
    )
    return list(findings), tried


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({}, ("127.0.0.1", 4317)),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, ("127.0.0.1", 4318)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://otel.example:4317"},
         ("otel.example", 4317)),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://otel.example",
          "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json"}, ("otel.example", 4318)),
    ],
)  # fmt: skip
def test_what_would_be_sent_to_is_tried(
    environment: Mapping[str, str], address: tuple[str, int]
) -> None:
    """As the exporters read their variables."""
    (one,), tried = found(environment)
    assert tried == [address]
    assert one == Finding(
        Severity.FINE, "bot", f"{address[0]}:{address[1]} can be reached."
    )


@pytest.mark.parametrize(
    ("environment", "without", "severity", "says"),
    [
        ({}, "opentelemetry.sdk", Severity.ALARM, "turnspan's calls do nothing"),
        ({"OTEL_SDK_DISABLED": "TRUE"}, "", Severity.ALARM, "nothing is recorded"),
        ({"OTEL_LOGS_EXPORTER": "none"}, "", Severity.ALARM, "logs are not sent"),
        ({"OTEL_TRACES_SAMPLER": "always_off"}, "", Severity.WARNING, "every span"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "thrift"}, "", Severity.ALARM, "'thrift'"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector"}, "", Severity.ALARM, "no URL"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:99999"}, "", Severity.ALARM, "URL"),
    ],
)  # fmt: skip
def test_what_keeps_a_bot_silent_is_named(
    environment: Mapping[str, str], without: str, severity: Severity, says: str
) -> None:
    """With a remedy, and no attempt to reach anything."""
    (one,), tried = found(environment, without=without)
    assert (one.severity, tried) == (severity, [])
    assert says in one.says
    assert one.remedy


def test_the_wrong_port_for_the_protocol_is_seen() -> None:
    """gRPC to the HTTP port, though something answers there."""
    environment = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}
    (wrong, _), _ = found(environment)
    assert wrong.severity is Severity.WARNING
    assert "has port 4318, and OTEL_EXPORTER_OTLP_PROTOCOL is grpc" in wrong.says


def test_a_missing_exporter_is_seen() -> None:
    """The SDK alone sends nothing."""
    (missing, _), _ = found({}, without="opentelemetry.exporter.otlp.proto.grpc")
    assert missing.severity is Severity.WARNING
    assert "exporter for grpc is not installed" in missing.says


def test_a_port_that_nobody_listens_on_is_an_alarm() -> None:
    """By a real connection."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        port = bound.getsockname()[1]
        endpoint = {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{port}"}
        (lost,) = check_bot(endpoint, has_module=lambda name: True)
        assert lost.severity is Severity.ALARM
        assert lost.says.startswith(f"Nothing answers at 127.0.0.1:{port} (")
        bound.listen()
        (fine,) = check_bot(endpoint, has_module=lambda name: True)
        assert fine.severity is Severity.FINE
