"""docs/how-to/add-a-registry.md is done as it says, in a copy of the house: files are added, nothing is edited."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from vlekkeloos.lake import Lake

HOUSE = Path(__file__).resolve().parents[1]
PAGE = HOUSE / "docs" / "how-to" / "add-a-registry.md"
PLANTED = """
from vlekkeloos.sandbox.registries import Town, hondenregister
for line in hondenregister.kept(Town(addresses=1000)).truth.to_pylist():
    print(line["key"], line["field"] or "-", line["kind"])
"""


def files() -> dict[str, str]:
    """Every file on the page, by its path."""
    return dict(re.findall(r"^```\w+ title=(\S+)\n(.*?)^```", PAGE.read_text(), re.M | re.S))


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("house")
    for folder in ("connectors", "vlekkeloos", "validations", "tests"):
        shutil.copytree(HOUSE / folder, made / folder)
    for name, text in files().items():
        assert not (made / name).exists(), f"{name} is there already"
        (made / name).parent.mkdir(parents=True, exist_ok=True)
        (made / name).write_text(text)
    return made


def _run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PYTHONPATH": str(house), "PATH": path}
    return subprocess.run(command, cwd=house, env=environment, capture_output=True, text=True, check=False)


def test_the_connector_is_short() -> None:
    assert len(files()["connectors/hondenregister.py"].splitlines()) <= 60


def test_every_shared_test_runs_on_it_and_passes(house: Path) -> None:
    shared = [f"tests/connectors/test_every_{kind}.py" for kind in ("connector", "registry")]
    chosen = ["-q", "-p", "no:cacheprovider", "-k", "hondenregister or shelf", *shared]
    done = _run(house, sys.executable, "-m", "pytest", *chosen)
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert passed is not None
    assert int(passed[1]) >= 20


def test_its_exchange_finds_the_differences_that_were_planted_and_no_other(house: Path) -> None:
    done = _run(house, sys.executable, "try_honden.py")
    assert done.returncode == 0, done.stderr
    planted = [tuple(line.split()) for line in _run(house, sys.executable, "-c", PLANTED).stdout.splitlines()]
    lake = Lake(str(house / "lake"))
    found = lake.delta(lake.find("discrepancies/honden")).to_pyarrow_table().to_pylist()
    assert Counter((row["key"], row["field"] or "-", row["kind"]) for row in found) == Counter(planted)
    assert planted
    assert (house / "try" / "belastingsamenwerking" / "honden" / "latest.json").is_file()


def test_the_code_on_the_page_is_as_the_house_writes_it(house: Path) -> None:
    shutil.copy(HOUSE / "pyproject.toml", house)
    code = [name for name in files() if name.startswith(("connectors/", "vlekkeloos/"))]
    for how in (["check"], ["format", "--check"]):
        done = _run(house, sys.executable, "-m", "ruff", *how, *code)
        assert done.returncode == 0, done.stdout
