"""What is shipped besides the code: the locks, the containers, the built playground."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]
LOCKS = [ROOT / "requirements.lock", ROOT / "requirements-image.lock"]
NAMES = ("orders", "products", "customers", "analytics")


def pins(lock: Path) -> dict[str, str]:
    """Name → version of every package of one lock."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9.-]*)==(\S+)", lock.read_text(), re.MULTILINE))


def compose() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return loaded


def test_the_locks_name_no_address() -> None:
    for lock in LOCKS:
        assert "://" not in lock.read_text()


def test_every_locked_package_has_hashes() -> None:
    for lock in LOCKS:
        entries = re.split(r"^(?=[a-z0-9])", lock.read_text(), flags=re.MULTILINE)[1:]
        assert len(entries) == len(pins(lock))
        assert all("--hash=sha256:" in entry for entry in entries)


def test_the_image_gets_what_the_tests_ran_on() -> None:
    tested, shipped = (pins(lock) for lock in LOCKS)
    assert shipped.items() <= tested.items()
    assert not shipped.keys() & {"pytest", "mypy", "ruff", "hypothesis"}


def test_the_playgrounds_lock_names_no_address_to_fetch_from() -> None:
    assert '"resolved"' not in (ROOT / "playground" / "package-lock.json").read_text()


def test_compose_runs_every_subgraph_where_the_router_looks_for_it() -> None:
    services, configs = compose()["services"], compose()["configs"]
    listed = yaml.safe_load((ROOT / "schema" / "supergraph.yaml").read_text())["subgraphs"]
    inside = yaml.safe_load(configs["supergraph"]["content"])["subgraphs"]
    assert tuple(listed) == tuple(inside) == NAMES
    for name in NAMES:
        assert inside[name]["routing_url"] == listed[name]["routing_url"].replace("127.0.0.1", name)
        assert (ROOT / inside[name]["schema"]["file"]).name == f"{name}.graphql"
        assert services[name]["command"][:5] == ["python", "-m", "subgraphs", "--only", name]
        url = services[name]["environment"][f"{name.upper()}_DATABASE_URL"]
        assert url.startswith("postgresql+asyncpg://")
        assert f"CREATE DATABASE {url.rpartition('/')[2]};" in configs["databases"]["content"]
        assert services[name]["environment"]["OLYMPUS_REDIS_URL"].startswith("redis://redis:")
        assert services["router"]["depends_on"][name] == {"condition": "service_healthy"}


def test_the_containers_router_tells_the_subgraphs_who_calls() -> None:
    commands = [compose()["services"]["router"]["command"]]
    commands += re.findall(r"^CMD (.*)$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    configured = yaml.safe_load((ROOT / "schema" / "olympus.yaml").read_text())
    assert "x-tenant-id" in str(configured["headers"])
    assert len(commands) == 2
    for command in commands:
        assert "--config schema/olympus.yaml" in re.sub(r"[\s\[\]\",']+", " ", str(command))


def test_the_container_does_not_run_as_root() -> None:
    last_stage = (ROOT / "Dockerfile").read_text().rpartition("\nFROM ")[2]
    assert "\nUSER 10001\n" in last_stage
    assert "\nHEALTHCHECK " in last_stage
