"""Packages from npm, for the few tests that need them."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

__all__ = ["install"]

ASK = "TURNSPAN_TEST_NPM"
QUIET = ("--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error")


def install(folder: Path, *packages: str) -> None:
    """Install ``packages``, or what package.json asks for; skips where that fails.

    Nobody but CI is asked to download for a test run, hence ``TURNSPAN_TEST_NPM=1``.
    """
    npm = shutil.which("npm")
    if npm is None or os.environ.get(ASK) != "1":
        pytest.skip(f"downloads from npm: needs Node and {ASK}=1")
    command = [npm, "install", *QUIET, *packages]
    try:
        subprocess.run(command, cwd=folder, check=True, timeout=170)
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        pytest.skip(f"npm does not install: {type(error).__name__}")
