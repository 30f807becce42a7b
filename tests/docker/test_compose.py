"""compose.yaml is what Compose accepts, what Airflow knows, and what a municipality may run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import absent
from tests.docker.stack import EXAMPLE, FOLDER, VARIABLES, compose_command, judge, read, values

SERVICES = [
    "postgres",
    "init",
    "api-server",
    "scheduler",
    "dag-processor",
    "triggerer",
    "sandbox",
    "sandbox-connections",
]
ONE_SHOT = {"init", "sandbox-connections"}


@pytest.fixture(scope="module")
def command() -> list[str]:
    found = compose_command()
    if found is None:
        absent("neither docker compose nor docker-compose is installed")
    return found


@pytest.fixture(scope="module")
def services(command: list[str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Every service, as Compose itself understands the file."""
    done = judge(command, tmp_path_factory.mktemp("compose"), values())
    assert done.returncode == 0, done.stderr
    return read(done.stdout)["services"]


@pytest.fixture(scope="module")
def known_options(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """The environment variable of every option that the installed Airflow documents."""
    home = os.environ | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow"))}
    airflow = Path(sys.executable).with_name("airflow")
    listing = subprocess.run(
        [airflow, "config", "list", "--defaults"], env=home, capture_output=True, text=True, check=True
    ).stdout
    return set(re.findall(r"^# Variable: (AIRFLOW__\w+)$", listing, re.MULTILINE))


def test_compose_accepts_the_file_with_all_its_services(services: dict[str, Any]) -> None:
    assert sorted(services) == sorted(SERVICES)


@pytest.mark.parametrize("name", VARIABLES)
def test_compose_refuses_to_start_while_a_secret_is_empty(command: list[str], tmp_path: Path, name: str) -> None:
    done = judge(command, tmp_path, values() | {name: ""})
    assert done.returncode != 0
    assert f"set {name} in docker/.env" in done.stderr


def test_every_airflow_option_is_one_that_airflow_knows(services: dict[str, Any], known_options: set[str]) -> None:
    used = {name for service in services.values() for name in service.get("environment", {})}
    used |= set(re.findall(r"\bAIRFLOW__\w+(?==)", (FOLDER / "Dockerfile").read_text(encoding="utf-8")))
    options = {name for name in used if name.startswith("AIRFLOW__")}
    assert len(options) > 10
    assert options <= known_options


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_says_when_it_is_healthy_or_ends_by_itself(services: dict[str, Any], name: str) -> None:
    service = services[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
        assert "healthcheck" not in service
    else:
        assert service["restart"] == "unless-stopped"
        assert service["healthcheck"]["test"][0] == "CMD"


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_can_neither_gain_rights_nor_write_beside_its_volumes(services: dict[str, Any], name: str) -> None:
    service = services[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert "privileged" not in service


@pytest.mark.parametrize("name", SERVICES)
def test_an_image_has_a_fixed_tag(services: dict[str, Any], name: str) -> None:
    image, _, tag = services[name]["image"].rpartition(":")
    assert image
    assert tag != "latest"


def test_only_the_pages_of_airflow_are_published_and_only_on_loopback(services: dict[str, Any]) -> None:
    published = {name: str(service["ports"]) for name, service in services.items() if service.get("ports")}
    assert list(published) == ["api-server"]
    assert "127.0.0.1" in published["api-server"]


def test_no_service_can_change_the_contracts(services: dict[str, Any]) -> None:
    mounts = [mount for service in services.values() for mount in service.get("volumes", [])]
    mounts = [mount for mount in mounts if "exchanges" in str(mount)]
    assert mounts
    assert all(mount.get("read_only") if isinstance(mount, dict) else mount.endswith(":ro") for mount in mounts)


def test_only_the_service_that_sets_it_gets_the_administrators_password(services: dict[str, Any]) -> None:
    password = values()["AIRFLOW_ADMIN_PASSWORD"]
    assert [name for name, service in services.items() if password in str(service)] == ["init"]


def test_every_variable_of_the_file_is_explained_in_the_example() -> None:
    used = set(re.findall(r"\$\{(\w+)", (FOLDER / "compose.yaml").read_text(encoding="utf-8")))
    assert used == set(re.findall(r"^(?:# )?([A-Z_]+)=", EXAMPLE, re.MULTILINE))


def test_no_secret_is_written_in_the_file_or_its_examples() -> None:
    services = read((FOLDER / "compose.yaml").read_text(encoding="utf-8"))["services"]
    settings = [pair for service in services.values() for pair in (service.get("environment") or {}).items()]
    secret = re.compile("PASSWORD$|KEY$|SECRET$|SQL_ALCHEMY_CONN")
    found = [value for name, value in settings if secret.search(name)]
    assert found
    assert all("${" in value for value in found)
    assert re.findall(r"^\w+=.+", EXAMPLE, re.MULTILINE) == []
    assert re.findall(r"^\w+=", (FOLDER / "connections.env.example").read_text(encoding="utf-8"), re.MULTILINE) == []
