"""Releases into a partner's folder: a reader sees the old one or the new one, whatever happens meanwhile."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connectors import folder
from vlekkeloos.connector import Connection, Release
from vlekkeloos.errors import PartnerFailed

Make = Callable[..., Release]


def deliver(release: Release, path: Path) -> str:
    return folder.deliver(folder.Options(), Connection(name="partner", url=str(path)), release)


def read(path: Path) -> int:
    """Reads as a partner does: from latest.json on. Returns the version, having checked every file of it."""
    latest = json.loads((path / "adressen" / "latest.json").read_text())
    place = path / "adressen" / latest["folder"]
    for entry in latest["files"]:
        assert hashlib.sha256((place / entry["name"]).read_bytes()).hexdigest() == entry["sha256"]
    assert json.loads((place / "manifest.json").read_text())["version"] == latest["version"]
    return int(latest["version"])


def state(path: Path) -> dict[str, bytes]:
    return {str(file.relative_to(path)): file.read_bytes() for file in path.rglob("*") if file.is_file()}


def test_the_receipt_is_where_the_release_lies(release: Make, tmp_path: Path) -> None:
    partner = tmp_path / "partner"
    assert deliver(release(3), partner) == str(partner / "adressen" / "v000003")
    assert read(partner) == 3


def test_delivering_twice_leaves_the_same_state_as_once(release: Make, tmp_path: Path) -> None:
    partner = tmp_path / "partner"
    deliver(release(1), partner)
    once = state(partner)
    deliver(release(1), partner)
    assert state(partner) == once


def test_another_release_of_the_same_number_is_refused(release: Make, tmp_path: Path) -> None:
    partner = tmp_path / "partner"
    deliver(release(1), partner)
    once = state(partner)
    with pytest.raises(PartnerFailed, match="belastingsamenwerking"):
        deliver(release(1, b"identificatie\n9\n"), partner)
    assert state(partner) == once


def test_a_file_too_many_in_a_delivered_release_is_noticed(release: Make, tmp_path: Path) -> None:
    partner = tmp_path / "partner"
    deliver(release(1), partner)
    (partner / "adressen" / "v000001" / "other.csv").write_text("x")
    with pytest.raises(PartnerFailed, match="other files"):
        deliver(release(1), partner)


def test_sending_an_old_release_again_leaves_the_newest_the_latest(release: Make, tmp_path: Path) -> None:
    partner = tmp_path / "partner"
    deliver(release(1), partner)
    deliver(release(2), partner)
    deliver(release(1), partner)
    assert read(partner) == 2


def test_a_folder_that_can_t_be_made_is_the_partner_s_failure(release: Make, tmp_path: Path) -> None:
    (tmp_path / "partner").write_text("a file, not a folder")
    with pytest.raises(PartnerFailed, match="belastingsamenwerking"):
        deliver(release(1), tmp_path / "partner")


def test_a_reader_without_pause_sees_only_whole_releases(release: Make, tmp_path: Path) -> None:
    partner = tmp_path / "partner"
    deliver(release(1, b"identificatie\n" + b"1\n" * 50_000), partner)
    seen: list[int] = []
    faults: list[BaseException] = []
    over = threading.Event()

    def read_on() -> None:
        try:
            while not over.is_set():
                seen.append(read(partner))
        except BaseException as fault:
            faults.append(fault)

    reader = threading.Thread(target=read_on)
    reader.start()
    for version in range(2, 30):
        deliver(release(version, b"identificatie\n" + b"%d\n" % version * 50_000), partner)
    over.set()
    reader.join()
    assert not faults
    assert seen == sorted(seen)
    assert len(set(seen)) > 3


KILLED = """
import sys
from pathlib import Path
from connectors import folder
from tests.connectors.conftest import make_release
from vlekkeloos.connector import Connection
made = [
    make_release(Path(sys.argv[1]), v, b"identificatie\\n" + b"%d\\n" % v * 300_000) for v in range(2, 200)
]
print("go", flush=True)
for release in made:
    folder.deliver(folder.Options(), Connection("partner", sys.argv[2]), release)
"""


@pytest.mark.parametrize("after", [0.02, 0.05, 0.11])
def test_a_delivery_that_is_killed_leaves_a_whole_release_and_can_be_sent_again(
    release: Make, tmp_path: Path, after: float
) -> None:
    partner = tmp_path / "partner"
    deliver(release(1), partner)
    sender = subprocess.Popen(
        [sys.executable, "-c", KILLED, tmp_path / "made", partner],
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
    )
    assert sender.stdout is not None
    assert sender.stdout.readline() == b"go\n"
    time.sleep(after)
    sender.send_signal(signal.SIGKILL)
    sender.wait()

    version = read(partner)
    assert version < 199
    next_one = release(version + 1, b"identificatie\n" + b"%d\n" % (version + 1) * 300_000)
    deliver(next_one, partner)
    assert read(partner) == version + 1
    assert not list((partner / "adressen").glob(".*"))
