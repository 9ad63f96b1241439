"""The demo's own collector: a process beside it, on ports that are free."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from turnspan_collector.config import Listen
from turnspan_collector.errors import ExitCode, StartError

__all__ = ["PORTS", "collector", "free_ports", "settle"]

PORTS: Mapping[str, int] = {
    "grpc": Listen().grpc_port,
    "http": Listen().http_port,
    "health": Listen().health_port,
    "metrics": Listen().metrics_port,
    "api": Listen().api_port,
}
"""The standard ports, by their names in the ready line."""

_READY = re.compile(r"\bready ((?:\w+=\d+ ?)+)")
_START_S = 120.0
_DRAIN_S = 8
_STOP_S = 30.0
_LEAVE_S = 2.0
_LOG = "collector.log"


def free_ports(host: str = "127.0.0.1") -> dict[str, int]:
    """The standard ports; 0, which picks a free one, where somebody listens."""
    return {name: port if _is_free(host, port) else 0 for name, port in PORTS.items()}


def _is_free(host: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
    return True


@contextmanager
def collector(data: Path, ports: Mapping[str, int]) -> Iterator[dict[str, int]]:
    """Run ``turnspan collector`` on ``data`` and give the ports it listens on.

    It stops within 35 s when the block is left, having stored what it accepted. Its
    log is ``collector.log`` in the folder.
    """
    data.mkdir(parents=True, exist_ok=True)
    flags = [f"--{name}-port={port}" for name, port in ports.items()]
    flags.append(f"--shutdown-seconds-max={_DRAIN_S}")
    command = [sys.executable, "-m", "turnspan_collector", "collector"]
    log = data / _LOG
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603
            [*command, f"--data={data}", *flags],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
        try:
            yield _ready(process, log)
        finally:
            _stop(process)


def _ready(process: subprocess.Popen[bytes], log: Path) -> dict[str, int]:
    """Wait for the line that tells the ports."""
    ends = time.monotonic() + _START_S
    while time.monotonic() < ends:
        said = log.read_text("utf-8", "replace")
        if found := _READY.search(said):
            pairs = (pair.split("=") for pair in found[1].split())
            return {name: int(port) for name, port in pairs}
        if process.poll() is not None:
            raise _failure("the collector did not start", said, process.returncode)
        time.sleep(0.05)
    raise StartError(
        f"the collector was not ready after {_START_S:.0f} s: see {log}.",
        ExitCode.UNEXPECTED,
    )


def _failure(what: str, said: str, code: int) -> StartError:
    """Pass on the last line that a command said, and its exit code."""
    lines = said.strip().splitlines()
    why = lines[-1].removeprefix("turnspan: ") if lines else f"exit code {code}"
    known = code in set(ExitCode)
    return StartError(
        f"{what}: {why}", ExitCode(code) if known else ExitCode.UNEXPECTED
    )


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; a second time to end at once, so that its database ends alone."""
    for seconds in (_STOP_S, _LEAVE_S):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            process.wait(seconds)
            return
    process.kill()
    process.wait()


def settle(data: Path, seconds: int) -> None:
    """Wait until everything that was received is derived."""
    command = [sys.executable, "-m", "turnspan_collector", "settle", f"--data={data}"]
    done = subprocess.run(  # noqa: S603
        [*command, f"--timeout={seconds}"], capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise _failure("the history is not derived", done.stderr, done.returncode)
