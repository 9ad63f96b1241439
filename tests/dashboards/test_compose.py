"""docker-compose.yml starts what the boards need, reachable from this machine only."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from turnspan_collector.config import Listen
from turnspan_dashboards.generate import FOLDER
from turnspan_dashboards.grafana._panels import SOURCE

ROOT = Path(__file__).parents[2]
PROVISIONING = FOLDER.parent / "provisioning"


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    """The services, by name."""
    text = (ROOT / "docker-compose.yml").read_text("utf-8")
    found: dict[str, Any] = yaml.safe_load(text)["services"]
    return found


def test_three_services_wait_for_one_another(services: dict[str, Any]) -> None:
    """The collector waits for the database, Grafana for the collector."""
    waits = {
        name: list(one.get("depends_on", {})) for name, one in sorted(services.items())
    }
    assert waits == {
        "collector": ["database"],
        "database": [],
        "grafana": ["collector"],
    }
    assert all(one["healthcheck"]["test"][0] == "CMD" for one in services.values())


def test_images_are_pinned(services: dict[str, Any]) -> None:
    """Each image names one version; the collector is built from this tree."""
    images = {name: one.get("image") for name, one in services.items()}
    assert images == {
        "database": "timescale/timescaledb:2.29.2-pg18",
        "grafana": "grafana/grafana:12.4.10",
        "collector": None,
    }
    assert services["collector"]["build"] == {"context": "."}
    assert (ROOT / "Dockerfile").exists()


def test_ports_are_bound_to_the_loopback_address(services: dict[str, Any]) -> None:
    """Nobody else can reach them, and the collector's are its defaults."""
    ports = [port for one in services.values() for port in one["ports"]]
    assert [port for port in ports if not port.startswith("127.0.0.1:")] == []
    listen = Listen()
    assert sorted(services["collector"]["ports"]) == sorted(
        f"127.0.0.1:{port}:{port}"
        for port in (
            listen.grpc_port,
            listen.http_port,
            listen.health_port,
            listen.metrics_port,
            listen.api_port,
        )
    )


def test_every_mounted_file_exists(services: dict[str, Any]) -> None:
    """What is mounted from the tree is in the tree, and cannot be written."""
    mounts = [
        mount
        for one in services.values()
        for mount in one.get("volumes", ())
        if isinstance(mount, dict)
    ]
    assert len(mounts) == 4
    assert all((ROOT / mount["source"]).exists() for mount in mounts)
    assert all(mount["read_only"] for mount in mounts)


def test_grafana_finds_source_and_boards(services: dict[str, Any]) -> None:
    """The panels' data source is the provisioned one; the boards' folder is mounted."""
    found = yaml.safe_load((PROVISIONING / "datasources/turnspan.yaml").read_text())
    [source] = found["datasources"]
    assert (source["type"], source["uid"]) == (SOURCE.type_val, SOURCE.uid)
    assert source["user"] == "turnspan_reader"
    found = yaml.safe_load((PROVISIONING / "dashboards/turnspan.yaml").read_text())
    [provider] = found["providers"]
    targets = {
        mount["source"]: mount["target"]
        for mount in services["grafana"]["volumes"]
        if isinstance(mount, dict)
    }
    generated = f"./{FOLDER.relative_to(ROOT).as_posix()}"
    assert targets[generated] == provider["options"]["path"]


def test_compose_reads_the_file() -> None:
    """Docker Compose itself finds nothing wrong with it."""
    client = shutil.which("docker-compose")
    if client is None:
        pytest.skip("needs docker-compose")
    made = subprocess.run(
        [client, "-f", "docker-compose.yml", "config", "-q"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (made.returncode, made.stderr) == (0, "")
