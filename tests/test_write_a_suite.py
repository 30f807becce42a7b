"""docs/how-to/write-a-suite.md is done as it says: its suites are read, and its own expectation judges."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from vlekkeloos import suite

HOUSE = Path(__file__).resolve().parents[1]
TEXT = (HOUSE / "docs" / "how-to" / "write-a-suite.md").read_text(encoding="utf-8")
JUDGED = """
import duckdb, pyarrow as pa, sys
from pathlib import Path
from vlekkeloos import scan, suite
table = pa.table({"_row": [1, 2, 3], "containernummer": ["VLD-00001", None, "VLD-1"]})
with duckdb.connect() as query:
    query.register("raw", table)
    (one,) = scan.judge(suite.load(Path(sys.argv[1])), query, "raw", table.schema).result.results
print(one.success, one.result["unexpected_count"], one.meta["evaluated_by"])
"""


@pytest.mark.parametrize("block", re.findall(r"^```yaml\n(name: .*?)^```", TEXT, re.M | re.S))
def test_a_suite_on_the_page_is_one(block: str, tmp_path: Path) -> None:
    (tmp_path / "suite.yaml").write_text(block, encoding="utf-8")
    assert suite.load(tmp_path / "suite.yaml").expectations


@pytest.mark.parametrize(("translated", "by"), [(True, "scan"), (False, "great_expectations")])
def test_an_expectation_of_ones_own_is_one_file(translated: bool, by: str, tmp_path: Path) -> None:
    shutil.copytree(HOUSE / "validations", tmp_path / "validations")
    files = dict(re.findall(r"^```\w+ title=(\S+)\n(.*?)^```", TEXT, re.M | re.S))
    for name, text in files.items():
        assert not (HOUSE / name).exists(), f"{name} is there already"
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        code = text if translated else re.sub(r"^@condition.*?^class", "class", text, flags=re.M | re.S)
        (tmp_path / name).write_text(code, encoding="utf-8")
    (written,) = (tmp_path / name for name in files if name.endswith(".yaml"))
    environment = {**os.environ, "PYTHONPATH": f"{tmp_path}{os.pathsep}{HOUSE}"}
    command = [sys.executable, "-c", JUDGED, str(written)]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["False", "1", by], done.stderr
