"""Runs a target under atheris: python -m tests.fuzz.run TARGET SECONDS [FOLDER].

The seeds are in ``corpus/``; what the run adds goes to a folder that is thrown away
unless one is given. The input of a failure is written to ``tests/fuzz/found/``: put it
into the corpus with its mending, and the tests run it for ever.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["turnspan_collector", "turnspan_exporters"]):
    from tests.fuzz.targets import TARGETS

__all__ = ["main"]

FOLDER = Path(__file__).parent
INPUT_BYTES_MAX = 8192
MEMORY_MIB_MAX = 2048
CALL_SECONDS_MAX = 10


def main(name: str, seconds: int, grown: Path) -> None:
    """Search until the time is over; ends the process."""
    found = FOLDER / "found"
    found.mkdir(exist_ok=True)
    options = [
        f"-max_total_time={seconds}",
        f"-max_len={INPUT_BYTES_MAX}",
        f"-rss_limit_mb={MEMORY_MIB_MAX}",
        f"-timeout={CALL_SECONDS_MAX}",
        f"-artifact_prefix={found}/{name}-",
        "-print_final_stats=1",
        "-verbosity=0",
    ]
    corpus = FOLDER / "corpus" / name
    atheris.Setup([sys.argv[0], *options, str(grown), str(corpus)], TARGETS[name])
    atheris.Fuzz()


if __name__ == "__main__":
    target, limit, *folder = sys.argv[1:]
    with tempfile.TemporaryDirectory() as scratch:
        main(target, int(limit), Path(folder[0] if folder else scratch))
