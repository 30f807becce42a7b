"""A table of the CBS about the Town's buurten, served as the CBS serves its open data: OData 4 (OASIS).

``99980NED`` has inhabitants, dwellings and average income by buurt and year; each street is a buurt. An answer has
at most PAGE rows and the link to the next ones. Of OData it understands ``$filter`` with ``eq``, ``and`` and ``or``
(without brackets), ``$select``, ``$top`` and ``$skip``. Errors are OData's. ``POST _edition`` renews the table: a
later ``Modified``, and other values in one of ten buurten.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from vlekkeloos.sandbox.addresses import GEMEENTE, GEMEENTECODE
from vlekkeloos.sandbox.kept import Kept, planted
from vlekkeloos.sandbox.registries import paging
from vlekkeloos.sandbox.registries.sample import Sample
from vlekkeloos.sandbox.registries.town import Town

PREFIX = "/odata/v1/CBS"
TABLE = "99980NED"
PAGE = 500

#: Measure to its title, its unit, and to what its values are rounded.
MEASURES = {
    "M000001": ("Aantal inwoners", "aantal", 5.0),
    "M000002": ("Woningvoorraad", "aantal", 1.0),
    "M000003": ("Gemiddeld inkomen per inwoner", "x 1 000 euro", 0.1),
}
YEARS = ("2024JJ00", "2025JJ00")

Record = dict[str, Any]


def connections(url: str) -> dict[str, dict[str, Any]]:
    """The connection to it; it is open to all."""
    return {"cbs": {"conn_type": "http", "host": url}}


def kept(town: Town) -> Kept:
    """What the municipality keeps of the number of inhabitants in 2025, and how that differs from the CBS."""
    rows = [{"buurt": row["WijkenEnBuurten"], "inwoners": int(row["Value"])} for row in inhabitants(town, 0)]
    return planted(town, pa.Table.from_pylist(rows), key="buurt", fields=["inwoners"])


MUNICIPAL: Mapping[str, Callable[[Town], pa.Table]] = {"kerncijfers.csv": lambda town: kept(town).table}


SAMPLES = [
    Sample(
        "cbs_odata",
        key="Id",
        there=lambda town: range(town.streets * len(MEASURES) * len(YEARS)),
        words={"table": TABLE},
    ),
    Sample("cbs_odata", key="Identifier", there=lambda town: MEASURES, words={"table": TABLE, "set": "MeasureCodes"}),
]


def routes(town: Town) -> list[Route]:
    """The table's properties, and its entity sets."""
    editions = [0]

    async def properties(request: Request) -> Response:
        if request.path_params["table"] != TABLE:
            return _error(404, "NotFound", "The table does not exist.")
        return JSONResponse({"@odata.context": _context(request, "Properties"), **_properties(town, editions[0])})

    async def rows(request: Request) -> Response:
        name = request.path_params["name"]
        if request.path_params["table"] != TABLE or name not in SETS:
            return _error(404, "NotFound", "The table or the entity set does not exist.")
        try:
            return _answer(request, name, list(SETS[name](town, editions[0])))
        except ValueError as fault:
            return _error(400, "BadRequest", str(fault))

    async def renew(request: Request) -> Response:
        editions[0] += 1
        return JSONResponse({"edition": editions[0]})

    return [
        Route("/_edition", renew, methods=["POST"]),
        Route("/{table}/Properties", properties),
        Route("/{table}/{name}", rows),
    ]


def inhabitants(town: Town, edition: int) -> Iterator[Record]:
    """The observations of the number of inhabitants in 2025, as that edition of the table has them."""
    for row in _observations(town, edition):
        if row["Measure"] == "M000001" and row["Perioden"] == "2025JJ00":
            yield row


# ── what there is ─────────────────────────────────────────────────────────────────────────────────────────


def _properties(town: Town, edition: int) -> Record:
    modified = datetime(2026, 1, 8, 1, tzinfo=UTC) + timedelta(days=edition)
    return {
        "Identifier": TABLE,
        "Title": f"Kerncijfers buurten {GEMEENTE}",
        "Modified": modified.isoformat().replace("+00:00", "Z"),
        "DatasetType": "Numeric",
        "ObservationCount": len(_buurten(town)) * len(MEASURES) * len(YEARS),
    }


def _buurten(town: Town) -> list[str]:
    return [f"BU{GEMEENTECODE}{number + 1:04d}" for number in range(town.streets)]


def _observations(town: Town, edition: int) -> Iterator[Record]:
    number = 0
    for place, buurt in enumerate(_buurten(town)):
        for measure, (_, _, rounded) in MEASURES.items():
            for year in YEARS:
                renewed = edition if place % 10 == 0 else 0
                value = town.chance("cbs", buurt, measure, year, renewed).uniform(20, 2000)
                yield {
                    "Id": number,
                    "Measure": measure,
                    "ValueAttribute": "None",
                    "Value": round(round(value / rounded) * rounded, 1),
                    "StringValue": None,
                    "WijkenEnBuurten": buurt,
                    "Perioden": year,
                }
                number += 1


def _codes(pairs: Sequence[tuple[str, str]], **more: Any) -> Iterator[Record]:
    for index, (code, title) in enumerate(pairs, start=1):
        yield {"Identifier": code, "Index": index, "Title": title, "Description": None, **more}


def _measures(town: Town, edition: int) -> Iterator[Record]:
    for index, (code, (title, unit, rounded)) in enumerate(MEASURES.items(), start=1):
        yield {
            "Identifier": code,
            "Index": index,
            "Title": title,
            "Description": None,
            "DataType": "Long" if rounded >= 1 else "Double",
            "Unit": unit,
            "Decimals": 0 if rounded >= 1 else 1,
            "MeasureGroupId": None,
            "PresentationType": "Absolute" if rounded >= 1 else "Relative",
        }


SETS: Mapping[str, Callable[[Town, int], Iterator[Record]]] = {
    "Observations": _observations,
    "MeasureCodes": _measures,
    "Dimensions": lambda town, edition: iter(
        [
            {"Identifier": "WijkenEnBuurten", "Title": "Wijken en buurten", "Kind": "GeoDimension"},
            {"Identifier": "Perioden", "Title": "Perioden", "Kind": "TimeDimension"},
        ]
    ),
    "WijkenEnBuurtenCodes": lambda town, edition: _codes(
        [(code, f"Buurt {code[-4:]}") for code in _buurten(town)], DimensionGroupId=None
    ),
    "PeriodenCodes": lambda town, edition: _codes(
        [(year, year[:4]) for year in YEARS], DimensionGroupId=None, Status="Definitief"
    ),
}


# ── OData ─────────────────────────────────────────────────────────────────────────────────────────────────


def _answer(request: Request, name: str, rows: list[Record]) -> Response:
    params = request.query_params
    if unknown := {p for p in params if p.startswith("$")} - {"$filter", "$select", "$top", "$skip"}:
        raise ValueError(f"The query option {min(unknown)} is not supported.")
    if "$filter" in params:
        keep = _filter(params["$filter"], rows[0])
        rows = [row for row in rows if keep(row)]
    first, top = int(params.get("$skip", 0)), int(params.get("$top", len(rows)))
    end = min(first + paging.size(request, PAGE), top, len(rows))
    shown = rows[first:end]
    if "$select" in params:
        names = params["$select"].split(",")
        shown = [{name: row[name] for name in row if name in names} for row in shown]
    content: Record = {"@odata.context": _context(request, name), "value": shown}
    if end < min(top, len(rows)):
        content["@odata.nextLink"] = str(request.url.include_query_params(**{"$skip": end}))
    return JSONResponse(content)


def _filter(text: str, row: Record) -> Callable[[Record], bool]:
    """A filter as a function of a row: alternatives of comparisons that all hold. Raises ValueError."""
    alternatives = []
    for part in text.split(" or "):
        comparisons = []
        for comparison in part.split(" and "):
            found = re.fullmatch(r"\s*(\w+) eq '([^']*)'\s*", comparison)
            if found is None or found[1] not in row:
                raise ValueError("The query specified in the URI is not valid.")
            comparisons.append((found[1], found[2]))
        alternatives.append(comparisons)
    return lambda row: any(all(row[name] == value for name, value in each) for each in alternatives)


def _context(request: Request, name: str) -> str:
    return f"{request.url.scheme}://{request.url.netloc}{PREFIX}/{TABLE}/$metadata#{name}"


def _error(status: int, code: str, message: str) -> Response:
    return JSONResponse({"error": {"code": code, "message": message}}, status)
