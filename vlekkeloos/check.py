"""Contracts in; everything that is wrong with them out, without running anything or meeting a registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
from croniter import croniter

from vlekkeloos import contract, suite
from vlekkeloos.contract import Contract
from vlekkeloos.errors import ContractError, Fault, VlekkeloosError


def judged(file: Path) -> Contract:
    """The contract in a file, its suites, conditions and schedule included. Raises ContractError."""
    found = contract.read(file)
    faults = [
        Fault(file, contract.line_of(file, path), ".".join(map(str, path)), said) for path, said in _faults(found)
    ]
    if faults:
        raise ContractError(faults)
    return found


def find(exchanges: Path, name: str) -> Contract:
    """The judged contract of one exchange. Raises NotFound, ContractError."""
    return judged(contract.file_of(exchanges, name))


def every(exchanges: Path) -> Iterator[tuple[Path, Contract | ContractError]]:
    """Each contract file below ``exchanges`` with its contract or its faults. Raises NotFound."""
    seen: dict[str, Path] = {}
    for file in contract.files(exchanges):
        try:
            found = judged(file)
            if (other := seen.setdefault(found.exchange, file)) != file:
                line = contract.line_of(file, ("exchange",))
                raise ContractError([Fault(file, line, "exchange", f"a name of its own; {other} has this one")])
            yield file, found
        except ContractError as error:
            yield file, error


def _faults(found: Contract) -> Iterator[tuple[contract.Path_, str]]:
    if found.schedule is not None and not croniter.is_valid(found.schedule):
        yield ("schedule",), 'a cron expression, e.g. "0 4 * * *"'
    for name, rules in found.validation.items():
        try:
            suite.load(suite.find(found.folder, rules.suite))
        except VlekkeloosError as error:
            yield ("validate", name, "suite"), str(error)
    for number, partner in enumerate(found.publish):
        if partner.where is None:
            continue
        try:
            statements = duckdb.extract_statements(f"SELECT 1 FROM agreed WHERE ({partner.where})")
        except duckdb.Error:
            statements = []
        if len(statements) != 1:
            yield ("publish", number, "where"), "one SQL condition, e.g. \"status = 'Naamgeving uitgegeven'\""
