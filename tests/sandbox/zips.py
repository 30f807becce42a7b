"""A zip of zips in; every file in it out."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path


def unpacked(delivery: Path) -> dict[str, bytes]:
    """Every file in a zip of zips, by its path through them: ``a.zip/b.zip/c.xml``."""
    return dict(_members(delivery.read_bytes(), ""))


def _members(content: bytes, prefix: str) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        for name in packed.namelist():
            if name.endswith(".zip"):
                yield from _members(packed.read(name), f"{prefix}{name}/")
            else:
                yield prefix + name, packed.read(name)
