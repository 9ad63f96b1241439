"""setup(): an OpenTelemetry SDK for bots that have none, in one call."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any, Final, Self

from turnspan import _problems, _settings

FLUSH_TIMEOUT_S: Final = 5.0

_MISSING: Final = (
    "turnspan.setup() needs the OpenTelemetry SDK and its OTLP exporters; "
    "run pip install 'turnspan[otlp]'"
)


class Telemetry:
    """What setup() made, to flush it and to shut it down."""

    def __init__(self, providers: Sequence[Any], flush_timeout_s: float) -> None:
        self._providers = tuple(providers)
        self._flush_timeout_s = flush_timeout_s
        self._lock = threading.Lock()
        self._down = False

    def flush(self, timeout_s: float | None = None) -> bool:
        """Send what waits; returns whether all was handed over within the time."""
        limit = self._flush_timeout_s if timeout_s is None else timeout_s
        millis = max(1, int(limit * 1000))
        return self._all(lambda provider: provider.force_flush(millis), limit)

    def shutdown(self, timeout_s: float | None = None) -> bool:
        """Send what waits and stop, once; returns whether it ended within the time.

        The bound holds when the collector is down, too: what waits is then lost.
        """
        with self._lock:
            if self._down:
                return True
            self._down = True
        atexit.unregister(self.shutdown)
        limit = self._flush_timeout_s if timeout_s is None else timeout_s
        return self._all(lambda provider: provider.shutdown(), limit)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.shutdown()

    def _all(self, step: Callable[[Any], object], timeout_s: float) -> bool:
        """Do a step on every provider at once, none of them beyond the time."""
        failed: list[BaseException] = []

        def run(provider: Any) -> None:
            try:
                if step(provider) is False:
                    failed.append(TimeoutError())
            except Exception as error:
                failed.append(error)

        threads = [
            threading.Thread(target=run, args=(provider,), daemon=True)
            for provider in self._providers
        ]
        until = time.monotonic() + timeout_s
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not failed and not any(thread.is_alive() for thread in threads)


_made: Telemetry | None = None


def setup(
    endpoint: str | None = None,
    *,
    bot: str | None = None,
    version: str | None = None,
    environment: str | None = None,
    protocol: str | None = None,
    headers: Mapping[str, str] | None = None,
    span_events: bool = False,
    flush_timeout_s: float = FLUSH_TIMEOUT_S,
) -> Telemetry:
    """Configure OpenTelemetry to send OTLP, for bots that have not done so.

    Providers that are set already are left alone, and only what is missing is
    added. What is not given comes from the standard OTEL_* variables: endpoint,
    protocol, headers, sampler, service name, OTEL_SDK_DISABLED.

    Args:
        endpoint: The collector, by default http://localhost:4317.
        bot: The bot's name; service.name too, unless the environment gives one.
        version: The bot's version.
        environment: The deployment environment.
        protocol: grpc (default) or http/protobuf.
        headers: Sent with every request, such as a token.
        span_events: Write events as span events, too.
        flush_timeout_s: Bound, in seconds, of sending what waits at exit.

    Returns:
        A handle to flush and to shut down; exit does both by itself.

    Raises:
        ImportError: The extra ``otlp`` is not installed.
        ValueError: An argument or a variable has a value that is not allowed.
    """
    global _made
    _settings.configure(bot=bot, version=version, environment=environment)
    if _made is not None:
        _problems.warn_once(
            "setup twice", "setup() was called before; the first call stays in force"
        )
        return _made
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return Telemetry((), flush_timeout_s)
    try:
        from turnspan import _otlp
    except ImportError as error:
        raise ImportError(_MISSING) from error
    target = _otlp.Target(endpoint, protocol, headers)
    resource = _described(bot, version, environment)
    made, found = _otlp.providers(target, resource, span_events=span_events)
    if found:
        _problems.warn_once(
            "setup found",
            f"setup() left the {' and the '.join(found)} that is configured already",
        )
    _made = Telemetry(made, flush_timeout_s)
    atexit.register(_made.shutdown)
    return _made


def _described(
    bot: str | None, version: str | None, environment: str | None
) -> dict[str, str]:
    given = {
        "service.name": bot,
        "service.version": version,
        "deployment.environment.name": environment,
    }
    return {key: value for key, value in given.items() if value is not None}
