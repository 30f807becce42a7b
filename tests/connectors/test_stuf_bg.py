"""StUF-BG kennisgevingen, one rule of the standard at a time, and a whole town's laid over each other."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors import stuf_bg
from tests.builder import Exchange, contract
from tests.connectors.bag_mutations_form import zipped
from vlekkeloos.connector import Connection, Pulled, Wanted
from vlekkeloos.errors import BadInput, RegistryFailed
from vlekkeloos.pull import pull
from vlekkeloos.sandbox import persons, stuf_messages

A, B, C = persons.numbers()[:3]
XMLNS = (
    'xmlns:BG="http://www.egem.nl/StUF/sector/bg/0310" xmlns:StUF="http://www.egem.nl/StUF/StUF0301"'
    ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
)


MARKS = ("_deleted", "_told", "_known")


def field(name: str, value: str | None) -> str:
    if value is None:
        return f'<BG:{name} xsi:nil="true" StUF:noValue="geenWaarde"/>'
    return f"<BG:{name}>{value}</BG:{name}>"


def object_(bsn: str, more: str = "", soort: str = "W") -> str:
    key = field("inp.bsn", bsn)
    return f'<BG:object StUF:entiteittype="NPS" StUF:verwerkingssoort="{soort}">{key}{more}</BG:object>'


def message(
    soort: str,
    *objects: str,
    at: str = "20260108090000",
    reference: str = "1",
    root: str = "npsLk01",
    sender: str = "Burgerzaken",
) -> str:
    return (
        f"<BG:{root} {XMLNS}><BG:stuurgegevens><StUF:berichtcode>Lk01</StUF:berichtcode>"
        f"<StUF:zender><StUF:organisatie>9998</StUF:organisatie><StUF:applicatie>{sender}</StUF:applicatie>"
        f"</StUF:zender><StUF:referentienummer>{reference}</StUF:referentienummer>"
        f"<StUF:tijdstipBericht>{at}</StUF:tijdstipBericht></BG:stuurgegevens>"
        f"<BG:parameters><StUF:mutatiesoort>{soort}</StUF:mutatiesoort></BG:parameters>{''.join(objects)}</BG:{root}>"
    )


def new(bsn: str, more: str = "", **words: Any) -> str:
    return message("T", object_(bsn, field("geslachtsnaam", "Vries") + more, "T"), **words)


def change(bsn: str, was: str, now: str, soort: str = "W", **words: Any) -> str:
    return message(soort, object_(bsn, was), object_(bsn, now), **words)


def put(folder: Path, *messages: str, name: str = "berichten.xml") -> Path:
    path = folder / name
    path.write_text(f"<berichten>{''.join(messages)}</berichten>", encoding="utf-8")
    return path


def pulled(path: Path, since: str | None = None, **words: Any) -> Pulled:
    return stuf_bg.pull(stuf_bg.Options(**words), Connection("stuf", str(path)), Wanted(since=since))


def rows(path: Path, since: str | None = None, **words: Any) -> list[dict[str, Any]]:
    found = pulled(path, since, **words)
    return pa.Table.from_batches(found.batches, schema=found.schema).to_pylist()


def filled(row: dict[str, Any]) -> dict[str, Any]:
    """What a row says, without the message's own words."""
    own = {*MARKS, "referentienummer", "tijdstipBericht"}
    return {name: value for name, value in row.items() if value is not None and name not in own}


def refusal(path: Path, since: str | None = None) -> BadInput:
    with pytest.raises(BadInput) as refused:
        rows(path, since)
    assert A not in str(refused.value), "a message holds no value of a record"
    return refused.value


# ── what a message says ───────────────────────────────────────────────────────────────────────────────────────


def test_a_toevoeging_tells_the_whole_person(tmp_path: Path) -> None:
    address = (
        f"<BG:verblijfsadres>{field('aoa.postcode', '1234AB')}{field('aoa.huisletter', None)}</BG:verblijfsadres>"
    )
    (row,) = rows(put(tmp_path, new(A, address + field("voornamen", "Zoë"), at="2026010809581830", reference="77")))
    assert filled(row) == {
        "inp.bsn": A,
        "geslachtsnaam": "Vries",
        "voornamen": "Zoë",
        "verblijfsadres.aoa.postcode": "1234AB",
    }
    assert (row["referentienummer"], row["tijdstipBericht"]) == ("77", "2026-01-08T09:58:18.300")
    assert (row["_told"], row["_known"], row["_deleted"]) == (None, False, False)


@pytest.mark.parametrize("soort", ["W", "C", "F"])
def test_a_wijziging_or_correctie_tells_the_key_and_what_changes_and_nothing_else(tmp_path: Path, soort: str) -> None:
    was, now = (
        field("geslachtsnaam", "Vries"),
        field("geslachtsnaam", "Smit") + field("voorvoegselGeslachtsnaam", None),
    )
    (row,) = rows(put(tmp_path, change(A, was, now, soort)))
    assert filled(row) == {"inp.bsn": A, "geslachtsnaam": "Smit"}
    assert set(row["_told"]) == {
        "inp.bsn", "geslachtsnaam", "voorvoegselGeslachtsnaam", "referentienummer", "tijdstipBericht"
    }  # fmt: skip
    assert row["_known"] is True


def test_a_verwijdering_removes_the_person(tmp_path: Path) -> None:
    (row,) = rows(put(tmp_path, message("V", object_(A, soort="V"))))
    assert (row["inp.bsn"], row["_deleted"], row["_known"]) == (A, True, True)


@pytest.mark.parametrize("code", ["geenWaarde", "waardeOnbekend", "vastgesteldOnbekend"])
def test_a_value_that_is_not_there_or_not_known_is_told_to_be_empty(tmp_path: Path, code: str) -> None:
    (row,) = rows(
        put(tmp_path, change(A, "", f'<BG:voornamen xsi:nil="true" StUF:noValue="{code}">x</BG:voornamen>'))
    )
    assert row["voornamen"] is None
    assert "voornamen" in row["_told"]


@pytest.mark.parametrize("code", ["nietOndersteund", "nietGeautoriseerd"])
def test_a_value_that_the_sender_has_not_or_may_not_tell_stays_as_it_was(tmp_path: Path, code: str) -> None:
    (row,) = rows(put(tmp_path, change(A, "", f'<BG:voornamen xsi:nil="true" StUF:noValue="{code}"/>')))
    assert "voornamen" not in row["_told"]


def test_an_empty_element_says_that_there_is_no_value(tmp_path: Path) -> None:
    (row,) = rows(put(tmp_path, change(A, "", "<BG:voorletters/>")))
    assert "voorletters" in row["_told"]
    assert row["voorletters"] is None


def test_a_group_without_value_empties_each_of_its_fields(tmp_path: Path) -> None:
    gone = '<BG:verblijfsadres xsi:nil="true" StUF:noValue="geenWaarde"/>'
    (row,) = rows(put(tmp_path, change(A, "", gone)))
    assert {"verblijfsadres.aoa.postcode", "verblijfsadres.gor.straatnaam"} <= set(row["_told"])


@pytest.mark.parametrize(
    ("known", "text", "date"),
    [
        ("V", "19620530", "1962-05-30"),
        ("D", "19620501", "1962-05"),
        ("M", "19620101", "1962"),
        ("J", "19010101", None),
        ("V", "19620500", "1962-05"),
        ("V", "19620000", "1962"),
        ("V", "00000000", None),
    ],
)
def test_a_date_is_told_as_far_as_it_is_known(tmp_path: Path, known: str, text: str, date: str | None) -> None:
    born = f'<BG:geboortedatum StUF:indOnvolledigeDatum="{known}">{text}</BG:geboortedatum>'
    (row,) = rows(put(tmp_path, change(A, "", born)))
    assert row["geboortedatum"] == date
    assert "geboortedatum" in row["_told"]


def relation(soort: str, inner: str) -> str:
    return (
        f'<BG:inp.verblijftIn StUF:entiteittype="NPSTGO" StUF:verwerkingssoort="{soort}">{inner}</BG:inp.verblijftIn>'
    )


def test_a_related_object_is_told_by_its_key_and_one_that_ended_is_empty(tmp_path: Path) -> None:
    lives = relation("R", f"<BG:gerelateerde>{field('identificatie', '9998010000000001')}</BG:gerelateerde>")
    name = "inp.verblijftIn.gerelateerde.identificatie"
    (first, second) = rows(put(tmp_path, change(A, "", lives), change(B, "", relation("E", ""), reference="2")))
    assert (first[name], second[name]) == ("9998010000000001", None)
    assert name in first["_told"] and name in second["_told"]


def test_what_is_not_a_column_is_kept_as_it_came(tmp_path: Path) -> None:
    partner = f"<BG:gerelateerde>{field('inp.bsn', B)}</BG:gerelateerde>"
    more = (
        field("ing.bijzonderheid", "iets")
        + f"<BG:inp.heeftAlsEchtgenootPartner>{partner}</BG:inp.heeftAlsEchtgenootPartner>"
    )
    (row,) = rows(put(tmp_path, change(A, "", more)))
    assert json.loads(row["_unexpected"]) == {
        "ing": {"bijzonderheid": "iets"},
        "inp.heeftAlsEchtgenootPartner": {"gerelateerde": {"inp.bsn": B}},
    }
    assert "_unexpected" in row["_told"]


def test_extra_elements_and_what_is_under_investigation_are_kept_and_metadata_is_not(tmp_path: Path) -> None:
    extra = '<StUF:extraElementen><StUF:extraElement naam="wijk">Oost</StUF:extraElement></StUF:extraElementen>'
    doubt = '<BG:inOnderzoek StUF:metagegeven="true" elementnaam="geslachtsnaam">J</BG:inOnderzoek>'
    meta = '<BG:authentiek StUF:metagegeven="true">J</BG:authentiek>'
    (row,) = rows(put(tmp_path, change(A, "", extra + doubt + meta)))
    assert json.loads(row["extraElementen"]) == {"wijk": "Oost"}
    assert json.loads(row["inOnderzoek"]) == {"elementnaam": "geslachtsnaam", "waarde": "J"}
    assert row["_unexpected"] is None


def test_organisations_and_branches_come_the_same_way(tmp_path: Path) -> None:
    def other(root: str, type_: str, *fields: tuple[str, str]) -> str:
        inner = "".join(field(*one) for one in fields)
        return message("T", f'<BG:object StUF:entiteittype="{type_}">{inner}</BG:object>', root=root, reference=root)

    path = put(
        tmp_path,
        new(A),
        other("nnpLk01", "NNP", ("inn.nnpId", "804097513"), ("statutaireNaam", "Bakkerij")),
        other("vesLk01", "VES", ("vestigingsNummer", "000012345678"), ("handelsnaam", "De Oven")),
    )
    assert [filled(row) for row in rows(path, entiteittype="NNP")] == [
        {"inn.nnpId": "804097513", "statutaireNaam": "Bakkerij"}
    ]
    assert [row["handelsnaam"] for row in rows(path, entiteittype="VES")] == ["De Oven"]
    assert [row["inp.bsn"] for row in rows(path)] == [A]


# ── which messages, in which order ────────────────────────────────────────────────────────────────────────────


def test_messages_count_in_the_order_in_which_they_were_sent_not_came(tmp_path: Path) -> None:
    later = change(A, "", field("voornamen", "Later"), at="20260108100000", reference="9")
    same_moment = change(A, "", field("voornamen", "Tien"), at="20260108090000", reference="10")
    put(tmp_path, later, name="a.xml")
    put(tmp_path, same_moment, new(A, reference="2"), name="b.xml")
    assert [row["referentienummer"] for row in rows(tmp_path)] == ["2", "10", "9"]


def test_a_message_that_was_sent_twice_counts_once(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    put(tmp_path, new(A), new(A), name="a.xml")
    put(tmp_path, new(A), new(B, reference="2"), name="b.xml")
    with caplog.at_level(logging.INFO):
        assert [row["inp.bsn"] for row in rows(tmp_path)] == [A, B]
    assert "a.xml: 1 T, 1 sent before" in caplog.text
    assert A not in caplog.text


def test_two_senders_may_use_the_same_number(tmp_path: Path) -> None:
    assert len(rows(put(tmp_path, new(A), new(B, sender="Belastingen")))) == 2


def test_another_message_under_the_same_number_is_refused(tmp_path: Path) -> None:
    refused = refusal(put(tmp_path, new(A), new(B)))
    assert (refused.record, refused.field) == (2, "referentienummer")


def test_only_what_was_sent_after_the_state_is_read(tmp_path: Path) -> None:
    put(tmp_path, new(A), name="a.xml")
    first = pulled(tmp_path)
    put(tmp_path, change(A, "", field("voornamen", "Jan"), at="20260109120000", reference="2"), name="b.xml")
    assert [row["voornamen"] for row in rows(tmp_path, first.cursor)] == ["Jan"]
    second = pulled(tmp_path, first.cursor)
    assert rows(tmp_path, second.cursor) == []
    assert pulled(tmp_path, second.cursor).cursor == second.cursor


def test_a_message_that_comes_later_than_those_sent_after_it_is_refused(tmp_path: Path) -> None:
    put(tmp_path, new(A, at="20260108120000"), name="a.xml")
    cursor = pulled(tmp_path).cursor
    put(tmp_path, new(B, at="20260108110000", reference="2"), name="b.xml")
    refused = refusal(tmp_path, cursor)
    assert "came later" in refused.rule
    assert "mode: full" in str(refused)
    assert len(rows(tmp_path)) == 2


def test_files_that_were_read_may_be_taken_away(tmp_path: Path) -> None:
    path = put(tmp_path, new(A), name="a.xml")
    cursor = pulled(tmp_path).cursor
    put(tmp_path, new(B, at="20260109120000", reference="2"), name="b.xml")
    path.unlink()
    assert [row["inp.bsn"] for row in rows(tmp_path, cursor)] == [B]


def test_a_soap_envelope_a_zip_and_a_bare_message_are_read_alike(tmp_path: Path) -> None:
    envelope = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'
    (tmp_path / "a.xml").write_text(envelope.format(new(A)), encoding="utf-8")
    (tmp_path / "b.zip").write_bytes(zipped({"1.xml": new(B, reference="2"), "lees mij.txt": "…"}))
    (tmp_path / "c.xml").write_text(new(C, reference="3"), encoding="utf-8")
    assert [row["inp.bsn"] for row in rows(tmp_path)] == [A, B, C]
    assert [row["inp.bsn"] for row in rows(tmp_path / "b.zip")] == [B]


def test_an_empty_folder_may_be_filled_later(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "later"):
        with pytest.raises(RegistryFailed, match="there is no file"):
            rows(folder)


# ── what breaks the standard's rules ──────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("text", "field_"),
    [
        (new(A).replace(">T</StUF:mutatiesoort>", ">X</StUF:mutatiesoort>"), "mutatiesoort"),
        (new(A).replace("<StUF:mutatiesoort>T</StUF:mutatiesoort>", ""), "mutatiesoort"),
        (message("W", object_(A)), "object"),
        (message("T", object_(A), object_(A)), "object"),
        (new(A, at="2026-01-08"), "tijdstipBericht"),
        (new(A, reference=""), "referentienummer"),
        (message("T", '<BG:object StUF:entiteittype="NPS"/>'), "inp.bsn"),
        (message("W", object_(A), object_(B)), "inp.bsn"),
        (message("C", object_(A, soort="S"), object_(A, soort="S")), "inp.bsn"),
        (change(A, "", '<BG:voornamen StUF:noValue="misschien"/>'), "voornamen"),
        (change(A, "", field("geboortedatum", "30-5-1962")), "geboortedatum"),
        (change(A, "", field("geboortedatum", "19621301")), "geboortedatum"),
        (
            change(A, "", '<BG:geboortedatum StUF:indOnvolledigeDatum="Q">19620101</BG:geboortedatum>'),
            "geboortedatum",
        ),
        (new(A, root="npsLk03"), None),
        (new(A, root="npsLa01"), None),
    ],
)
def test_a_message_that_breaks_a_rule_is_refused_with_its_place_and_field(
    tmp_path: Path, text: str, field_: str | None
) -> None:
    refused = refusal(put(tmp_path, new(C, reference="100"), text))
    assert (refused.file, refused.record, refused.field) == ("berichten.xml", 2, field_)
    assert refused.kept == tmp_path / "berichten.xml"


def test_xml_that_ends_early_is_refused_with_the_message_where_it_ends(tmp_path: Path) -> None:
    path = put(tmp_path, new(A), new(B, reference="2"))
    path.write_text(path.read_text(encoding="utf-8")[:-60], encoding="utf-8")
    refused = refusal(path)
    assert (refused.file, refused.record) == ("berichten.xml", 2)
    assert "ends early" in refused.rule


def test_a_file_without_messages_and_a_truncated_zip_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.xml").write_text("<html/>")
    assert "no message" in refusal(tmp_path / "a.xml").rule
    (tmp_path / "b.zip").write_bytes(zipped({"1.xml": new(A)})[:-30])
    assert "cut short" in refusal(tmp_path / "b.zip").rule


# ── a whole town, through the engine ──────────────────────────────────────────────────────────────────────────


def as_kept(one: stuf_messages.Person) -> dict[str, Any]:
    address = one.address
    return {
        "inp.bsn": one.bsn,
        "geslachtsnaam": one.geslachtsnaam,
        "voorvoegselGeslachtsnaam": one.voorvoegsel,
        "voornamen": one.voornamen,
        "geslachtsaanduiding": one.geslacht,
        "geboortedatum": one.geboren,
        "overlijdensdatum": one.overleden and f"{one.overleden[:4]}-{one.overleden[4:6]}-{one.overleden[6:]}",
        "verblijfsadres.aoa.identificatie": address.identificatie,
        "verblijfsadres.aoa.postcode": address.postcode,
        "verblijfsadres.aoa.huisnummer": str(address.huisnummer),
        "verblijfsadres.aoa.huisletter": address.huisletter,
        "verblijfsadres.aoa.huisnummertoevoeging": address.huisnummertoevoeging,
        "verblijfsadres.gor.straatnaam": address.street.naam,
        "inp.gemeenteVanInschrijving": "9998",
        "inp.immigratieLand": None,
    }


@pytest.mark.parametrize("at_once", [False, True], ids=["day by day", "all at once"])
def test_a_town_s_messages_laid_over_each_other_give_its_persons_as_they_are(
    exchange: Exchange, at_once: bool
) -> None:
    folder = exchange.home / "berichten"
    folder.mkdir()
    persons = {"connector": "stuf_bg", "url": "berichten", "key": "inp.bsn", "authentic": True}
    exchange.write(
        contract(
            sources={"gemeente": {"connector": "parquet", "url": "left.parquet", "key": "id"}, "bag": persons},
            reconcile={"left": "gemeente", "right": "bag", "fields": {"postcode": {"right": "voornamen"}}},
            validate={},
            publish=[],
        )
    )
    expected: dict[str, dict[str, Any]] = {}
    found: list[dict[str, Any]] = []
    for day in range(3):
        _, changes = stuf_messages.write(folder, seed=1, persons=60, day=day)
        for one in changes:
            if one.now is None:
                del expected[one.bsn]
            else:
                expected[one.bsn] = as_kept(one.now)
        if at_once and day < 2:
            continue
        details = pull(exchange.run(f"day {day}"), "bag").details
        assert (details.get("unknown_changed"), details.get("known_added")) == (0, 0)
        found = exchange.rows("raw/demo/bag")
        assert {row["inp.bsn"]: {name: row[name] for name in as_kept_names} for row in found} == expected
        assert len(found) == len(expected)
    assert not any(name in found[0] for name in MARKS)
    pull(exchange.run("again"), "bag")
    again = exchange.rows("raw/demo/bag")
    assert sorted(repr({**row, "_row": 0}) for row in again) == sorted(repr({**row, "_row": 0}) for row in found)


as_kept_names = list(as_kept(next(stuf_messages.people(1))))


def test_memory_does_not_grow_with_the_number_of_messages(tmp_path: Path) -> None:
    def peak(count: int) -> int:
        folder = tmp_path / str(count)
        folder.mkdir()
        some = (new(A, field("voornamen", "x" * 400), reference=str(number)) for number in range(count))
        put(folder, *some)
        script = (
            "import resource; from connectors import stuf_bg as b; from vlekkeloos.connector import *;"
            f"p = b.pull(b.Options(), Connection('t', {str(folder)!r}));"
            f"assert sum(x.num_rows for x in p.batches) == {count};"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
        )
        return int(subprocess.check_output([sys.executable, "-c", script], text=True))

    assert peak(20_000) - peak(6_000) < 15 * 1024 * (1024 if sys.platform == "darwin" else 1)
