"""uvicorn servers inside one event loop, on sockets that are bound already."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from turnspan_collector.connections import (
    ConnectionLimits,
    Explain,
    guarded_protocol,
    in_plain_text,
)
from turnspan_collector.security import Certificates

__all__ = ["AsgiServer"]

BACKLOG = 1024
KEEP_ALIVE_SECONDS = 75


class _Quiet(uvicorn.Server):
    """The collector handles signals itself, once for all servers.

    It listens by itself too, since uvicorn has no limit for the handshake of TLS.
    """

    def __init__(self, config: uvicorn.Config, limits: ConnectionLimits) -> None:
        super().__init__(config)
        self._limits = limits

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start the application and accept connections."""
        await self.lifespan.startup()
        if self.lifespan.should_exit:
            raise OSError("the application did not start")
        config, loop = self.config, asyncio.get_running_loop()

        def protocol() -> asyncio.Protocol:
            make: Any = config.http_protocol_class
            made: asyncio.Protocol = make(
                config=config,
                server_state=self.server_state,
                app_state=self.lifespan.state,
                _loop=loop,
            )
            return made

        handshake = self._limits.header_seconds_max if config.ssl else None
        self.servers = [
            await loop.create_server(
                protocol,
                sock=one,
                ssl=config.ssl,
                backlog=config.backlog,
                ssl_handshake_timeout=handshake,
            )
            for one in sockets or ()
        ]
        self.started = True

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


class AsgiServer:
    """An ASGI application on a bound socket: ``start``, ``stop``.

    ``protocol`` reads HTTP otherwise than uvicorn does.
    """

    def __init__(
        self,
        app: Any,
        bound: socket.socket,
        stop_seconds_max: int,
        certificates: Certificates | None = None,
        *,
        limits: ConnectionLimits | None = None,
        explain: Explain = in_plain_text,
    ) -> None:
        tls = None if certificates is None else certificates.context()
        limits = limits or ConnectionLimits()
        config = uvicorn.Config(
            app,
            http=guarded_protocol(limits, explain),
            lifespan="auto",
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,
            proxy_headers=False,
            backlog=BACKLOG,
            timeout_keep_alive=KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=stop_seconds_max,
            ssl_context_factory=None if tls is None else lambda *_: tls,
        )
        self._server = _Quiet(config, limits)
        self._bound = bound
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Accept connections when it returns."""
        self._task = asyncio.create_task(self._server.serve(sockets=[self._bound]))
        while not self._server.started:
            if self._task.done():
                await self._task
                raise OSError("the server ended at once")
            await asyncio.sleep(0.005)

    async def stop(self) -> None:
        """Accept no more, and wait for the requests that were accepted."""
        if self._task is None:
            return
        self._server.should_exit = True
        await self._task
        self._task = None
