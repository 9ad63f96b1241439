"""The secret of the user keys: from a setting, else from a file of the user's own."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
import sys
import tempfile
import threading
from pathlib import Path
from typing import Final

from turnspan import _problems, _settings
from turnspan.conventions import InstrumentationErrorKind as Kind

SECRET_BYTES: Final = 32
SECRET_CHARS_MAX: Final = 4_096

_cached: tuple[str | None, bytes | None] | None = None
_lock = threading.Lock()


def secret() -> bytes | None:
    """Give the secret; None, counted each time, when none can be had."""
    setting = _settings.current().user_key
    cached = _cached
    if cached is None or cached[0] != setting:
        cached = _load(setting)
    if cached[1] is None:
        _problems.report(
            Kind.USER_KEY,
            "user_key",
            "no secret for user keys: set TURNSPAN_USER_KEY; until then no user is "
            "counted",
        )
    return cached[1]


def reset() -> None:
    """Read the secret again at its next use."""
    global _cached
    _cached = None


def path() -> Path:
    """Say where the key file lies: in the user's configuration folder."""
    home = Path.home()
    if sys.platform == "win32":
        base = Path(os.environ.get("APPDATA") or home / "AppData" / "Roaming")
    elif sys.platform == "darwin":
        base = home / "Library" / "Application Support"
    else:
        base = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
    return base / "turnspan" / "user.key"


def _load(setting: str | None) -> tuple[str | None, bytes | None]:
    global _cached
    with _lock:
        if _cached is None or _cached[0] != setting:
            value = setting.encode() if setting else _from_file()
            _cached = (setting, value)
        return _cached


def _from_file() -> bytes | None:
    try:
        file = path()
        if not file.exists():
            _create(file)
        _problems.warn_once(
            "key file",
            "TURNSPAN_USER_KEY is not set; user keys are made with the file "
            "turnspan/user.key in the user's configuration folder. Set the variable "
            "so that every process of the bot makes the same keys",
        )
        return _read(file)
    except (OSError, RuntimeError):
        return None


def _create(file: Path) -> None:
    """Write a new secret whole or not at all; the first of two processes wins."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as stream:
            stream.write(secrets.token_hex(SECRET_BYTES))
        with contextlib.suppress(FileExistsError):
            os.link(name, file)
    finally:
        os.unlink(name)


def _read(file: Path) -> bytes | None:
    if sys.platform != "win32" and stat.S_IMODE(file.stat().st_mode) & 0o077:
        _problems.warn_once(
            "key file mode",
            "the key file turnspan/user.key is readable by others and is not used; "
            "run chmod 600 on it, or set TURNSPAN_USER_KEY",
        )
        return None
    with file.open(encoding="ascii", errors="replace") as stream:
        text = stream.read(SECRET_CHARS_MAX).strip()
    return text.encode() or None
