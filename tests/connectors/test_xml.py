"""XML files: what of an element is a column, what is refused, and that nothing outside the file is read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pydantic import ValidationError

from connectors import xml
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput

HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
ADRES = f"""{HEAD}<l:Levering xmlns:l="urn:gemeente" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <l:Kop><l:Adres>van de levering zelf</l:Adres></l:Kop>
  <l:Adressen>
    <l:Adres id="A1" xsi:type="l:Adres">
      <l:nummer> 0012 </l:nummer>
      <l:ligging soort="hoofd"><l:straat taal="nl">Caf&#233;plein &amp; zo</l:straat><l:huisnummer>8</l:huisnummer></l:ligging>
      <l:gebruiksdoel>wonen</l:gebruiksdoel><l:gebruiksdoel>winkel</l:gebruiksdoel>
      <l:sinds> 2010-06-23 </l:sinds><!-- niet --><l:actief>ja</l:actief><l:leeg/>
    </l:Adres>
    <l:Adres id="A2"><l:nummer xsi:nil="true"/><l:gebruiksdoel>wonen</l:gebruiksdoel></l:Adres>
  </l:Adressen>
</l:Levering>
"""  # noqa: E501

Write = Callable[[str | bytes], Path]


@pytest.fixture
def written(tmp_path: Path) -> Write:
    def write(content: str | bytes) -> Path:
        path = tmp_path / "adressen.xml"
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return write


def pulled(path: Path, **options: Any) -> pa.Table:
    result = xml.pull(xml.Options(**{"record": "Adres"} | options), Connection("bron", str(path)))
    return pa.Table.from_batches(result.batches, schema=result.schema)


def refusal(path: Path, **options: Any) -> BadInput:
    with pytest.raises(BadInput) as refused:
        pulled(path, **options)
    assert (refused.value.file, refused.value.kept) == ("adressen.xml", path)
    return refused.value


def test_every_field_is_a_column_under_the_way_to_it(written: Write) -> None:
    path = written(ADRES.replace("<l:Kop><l:Adres>van de levering zelf</l:Adres></l:Kop>", ""))
    first, second = pulled(path).to_pylist()
    assert first == {
        "@id": "A1",
        "nummer": " 0012 ",
        "ligging@soort": "hoofd",
        "ligging.straat@taal": "nl",
        "ligging.straat": "Caféplein & zo",
        "ligging.huisnummer": "8",
        "gebruiksdoel": ["wonen", "winkel"],
        "sinds": " 2010-06-23 ",
        "actief": "ja",
        "leeg": None,
    }
    assert {name: value for name, value in second.items() if value is not None} == {
        "@id": "A2",
        "gebruiksdoel": ["wonen"],
    }


def test_the_columns_of_the_contract_have_its_types_and_the_rest_is_kept_as_json(written: Write) -> None:
    columns = {
        "nummer": "integer", "ligging.huisnummer": "integer", "gebruiksdoel": "texts", "sinds": "date",
        "actief": "boolean", "nergens": "decimal",
    }  # fmt: skip
    path = written(ADRES.replace("<l:Kop><l:Adres>van de levering zelf</l:Adres></l:Kop>", ""))
    table = pulled(path, columns=columns)
    assert [str(kind) for kind in table.schema.types[:2]] == ["int64", "int64"]
    first, second = table.to_pylist()
    assert first == {
        "nummer": 12,
        "ligging.huisnummer": 8,
        "gebruiksdoel": ["wonen", "winkel"],
        "sinds": date(2010, 6, 23),
        "actief": True,
        "nergens": None,
        "_unexpected": '{"@id": "A1", "ligging@soort": "hoofd", "ligging.straat@taal": "nl", '
        '"ligging.straat": "Caféplein & zo"}',
    }
    assert second["_unexpected"] == '{"@id": "A2"}'


def test_an_element_of_the_record_s_name_in_another_namespace_is_none(written: Write) -> None:
    path = written(
        f'{HEAD}<r xmlns:a="urn:a" xmlns:b="urn:b"><a:Adres><n>1</n></a:Adres><b:Adres><n>2</n></b:Adres></r>'
    )
    assert pulled(path, namespace="urn:b").to_pylist() == [{"n": "2"}]
    assert pulled(path).to_pylist() == [{"n": "1"}, {"n": "2"}]
    assert "no element Adres in urn:c" in refusal(path, namespace="urn:c").rule


def test_a_record_within_a_record_is_a_field_of_it(written: Write) -> None:
    assert pulled(written(f"{HEAD}<r><Adres><n>1</n><Adres><n>2</n></Adres></Adres></r>")).to_pylist() == [
        {"n": "1", "Adres.n": "2"}
    ]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("<Adres><n>1</n></Adres>", [{"n": "1"}]),
        ("<r><Adres>1</Adres><Adres/></r>", [{"Adres": "1"}, {"Adres": None}]),
        ("<r><Adres><n>1<b>2</b>3</n></Adres></r>", [{"n.b": "2", "n": "13"}]),
        ("<r><Adres><n><![CDATA[<1>]]></n></Adres></r>", [{"n": "<1>"}]),
        ("<r><Adres><a><n>1</n></a><a/><a><n>2</n></a></Adres></r>", [{"a.n": ["1", "2"], "a": None}]),
    ],
)
def test_records_of_unusual_forms_are_read_whole(written: Write, content: str, rows: list[Any]) -> None:
    assert pulled(written(content)).to_pylist() == rows


def test_a_file_says_itself_how_it_is_encoded(written: Write) -> None:
    content = '<?xml version="1.0" encoding="windows-1252"?><r><Adres><n>Caféplein</n></Adres></r>'
    assert pulled(written(content.encode("windows-1252"))).to_pylist() == [{"n": "Caféplein"}]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (f"{HEAD}<r>\n<Adres><n>1</n></Adres>\n<Adres><n>1", "line 4: the XML ends early"),
        (f"{HEAD}<r>\n<Adres><n>geheim</m></Adres></r>", "line 3: the XML ends early or is not well-formed"),
        ("", "the XML ends early"),
        ("nummer;straat\n", "the XML ends early or is not well-formed"),
        (f"{HEAD}<r>\n<Adres>&eigen;</Adres></r>", "line 3: the XML ends early or is not well-formed"),
        (f"{HEAD}<r>&eigen;<Adres>1</Adres></r>", "line 2: the XML ends early or is not well-formed"),
        (
            f"{HEAD}<r>\n<Adres><n>Caféplein</n></Adres></r>".encode("windows-1252"),
            "line 3: this is not in the encoding that the file declares",
        ),
        ('<?xml version="1.0" encoding="utf-9"?><r/>', "line 1: this is not in the encoding"),
    ],
)
def test_broken_xml_is_refused_with_its_line_and_without_its_values(
    written: Write, content: str | bytes, rule: str
) -> None:
    refused = refusal(written(content))
    assert rule in refused.rule
    assert "geheim" not in str(refused)


def test_a_file_without_a_record_is_refused(written: Write) -> None:
    refused = refusal(written(ADRES), record="Pand")
    assert "there is no element Pand" in refused.rule
    assert "no element Pand" in refusal(written(ADRES), record="Pand", columns={"nummer": "text"}).rule


@pytest.mark.parametrize(
    ("kind", "text", "rule"),
    [
        ("integer", "acht", "an integer"),
        ("date", "23-06-2010", "a date (yyyy-mm-dd)"),
        ("boolean", "?", "a boolean"),
        ("decimal", "1,5", "a decimal"),
        ("timestamp", "2010-06-23T12:00:00+02:00", "a timestamp"),
    ],
)
def test_a_value_not_of_its_type_is_refused_with_line_record_and_field(
    written: Write, kind: str, text: str, rule: str
) -> None:
    path = written(f"<r>\n<Adres><n/></Adres>\n<Adres><n>{text}</n></Adres></r>")
    refused = refusal(path, columns={"n": kind})
    assert (refused.record, refused.field) == (2, "n")
    assert refused.rule.startswith(f"in the record on line 3 the value is not {rule}")
    assert text not in str(refused)


def test_the_line_of_a_record_far_into_a_file_is_right(written: Write) -> None:
    content = "<r>\n" + "<Adres><n>1</n></Adres>\n" * 70_000 + "<Adres><n>x</n></Adres></r>"
    refused = refusal(written(content), columns={"n": "integer"})
    assert refused.record == 70_001
    assert "on line 70002 " in refused.rule


def test_a_field_that_is_there_twice_though_the_contract_says_once_is_refused(written: Write) -> None:
    refused = refusal(written(ADRES), columns={"gebruiksdoel": "text"})
    assert (refused.record, refused.field) == (2, "gebruiksdoel")
    assert "there twice" in refused.rule


@pytest.mark.parametrize(
    "declared",
    [
        '<!ENTITY geheim SYSTEM "{secret}">',
        '<!ENTITY % ander SYSTEM "{secret}"> %ander;',
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY geheim "&a;&a;&a;&a;&a;&a;&a;&a;">',
    ],
)
def test_a_file_with_entities_of_its_own_is_refused_and_nothing_else_is_read(
    written: Write, tmp_path: Path, declared: str
) -> None:
    (tmp_path / "geheim.txt").write_text("zeer geheim")
    doctype = declared.format(secret=(tmp_path / "geheim.txt").as_uri())
    path = written(f"{HEAD}<!DOCTYPE r [{doctype}]><r><Adres><n>&geheim;</n></Adres></r>")
    refused = refusal(path)
    assert "document type" in refused.rule
    assert "zeer geheim" not in str(refused)


def test_deltas_need_their_columns_told() -> None:
    with pytest.raises(ValidationError, match="needs columns"):
        xml.Options(record="Adres", files="*.xml", which="all", mode="delta")


def test_memory_does_not_grow_with_the_file_nor_with_what_is_no_record(tmp_path: Path) -> None:
    def peak(rows: int) -> int:
        record, other = "<Adres><straat>Dorpsstraat</straat><n>1</n></Adres>", "<Kop><a>tekst</a></Kop>"
        (path := tmp_path / "groot.xml").write_text(f"<r><i>{record * rows}</i>{other * rows}</r>")
        script = (
            "import resource; from connectors import xml; from vlekkeloos.connector import Connection;"
            f"c = Connection('bron', {str(path)!r});"
            f"assert sum(b.num_rows for b in xml.pull(xml.Options(record='Adres'), c).batches) == {rows};"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)"
        )
        return int(subprocess.check_output([sys.executable, "-c", script], text=True))

    assert peak(120_000) - peak(20_000) < 20
