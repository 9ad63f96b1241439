"""Every input of the corpus, also those that once broke something, keeps what must."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).with_name("corpus")
FILES_MAX, BYTES_MAX = 300, 512 * 1024


@pytest.mark.parametrize("target", TARGETS)
def test_the_corpus_holds(target: str) -> None:
    """Decoded into rows that fit their columns, or refused in a sentence."""
    inputs = sorted((CORPUS / target).iterdir())
    assert len(inputs) >= 3
    for one in inputs:
        TARGETS[target](one.read_bytes())


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("cut", [1, 7, 50])
def test_what_is_cut_or_spoiled_holds_too(target: str, cut: int) -> None:
    """A few steps from each input."""
    for one in sorted((CORPUS / target).iterdir()):
        content = one.read_bytes()
        TARGETS[target](content[:-cut])
        spoiled = bytearray(content)
        for at in range(cut, len(spoiled), 97):
            spoiled[at] ^= 1 << at % 8
        TARGETS[target](bytes(spoiled))


def test_the_corpus_is_small() -> None:
    """It is kept in the repository."""
    files = [one for one in CORPUS.rglob("*") if one.is_file()]
    assert len(files) <= FILES_MAX
    assert sum(one.stat().st_size for one in files) <= BYTES_MAX
