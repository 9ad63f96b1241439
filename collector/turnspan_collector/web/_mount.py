"""Adds the page, its files and the boards' definitions to the API's application."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse, Response
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from turnspan_dashboards import BOARDS

__all__ = ["boards", "mount"]

STATIC = Path(__file__).parent / "static"
VENDOR_MAX_AGE_S = 31_536_000
MEDIA_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
}
HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}

router = APIRouter()


class _Files(StaticFiles):
    """The page's files, with media types that no machine's registry can change."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kind = MEDIA_TYPES.get(Path(path).suffix)
        if kind:
            response.headers["content-type"] = f"{kind}; charset=utf-8"
        lasts = path.startswith("vendor/")
        response.headers["cache-control"] = (
            f"public, max-age={VENDOR_MAX_AGE_S}, immutable" if lasts else "no-cache"
        )
        response.headers.update(HEADERS)
        return response


def boards() -> dict[str, Any]:
    """The boards as JSON: what each panel asks for, and how it draws the answer."""
    return {"boards": [asdict(board) for board in BOARDS]}


@router.get("/api/v1/boards", tags=["boards"])
def read_boards() -> dict[str, Any]:
    """The boards' definitions; their numbers come from ``/api/v1/metrics``."""
    return boards()


@router.get("/", include_in_schema=False)
@router.get("/boards/{board}", include_in_schema=False)
@router.get("/conversations/{conversation:path}", include_in_schema=False)
def read_page() -> FileResponse:
    """The page; it reads the rest of its address itself."""
    headers = {**HEADERS, "cache-control": "no-cache"}
    return FileResponse(STATIC / "index.html", headers=headers, media_type="text/html")


def mount(app: FastAPI) -> None:
    """Add the page at ``/``, its files and ``/api/v1/boards`` to ``app``."""
    app.include_router(router)
    app.mount("/static", _Files(directory=STATIC), name="static")
