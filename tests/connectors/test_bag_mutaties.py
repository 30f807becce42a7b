"""The nation's day delivery, real and made, laid over the last state: what is there after it was counted apart."""

from __future__ import annotations

import io
import logging
import re
import shutil
import struct
import subprocess
import sys
import xml.etree.ElementTree as ET
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors import bag_extract, bag_mutaties
from tests.builder import Exchange, contract
from tests.connectors import bag_mutations_form as form
from tests.connectors.bag_mutations_form import added, changed, group, levering, mutations, nummeraanduiding, removed
from vlekkeloos.connector import Connection, Wanted
from vlekkeloos.errors import BadInput, RegistryFailed
from vlekkeloos.pull import pull

CODES = {
    "nummeraanduiding": "NUM",
    "verblijfsobject": "VBO",
    "pand": "PND",
    "openbareRuimte": "OPR",
    "woonplaats": "WPL",
    "ligplaats": "LIG",
    "standplaats": "STA",
}
#: Mutations in the real delivery, counted by hand (grep) in its XML: toevoegingen, wijzigingen.
COUNTED = {"nummeraanduiding": (5, 1), "verblijfsobject": (5461, 5457), "pand": (45, 39)}

for _prefix, _uri in form.NAMESPACES.items():
    ET.register_namespace(_prefix, _uri)


# ── the real delivery, read with nothing of the connector's ───────────────────────────────────────────────────


def local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


@pytest.fixture(scope="module")
def real(shared_data: Path) -> Path:
    return shared_data / "bag" / "BAGNLDM-13112021-14112021.zip"


Mutation = tuple[str, ET.Element | None, ET.Element | None]


def read_by_hand(path: Path, mark: str) -> Iterator[Mutation]:
    """Kind, was and wordt of every mutation in the files with that mark, in order."""
    with zipfile.ZipFile(path) as outer:
        (name,) = [name for name in outer.namelist() if re.match(rf"9999{mark}\d", name)]
        with zipfile.ZipFile(io.BytesIO(outer.read(name))) as inner:
            for file in sorted(inner.namelist()):
                for one in ET.fromstring(inner.read(file)).iter():
                    if local(one) in ("toevoeging", "wijziging", "verwijdering"):
                        states = {local(state): state[0][0] for state in one}
                        yield local(one), states.get("was"), states.get("wordt")


@pytest.fixture(scope="module")
def by_hand(real: Path) -> list[Mutation]:
    return list(read_by_hand(real, "MUT"))


@pytest.fixture(scope="module")
def under_investigation_by_hand(real: Path) -> list[Mutation]:
    return list(read_by_hand(real, "IOMUT"))


def text_of(element: ET.Element, name: str) -> str:
    return next(leaf.text or "" for leaf in element.iter() if local(leaf) == name)


def key(element: ET.Element) -> tuple[str, ...]:
    if local(element).startswith("Kenmerk"):
        id_ = next(leaf.text or "" for leaf in element if local(leaf).startswith("identificatie"))
        return id_, text_of(element, "tijdstipRegistratie"), text_of(element, "kenmerk")
    return text_of(element, "identificatie"), text_of(element, "voorkomenidentificatie")


def as_written(element: ET.Element) -> dict[str, Any]:
    """The fields of an object as text: a reference by its relation's name, a geometry as its points."""
    found: dict[str, list[str]] = {}
    for field in element:
        name = local(field)
        if name == "geometrie":
            continue
        for leaf in field.iter():
            if len(leaf) == 0:
                found.setdefault(name if local(leaf).endswith("Ref") else local(leaf), []).append(leaf.text or "")
    shape = next((field for field in element if local(field) == "geometrie"), None)
    told: dict[str, Any] = {name: texts if len(texts) > 1 else texts[0] for name, texts in found.items()}
    return told if shape is None else told | {"geometrie": points(shape)}


def points(shape: ET.Element) -> list[tuple[float, float]]:
    size = next(int(e.get("srsDimension", "0")) for e in shape.iter() if e.get("srsDimension"))
    rings = [[float(n) for n in (e.text or "").split()] for e in shape.iter() if local(e) in ("pos", "posList")]
    return [(ring[i], ring[i + 1]) for ring in rings for i in range(0, len(ring), size)]


def points_of_wkb(wkb: bytes) -> list[tuple[float, float]]:
    """All points of a point or polygon in little-endian WKB."""
    (kind,) = struct.unpack_from("<I", wkb, 1)
    if kind == 1:
        return [struct.unpack_from("<dd", wkb, 5)]
    assert kind == 3
    (rings,), at, found = struct.unpack_from("<I", wkb, 5), 9, []
    for _ in range(rings):
        (count,) = struct.unpack_from("<I", wkb, at)
        found += [struct.unpack_from("<dd", wkb, at + 4 + 16 * i) for i in range(count)]
        at += 4 + 16 * count
    return found


def as_text(row: dict[str, Any]) -> dict[str, Any]:
    """A row of the table as the XML writes it."""

    def text(name: str, value: Any) -> Any:
        if name == "geometrie":
            return points_of_wkb(value)
        if isinstance(value, datetime):
            return value.isoformat(timespec="milliseconds")
        if isinstance(value, list):
            return value if len(value) > 1 else value[0]
        return value.isoformat() if isinstance(value, date) else str(value)

    return {name: text(name, value) for name, value in row.items() if value is not None and not name.startswith("_")}


def laid_over_by_hand(start: Sequence[ET.Element], found: Sequence[Mutation], element: str) -> dict[Any, ET.Element]:
    """What the standard says of mutations: was goes, wordt comes."""
    there = {key(one): one for one in start}
    for _, was, wordt in found:
        if was is not None and local(was) == element:
            del there[key(was)]
        if wordt is not None and local(wordt) == element:
            there[key(wordt)] = wordt
    return there


# ── the real delivery through the engine ──────────────────────────────────────────────────────────────────────


def source(exchange: Exchange, **words: Any) -> Exchange:
    """The exchange with this source beside a municipal one that is of no matter here."""
    deliveries = exchange.home / "leveringen"
    deliveries.mkdir(exist_ok=True)
    bag = {"connector": "bag_mutaties", "url": "leveringen", "key": "identificatie", "authentic": True, **words}
    gemeente = {"connector": "parquet", "url": "left.parquet", "key": bag["key"]}
    fields: dict[str, Any] = {"documentnummer": {}}
    reconcile = {"left": "gemeente", "right": "bag", "fields": fields, "settle": "authentic"}
    exchange.write(contract(sources={"gemeente": gemeente, "bag": bag}, reconcile=reconcile, validate={}, publish=[]))
    return exchange


def pulled_into_the_lake(exchange: Exchange, run_id: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    outcome = pull(exchange.run(run_id), "bag")
    return exchange.rows("raw/demo/bag"), outcome.details


@pytest.fixture(scope="module")
def before(by_hand: list[Mutation], tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, list[Any]]]:
    """A Levering of the day before the real delivery: all that it changes, as it was, and as much that it doesn't.

    Three voorkomens are added and changed in the same delivery: those weren't there.
    """
    there: dict[str, list[ET.Element]] = {}
    came = set[tuple[str, ...]]()
    for _, was, wordt in by_hand:
        if was is not None and (local(was), *key(was)) not in came:
            other = ET.fromstring(ET.tostring(was))
            number = next(leaf for leaf in other.iter() if local(leaf) == "voorkomenidentificatie")
            number.text = str(int(number.text or "") + 100)
            there.setdefault(local(was), []).extend([was, other])
        if wordt is not None:
            came.add((local(wordt), *key(wordt)))
    as_xml = {CODES[name]: [] for name in CODES} | {
        CODES[name[0].lower() + name[1:]]: [ET.tostring(one, "unicode") for one in found]
        for name, found in there.items()
    }
    folder = tmp_path_factory.mktemp("levering")
    return levering(folder, date(2021, 11, 13), as_xml), there


@pytest.mark.parametrize("object_", CODES)
def test_the_state_after_the_real_delivery_is_that_of_its_was_and_wordt_pairs_counted_apart(
    object_: str,
    exchange: Exchange,
    before: tuple[Path, dict[str, list[Any]]],
    by_hand: list[Mutation],
    real: Path,
) -> None:
    element = object_[0].upper() + object_[1:]
    start = before[1].get(element, [])
    expected = laid_over_by_hand(start, by_hand, element)
    kinds = Counter(kind for kind, was, wordt in by_hand if local(wordt if was is None else was) == element)  # type: ignore[arg-type]
    assert (kinds["toevoeging"], kinds["wijziging"]) == COUNTED.get(object_, (0, 0))
    assert len(expected) == len(start) + kinds["toevoeging"]

    source(exchange, object=object_)
    shutil.copy(before[0], exchange.home / "leveringen")
    rows, details = pulled_into_the_lake(exchange, "r1")
    assert (len(rows), details["cursor"]) == (len(start), "2021-11-13")

    shutil.copy(real, exchange.home / "leveringen")
    rows, details = pulled_into_the_lake(exchange, "r2")
    found = {(row["identificatie"], str(row["voorkomenidentificatie"])): row for row in rows}
    assert len(rows) == len(found) == len(expected)
    assert details["cursor"] == "2021-11-14"
    assert (details["added"], details["removed"]) == (kinds["toevoeging"], 0)
    for identity, wordt in expected.items():
        assert as_text(found[identity]) == as_written(wordt), identity

    assert (details["unknown_changed"], details["known_added"]) == (0, 0)

    again, details = pulled_into_the_lake(exchange, "r3")
    without_place = [{**row, "_row": 0} for row in again]
    assert sorted(map(repr, without_place)) == sorted(repr({**row, "_row": 0}) for row in rows)
    assert (details["added"], details["removed"], details["cursor"]) == (0, 0, "2021-11-14")


def test_a_first_pull_with_levering_and_mutations_gives_the_same_state_as_one_after_the_other(
    exchange: Exchange, before: tuple[Path, dict[str, list[Any]]], by_hand: list[Mutation], real: Path
) -> None:
    source(exchange, object="pand")
    for delivery in (before[0], real):
        shutil.copy(delivery, exchange.home / "leveringen")
    rows, _ = pulled_into_the_lake(exchange, "r1")
    expected = laid_over_by_hand(before[1]["Pand"], by_hand, "Pand")
    found = {(row["identificatie"], str(row["voorkomenidentificatie"])): as_text(row) for row in rows}
    assert found == {identity: as_written(wordt) for identity, wordt in expected.items()}
    again, _ = pulled_into_the_lake(source(exchange, object="pand", mode="full"), "r2")
    assert sorted(repr(as_text(row)) for row in again) == sorted(repr(as_text(row)) for row in rows)


@pytest.mark.parametrize("object_", CODES)
def test_laying_the_real_delivery_over_the_state_twice_changes_nothing(object_: str, real: Path) -> None:
    once = laid_over({}, delta(real, "2021-11-13", object=object_), *IDENTITY)
    assert laid_over(once, delta(real, "2021-11-13", object=object_), *IDENTITY) == once
    assert delta(real, "2021-11-14", object=object_).num_rows == 0


def test_the_columns_are_those_of_the_levering_so_that_both_fit_together(
    real: Path, before: tuple[Path, dict[str, list[Any]]]
) -> None:
    for object_ in CODES:
        whole = bag_extract.pull(bag_extract.Options(object=object_), Connection("bag", str(before[0])))
        options = bag_mutaties.Options(object=object_)
        changes = bag_mutaties.pull(options, Connection("bag", str(real)), Wanted(since="2021-11-13"))
        assert pa.schema([field for field in changes.schema if field.name not in changes.marks]) == whole.schema
        assert bag_mutaties.history(options) == bag_extract.history(bag_extract.Options(object=object_))


def test_what_is_under_investigation_is_mutated_too(real: Path, under_investigation_by_hand: list[Mutation]) -> None:
    expected = [wordt for _, _, wordt in under_investigation_by_hand if wordt is not None]
    assert len(expected) == 2
    found = delta(real, "2021-11-13", object="verblijfsobject", deel="inOnderzoek")
    assert [as_text(row) for row in found.to_pylist()] == [as_written(one) for one in expected]
    assert delta(real, "2021-11-13", object="pand", deel="inOnderzoek").num_rows == 0


def test_the_relations_between_gemeente_and_woonplaats_come_whole_with_each_delivery(real: Path) -> None:
    options = bag_mutaties.Options(object="gemeenteWoonplaatsRelatie")
    pulled = bag_mutaties.pull(options, Connection("bag", str(real)), Wanted(since="2021-11-13"))
    with zipfile.ZipFile(real) as outer, zipfile.ZipFile(io.BytesIO(outer.read("GEM-WPL-RELATIE-14112021.zip"))) as z:
        text = z.read(z.namelist()[0])
    assert not pulled.delta
    table = pa.Table.from_batches(pulled.batches, schema=pulled.schema)
    assert table.num_rows == text.count(b"</gwr-product:GemeenteWoonplaatsRelatie>") == 8261
    nothing = bag_mutaties.pull(options, Connection("bag", str(real)), Wanted(since="2021-11-14"))
    assert nothing.delta and list(nothing.batches) == []


def test_a_geometry_is_to_the_byte_that_which_gdal_reads_of_a_levering(weesp: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(weesp) as outer, zipfile.ZipFile(io.BytesIO(outer.read("0457GEM15102021.zip"))) as middle:
        for object_, code, file in (
            ("woonplaats", "WPL", 1),
            ("standplaats", "STA", 1),
            ("verblijfsobject", "VBO", 3),
        ):
            name = f"0457{code}15102021"
            with zipfile.ZipFile(io.BytesIO(middle.read(f"{name}.zip"))) as inner:
                xml = ET.fromstring(inner.read(f"{name}-{file:06d}.xml"))
            objects = [ET.tostring(one[0], "unicode") for one in xml.iter() if local(one) == "bagObject"][-1500:]
            folder = tmp_path / code
            folder.mkdir()
            path = mutations(folder, date(2021, 10, 15), date(2021, 10, 16), [group(*map(added, objects))])
            shapes = delta(path, "2021-10-15", object=object_)["geometrie"]
            whole = bag_extract.pull(bag_extract.Options(object=object_), Connection("bag", str(weesp)))
            expected = pa.Table.from_batches(whole.batches, schema=whole.schema)["geometrie"]
            assert shapes.to_pylist() == expected.to_pylist()[-len(objects) :]


# ── deliveries made by hand ───────────────────────────────────────────────────────────────────────────────────

IDENTITY = ("identificatie", "voorkomenidentificatie")
A, B, C = "9998200000000001", "9998200000000002", "9998200000000003"
DAYS = [date(2026, 1, day) for day in range(1, 10)]


def delta(path: Path, since: str | None, **words: Any) -> pa.Table:
    options = bag_mutaties.Options(**({"object": "nummeraanduiding"} | words))
    pulled = bag_mutaties.pull(options, Connection("bag", str(path)), Wanted(since=since))
    return pa.Table.from_batches(pulled.batches, schema=pulled.schema)


def laid_over(state: dict[Any, Any], changes: pa.Table, *identity: str) -> dict[Any, Any]:
    """The engine's promise, in few lines: of several records of one identity the last one counts."""
    state = dict(state)
    for row in changes.to_pylist():
        identified = tuple(row[name] for name in identity)
        if row.get("_deleted"):
            state.pop(identified, None)
        else:
            state[identified] = {name: value for name, value in row.items() if name[0] != "_"}
    return state


def state_of(path: Path, since: str | None = None, **words: Any) -> dict[tuple[str, int], int]:
    """The house numbers by voorkomen, of a whole state."""
    found = laid_over({}, delta(path, since, **words), *IDENTITY)
    return {identity: row["huisnummer"] for identity, row in found.items()}


def refusal(path: Path, since: str | None = None, **words: Any) -> BadInput:
    with pytest.raises(BadInput) as refused:
        delta(path, since, **words)
    return refused.value


def start(folder: Path, *objects: str, day: date = DAYS[0], gemeenten: Sequence[str] = ()) -> Path:
    return levering(folder, day, {"NUM": list(objects)}, gemeenten)


def test_a_voorkomen_that_is_withdrawn_stays_with_the_moment_and_is_never_valid(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A))
    corrected = nummeraanduiding(A, inactive="2026-01-01")
    right = nummeraanduiding(A, 2, huisnummer=2)
    mutations(tmp_path, *DAYS[0:2], [group(changed(nummeraanduiding(A), corrected), added(right))])
    found = laid_over({}, delta(tmp_path, None), *IDENTITY)
    assert found[A, 1]["tijdstipInactief"] == datetime(2026, 1, 1, 9)
    assert found[A, 2]["tijdstipInactief"] is None
    declared = bag_mutaties.history(bag_mutaties.Options(object="nummeraanduiding"))
    assert declared is not None and "tijdstipInactief" in declared.annulled


def test_a_voorkomen_that_is_put_outside_the_bag_goes_and_another_may_have_its_number(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A), nummeraanduiding(B))
    outside = changed(nummeraanduiding(A), nummeraanduiding(A, outside="2026-01-01"))
    other = changed(nummeraanduiding(B), nummeraanduiding(B, outside="2026-01-01"))
    mutations(tmp_path, *DAYS[0:2], [group(outside), group(other, added(nummeraanduiding(B, huisnummer=5)))])
    assert state_of(tmp_path) == {(B, 1): 5}


def test_a_verwijdering_removes_the_voorkomen_and_no_other(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A, 1), nummeraanduiding(A, 2, huisnummer=2), nummeraanduiding(B))
    mutations(tmp_path, *DAYS[0:2], [group(removed(nummeraanduiding(A, 2)))])
    assert state_of(tmp_path) == {(A, 1): 1, (B, 1): 1}


def test_the_days_of_one_object_are_laid_over_each_other_in_their_order(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A))
    for number, (since, until) in enumerate(pairwise(DAYS[:5]), start=1):
        was, wordt = nummeraanduiding(A, huisnummer=number), nummeraanduiding(A, huisnummer=number + 1)
        mutations(tmp_path, since, until, [group(changed(was, wordt))])
    assert state_of(tmp_path) == {(A, 1): 5}
    assert state_of(tmp_path, "2026-01-03") == {(A, 1): 5}
    assert delta(tmp_path, "2026-01-03").num_rows == 2


def test_the_last_of_several_mutations_of_one_voorkomen_in_a_delivery_counts(tmp_path: Path) -> None:
    start(tmp_path)
    first, second = nummeraanduiding(A, huisnummer=1), nummeraanduiding(A, huisnummer=2)
    gone = removed(nummeraanduiding(B))
    groups = [group(added(first)), group(changed(first, second)), group(added(nummeraanduiding(B)), gone)]
    mutations(tmp_path, *DAYS[0:2], groups)
    assert state_of(tmp_path) == {(A, 1): 2}


def test_a_mutation_of_what_is_not_in_the_state_brings_the_whole_record(tmp_path: Path) -> None:
    start(tmp_path)
    mutations(tmp_path, *DAYS[0:2], [group(changed(nummeraanduiding(A), nummeraanduiding(A, huisnummer=7)))])
    assert state_of(tmp_path) == {(A, 1): 7}


def test_where_the_mutations_and_the_state_disagree_is_counted_and_nothing_is_lost(
    exchange: Exchange, caplog: pytest.LogCaptureFixture
) -> None:
    source(exchange, object="nummeraanduiding")
    folder = exchange.home / "leveringen"
    start(folder, nummeraanduiding(A))
    pulled_into_the_lake(exchange, "r1")
    unknown = [changed(nummeraanduiding(B), nummeraanduiding(B, huisnummer=2)), removed(nummeraanduiding(C))]
    mutations(folder, *DAYS[0:2], [group(*unknown), group(added(nummeraanduiding(A, huisnummer=3)))])
    rows, details = pulled_into_the_lake(exchange, "r2")
    assert {row["identificatie"]: row["huisnummer"] for row in rows} == {A: 3, B: 2}
    assert (details["unknown_changed"], details["known_added"]) == (2, 1)
    assert "2 records were changed that were not there, 1 added that were" in caplog.text


def test_a_voorkomen_that_becomes_one_with_another_number_leaves_no_twin(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A, 1))
    mutations(tmp_path, *DAYS[0:2], [group(changed(nummeraanduiding(A, 1), nummeraanduiding(A, 2)))])
    assert state_of(tmp_path) == {(A, 2): 1}


def test_two_object_types_in_one_group_each_go_to_their_own_state(tmp_path: Path) -> None:
    street = form.openbareruimte("9998300000000001", "Kerkstraat")
    levering(tmp_path, DAYS[0], {"NUM": [], "OPR": []})
    mutations(tmp_path, *DAYS[0:2], [group(added(street), added(nummeraanduiding(A)))])
    assert delta(tmp_path, "2026-01-01")["identificatie"].to_pylist() == [A]
    (found,) = delta(tmp_path, "2026-01-01", object="openbareruimte").to_pylist()
    assert found["naam"] == "Kerkstraat"


def test_a_missing_day_is_refused_by_name(tmp_path: Path) -> None:
    start(tmp_path)
    mutations(tmp_path, *DAYS[0:2], [])
    mutations(tmp_path, *DAYS[3:5], [])
    refused = refusal(tmp_path)
    assert "2026-01-02 to 2026-01-04" in refused.rule
    assert refused.file == "BAGNLDM-04012026-05012026.zip"
    assert "2026-01-02 to 2026-01-04" in refusal(tmp_path, "2026-01-02").rule


def test_what_was_laid_over_before_is_not_read_again(tmp_path: Path) -> None:
    path = mutations(tmp_path, *DAYS[0:2], [group(added(nummeraanduiding(A)))])
    mutations(tmp_path, *DAYS[1:3], [group(added(nummeraanduiding(B)))])
    path.write_bytes(b"not read")
    assert delta(tmp_path, "2026-01-02")["identificatie"].to_pylist() == [B]
    assert delta(tmp_path, "2026-01-03").num_rows == 0


def test_a_month_that_begins_before_the_state_joins_on_and_days_go_before_it(tmp_path: Path) -> None:
    mutations(tmp_path, DAYS[0], DAYS[4], [group(added(nummeraanduiding(A)), added(nummeraanduiding(B)))])
    mutations(tmp_path, DAYS[1], DAYS[2], [group(added(nummeraanduiding(A)))])
    mutations(tmp_path, DAYS[4], DAYS[5], [group(added(nummeraanduiding(C)))])
    pulled = bag_mutaties.pull(
        bag_mutaties.Options(object="nummeraanduiding"), Connection("bag", str(tmp_path)), Wanted(since="2026-01-02")
    )
    table = pa.Table.from_batches(pulled.batches, schema=pulled.schema)
    assert table["identificatie"].to_pylist() == [A, A, B, C]
    assert pulled.cursor == "2026-01-06"


def test_a_first_pull_starts_from_the_newest_levering(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A))
    start(tmp_path, nummeraanduiding(B), day=DAYS[3])
    mutations(tmp_path, *DAYS[3:5], [group(added(nummeraanduiding(C)))])
    assert set(state_of(tmp_path)) == {(B, 1), (C, 1)}


def test_a_first_pull_without_a_levering_is_for_the_contract_to_allow(tmp_path: Path) -> None:
    mutations(tmp_path, *DAYS[0:2], [group(added(nummeraanduiding(A)))])
    refused = refusal(tmp_path)
    assert "no Levering" in refused.rule
    assert "without_levering" in str(refused)
    assert state_of(tmp_path, without_levering=True) == {(A, 1): 1}


@pytest.mark.parametrize("since", [None, "2026-01-01"])
def test_an_empty_folder_may_be_filled_later(tmp_path: Path, since: str | None) -> None:
    for folder in (tmp_path, tmp_path / "later"):
        with pytest.raises(RegistryFailed, match="there is no file like"):
            delta(folder, since)


def test_of_a_municipality_only_its_own_objects_are_kept(tmp_path: Path) -> None:
    elsewhere = "0363200000000001"
    start(tmp_path, nummeraanduiding(A), gemeenten=["9998"])
    mutations(tmp_path, *DAYS[0:2], [group(added(nummeraanduiding(B)), added(nummeraanduiding(elsewhere)))])
    assert "gemeenten" in str(refusal(tmp_path))
    assert set(state_of(tmp_path, gemeenten=["9998"])) == {(A, 1), (B, 1)}


def test_a_levering_of_a_municipality_with_objects_of_an_older_one_asks_for_its_code(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A), nummeraanduiding("0424200000000001"), gemeenten=["9998"])
    refused = refusal(tmp_path, gemeenten=["9998"])
    assert "gemeente 0424" in refused.rule
    assert len(state_of(tmp_path, gemeenten=["9998", "0424"])) == 2


def test_of_a_levering_of_the_nation_only_the_gemeenten_are_kept(tmp_path: Path) -> None:
    start(tmp_path, nummeraanduiding(A), nummeraanduiding("0424200000000001"))
    assert set(state_of(tmp_path, gemeenten=["9998"])) == {(A, 1)}


def test_mutations_of_a_municipality_are_refused_plainly(tmp_path: Path) -> None:
    mutations(tmp_path, *DAYS[0:2], [], gemeenten=["9998"])
    assert "municipality" in refusal(tmp_path, "2026-01-01").rule


def test_a_zip_of_another_name_is_left_alone_but_not_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    start(tmp_path, nummeraanduiding(A))
    (tmp_path / "BAGNLDM-01012026-02012026 (1).zip").write_bytes(b"")
    assert set(state_of(tmp_path)) == {(A, 1)}
    assert "(1).zip" in caplog.text


def test_the_mutations_are_counted_in_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    groups = [group(added(nummeraanduiding(A))), group(changed(nummeraanduiding(B), nummeraanduiding(B)))]
    mutations(tmp_path, *DAYS[0:2], [*groups, group(removed(nummeraanduiding(C)))])
    with caplog.at_level(logging.INFO):
        delta(tmp_path, "2026-01-01")
    assert "1 toevoeging, 1 wijziging, 1 verwijdering" in caplog.text


# Damaged ones.

PLACE = "BAGNLDM-01012026-02012026.zip/9999MUT01012026-02012026.zip/9999MUT01012026-02012026-000002.xml"
THREE = [group(added(nummeraanduiding(A)), added(nummeraanduiding(B))), group(added(nummeraanduiding(C)))]


def test_xml_that_ends_early_is_refused_with_the_mutation_where_it_ends(tmp_path: Path) -> None:
    mutations(tmp_path, *DAYS[0:2], THREE, change=(rb"</ml:toevoeging></ml:mutatieGroep></ml:mutatieBericht>.*", b""))
    refused = refusal(tmp_path, "2026-01-01")
    assert (refused.file, refused.record) == (PLACE, 3)
    assert "ends early" in refused.rule
    assert refused.kept == tmp_path / "BAGNLDM-01012026-02012026.zip"


def test_a_truncated_zip_is_refused_with_the_name_of_the_file(tmp_path: Path) -> None:
    path = mutations(tmp_path, *DAYS[0:2], THREE)
    path.write_bytes(path.read_bytes()[:-40])
    refused = refusal(tmp_path, "2026-01-01")
    assert (refused.file, refused.kept) == (path.name, path)
    assert "cut short" in refused.rule


@pytest.mark.parametrize(
    ("pattern", "replacement", "field"),
    [
        (rb"huisnummer>1<", b"huisnummer>een<", "huisnummer"),
        (rb"beginGeldigheid>2020-01-01<", b"beginGeldigheid>2020-13-01<", "beginGeldigheid"),
        (rb"<Historie:voorkomenidentificatie>1</Historie:voorkomenidentificatie>", b"", "voorkomenidentificatie"),
        (rb"postcode>(.*?)Objecten:postcode>", rb"kleur>\1Objecten:kleur>", "kleur"),
        (rb">9998200000000001<", b">998200000000001<", "identificatie"),
    ],
)
def test_a_fault_in_a_record_is_refused_with_its_place_and_field_but_not_its_value(
    tmp_path: Path, pattern: bytes, replacement: bytes, field: str
) -> None:
    mutations(tmp_path, *DAYS[0:2], THREE, change=(pattern, replacement))
    refused = refusal(tmp_path, "2026-01-01")
    assert (refused.file, refused.record, refused.field) == (PLACE, 1, field)
    assert "een<" not in str(refused) and "2020-13-01" not in str(refused)


@pytest.mark.parametrize(
    ("pattern", "replacement"),
    [
        (rb"<ml:toevoeging>(.*?)</ml:toevoeging>", rb"<ml:herstel>\1</ml:herstel>"),
        (rb"<ml:wordt>(.*?)</ml:wordt>", rb"<ml:was>\1</ml:was>"),
        (rb"Objecten:Nummeraanduiding>(.*?)/Objecten:Nummeraanduiding>", rb"Objecten:Boom>\1/Objecten:Boom>"),
        (rb"<mlm:bagObject>.*?</mlm:bagObject>", b""),
    ],
)
def test_a_mutation_that_the_standard_does_not_know_is_refused(
    tmp_path: Path, pattern: bytes, replacement: bytes
) -> None:
    mutations(tmp_path, *DAYS[0:2], THREE, change=(pattern, replacement))
    refused = refusal(tmp_path, "2026-01-01")
    assert (refused.file, refused.record) == (PLACE, 1)


def test_a_file_that_holds_something_else_is_refused(tmp_path: Path) -> None:
    mutations(tmp_path, *DAYS[0:2], [], change=(rb"<mlm:bagMutaties.*", b"<html/>"))
    assert "no file of mutations" in refusal(tmp_path, "2026-01-01").rule


@pytest.mark.parametrize(
    ("names", "rule"),
    [
        (["9999MUT01012026-02012026-000001.xml", "9999MUT01012026-02012026-000003.xml"], "000002"),
        (["9999MUT01012026-03012026-000001.xml"], "another period"),
        ([], "no MUT files"),
    ],
)
def test_a_file_that_got_lost_or_strayed_is_refused(tmp_path: Path, names: list[str], rule: str) -> None:
    path = mutations(tmp_path, *DAYS[0:2], [])
    with zipfile.ZipFile(path) as archive:
        document = archive.read("Leveringsdocument-BAG-Extract.xml")
    inner = form.zipped(dict.fromkeys(names, form.of_mutations([])))
    files = {"Leveringsdocument-BAG-Extract.xml": document, "9999MUT01012026-02012026.zip": inner}
    path.write_bytes(form.zipped(files))
    assert rule in refusal(tmp_path, "2026-01-01").rule


def test_a_delivery_without_its_document_or_with_impossible_dates_is_refused(tmp_path: Path) -> None:
    path = mutations(tmp_path, DAYS[0], DAYS[1], [])
    path.write_bytes(form.zipped({"9999MUT01012026-02012026.zip": b""}))
    assert "Leveringsdocument" in refusal(tmp_path, "2026-01-01").rule
    backwards = form.document(form.period(DAYS[2], DAYS[1]), [])
    path.write_bytes(form.zipped({"Leveringsdocument-BAG-Extract.xml": backwards}))
    assert refusal(tmp_path, "2026-01-01").field == "Mutatieperiode"
    path.write_bytes(form.zipped({"Leveringsdocument-BAG-Extract.xml": "<levering/>"}))
    assert refusal(tmp_path, "2026-01-01").field == "StandTechnischeDatum"


def test_memory_does_not_grow_with_the_number_of_mutations(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        some = [group(added(nummeraanduiding(A, number))) for number in range(1, 1000)]
        mutations(folder, *DAYS[0:2], some * count)
        script = (
            "import resource; from connectors import bag_mutaties as b; from vlekkeloos.connector import *;"
            f"p = b.pull(b.Options(object='nummeraanduiding'), Connection('t', {str(folder)!r}),"
            f" Wanted(since='2026-01-01')); assert sum(x.num_rows for x in p.batches) == {count} * 999;"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        return int(subprocess.check_output([sys.executable, "-c", script], text=True))

    assert peak(30) - peak(8) < 20 * 1024 * (1024 if sys.platform == "darwin" else 1)


def test_a_delivery_at_a_url_is_fetched_and_read(
    tmp_path: Path, serve: Callable[[type[BaseHTTPRequestHandler]], str]
) -> None:
    content = mutations(tmp_path, *DAYS[0:2], [group(added(nummeraanduiding(A)))]).read_bytes()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    url = f"{serve(Handler)}/dagmutaties/BAGNLDM-01012026-02012026.zip"
    options = bag_mutaties.Options(object="nummeraanduiding")
    pulled = bag_mutaties.pull(options, Connection("bag", url), Wanted(since="2026-01-01"))
    table = pa.Table.from_batches(pulled.batches, schema=pulled.schema)
    assert table["identificatie"].to_pylist() == [A]
    assert pulled.cursor == "2026-01-02"
