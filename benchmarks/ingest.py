"""Reading a registry: pages over HTTP against dlt's REST source, a BAG Extract against plain pyogrio.

    python benchmarks/ingest.py --rows 200000 --out FILE

ends with one line of JSON, as benchmarks/_measure.py has it. That of the pages is the line itself, with
``flat`` (our memory at five times the rows) and ``latency`` (the same pages from a registry that takes its time);
``bag_extract`` has the same form, and there the scan is pyogrio.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks._measure import HOME, PEERS, Command, environment, judged, module, rounds, said_by, tell, version

KINDS = ("nummeraanduiding", "verblijfsobject", "pand")
#: Addresses in the delivery that is made up, a record of each: a fifth of the rows, and no more.
ADDRESSES = 50_000


@contextmanager
def registry(rows: int, size: int, seed: int, latency: float = 0.0) -> Iterator[str]:
    """The address of a registry with so many records; it is over when the block is."""
    told = ["--rows", str(rows), "--size", str(size), "--seed", str(seed), "--latency", str(latency)]
    command = module("_ingest.server", *told)
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=HOME, env=environment()) as server:
        assert server.stdin is not None and server.stdout is not None
        url = server.stdout.readline().strip()
        try:
            yield url
        finally:
            server.stdin.close()


def ours(url: str, size: int) -> Command:
    """A pull of an exchange."""
    return lambda folder: module("_ingest.http_ours", url, str(size), str(folder))


def pages(wanted: argparse.Namespace) -> dict[str, Any]:
    """Pages over HTTP."""
    dlt = version("dlt", wanted.peers)
    name = f"dlt {dlt}"

    def contenders(url: str) -> dict[str, Command]:
        size = str(wanted.page)
        peer: dict[str, Command] = {
            name: lambda folder: module("_ingest.http_dlt", url, size, str(folder), python=wanted.peers)
        }
        return {"ours": ours(url, wanted.page)} | (peer if dlt else {})

    def same(folders: Mapping[str, Path]) -> dict[str, Any]:
        results = [str(folders["ours"] / "lake" / "raw" / "ingest" / "register")]
        results += [str(folders[name] / "lake" / "raw" / "records")] if dlt else []
        return said_by(module("_ingest.same", "tables", str(wanted.seed), str(wanted.rows), *results))

    with registry(wanted.rows, wanted.page, wanted.seed) as url:
        scan: dict[str, Command] = {
            "scan": lambda folder: module("_ingest.http_scan", url, str(wanted.page), str(folder))
        }
        spent, answer = rounds(contenders(url) | scan, wanted.rounds, same)
    line = {"rows": wanted.rows, "page": wanted.page, "equal": answer == {"equal": True, "rows": wanted.rows}}
    line |= judged(spent, () if dlt else ("dlt",), scan="scan")
    if wanted.flat:
        with registry(5 * wanted.rows, wanted.page, wanted.seed) as url:
            more, _ = rounds({"ours": ours(url, wanted.page)}, 1)
        growth = round(more["ours"]["peak_mb"] / spent["ours"]["peak_mb"], 2)
        line["flat"] = {"rows": 5 * wanted.rows, **more["ours"], "ratio_peak_mb": growth}
    if wanted.latency:
        with registry(wanted.rows, wanted.page, wanted.seed, wanted.latency) as url:
            slower, _ = rounds(contenders(url), 1)
        line["latency"] = {"seconds_a_page": wanted.latency, **judged(slower, () if dlt else ("dlt",))}
    return line


def bag_extract(wanted: argparse.Namespace, work: Path) -> dict[str, Any]:
    """A BAG Extract: the one given, or one made up."""
    delivery = wanted.bag or _made_up(wanted, work)
    peer = f"pyogrio {version('pyogrio', Path(sys.executable))}"

    def of(name: str) -> Command:
        return lambda folder: module(f"_ingest.{name}", str(delivery), str(folder), *KINDS)

    def same(folders: Mapping[str, Path]) -> dict[str, Any]:
        return said_by(module("_ingest.same", "files", str(folders["ours"]), str(folders[peer])))

    spent, answer = rounds({"ours": of("bag_ours"), peer: of("bag_pyogrio")}, wanted.rounds, same)
    return {"delivery": delivery.name, **answer, **judged(spent, scan=peer)}


def _made_up(wanted: argparse.Namespace, work: Path) -> Path:
    from vlekkeloos import sandbox

    addresses = max(1, min(ADDRESSES, wanted.rows // 4))
    return sandbox.make(work, addresses=addresses, seed=wanted.seed, objects=KINDS).bag_delivery


def main() -> None:
    """Measures, and tells."""
    parser = argparse.ArgumentParser(description="Reading a registry, side by side with peers.")
    parser.add_argument("--rows", type=int, default=200_000, help="records in the registry")
    parser.add_argument("--page", type=int, default=100, help="records a page")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--latency", type=float, default=0.02, help="seconds before a page, for a second figure; 0: none"
    )
    parser.add_argument(
        "--flat", action=argparse.BooleanOptionalAction, default=True, help="our memory at 5 x the rows"
    )
    parser.add_argument("--bag", type=Path, help="a BAG Extract of a municipality; left out: one is made up")
    parser.add_argument("--peers", type=Path, default=PEERS, help="the Python of the peers (make peers)")
    parser.add_argument("--out", type=Path, help="a file for the line too")
    wanted = parser.parse_args()
    line = {"benchmark": "ingest", **pages(wanted)}
    with TemporaryDirectory(prefix="vlekkeloos-bench-") as work:
        line["bag_extract"] = bag_extract(wanted, Path(work))
    tell(line, wanted.out)


if __name__ == "__main__":
    main()
