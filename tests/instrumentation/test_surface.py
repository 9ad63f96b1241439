"""What a bot imports is exactly what is documented."""

from __future__ import annotations

import inspect

import turnspan
from turnspan._calls import Calls

SURFACE = """
Conversation Telemetry Turn annotate configure content_access conversation
conversation_end conversation_start cta current_turn enrich event experiment feedback
goal handoff intent label message private_conversation resolution setup turn view
"""
CALLS = """
annotate content_access conversation_end conversation_start cta enrich event experiment
feedback goal handoff intent label message resolution view
"""


def test_the_surface_is_the_documented_list() -> None:
    """__all__ is sorted, whole, and nothing else is public."""
    assert turnspan.__all__ == SURFACE.split()
    for name in turnspan.__all__:
        assert inspect.getdoc(getattr(turnspan, name)), name


def test_the_handles_and_the_module_offer_the_same_calls() -> None:
    """Each call of a handle is one of the module's, and the other way round."""
    calls = {name for name in vars(Calls) if not name.startswith("_")}
    assert calls == set(CALLS.split())
    assert all(hasattr(turnspan, name) for name in calls)
    assert issubclass(turnspan.Turn, Calls)
    assert issubclass(turnspan.Conversation, Calls)


def test_public_calls_are_documented() -> None:
    """Every public member says what it does."""
    owners = (Calls, turnspan.Turn, turnspan.Conversation, turnspan.Telemetry)
    steps = (type(turnspan.handoff), type(turnspan.cta), type(turnspan.feedback))
    for owner in (*owners, *steps):
        for name, member in vars(owner).items():
            if not name.startswith("_") and (callable(member) or name in CALLS):
                assert inspect.getdoc(member), f"{owner.__name__}.{name}"
