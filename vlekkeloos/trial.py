"""A suite and a source in; what the suite says of the source's newest raw table, out: nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vlekkeloos import results, scan, suite
from vlekkeloos.lake import Lake, Ref
from vlekkeloos.source import PulledSource


@dataclass(frozen=True)
class Trial:
    """What came of it: on which table, and GX's ExpectationSuiteValidationResult, in the suite's order."""

    raw: Ref
    rows: int
    result: Any

    @property
    def broken(self) -> list[Any]:
        """The results of critical expectations that aren't met."""
        return [one for one in self.result.results if not one.success and scan.severity(one) == "critical"]

    @property
    def text(self) -> str:
        """For people: a line about each expectation."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        yield f"{self.raw}, {self.rows:,} rows, suite {self.result.suite_name}"
        wide = max((len(scan.about(one.expectation_config.kwargs)) for one in self.result.results), default=0)
        for one in self.result.results:
            met = "met" if one.success else "not met"
            config = one.expectation_config
            yield (
                f"  {met:<8} {scan.severity(one):<9} {config.type:<45} {scan.about(config.kwargs):<{wide}}"
                f" {_counted(one):<22} {one.meta['evaluated_by']}"
            )


def find(named: str, folder: Path) -> Path:
    """That file, else the suite of that name in ``folder`` or in ``validations/``. Raises NotFound."""
    return Path(named) if Path(named).is_file() else suite.find(folder, named)


def tried(lake: Lake, source: PulledSource, file: Path) -> Trial:
    """Judges the newest raw table of a source by the suite in a file.

    The suite may refer to other sources of the exchange by their names, as in a run: to their newest raw tables, and
    where there is a contract only to those in its ``refers_to``. Of records about persons the result holds counts,
    and no values.

    Raises BadInput if it is no suite, or can't be evaluated on such a table.
    """
    expectations = suite.load(file)
    others = _others(lake, source)
    with lake.query(raw=source.raw, **{f"other_{name}": ref for name, ref in others.items()}) as query:
        judged = scan.judge(
            expectations,
            query,
            "raw",
            lake.schema(source.raw),
            result_format=results.form(personal=source.personal),
            others={name: f"other_{name}" for name in others},
        )
    if source.personal:
        for one in judged.result.results:
            one.result = results.counts(one.expectation_config.type, one.result)
    return Trial(source.raw, lake.count(source.raw), judged.result)


def _others(lake: Lake, source: PulledSource) -> dict[str, Ref]:
    """The newest raw tables that the suite may refer to: raw, for a run judges before it accepts."""
    home = f"raw/{source.exchange}/"
    pulled = {table.removeprefix(home) for table in lake.tables() if table.startswith(home)} - {source.name}
    if source.contract is not None:
        rules = source.contract.validation.get(source.name)
        pulled &= set(rules.refers_to if rules else [])
    newest = {name: lake.latest(home + name) for name in sorted(pulled)}
    return {name: ref for name, ref in newest.items() if ref is not None}


def _counted(one: Any) -> str:
    if "unexpected_count" in one.result:
        return f"{one.result['unexpected_count']:,} of {one.result['element_count']:,} not"
    observed = one.result.get("observed_value")
    return f"{observed:,}" if isinstance(observed, int) else str(observed) if isinstance(observed, float) else ""
