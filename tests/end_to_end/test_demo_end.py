"""The end of the demo's live bots: what they said arrives, all of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.running import running_collector

_BOTS = """
import sys
import time

from turnspan_collector.demo.live import live

with live(sys.argv[1], factor=0.05) as shown:
    while shown.turns < 40:
        time.sleep(0.05)
print(shown.turns)
"""
_TURNS = "SELECT count(*) FROM _turnspan.span WHERE initiator IS NOT NULL"


def test_the_last_turns_arrive(tmp_path: Path) -> None:
    """Bots that are told to stop amid answers finish them, and these are stored."""
    with running_collector(tmp_path) as running:
        bots = subprocess.run(
            [sys.executable, "-c", _BOTS, running.endpoint],
            capture_output=True,
            text=True,
            timeout=180,
            check=True,
        )
        said = int(bots.stdout)
        with running.connect() as connection:
            stored = connection.execute(_TURNS).fetchone()
        assert said >= 40
        assert stored == (said,)
        assert running.stop() == 0
