"""A registry's address in, a Delta table with all of its records out, as dlt's REST source loads them."""

from __future__ import annotations

import os
import sys

SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    # both cores: files of such a size that two processes normalise them side by side
    "DATA_WRITER__BUFFER_MAX_ITEMS": "25000",
    "EXTRACT__DATA_WRITER__FILE_MAX_ITEMS": "25000",
    "NORMALIZE__WORKERS": "2",
}


def main(url: str, size: str, folder: str) -> None:
    """Runs one pipeline."""
    os.environ |= SETTINGS | {"DLT_DATA_DIR": f"{folder}/dlt"}
    import dlt
    from dlt.destinations import filesystem
    from dlt.sources.rest_api import rest_api_source

    from benchmarks._contender import told

    def load() -> None:
        source = rest_api_source(
            {
                "client": {"base_url": url, "paginator": {"type": "header_link"}},
                "resources": [
                    {
                        "name": "records",
                        "table_format": "delta",
                        "endpoint": {
                            "path": "records",
                            "params": {"page": 1, "size": int(size)},
                            "data_selector": "records",
                        },
                    }
                ],
            }
        )
        pipeline = dlt.pipeline(
            pipeline_name="ingest",
            pipelines_dir=f"{folder}/pipelines",
            destination=filesystem(bucket_url=f"file://{folder}/lake"),
            dataset_name="raw",
        )
        pipeline.run(source, loader_file_format="parquet")

    told(load)


if __name__ == "__main__":
    main(*sys.argv[1:])
