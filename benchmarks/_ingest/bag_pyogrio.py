"""A BAG Extract in, object types of it as Parquet out: unzipped, and read by pyogrio with nothing around it."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from zipfile import ZipFile

import pyarrow.parquet as papq
import pyogrio

from benchmarks._contender import told
from connectors._bag_schema import layout


def main(delivery: str, folder: str, *kinds: str) -> None:
    """Unpacks the files of each type, and reads one after the other."""

    def read() -> None:
        for kind in kinds:
            with TemporaryDirectory() as unpacked:
                _write(_unzipped(Path(delivery), kind, unpacked), Path(folder) / f"{kind}.parquet")

    told(read)


def _unzipped(delivery: Path, kind: str, folder: str) -> list[Path]:
    zipped = delivery
    for deeper in ("[0-9]{4}GEM[0-9]{8}.zip", f"[0-9]{{4}}{layout(kind, 'actief').code}[0-9]{{8}}.zip"):
        with ZipFile(zipped) as archive:
            name = next(name for name in archive.namelist() if re.fullmatch(deeper, name))
            zipped = Path(archive.extract(name, folder))
    with ZipFile(zipped) as archive:
        archive.extractall(folder)
    return sorted(Path(folder).glob("*.xml"))


def _write(files: list[Path], target: Path) -> None:
    writer = None
    for file in files:
        # LEGACY_ID: identifications as they are in the file
        _, table = pyogrio.read_arrow(file, LEGACY_ID="YES")
        writer = writer or papq.ParquetWriter(target, table.schema)
        writer.write_table(table)
    if writer is not None:
        writer.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
