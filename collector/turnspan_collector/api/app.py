"""The API as an ASGI application, with the collector's page mounted beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from typing import Final

from fastapi import FastAPI

from turnspan_collector import web
from turnspan_collector.api import (
    _bots,
    _conversations,
    _costs,
    _errors,
    _experiments,
    _funnels,
    _labels,
    _metrics,
    _published,
)
from turnspan_exporters.timescale.reader import Reader

__all__ = ["create_app"]

_DESCRIPTION: Final = (
    "The numbers and conversations of chatbots, as turnspan's collector stores them. "
    "Every number is a metric of the catalogue (`/api/v1/metrics`); the same answers "
    "come from the SQL function `turnspan.metric`. Errors are "
    '`{"error": "one sentence"}`.'
)


def create_app(reader: Reader) -> FastAPI:
    """The application over ``reader``, which it opens and closes."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        reader.open()
        try:
            yield
        finally:
            reader.close()

    app = FastAPI(
        title="turnspan",
        version=metadata.version("turnspan"),
        description=_DESCRIPTION,
        openapi_url="/api/openapi.json",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
    )
    app.state.turnspan = reader
    for module in (
        *(_metrics, _conversations, _bots, _funnels, _labels, _costs),
        *(_experiments, _published),
    ):
        app.include_router(module.ROUTER, prefix="/api/v1", responses=_errors.RESPONSES)
    _errors.install(app)
    web.mount(app)
    return app
