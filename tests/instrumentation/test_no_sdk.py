"""With opentelemetry-api alone turnspan imports, does nothing, and says so once."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

# Refuses every import but the standard library, turnspan, and the API with its own
# dependencies; of opentelemetry everything that the API does not ship.
ONLY_THE_API = """
import importlib.abc, sys

class Only(importlib.abc.MetaPathFinder):
    allowed = {
        "opentelemetry", "turnspan", "typing_extensions", "importlib_metadata", "zipp",
    }
    refused = {
        "opentelemetry.sdk", "opentelemetry.exporter", "opentelemetry.proto",
        "opentelemetry.instrumentation", "opentelemetry.semconv",
    }

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if name in self.refused or not (
            top in self.allowed or top in sys.stdlib_module_names
        ):
            raise ModuleNotFoundError(f"no {name} here", name=name)
        return None

sys.meta_path.insert(0, Only())
"""


def run(code: str, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run code in a fresh interpreter that has only the API."""
    kept = {
        k: v for k, v in os.environ.items() if not k.startswith(("OTEL_", "TURNSP"))
    }
    return subprocess.run(
        [sys.executable, "-c", ONLY_THE_API + textwrap.dedent(code)],
        capture_output=True,
        text=True,
        timeout=60,
        env={**kept, **environ},
        check=False,
    )


def test_the_api_alone_is_enough() -> None:
    """Every call works as a no-op, and one warning says what to do."""
    done = run(
        """
        import asyncio
        import turnspan
        from turnspan import turn

        @turn(bot="b", conversation="cid", user="uid")
        def answer(cid, uid):
            turnspan.intent("x", 1.7)
            turnspan.cta.click("")
            turnspan.event("own", a=object())
            return turnspan.handoff.request("vip")

        @turn
        async def slow(session_id):
            return session_id

        @turn
        def stream(n):
            yield from range(n)

        assert len(answer("c", "u")) == 32
        assert asyncio.run(slow("s")) == "s"
        assert list(stream(3)) == [0, 1, 2]
        with turn(conversation="c") as t:
            t.feedback(5)
            t.outcome = "answered"
            assert t.id
        with turnspan.conversation("c") as chat:
            chat.goal("g")
        assert turnspan.current_turn() is None
        """
    )
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr
    assert done.stderr.splitlines() == [
        "turnspan: no OpenTelemetry SDK is configured, so nothing is recorded; call "
        "turnspan.setup() at start (pip install 'turnspan[otlp]'), or run the bot "
        "under opentelemetry-instrument"
    ]


@pytest.mark.parametrize("call", ["turnspan.setup()", "import turnspan.processors"])
def test_a_missing_extra_names_itself(call: str) -> None:
    """One sentence says what to install."""
    done = run(f"import turnspan\n{call}")
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].startswith("ImportError: turnspan.")
    assert done.stderr.splitlines()[-1].endswith("run pip install 'turnspan[otlp]'")


def test_a_switched_off_sdk_is_silent_about_values() -> None:
    """OTEL_SDK_DISABLED=true: nothing is looked at, and setup() does nothing."""
    done = run(
        """
        import turnspan
        handle = turnspan.setup()
        with turnspan.turn(conversation="") as t:
            t.intent("x", 9)
        assert handle.shutdown() is True
        """,
        OTEL_SDK_DISABLED="true",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("turnspan:") <= 1
