"""What can go wrong with a question, as one sentence and an HTTP status."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any, Final

import psycopg
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from turnspan_exporters.errors import ExportError, Overloaded, Permanent, Retryable
from turnspan_exporters.timescale.labels import LabelError
from turnspan_exporters.timescale.reader import BadQuestion
from turnspan_exporters.timescale.settings import SettingError

__all__ = ["RESPONSES", "Failure", "NotFound", "install"]


class Failure(BaseModel):
    """Why there is no answer."""

    error: str = Field(description="One sentence that says what to do.")


class NotFound(Permanent):
    """What the path names is not there."""


RESPONSES: Final[dict[int | str, dict[str, Any]]] = {
    404: {"model": Failure, "description": "What the path names is not there."},
    422: {"model": Failure, "description": "A parameter's value is outside its limit."},
    503: {"model": Failure, "description": "The database is away or busy."},
}

_STATUS: Final[tuple[tuple[type[ExportError], HTTPStatus], ...]] = (
    (NotFound, HTTPStatus.NOT_FOUND),
    (BadQuestion, HTTPStatus.UNPROCESSABLE_ENTITY),
    (SettingError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (LabelError, HTTPStatus.UNPROCESSABLE_ENTITY),
    (Overloaded, HTTPStatus.SERVICE_UNAVAILABLE),
    (Retryable, HTTPStatus.SERVICE_UNAVAILABLE),
    (Permanent, HTTPStatus.SERVICE_UNAVAILABLE),
)


def install(app: FastAPI) -> None:
    """Answer every failure in the one shape, FastAPI's own included."""
    app.add_exception_handler(ExportError, _of_ours)
    app.add_exception_handler(RequestValidationError, _of_validation)
    app.add_exception_handler(HTTPException, _of_http)


def _answer(
    status: int, sentence: str, headers: dict[str, str] | None = None
) -> JSONResponse:
    return JSONResponse({"error": sentence}, status, headers)


def _of_ours(_: Request, error: Exception) -> JSONResponse:
    status = next(code for kind, code in _STATUS if isinstance(error, kind))
    if isinstance(error.__cause__, psycopg.DataError):
        status = HTTPStatus.UNPROCESSABLE_ENTITY  # a value that no database holds
    headers = None
    if isinstance(error, Retryable):
        headers = {"Retry-After": f"{max(1, round(error.retry_after_s))}"}
    return _answer(status, str(error), headers)


def _of_validation(_: Request, error: Exception) -> JSONResponse:
    """The first thing wrong: the field, and pydantic's sentence about it."""
    first = error.errors()[0] if isinstance(error, RequestValidationError) else {}
    where = ".".join(str(part) for part in first.get("loc", ())[1:]) or "body"
    said = str(first.get("msg", "is not valid")).rstrip(".")
    return _answer(HTTPStatus.UNPROCESSABLE_ENTITY, f"{where}: {said}.")


def _of_http(request: Request, error: Exception) -> JSONResponse:
    status = error.status_code if isinstance(error, HTTPException) else 500
    headers = dict(getattr(error, "headers", None) or {})
    match status:
        case HTTPStatus.NOT_FOUND:
            said = "There is nothing at this path; /api/openapi.json lists what is."
        case HTTPStatus.METHOD_NOT_ALLOWED:
            said = f"{request.method} is not for this path; it takes " + headers.get(
                "Allow", "other methods"
            )
        case _:
            said = str(getattr(error, "detail", HTTPStatus(status).phrase))
    return _answer(status, said.rstrip(".") + ".", headers)
