"""A BAG Extract in, object types of it as Parquet out: by the connector, with all that it checks."""

from __future__ import annotations

import sys
from pathlib import Path

import pyarrow.parquet as papq

from benchmarks._contender import told
from connectors import bag_extract
from vlekkeloos.connector import Connection


def main(delivery: str, folder: str, *kinds: str) -> None:
    """Reads, and writes batch by batch, one type after the other."""

    def read() -> None:
        for kind in kinds:
            pulled = bag_extract.pull(bag_extract.Options(object=kind), Connection(delivery, delivery))
            with papq.ParquetWriter(Path(folder) / f"{kind}.parquet", pulled.schema) as file:
                for batch in pulled.batches:
                    file.write_batch(batch)

    told(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
