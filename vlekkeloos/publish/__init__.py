"""``agreed`` in; for one partner a release, its delivery and the receipt out.

A release is made once and never changed. A delivery that fails stays due: the next run sends it again,
oldest first. One partner's failure is nobody else's.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from vlekkeloos import connection, connector
from vlekkeloos.connector import Release
from vlekkeloos.contract import Partner
from vlekkeloos.errors import PartnerFailed
from vlekkeloos.lake import Ref
from vlekkeloos.publish.packages import folder, manifest_of, pack
from vlekkeloos.publish.projection import project
from vlekkeloos.run import Outcome, Run

log = logging.getLogger(__name__)

DELIVERIES = pa.schema(
    [
        ("partner", pa.string()),
        ("version", pa.int64()),
        ("status", pa.string()),  # delivered | due
        ("receipt", pa.string()),
        ("message", pa.string()),
        ("run_id", pa.string()),
        ("at", pa.timestamp("us", "UTC")),
    ]
)


def publish(run: Run, name: str, agreed: Ref, quality: dict[str, Any]) -> Outcome:
    """Releases the agreed records to one partner and delivers what it has not received yet.

    Outputs: the partner's releases table. ``quality`` goes into the manifest: the run's counts. Details:
    version, rows, delivered, receipt. Stops with PartnerFailed if a delivery failed; the release is made and
    stays due. Raises BadInput if the contract's projection doesn't fit the records.
    """
    partner = run.contract.partner(name)
    release = project(run, partner, agreed)
    manifest = pack(run, partner, release, quality)
    version = manifest["version"]
    _remember(run, name, version, "due", None, "not delivered yet", once=True)
    stop: PartnerFailed | None = None
    for due in _due(run, name):
        try:
            _remember(run, name, due, "delivered", _deliver(run, partner, due), None)
        except PartnerFailed as error:
            _remember(run, name, due, "due", None, str(error))
            stop = stop or error
    receipt = _receipt(run, name, version)
    details = {"version": version, "rows": manifest["rows"], "delivered": receipt is not None, "receipt": receipt}
    return Outcome([agreed], [release], details, stop)


def _deliver(run: Run, partner: Partner, version: int) -> str:
    module = connector.load(partner.connector, "deliver")
    place = connection.resolve(connection=partner.connection, url=partner.url, folder=run.contract.folder)
    kept = folder(run.exchange, partner.partner, version)
    with run.lake.fetched(kept) as local:
        release = Release(run.exchange, partner.partner, version, local, manifest_of(run.lake, kept))
        receipt: str = module.deliver(partner, place, release)
    log.info("publish %s: release %d delivered", partner.partner, version)
    return receipt


def _receipt(run: Run, partner: str, version: int) -> str | None:
    """What the partner said when it received this version, None if it hasn't."""
    with run.lake.query(deliveries=run.lake.find(run.table("deliveries"))) as query:
        found = query.execute(
            'SELECT receipt FROM deliveries WHERE partner = ? AND version = ? AND receipt IS NOT NULL ORDER BY "at"',
            [partner, version],
        ).fetchone()
    return found[0] if found else None


def _due(run: Run, partner: str) -> list[int]:
    """The versions that this partner has not received, oldest first."""
    with run.lake.query(deliveries=run.lake.find(run.table("deliveries"))) as query:
        found = query.execute(
            "SELECT version FROM deliveries WHERE partner = ? GROUP BY version"
            " HAVING count(*) FILTER (status = 'delivered') = 0 ORDER BY version",
            [partner],
        ).fetchall()
    return [version for (version,) in found]


def _remember(
    run: Run, partner: str, version: int, status: str, receipt: str | None, message: str | None, *, once: bool = False
) -> None:
    now = datetime.now(UTC)
    row = {
        "partner": partner,
        "version": version,
        "status": status,
        "receipt": receipt,
        "message": message,
        "run_id": run.run_id,
        "at": now,
    }
    commit = f"{run.run_id}/{partner}/{version}/{status}" + ("" if once else f"/{now.isoformat()}")
    run.lake.write(
        run.table("deliveries"), pa.Table.from_pylist([row], schema=DELIVERIES), run_id=commit, mode="append"
    )
