"""What every test may lean on: the registries' own test data, and the rule for services that are absent."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.builder import Exchange, addresses

if TYPE_CHECKING:
    from tests.servers import ObjectStore, Sftp

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def absent(reason: str) -> None:
    """Skips a test for want of a service; under CI, where every service must be there, fails it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"under CI this must be there: {reason}")
    pytest.skip(reason)


@pytest.fixture(autouse=True)
def _no_command_was_run_here() -> Iterator[None]:
    """What the command line says to its own process about Airflow is not to reach the Airflow of a later test."""
    said = os.environ.get("_AIRFLOW__AS_LIBRARY")
    yield
    if said is None:
        os.environ.pop("_AIRFLOW__AS_LIBRARY", None)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with official test data and API contracts of the registries."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the registries' test data (../shared/data beside this checkout) is absent")
    return SHARED_DATA


@pytest.fixture(scope="session")
def weesp(shared_data: Path) -> Path:
    """A BAG 2.0 Extract of the municipality of Weesp (0457), as Kadaster delivered it on 2021-10-15."""
    return shared_data / "bag" / "BAGGEM0457L-15102021.zip"


@pytest.fixture
def exchange(tmp_path: Path) -> Exchange:
    """A tiny exchange on disk, with two addresses that agree."""
    made = Exchange(tmp_path)
    made.sides(
        addresses(("1", "1234AB", 1), ("2", "1234AC", 2)),
        addresses(("1", "1234AB", 1), ("2", "1234AC", 2)),
    )
    return made


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The SQLAlchemy URL, with login and password in it, of an empty PostgreSQL on loopback."""
    from tests import servers

    with servers.postgresql() as url:
        yield url


@pytest.fixture(scope="session")
def sftp() -> Iterator[Sftp]:
    """OpenSSH's own daemon on loopback."""
    from tests import servers

    with servers.sshd() as running:
        yield running


@pytest.fixture(scope="session")
def store() -> Iterator[ObjectStore]:
    """An S3-compatible server on loopback; each test makes a bucket of its own."""
    from tests import servers

    with servers.object_store() as running:
        yield running
