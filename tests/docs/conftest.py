"""What the guides' snippets run in: an SDK in memory."""

from __future__ import annotations

import pytest
from tests.support import telemetry

captured = pytest.fixture(telemetry.captured)
