"""Every way in which Vlekkeloos refuses or fails, as one tree.

    VlekkeloosError            anything below; carries the exit status of the command line
    ├── ContractError          a contract says something wrong            exit status 2
    ├── BadInput               a registry's data breaks its own contract  exit status 2
    ├── BadRows                rows of a file that a person filled in are wrong   exit status 2
    ├── Superseded             a newer run has been released already          exit status 2
    ├── NotFound               a table, exchange or run that isn't there  exit status 2
    ├── RegistryFailed         a registry did not answer as it should     exit status 3
    │   └── RegistryRefused    … because of what it was asked, or by whom
    ├── PartnerFailed          a partner did not take what it was sent    exit status 3
    ├── Busy                   another run writes the same table              exit status 3
    └── Held                   a threshold stopped the run; a person must look   exit status 1

No message holds a value out of a record: a message ends up in logs, and records may be about persons. It
names the place (file, record, field) and the rule that was broken.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


class VlekkeloosError(Exception):
    """Anything that Vlekkeloos itself refuses or reports as failed."""

    exit_status = 2


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a contract: where it is (``path`` into the YAML) and what was expected there."""

    file: Path
    line: int
    path: str
    expected: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.path}: {self.expected}"


class ContractError(VlekkeloosError):
    """A contract is wrong; every fault in it is told, not only the first."""

    def __init__(self, faults: list[Fault]) -> None:
        self.faults = faults
        super().__init__("\n".join(str(fault) for fault in faults))


class BadInput(VlekkeloosError):
    """Received data breaks a rule. Says which file, record and field, which rule, and what to do.

    ``kept`` is the local file as received, if there is one: the pull keeps a copy of it in the lake.
    """

    def __init__(
        self,
        rule: str,
        *,
        file: str | None = None,
        record: str | int | None = None,
        field: str | None = None,
        advice: str | None = None,
        kept: Path | None = None,
    ) -> None:
        self.rule, self.file, self.record, self.field, self.kept = rule, file, record, field, kept
        place = [
            f"{name} {value}"
            for name, value in (("file", file), ("record", record), ("field", field))
            if value is not None
        ]
        where = ", ".join(place) + ": " if place else ""
        super().__init__(f"{where}{rule}" + (f" ({advice})" if advice else ""))


class BadRows(VlekkeloosError):
    """Rows of a file that a person filled in break rules: nothing of it is taken over, and every one is told.

    ``rows`` has for each the number of the row (from 1, as a spreadsheet counts), the column and the rule, and
    ``lines`` the same in the words of the file's reader.
    """

    def __init__(self, rows: list[tuple[int, str, str]], lines: list[str]) -> None:
        self.rows = rows
        super().__init__("\n".join(lines))


class NotFound(VlekkeloosError):
    """A table, exchange, source, partner or run was asked for that does not exist."""


class Superseded(VlekkeloosError):
    """A run was to be released whose comparison is older than the one that was released last."""


class RegistryFailed(VlekkeloosError):
    """A registry could not be reached, or answered with an error; the same call may pass later."""

    exit_status = 3


class RegistryRefused(RegistryFailed):
    """A registry understood what it was asked and refused it; the same call will be refused again."""


class PartnerFailed(VlekkeloosError):
    """A partner did not take a release; the delivery stays due and the next run sends it again."""

    exit_status = 3


class Busy(VlekkeloosError):
    """Another run was writing the same table; the same call may pass later."""

    exit_status = 3


class Held(VlekkeloosError):
    """A threshold was passed: nothing is published until a person has looked."""

    exit_status = 1
