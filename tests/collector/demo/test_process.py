"""The demo's collector: ports that are free, and failures in a sentence."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from turnspan_collector.demo import _process
from turnspan_collector.demo._process import collector, free_ports
from turnspan_collector.errors import StartError


def test_a_taken_port_is_left_to_chance(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where somebody listens, 0 asks for a free port; the others keep theirs."""
    with socket.socket() as other, socket.socket() as free:
        other.bind(("127.0.0.1", 0))
        other.listen()
        free.bind(("127.0.0.1", 0))
        taken, unused = other.getsockname()[1], free.getsockname()[1]
        free.close()
        monkeypatch.setattr(_process, "PORTS", {"grpc": taken, "api": unused})
        assert free_ports() == {"grpc": 0, "api": unused}


def test_a_collector_that_cannot_start_says_why(tmp_path: Path) -> None:
    """Its last line is passed on."""
    with (
        pytest.raises(StartError, match="did not start: "),
        collector(tmp_path / "sub", {"grpc": 70000}),
    ):
        pass
