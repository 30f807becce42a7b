"""A release in, a folder out in which a partner finds it: whole, or not at all.

``<path>/<exchange>/v000003`` holds the files of release 3 and its manifest; ``latest.json`` beside it is the
manifest of the newest release, with ``"folder": "v000003"``. A reader who starts at latest.json sees the old
release or the new one: both changes are one rename of the file system.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

from connectors._files import sha256_of
from vlekkeloos.connector import Connection, PartnerOptions, Release
from vlekkeloos.errors import PartnerFailed

MANIFEST = "manifest.json"
LATEST = "latest.json"


class Options(PartnerOptions):
    """Nothing: the connection says which folder."""


def deliver(options: Options, connection: Connection, release: Release) -> str:
    """Puts the release in the partner's folder; the receipt is where it lies.

    Delivering it again changes nothing. Raises PartnerFailed if the folder can't be written, a file did not
    arrive as it was sent, or if another release of that number already lies there.
    """
    shelf = connection.path / release.exchange
    place = shelf / f"v{release.version:06d}"
    try:
        shelf.mkdir(parents=True, exist_ok=True)
        _sweep(shelf)
        if not place.exists():
            _place(release, shelf, place)
        _check(release, place)
        _point(release, shelf, place)
    except OSError as error:
        raise PartnerFailed(f"partner {release.partner}: {place}: {error.strerror}") from None
    return str(place)


def _place(release: Release, shelf: Path, place: Path) -> None:
    partial = shelf / f".v{release.version:06d}.partial-{os.getpid()}"
    partial.mkdir()
    for file in [*release.files, release.folder / MANIFEST]:
        shutil.copyfile(file, partial / file.name)
        _to_disk(partial / file.name)
    _check(release, partial)
    _to_disk(partial)
    partial.rename(place)
    _to_disk(shelf)


def _check(release: Release, folder: Path) -> None:
    """Raises PartnerFailed unless exactly the release's files lie in the folder, each as it was sent."""
    expected = {entry["name"]: entry["sha256"] for entry in release.manifest["files"]}
    expected[MANIFEST] = sha256_of(release.folder / MANIFEST)
    if {file.name for file in folder.iterdir()} != set(expected):
        raise PartnerFailed(f"partner {release.partner}: {folder} holds other files than release {release.version}")
    for name, sha256 in expected.items():
        if sha256_of(folder / name) != sha256:
            raise PartnerFailed(f"partner {release.partner}: {folder / name} is not as it was sent")


def _point(release: Release, shelf: Path, place: Path) -> None:
    """Makes latest.json that of this release, unless a newer one was delivered meanwhile."""
    latest = shelf / LATEST
    if latest.exists() and json.loads(latest.read_text("utf-8"))["folder"] > place.name:
        return
    partial = shelf / f".{LATEST}.partial-{os.getpid()}"
    content = {**release.manifest, "folder": place.name}
    partial.write_text(json.dumps(content, ensure_ascii=False, indent=2) + "\n", "utf-8")
    _to_disk(partial)
    partial.replace(latest)
    _to_disk(shelf)


def _sweep(shelf: Path) -> None:
    """Removes what deliveries that were killed left behind; one that still runs keeps its own."""
    for left in shelf.glob(".*.partial-*"):
        if _is_running(int(left.name.rpartition("-")[2])):
            continue
        shutil.rmtree(left) if left.is_dir() else left.unlink(missing_ok=True)


def _is_running(pid: int) -> bool:
    if pid == os.getpid():
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _to_disk(path: Path) -> None:
    """Waits until the file or folder is on the disk itself, so that a power cut can't undo it."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
