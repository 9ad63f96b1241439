"""Bots, and their settings."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Request
from pydantic import BaseModel, ConfigDict

from turnspan_collector.api._questions import Store, known_parameters

__all__ = ["ROUTER"]

ROUTER: Final = APIRouter(tags=["bots"])


class Bot(BaseModel):
    """A bot, with the channels and environments of its last 31 days."""

    model_config = ConfigDict(from_attributes=True)

    name: str
    channels: list[str]
    environments: list[str]
    timezone: str
    last_turn: datetime | None


class Bots(BaseModel):
    """Every bot, by name."""

    bots: list[Bot]


class Settings(BaseModel):
    """The settings that hold for a bot now."""

    bot: str
    settings: dict[str, Any]


@ROUTER.get("/bots", summary="List the bots")
def bots(request: Request, store: Store) -> Bots:
    """Every bot that ever sent something."""
    known_parameters(request.query_params, ())
    return Bots(bots=[Bot.model_validate(bot) for bot in store.bots()])


@ROUTER.get("/bots/{bot}/settings", summary="The settings of a bot")
def read_settings(bot: str, request: Request, store: Store) -> Settings:
    """Time zone, session timeout, thresholds and the like."""
    known_parameters(request.query_params, ())
    return Settings(bot=bot, settings=store.settings(bot))


@ROUTER.put("/bots/{bot}/settings", summary="Change settings of a bot")
def change_settings(
    bot: str,
    request: Request,
    store: Store,
    values: Annotated[
        dict[str, Any],
        Body(examples=[{"timezone": "Europe/Berlin", "session_timeout": "30m"}]),
    ],
) -> Settings:
    """Change those named in the body from now on; all of them or none."""
    known_parameters(request.query_params, ())
    return Settings(bot=bot, settings=store.change_settings(bot, values))
