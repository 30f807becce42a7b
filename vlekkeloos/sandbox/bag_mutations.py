"""A seed and a day in; the nation's BAG mutations of that day, with known changes in the fictional town, out.

The form is that of a real day delivery: zips of two XML files, the first without mutations, in one zip with the
Leveringsdocument. No two days, and no two kinds of change, touch the same address.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING, Any, NamedTuple

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox import bag_delivery
from vlekkeloos.sandbox.addresses import ISSUED, WITHDRAWN, Address, Period, generate, other_postcode

if TYPE_CHECKING:
    from vlekkeloos.sandbox import Sandbox
    from vlekkeloos.sandbox.registries import Town

#: What can happen to an address. The BAG itself never sends the last one; the standard of its form knows it.
KINDS = ("new", "changed", "ended", "corrected", "removed")

#: Addresses that the days together may touch.
_MOST = 1000

_IMBAG = "www.kadaster.nl/schemas/lvbag/imbag"
_SCHEMAS = "http://www.kadaster.nl/schemas"
_NAMESPACES = {
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
    "ml": f"{_SCHEMAS}/mutatielevering-generiek/1.0",
    "gml": "http://www.opengis.net/gml/3.2",
    "selecties-extract": f"{_SCHEMAS}/lvbag/extract-selecties/v20200601",
    "mlm": f"{_SCHEMAS}/lvbag/extract-deelbestand-mutaties-lvc/v20200601",
    "nen5825": f"{_IMBAG}/nen5825/v20200601",
    "KenmerkInOnderzoek": f"{_IMBAG}/kenmerkinonderzoek/v20200601",
    "DatatypenNEN3610": f"{_IMBAG}/datatypennen3610/v20200601",
    "Historie": f"{_IMBAG}/historie/v20200601",
    "Objecten": f"{_IMBAG}/objecten/v20200601",
    "Objecten-ref": f"{_IMBAG}/objecten-ref/v20200601",
}

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<mlm:bagMutaties {namespaces} xsi:schemaLocation="http://www.kadaster.nl/schemas/lvbag/extract-deelbestand-mutaties-lvc/v20200601 https://developer.kadaster.nl/schemas/lvbag/extract-deelbestand-mutaties-lvc/v20200601/BagvsExtractDeelbestandMutatieLvc-2.1.0.xsd">
  <mlm:bagInfo>
    <selecties-extract:Gebied-Registratief>
      <selecties-extract:Gebied-NLD />
    </selecties-extract:Gebied-Registratief>
    <selecties-extract:MUT-Extract>
      <selecties-extract:StandTechnischeDatum>{until}</selecties-extract:StandTechnischeDatum>
      <selecties-extract:Mutatieperiode>
        <selecties-extract:MutatiedatumVanaf>{since}</selecties-extract:MutatiedatumVanaf>
        <selecties-extract:MutatiedatumTot>{until}</selecties-extract:MutatiedatumTot>
      </selecties-extract:Mutatieperiode>
    </selecties-extract:MUT-Extract>
  </mlm:bagInfo>
  <ml:mutatieBericht>
    <ml:dataset>LVBAG</ml:dataset>
    <ml:inhoud>
      <ml:gebied>NEDERLAND</ml:gebied>
      <ml:leveringsId>0000000001</ml:leveringsId>
      {types}
    </ml:inhoud>"""  # noqa: E501 (as delivered)
_FOOT = "\n  </ml:mutatieBericht>\n</mlm:bagMutaties>\n"

_DOCUMENT = """<?xml version="1.0" encoding="UTF-8"?>
<xb:BAG-Extract-Levering xmlns:xb="http://www.kadaster.nl/schemas/lvbag/extract-levering/v20200601" xmlns:selecties-extract="http://www.kadaster.nl/schemas/lvbag/extract-selecties/v20200601">
    <xb:SelectieGegevens>
        <selecties-extract:MUT-Extract>
            <selecties-extract:StandTechnischeDatum>{until}</selecties-extract:StandTechnischeDatum>
            <selecties-extract:Mutatieperiode>
                <selecties-extract:MutatiedatumVanaf>{since}</selecties-extract:MutatiedatumVanaf>
                <selecties-extract:MutatiedatumTot>{until}</selecties-extract:MutatiedatumTot>
            </selecties-extract:Mutatieperiode>
        </selecties-extract:MUT-Extract>
        <selecties-extract:Gebied-Registratief>
            <selecties-extract:Gebied-NLD/>
        </selecties-extract:Gebied-Registratief>
    </xb:SelectieGegevens>
    <xb:SchemaInfo>
        <xb:naam>BagvsExtractDeelbestandMutatieLvc-2.1.0.xsd</xb:naam>
        <xb:versie>20200601</xb:versie>
    </xb:SchemaInfo>
</xb:BAG-Extract-Levering>
"""


class Change(NamedTuple):
    """What happened to an address, and as what it is valid since; None if it is gone."""

    kind: str
    identificatie: str
    valid: Address | None


def connections(folder: Path) -> dict[str, dict[str, Any]]:
    """The Airflow connection to the folder with the town's Levering and the mutations after it."""
    return {"BAG_LEVERINGEN": {"conn_type": "file", "extra": {"path": str(folder.absolute())}}}


def furnish(made: Sandbox, town: Town) -> dict[str, dict[str, Any]]:
    """A folder with the town's Levering, to which a day's mutations may be added; the connection to it."""
    folder = made.folder / "bag_leveringen"
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / made.bag_delivery.name).exists():
        shutil.copy(made.bag_delivery, folder)
    return connections(folder)


def write(folder: Path, *, seed: int, addresses: int, day: int = 0, each: int = 2) -> tuple[Path, list[Change]]:
    """Writes the delivery of the day-th day after the town's Levering, with ``each`` changes of each kind.

    ``seed`` and ``addresses`` are those of the town. Gives the file, and the changes by kind. Raises BadInput if
    the town is too small for so many changes.
    """
    since = bag_delivery.STAND + timedelta(days=day)
    until = since + timedelta(days=1)
    found = _changes(seed, addresses, day, each)
    changes = [Change(kind, now.identificatie, _after(kind, now, since)) for kind, now in found]
    groups = [
        group for (kind, now), change in zip(found, changes, strict=True) for group in _groups(now, change, since)
    ]
    path = folder / f"BAGNLDM-{since:%d%m%Y}-{until:%d%m%Y}.zip"
    with tempfile.TemporaryDirectory(prefix=".delivery-", dir=folder) as temporary:
        whole = Path(temporary) / path.name
        _write(whole, since, until, groups)
        whole.replace(path)
    return path, changes


def _changes(seed: int, addresses: int, day: int, each: int) -> list[tuple[str, Address]]:
    """The kind of each change of the day, and the address as it was; of a new one as it comes."""
    order = list(range(addresses))
    Random(f"{seed}/mutations").shuffle(order)  # noqa: S311 (a sandbox has to be repeatable)
    places = {number: place for place, number in enumerate(order[:_MOST])}
    old = sorted(
        (places[one.number], one)
        for one in generate(seed, addresses)
        if one.number in places and one.status == ISSUED
    )
    old_kinds = KINDS[1:]
    mine = [one for _, one in old][day * each * len(old_kinds) : (day + 1) * each * len(old_kinds)]
    if len(mine) < each * len(old_kinds):
        raise BadInput("the town is too small for so many days of mutations")
    first = addresses + day * each
    new = islice(generate(seed, first + each), first, None)
    return [("new", one) for one in new] + [(old_kinds[at // each], one) for at, one in enumerate(mine)]


def _after(kind: str, now: Address, day: date) -> Address | None:
    """The address as it is valid from the day on."""
    following = Period(now.period.number + 1, day.isoformat())
    match kind:
        case "new":
            return now._replace(status=ISSUED, period=Period(1, day.isoformat()), earlier=())
        case "changed":
            return now._replace(postcode=other_postcode(now.postcode), period=following)
        case "ended":
            return now._replace(status=WITHDRAWN, period=following)
        case "corrected":
            # what was wrong from its first day is replaced from that day
            return now._replace(
                postcode=other_postcode(now.postcode), period=following._replace(begin=now.period.begin)
            )
        case _:
            return None


def _groups(was: Address, change: Change, day: date) -> Iterator[str]:
    """The groups of mutations that tell of one change."""
    if change.valid is None:
        everything = (*was.earlier, was)
        yield _group("".join(f"<ml:verwijdering>{_state('was', one)}</ml:verwijdering>" for one in everything))
        return
    toevoeging = f"<ml:toevoeging>{_state('wordt', change.valid)}</ml:toevoeging>"
    if change.kind == "new":
        yield _group(toevoeging)
        yield _group(
            f"<ml:toevoeging>{_holding('wordt', bag_delivery.verblijfsobject(change.valid))}</ml:toevoeging>"
        )
        return
    is_wrong = change.kind == "corrected"
    past = was.period._replace(inactive=day.isoformat()) if is_wrong else was.period._replace(end=day.isoformat())
    wordt = _state("wordt", was._replace(period=past))
    yield _group(f"<ml:wijziging>{_state('was', was)}{wordt}</ml:wijziging>{toevoeging}")


def _group(mutations: str) -> str:
    return f"<ml:mutatieGroep>{mutations}</ml:mutatieGroep>"


def _state(kind: str, address: Address) -> str:
    return _holding(kind, bag_delivery.nummeraanduiding(address))


def _holding(kind: str, xml: str) -> str:
    return f"<ml:{kind}><mlm:bagObject>{xml}</mlm:bagObject></ml:{kind}>"


def _write(path: Path, since: date, until: date, groups: Sequence[str]) -> None:
    work, days = path.parent, f"{since:%d%m%Y}-{until:%d%m%Y}"
    namespaces = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in _NAMESPACES.items())

    def file(types: Sequence[str], groups: Sequence[str]) -> str:
        listed = "".join(f"\n        <ml:objectType>{one}</ml:objectType>" for one in types)
        objects = f"<ml:objectTypen>{listed}\n      </ml:objectTypen>" if types else "<ml:objectTypen />"
        head = _HEAD.format(namespaces=namespaces, since=since, until=until, types=objects)
        return head + "".join(groups) + _FOOT

    inner = []
    for mark, types, found in (("IOMUT", [], []), ("MUT", ["NUM", "VBO"], groups)):
        name = f"9999{mark}{days}"
        first, second = f"{name}-000001.xml", f"{name}-000002.xml"
        bag_delivery.write_text_zip(work / f"{name}.zip", {first: file(types, []), second: file([], found)})
        inner.append(work / f"{name}.zip")
    relations = work / f"GEM-WPL-RELATIE-{until:%d%m%Y}.zip"
    bag_delivery.write_text_zip(
        relations, {f"{relations.stem}-000001.xml": bag_delivery.gemeente_woonplaats_relatie(until)}
    )
    bag_delivery.write_text_zip(
        path, {"Leveringsdocument-BAG-Extract.xml": _DOCUMENT.format(since=since, until=until)}
    )
    bag_delivery.store(path, [*inner, relations])
