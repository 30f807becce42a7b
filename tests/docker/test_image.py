"""The image is really built, and asked what it is and does."""

from __future__ import annotations

import re

import pytest

from tests.conftest import absent
from tests.docker.engines import ROOT, Engine, build_secrets, find


@pytest.fixture(scope="module")
def image(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """The engine, with the image built; a first build takes minutes, the next ones seconds."""
    engine = find()
    if isinstance(engine, str):
        absent(engine)
    engine.build(build_secrets(tmp_path_factory.mktemp("secrets")))
    return engine


def test_the_image_judges_the_contracts_that_it_carries(image: Engine) -> None:
    done = image.run("vlekkeloos", "check", "--exchanges", "/opt/vlekkeloos/exchanges")
    assert done.returncode == 0, done.stderr


def test_a_container_without_a_command_explains_the_command_line(image: Engine) -> None:
    command = image.inspect()["Cmd"]
    assert "Usage: vlekkeloos" in image.run(*command).stdout


def test_airflow_in_the_image_is_the_pinned_one(image: Engine) -> None:
    pinned = re.search(r"^apache-airflow==(\S+)", (ROOT / "requirements/runtime.txt").read_text(), re.M)
    assert pinned
    assert image.run("airflow", "version").stdout.split()[-1] == pinned[1]


def test_airflow_loads_every_dag_of_the_image_without_an_error(image: Engine) -> None:
    script = "airflow db migrate >/dev/null 2>&1 && airflow dags list-import-errors --local --output plain"
    done = image.run("sh", "-c", script)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No data found" in done.stdout


def test_it_runs_as_a_user_who_is_not_root(image: Engine) -> None:
    assert image.inspect()["User"] == "50000:0"
    assert image.run("id", "-u").stdout.strip() == "50000"


def test_its_user_cannot_change_the_code_that_it_runs(image: Engine) -> None:
    find_writable = ["find", "/opt/vlekkeloos", "/usr", "/etc", "-writable", "!", "-type", "l"]
    assert image.run(*find_writable).stdout == ""
    uninstall = image.run("pip", "uninstall", "--yes", "vlekkeloos")
    assert uninstall.returncode != 0
    assert "Permission denied" in uninstall.stderr


def test_its_user_can_write_where_the_volumes_go(image: Engine) -> None:
    places = "/lake /sandbox /scratch /var/log/airflow /var/lib/vlekkeloos/auth /opt/airflow /tmp"
    done = image.run("sh", "-c", f"for place in {places}; do touch $place/it || exit 1; done")
    assert done.returncode == 0, done.stderr


def test_nothing_of_the_build_stays_behind(image: Engine) -> None:
    places = "/tmp /run/secrets /var/lib/apt/lists ~root/.cache /etc/pip.conf"
    done = image.run("sh", "-c", f"find {places} ! -type d -size +0c 2>/dev/null", user="0")
    assert done.stdout == ""


@pytest.mark.parametrize("word", ["password", "secret_key", "fernet", "index-url", "BEGIN CERTIFICATE"])
def test_neither_its_settings_nor_its_history_hold_a_secret(image: Engine, word: str) -> None:
    found = image.inspect()
    assert word.lower() not in f"{found['Env']} {found['History']}".lower()
