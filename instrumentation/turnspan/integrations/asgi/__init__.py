"""FastAPI, Starlette and any other ASGI app: a turn per request or message."""

from turnspan.integrations.asgi._instrumentor import AsgiInstrumentor
from turnspan.integrations.asgi._middleware import TurnMiddleware

__all__ = ["AsgiInstrumentor", "TurnMiddleware"]
