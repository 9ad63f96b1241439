"""Funnels and goals: those that are declared, and declaring them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool

from turnspan_collector import funnel_file
from turnspan_collector.api._questions import Store, known_parameters
from turnspan_collector.funnel_file import FunnelFileError
from turnspan_exporters.timescale.reader import BadQuestion

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(tags=["funnels"])


class Declared(BaseModel):
    """A funnel or goal as it holds now."""

    model_config = ConfigDict(from_attributes=True)

    kind: str = Field(description="funnel or goal")
    bot: str = Field(description="Empty: every bot.")
    name: str
    definition: dict[str, Any]
    valid_from: datetime = Field(description="When it was declared so.")
    source: str = Field(description="What declares it, such as a file's name.")


class Declarations(BaseModel):
    """Every funnel and goal that holds now."""

    declarations: list[Declared]


_BODY: Final = {
    "requestBody": {
        "required": True,
        "description": "The file, in YAML or as the same in JSON; see docs/funnels.md.",
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "application/json": {"schema": {"type": "object"}},
        },
    }
}


@ROUTER.get("/funnels", summary="List funnels and goals")
def list_funnels(request: Request, store: Store) -> Declarations:
    """Every declaration that holds now, by kind and name."""
    known_parameters(request.query_params, ())
    return Declarations(
        declarations=[Declared.model_validate(one) for one in store.declared()]
    )


@ROUTER.put("/funnels/{source}", summary="Declare funnels", openapi_extra=_BODY)
async def declare_funnels(
    source: Annotated[
        str,
        Path(description="What the declarations are kept under.", max_length=64),
    ],
    request: Request,
    store: Store,
) -> Declarations:
    """Make the declarations of this source those of the body; all of them or none.

    They hold at once, for all of the past.
    """
    known_parameters(request.query_params, ())
    content = b""
    async for part in request.stream():
        content += part
        if len(content) > funnel_file.BYTES_MAX:
            break
    try:
        wanted = await run_in_threadpool(funnel_file.read, content, source)
    except FunnelFileError as error:
        raise BadQuestion(str(error)) from error
    await run_in_threadpool(store.declare, wanted, source)
    return await run_in_threadpool(list_funnels, request, store)
