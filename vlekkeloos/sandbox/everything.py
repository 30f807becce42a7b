"""A made municipality in; what any exchange needs of registries, municipality and partners, as connections, out.

Three sorts of places, none of them listed here by name: registries over HTTP, with what the municipality keeps
beside them (``registries``); files that arrive, each written by a module of the sandbox that has
``furnish(made, town) -> dict[str, dict]``, the Airflow connections by name; and partners, who are those of the
contracts: a folder for each, and a key for each that receives pseudonyms.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from vlekkeloos import check, sandbox
from vlekkeloos.contract import Contract, Place, Report
from vlekkeloos.errors import ContractError
from vlekkeloos.sandbox import Sandbox, registries
from vlekkeloos.sandbox.registries import Town


def environment(
    made: Sandbox,
    town: Town,
    partner_url: str,
    *,
    registries_url: str,
    exchanges: Path,
    delivered: Path | None = None,
) -> dict[str, str]:
    """Every connection, as environment variables: ``AIRFLOW_CONN_<NAME>`` to JSON.

    ``town`` is the one that ``made`` was made from, ``registries_url`` where its registries are served and
    ``partner_url`` where the partner of ``made`` is. ``delivered`` is where partners have their folders, by
    default beside the rest. What the municipality keeps is written anew, the same each time.
    """
    kept = made.folder / "municipality"
    kept.mkdir(parents=True, exist_ok=True)
    found = _named(partners(exchanges, delivered or made.folder / "partners"))
    found |= registries.connections(registries_url) | registries.furnish(town, kept)
    for module in furnishers():
        found |= _named(module.furnish(made, town))
    return found | sandbox.environment(made, partner_url)


def furnishers() -> Iterator[ModuleType]:
    """The modules of the sandbox that write files which arrive from elsewhere."""
    for info in pkgutil.iter_modules(sandbox.__path__, f"{sandbox.__name__}."):
        module = importlib.import_module(info.name)
        if hasattr(module, "furnish") and module is not registries:
            yield module


def partners(exchanges: Path, folder: Path) -> dict[str, dict[str, Any]]:
    """A folder for each partner of the contracts that has one, and a key for each that gets pseudonyms."""
    found: dict[str, dict[str, Any]] = {}
    for contract in _contracts(exchanges):
        for partner in contract.publish:
            if partner.connector == "folder" and partner.connection:
                place = folder / partner.connection
                place.mkdir(parents=True, exist_ok=True)
                found[partner.connection] = {"conn_type": "file", "extra": {"path": str(place.absolute())}}
            if partner.pseudonym_key:
                secret = hashlib.sha256(f"sandbox/{partner.pseudonym_key}".encode()).hexdigest()
                found[partner.pseudonym_key] = {"conn_type": "generic", "password": secret}
    return found


def lacking(exchanges: Path, found: dict[str, str]) -> dict[str, list[str]]:
    """Which exchanges name connections that are not among the found ones, and which."""
    missing = {
        contract.exchange: sorted(name for name in _needed(contract) if f"AIRFLOW_CONN_{name.upper()}" not in found)
        for contract in _contracts(exchanges)
    }
    return {exchange: names for exchange, names in missing.items() if names}


def _needed(contract: Contract) -> set[str]:
    places: list[Place] = [*contract.sources.values(), *contract.publish]
    places += [contract.feed_back] if isinstance(contract.feed_back, Report) else []
    named = {place.connection for place in places} | {partner.pseudonym_key for partner in contract.publish}
    return {name for name in named if name is not None}


def _contracts(exchanges: Path) -> Iterator[Contract]:
    for _, contract in check.every(exchanges):
        if not isinstance(contract, ContractError):
            yield contract


def _named(found: dict[str, dict[str, Any]]) -> dict[str, str]:
    return {f"AIRFLOW_CONN_{name.upper()}": json.dumps(connection) for name, connection in found.items()}
