"""Nothing goes round and round: by what requests say, and by addresses."""

from __future__ import annotations

import pytest

from turnspan_collector.config import Listen
from turnspan_collector.destinations import Destination
from turnspan_collector.errors import StartError
from turnspan_collector.forward._via import hops, refuse_itself
from turnspan_collector.ports import Ports

OWN = "0" * 16
OTHERS = [f"{at:016x}" for at in range(1, 17)]


@pytest.mark.parametrize(
    ("said", "way"),
    [
        ("", (OWN,)),
        (OTHERS[0], (OTHERS[0], OWN)),
        (f"{OTHERS[1]}, {OTHERS[0]}", (OTHERS[1], OTHERS[0], OWN)),
        (OWN, None),
        (f"{OWN},{OTHERS[0]}", None),
        (",".join(OTHERS), None),
        ("what anybody may write,{}", (OWN,)),
    ],
)
def test_what_has_been_here_goes_no_further(
    said: str, way: tuple[str, ...] | None
) -> None:
    """Nor what came through sixteen collectors."""
    assert hops(said, OWN) == way


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("door", ["grpc_port", "http_port"])
@pytest.mark.parametrize("listening", ["127.0.0.1", "0.0.0.0"])
def test_the_collector_itself_is_refused(host: str, door: str, listening: str) -> None:
    """Under whatever name and on either door; the same port elsewhere is not it."""
    every = dict.fromkeys(
        ("grpc_port", "http_port", "health_port", "metrics_port", "api_port"), 0
    )
    ports = Ports(Listen(host=listening, **every))
    try:
        port = ports.number(door)
        with pytest.raises(StartError, match=f"{host}:{port}, which is this collector"):
            refuse_itself([Destination("me", f"http://{host}:{port}")], ports)
        others = [f"http://{host}:9", f"https://192.0.2.1:{port}"]
        refuse_itself([Destination("other", one) for one in others], ports)
    finally:
        ports.close()
