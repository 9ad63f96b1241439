"""The demo: 90 days of three bots, and two of them live."""

from ._history import Sent, history
from ._sessions import BOTS, sessions
from ._totals import Totals, totals
from ._world import DAYS, World

__all__ = ["BOTS", "DAYS", "Sent", "Totals", "World", "history", "sessions", "totals"]
