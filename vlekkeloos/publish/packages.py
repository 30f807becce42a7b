"""A version of a partner's releases table in; the folder that is delivered out: data files and manifest.json.

The same version gives the same bytes, so a package can be made again and still match its digests.
"""

from __future__ import annotations

import hashlib
import json
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from vlekkeloos.contract import Format, Partner
from vlekkeloos.lake import Lake, Ref
from vlekkeloos.run import Run
from vlekkeloos.tabular import WRITERS

MEDIA_TYPES: dict[Format, str] = {"parquet": "application/vnd.apache.parquet", "csv": "text/csv; charset=utf-8"}


def folder(exchange: str, partner: str, version: int) -> str:
    """Where in the lake a release's package is kept."""
    return f"packages/{exchange}/{partner}/v{version:06d}"


def pack(run: Run, partner: Partner, release: Ref, quality: dict[str, Any]) -> dict[str, Any]:
    """Keeps the package of a release in the lake, whole or not at all; gives its manifest.

    The manifest holds exchange, partner, version (from 1), previous version, run, as_of, legal basis,
    classification, row count, schema, quality figures, and of each file name, bytes, rows and SHA-256.
    """
    version = release.version + 1
    kept = folder(run.exchange, partner.partner, version)
    if not run.lake.exists(kept):
        with TemporaryDirectory(prefix="vlekkeloos-") as scratch:
            files = _written(run.lake, release, Path(scratch), run.exchange, partner.format)
            manifest = _manifest(run, partner, release, quality) | {"files": files}
            text = json.dumps(manifest, ensure_ascii=False, indent=2)
            (Path(scratch) / "manifest.json").write_text(text + "\n", encoding="utf-8")
            run.lake.keep(Path(scratch), kept)
    return manifest_of(run.lake, kept)


def manifest_of(lake: Lake, kept: str) -> dict[str, Any]:
    """The manifest of a kept package."""
    with lake.fetched(kept) as local:
        found: dict[str, Any] = json.loads((local / "manifest.json").read_text(encoding="utf-8"))
        return found


def _manifest(run: Run, partner: Partner, release: Ref, quality: dict[str, Any]) -> dict[str, Any]:
    version, purpose = release.version + 1, run.contract.purpose
    return {
        "exchange": run.exchange,
        "title": run.contract.title,
        "partner": partner.partner,
        "version": version,
        "previous": version - 1 or None,
        "run": run.run_id,
        "as_of": run.as_of.isoformat(),
        "classification": run.contract.classification,
        "purpose": partner.purpose,
        "processing_activity": purpose.processing_activity if purpose else None,
        "rows": run.lake.count(release),
        "schema": [{"name": field.name, "type": str(field.type)} for field in run.lake.schema(release)],
        "quality": quality,
    }


def _written(lake: Lake, release: Ref, scratch: Path, name: str, formats: list[Format]) -> list[dict[str, Any]]:
    """Writes the data files in one reading of the release; gives the manifest's entries for them."""
    data = lake.delta(release).to_pyarrow_dataset()
    paths = {kind: scratch / f"{name}.{kind}" for kind in formats}
    rows = 0
    with ExitStack() as opened:
        writers = [opened.enter_context(WRITERS[kind](path, data.schema)) for kind, path in paths.items()]
        for batch in data.to_batches():
            rows += batch.num_rows
            for writer in writers:
                writer.write(batch)
    return [
        {
            "name": path.name,
            "media_type": MEDIA_TYPES[kind],
            "bytes": path.stat().st_size,
            "rows": rows,
            "sha256": _sha256(path),
        }
        for kind, path in paths.items()
    ]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
