"""A folder and a seed in; a fictional municipality out: registry, BAG delivery, partner and the truth.

Everything is made up, down to a gemeentecode that doesn't exist, and is the same for the same arguments. The
truth file names every error planted in the two registries, as reconcile must report them.
"""

from __future__ import annotations

import json
import os
import secrets
import shlex
import signal
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox import bag_delivery, mistakes, registry
from vlekkeloos.sandbox.addresses import MOST_ADDRESSES, generate, streets
from vlekkeloos.sandbox.partner import Server

#: Raised when the same arguments give another sandbox than before, so that no old one is used again.
FORM = 1

DESCRIPTION, CONNECTIONS = "sandbox.json", "connections.env"


@dataclass(frozen=True)
class Sandbox:
    """Where a sandbox's parts are. ``counts`` says how much is in each, and how many errors of each kind."""

    folder: Path
    bag_delivery: Path
    database_url: str = field(repr=False)
    truth: Path
    partner_folder: Path
    partner_token: str = field(repr=False)
    counts: dict[str, dict[str, int]]


def make(
    folder: Path,
    *,
    addresses: int = 25_000,
    seed: int = 1,
    errors: int | None = None,
    database: str | None = None,
    objects: Sequence[str] | None = None,
) -> Sandbox:
    """Makes the municipality in ``folder``, or finds it there if it was made with the same arguments.

    ``errors`` is the number of lines in the truth file (by default a fiftieth of the addresses), ``database``
    any SQLAlchemy URL (by default a SQLite file in the folder), ``objects`` the BAG object types that the
    delivery holds (by default all). Raises BadInput for a number or a type that can't be.
    """
    if not 1 <= addresses <= MOST_ADDRESSES:
        raise BadInput(f"a sandbox has 1 to {MOST_ADDRESSES} addresses")
    if unknown := set(objects or ()) - set(bag_delivery.OBJECTS):
        raise BadInput(f"no BAG object type {min(unknown)!r}; there are: {', '.join(bag_delivery.OBJECTS)}")
    folder = folder.absolute()
    url = sa.make_url(database or f"sqlite:///{folder / 'adressen.sqlite'}")
    plan = mistakes.make_plan(seed, addresses, addresses // 50 if errors is None else errors)
    arguments = {
        "form": FORM,
        "addresses": addresses,
        "seed": seed,
        "errors": addresses // 50 if errors is None else errors,
        "database": url.render_as_string(),
        "objects": sorted(objects or bag_delivery.OBJECTS),
    }
    return _found(folder, url, arguments) or _made(folder, url, plan, arguments)


def serve(
    sandbox: Sandbox,
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] | None = None,
    connections: Callable[[str], dict[str, str]] | None = None,
) -> None:
    """Serves the partner's endpoint until interrupted (Ctrl-C, or SIGTERM); port 0 takes a free one.

    Once it listens, connections.env is written and ``ready`` is called with the endpoint's URL. ``connections``
    makes of that URL what the file is to say, by default ``environment``. Raises BadInput if the port is taken.
    """
    try:
        server = Server(sandbox.partner_folder, sandbox.partner_token, host=host, port=port)
    except OSError as fault:
        raise BadInput(f"the partner can't listen on {host}:{port}: {fault.strerror}") from None
    with server:
        known = connections(server.url) if connections else environment(sandbox, server.url)
        lines = [f"{name}={shlex.quote(value)}" for name, value in known.items()]
        _write_private(sandbox.folder / CONNECTIONS, "\n".join(lines) + "\n")
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.default_int_handler)
        if ready is not None:
            ready(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return


def environment(sandbox: Sandbox, partner_url: str) -> dict[str, str]:
    """The Airflow connections to the sandbox's parts, as environment variables."""
    partner = {"conn_type": "http", "host": partner_url, "password": sandbox.partner_token}
    delivery = {"conn_type": "file", "extra": {"path": str(sandbox.bag_delivery)}}
    connections = {
        "GEMEENTE_ADRESSEN": _database_connection(sa.make_url(sandbox.database_url)),
        "BAG_LEVERING": delivery,
        "PARTNER_BELASTING": partner,
    }
    return {f"AIRFLOW_CONN_{name}": json.dumps(connection) for name, connection in connections.items()}


def _database_connection(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() == "sqlite":
        return {"conn_type": "sqlite", "host": str(Path(url.database or "").absolute())}
    bare = sa.URL.create(url.drivername, host=url.host, port=url.port, database=url.database, query=url.query)
    found: dict[str, Any] = {"conn_type": "generic", "extra": {"sqlalchemy_url": bare.render_as_string()}}
    if url.username:
        found["login"] = url.username
    if url.password:
        found["password"] = str(url.password)
    return found


def _found(folder: Path, url: sa.URL, arguments: dict[str, Any]) -> Sandbox | None:
    """The sandbox that lies in the folder, if it is complete and was made with these arguments."""
    try:
        description = json.loads((folder / DESCRIPTION).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    if description["arguments"] != arguments:
        return None
    sandbox = _sandbox(folder, url, description["partner_token"], description["counts"])
    whole = sandbox.bag_delivery.is_file() and sandbox.truth.is_file()
    if not whole or registry.count(url) != sandbox.counts["registry"]["rows"]:
        return None
    return sandbox


def _made(folder: Path, url: sa.URL, plan: mistakes.Plan, arguments: dict[str, Any]) -> Sandbox:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / DESCRIPTION).unlink(missing_ok=True)
    sandbox = _sandbox(folder, url, secrets.token_urlsafe(24), {})
    delivered = bag_delivery.write(
        sandbox.bag_delivery,
        streets=streets(plan.seed, plan.total),
        addresses=(outcome.bag for outcome in _outcomes(plan) if outcome.bag is not None),
        objects=arguments["objects"],
    )
    told: list[mistakes.Truth] = []
    rows = registry.write(url, _rows(plan, told))
    mistakes.write_truth(sandbox.truth, told)
    counts = {
        "bag": delivered,
        "registry": {"rows": rows, "postcodes_written_otherwise": len(plan.notation)},
        "truth": dict(Counter(line.kind for line in told)),
    }
    description = {"arguments": arguments, "counts": counts, "partner_token": sandbox.partner_token}
    _write_private(folder / DESCRIPTION, json.dumps(description, indent=2) + "\n")
    return _sandbox(folder, url, sandbox.partner_token, counts)


def _sandbox(folder: Path, url: sa.URL, token: str, counts: dict[str, dict[str, int]]) -> Sandbox:
    return Sandbox(
        folder=folder,
        bag_delivery=folder / bag_delivery.file_name(),
        database_url=url.render_as_string(hide_password=False),
        truth=folder / "truth.csv",
        partner_folder=folder / "partner",
        partner_token=token,
        counts=counts,
    )


def _outcomes(plan: mistakes.Plan) -> Iterator[mistakes.Outcome]:
    return map(plan.apply, generate(plan.seed, plan.total))


def _rows(plan: mistakes.Plan, told: list[mistakes.Truth]) -> Iterator[mistakes.Row]:
    """The municipal rows; what was planted in those that passed is in ``told``."""
    for outcome in _outcomes(plan):
        told.extend(outcome.truth)
        yield from outcome.rows


def _write_private(path: Path, text: str) -> None:
    """Writes a file that holds a secret: whole or not at all, and for its owner's eyes only."""
    fresh = path.with_name(path.name + ".new")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    fresh.replace(path)
