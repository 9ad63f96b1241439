"""The options that metrics take, and what each may be: frozen data, no behaviour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Literal

__all__ = ["OPTION_TYPES", "Option", "OptionType"]


class Option(StrEnum):
    """Options of ``turnspan.metric``; ``provisional`` is taken by every metric."""

    Q = "q"
    WITHIN = "within"
    THETA = "theta"
    FUNNEL = "funnel"
    GOAL = "goal"
    UNIT = "unit"
    OF = "of"
    AVERAGE = "average"
    BASELINE_FROM = "baseline_from"
    BASELINE_TO = "baseline_to"
    MEASURE = "measure"
    QUESTION = "question"
    TOP = "top"
    DAY = "day"
    MODE = "mode"
    BASE = "base"
    UNKNOWN = "unknown"
    VARY = "vary"
    CHANGE = "change"
    EXPERIMENT = "experiment"
    METRIC = "metric"
    PROVISIONAL = "provisional"


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionType:
    """What an option takes, so that SQL and API check it from one place.

    ``type`` is ``number``, ``integer``, ``text`` (at most 200 characters), ``flag`` or
    ``quantile`` (0–1 or ``mean``); ``low`` and ``high`` bound a number, ``choices`` a
    text. ``sentence`` is for the API's documentation; ``example`` a valid value.
    """

    type: Literal["number", "integer", "text", "flag", "quantile"]
    sentence: str
    example: Any
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()


OPTION_TYPES: Mapping[Option, OptionType] = MappingProxyType(
    {
        Option.Q: OptionType(
            type="quantile",
            sentence='A quantile, 0 to 1, or "mean".',
            example=0.9,
            low=0,
            high=1,
        ),
        Option.WITHIN: OptionType(
            type="number",
            sentence=(
                "Seconds: the limit of handoff_service_level, the window of funnels "
                "and conversions."
            ),
            example=30,
            low=0,
            high=31536000,
        ),
        Option.THETA: OptionType(
            type="number",
            sentence="The threshold of low_confidence_share and unanswered_questions.",
            example=0.4,
            low=0,
            high=1,
        ),
        Option.FUNNEL: OptionType(
            type="text",
            sentence=(
                "A declared funnel by its name, or steps in order: goal, cta, intent, "
                "node or event, each with its id."
            ),
            example="goal:g1,cta:buy,goal:g2",
        ),
        Option.GOAL: OptionType(
            type="text", sentence="Only this goal, by its id.", example="purchase"
        ),
        Option.UNIT: OptionType(
            type="text",
            sentence="What goes through a funnel or converts: sessions or users.",
            example="user",
            choices=("session", "user"),
        ),
        Option.OF: OptionType(
            type="text",
            sentence="Whether a step is a share of the one before it or of the first.",
            example="first",
            choices=("previous", "first"),
        ),
        Option.AVERAGE: OptionType(
            type="text",
            sentence="One mean over intents: each the same, or weighted by its labels.",
            example="macro",
            choices=("macro", "weighted"),
        ),
        Option.BASELINE_FROM: OptionType(
            type="text",
            sentence="When the baseline of a drift begins: a date or an RFC 3339 time.",
            example="2026-02-01",
        ),
        Option.BASELINE_TO: OptionType(
            type="text",
            sentence="When it ends; without both, it is as long, before the range.",
            example="2026-03-01",
        ),
        Option.MEASURE: OptionType(
            type="text",
            sentence="What is shown of a question: turns, or their mean confidence.",
            example="confidence",
            choices=("turns", "confidence"),
        ),
        Option.QUESTION: OptionType(
            type="text",
            sentence="Tell questions apart by intent, or by a hash of the text kept.",
            example="text",
            choices=("intent", "text"),
        ),
        Option.TOP: OptionType(
            type="integer",
            sentence="At most so many questions, those asked most in the whole range.",
            example=5,
            low=1,
            high=1000,
        ),
        Option.DAY: OptionType(
            type="integer",
            sentence="Retention on which day after the first: 1, 7, 30 or any other.",
            example=7,
            low=1,
            high=750,
        ),
        Option.MODE: OptionType(
            type="text",
            sentence=(
                "exact: active on day n. on_or_after: on day n or later. recurring: "
                "active on day n after any active day, not only after the first ever."
            ),
            example="on_or_after",
            choices=("exact", "on_or_after", "recurring"),
        ),
        Option.BASE: OptionType(
            type="text",
            sentence="Which sessions saved a person's work: the setting savings_base.",
            example="contained",
            choices=("resolved", "contained", "handled"),
        ),
        Option.UNKNOWN: OptionType(
            type="text",
            sentence=(
                "What a cost of which a part has no price is: null, or the known part."
            ),
            example="omit",
            choices=("null", "omit"),
        ),
        Option.VARY: OptionType(
            type="text",
            sentence="The one parameter that change changes; without it, each.",
            example="token_price",
            choices=(
                *("token_price", "channel_cost", "fixed_cost", "human_cost"),
                *("human_minutes", "lead_value", "investment"),
            ),
        ),
        Option.CHANGE: OptionType(
            type="number",
            sentence="What if: percent by which costs were higher than declared.",
            example=-10,
            low=-100,
            high=1000,
        ),
        Option.EXPERIMENT: OptionType(
            type="text",
            sentence="Only this experiment, by its flag's key.",
            example="greeting",
        ),
        Option.METRIC: OptionType(
            type="text",
            sentence="The rate of sessions that an experiment is judged by.",
            example="engagement_rate",
        ),
        Option.PROVISIONAL: OptionType(
            type="flag",
            sentence=(
                "Show running windows and open sessions too, in rows that say so."
            ),
            example=True,
        ),
    }
)
