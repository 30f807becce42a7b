"""CSV, Parquet and Excel files, local and from a real HTTP server: what is in them, and what is wrong."""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Callable
from datetime import date, datetime
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import ModuleType
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import ValidationError

from connectors import _csv_quotes, csv, excel, parquet
from vlekkeloos.connector import Connection, Pulled
from vlekkeloos.errors import BadInput, RegistryFailed

Serve = Callable[[type[BaseHTTPRequestHandler]], str]


def pull(module: ModuleType, where: Path | str, **options: Any) -> Pulled:
    result: Pulled = module.pull(module.Options(**options), Connection(name="bron", url=str(where)))
    return result


def pulled(module: ModuleType, where: Path | str, **options: Any) -> pa.Table:
    result = pull(module, where, **options)
    return pa.Table.from_batches(result.batches, schema=result.schema)


def refusal(module: ModuleType, where: Path | str, **options: Any) -> BadInput:
    with pytest.raises(BadInput) as refused:
        pulled(module, where, **options)
    return refused.value


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Path]:
    def write(content: str | bytes, encoding: str = "utf-8") -> Path:
        path = tmp_path / "adressen.csv"
        path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
        return path

    return write


Write = Callable[..., Path]


def test_every_column_is_text_so_leading_zeros_stay(written: Write) -> None:
    path = written("identificatie;huisnummer;postcode\n0457200000198652;008;1381AB\n")
    assert pulled(csv, path).to_pylist() == [
        {"identificatie": "0457200000198652", "huisnummer": "008", "postcode": "1381AB"}
    ]


def test_a_column_has_the_type_that_the_contract_gives_it(written: Write) -> None:
    path = written("nr;x;op;om;ja\n8;130821,614;2010-06-23;2010-11-15T13:26:11.687;J\n;;;;\n")
    types = {"nr": "integer", "x": "decimal", "op": "date", "om": "timestamp", "ja": "boolean"}
    table = pulled(csv, path, types=types, decimal=",")
    assert [list(row.values()) for row in table.to_pylist()] == [
        [8, 130821.614, date(2010, 6, 23), datetime(2010, 11, 15, 13, 26, 11, 687000), True],
        [None] * 5,
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_seen_in_the_header(written: Write, delimiter: str) -> None:
    path = written(f'"naam, voluit"{delimiter}nr{delimiter}plaats\n"A{delimiter}b"{delimiter}1{delimiter}Weesp\n')
    table = pulled(csv, path)
    assert table.column_names == ["naam, voluit", "nr", "plaats"]
    assert table.to_pylist()[0]["naam, voluit"] == f"A{delimiter}b"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "windows-1252", "utf-16"])
def test_the_encoding_of_the_contract_is_read(written: Write, encoding: str) -> None:
    path = written("straatnaam;nr\nCaféplein;1\n", encoding)
    told = {} if encoding.startswith("utf-8") else {"encoding": encoding}
    assert pulled(csv, path, **told).to_pylist() == [{"straatnaam": "Caféplein", "nr": "1"}]


def test_an_empty_field_is_null_and_a_field_may_hold_a_newline(written: Write) -> None:
    path = written('a;b\n;"twee\nregels"\n')
    assert pulled(csv, path).to_pylist() == [{"a": None, "b": "twee\nregels"}]


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        ('id,n\n1,"a\n2,b\n3,c\n', "line 2 is never closed"),
        ('id,n\n1,"a\n2,b\n3,"c"\n', "opens on line 2 goes on after its closing quote on line 4"),
        ('id,n\n1,"a""\n', "line 2 is never closed"),
        ('id,n\n1,a\n2,"', "line 3 is never closed"),
        ('id;n\n"0"457;x\n', "opens on line 2 goes on after its closing quote on line 2"),
        ('id;n\n1;"x"y', "opens on line 2 goes on after its closing quote on line 2"),
        ('"id;n\n1;x\n', "line 1 is never closed"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_quote_that_does_not_close_where_a_field_ends_is_refused_with_its_line(
    written: Write, content: str, rule: str, encoding: str
) -> None:
    path = written(content, encoding)
    refused = refusal(csv, path, encoding="utf-16" if encoding == "utf-16" else "utf-8")
    assert rule in refused.rule
    assert (refused.file, refused.kept) == ("adressen.csv", path)


@pytest.mark.parametrize("last", ['"nooit dicht\n', '"dicht"toch niet\n'])
def test_a_wrong_quote_far_into_a_large_file_is_refused_with_its_line(written: Write, last: str) -> None:
    content = 'a;b\n1;2\n3;"x ""y""\n; z"\n' * 500_000
    assert "on line 2000001 " in refusal(csv, written(content + last)).rule


def test_a_quoted_value_may_lie_across_the_pieces_in_which_a_file_is_read(
    written: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = written('a;b\n1;2\n"y ""z""";8\n')
    for size in range(11, 24):
        monkeypatch.setattr(_csv_quotes, "CHUNK", size)
        assert pulled(csv, path).to_pylist()[-1] == {"a": 'y "z"', "b": "8"}


def test_quotes_that_are_doubled_or_within_a_bare_value_are_characters(written: Write) -> None:
    path = written('a;b\r\n"";""""\r\n5" pijp;"x ""y"""\r\n"twee\r\nregels";"z"')
    assert [list(row.values()) for row in pulled(csv, path).to_pylist()] == [
        [None, '"'],
        ['5" pijp', 'x "y"'],
        ["twee\r\nregels", "z"],
    ]


def test_a_header_without_rows_has_a_schema_and_no_rows(written: Write) -> None:
    table = pulled(csv, written("identificatie;nr\n"), types={"nr": "integer"})
    assert (table.num_rows, table.schema.field("nr").type) == (0, pa.int64())


@pytest.mark.parametrize("end", ["\n", "\r\n", ""])
def test_an_empty_line_in_a_file_of_one_column_is_a_record(written: Write, end: str) -> None:
    newline = end or "\n"
    path = written(f"nr{newline}1{newline}{newline}3{end}")
    assert pulled(csv, path, types={"nr": "integer"}).column("nr").to_pylist() == [1, None, 3]
    path = written(f"nr{newline}1{newline}{newline}drie{end}")
    assert refusal(csv, path, types={"nr": "integer"}).record == 3


def test_an_empty_line_in_a_file_of_more_columns_is_no_record(written: Write) -> None:
    assert pulled(csv, written("a;b\n1;2\n\n3;4\n\n")).column("a").to_pylist() == ["1", "3"]
    assert refusal(csv, written("a;b\n1;2\n\n3;4;5\n")).record == 2


def test_another_encoding_is_refused_with_line_byte_and_what_was_expected(written: Write) -> None:
    content = "straatnaam;nr\nDorpsstraat;1\nCaféplein;2\n".encode("windows-1252")
    path = written(content)
    refused = refusal(csv, path)
    assert f"line 3, byte {content.index(0xE9)}" in refused.rule
    assert "utf-8" in refused.rule
    assert (refused.file, refused.kept) == ("adressen.csv", path)


def test_another_encoding_far_into_a_large_file_is_refused_with_its_line(written: Write) -> None:
    content = b"straatnaam;nr\n" + "Caf\u00e9plein;2\n".encode() * 300_000 + b"Caf\xe9plein;2\n"
    refused = refusal(csv, written(content))
    assert f"line 300002, byte {content.index(bytes([0xE9, 0x70]))}" in refused.rule


@pytest.mark.parametrize("row", ["1", "1;2;3"])
def test_a_line_with_another_number_of_fields_is_refused_with_its_line(written: Write, row: str) -> None:
    path = written(f'a;b\n1;"x\ny"\n{row}\n')
    refused = refusal(csv, path)
    assert refused.record == 2
    assert f"line 4 has {row.count(';') + 1} fields" in refused.rule


@pytest.mark.parametrize(
    ("type_", "text", "rule"),
    [
        ("integer", "acht", "an integer (whole"),
        ("integer", "9223372036854775808", "an integer (whole, of at most 64 bits)"),
        ("decimal", "1.5", "a decimal (the contract says decimal: ',')"),
        ("date", "23-06-2010", "a date (yyyy-mm-dd)"),
        ("date", "20100623", "a date (yyyy-mm-dd)"),
        ("timestamp", "23-06-2010 12:00", "a timestamp (yyyy-mm-dd"),
        ("timestamp", "2010-06-23T12:00:00+02:00", "a timestamp (yyyy-mm-dd"),
        ("timestamp", "2010-W25-3", "a timestamp (yyyy-mm-dd"),
        ("boolean", "?", "a boolean (true"),
    ],
)
def test_a_value_not_of_its_type_is_refused_with_line_and_field_in_the_contract_s_words(
    written: Write, type_: str, text: str, rule: str
) -> None:
    path = written(f"a;b\nx;\ny;{text}\n")
    refused = refusal(csv, path, types={"b": type_}, decimal=",")
    assert (refused.record, refused.field) == (2, "b")
    assert refused.rule.startswith(f"on line 3 the value is not {rule}")
    assert text not in str(refused)


@pytest.mark.parametrize(
    ("content", "rule"),
    [("a;b;a\n1;2;3\n", "twice"), ("a;;c\n1;2;3\n", "no name"), ("", "empty")],
)
def test_a_header_that_is_wrong_is_refused(written: Write, content: str, rule: str) -> None:
    assert rule in refusal(csv, written(content)).rule


def test_a_type_for_a_column_that_is_not_there_is_refused(written: Write) -> None:
    assert refusal(csv, written("a;b\n1;2\n"), types={"c": "integer"}).field == "c"


def test_an_unknown_encoding_is_refused_in_the_contract() -> None:
    with pytest.raises(ValidationError, match="encoding"):
        csv.Options(encoding="utf-9")


def test_a_file_that_is_not_there_may_come_later(tmp_path: Path) -> None:
    for module in (csv, parquet, excel):
        with pytest.raises(RegistryFailed, match=f"^there is no file {tmp_path / 'weg'}$") as failed:
            pulled(module, tmp_path / "weg")
        assert failed.value.exit_status == 3


def test_a_folder_in_the_place_of_a_file_is_refused(tmp_path: Path) -> None:
    assert "can't be read" in refusal(csv, tmp_path).rule


# Files at a URL.


def serving(content: bytes, status: int = 200, length: int | None = None) -> type[BaseHTTPRequestHandler]:
    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(length or len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Registry


def test_a_file_at_a_url_is_fetched_and_its_copy_removed_once_read(
    serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    content = b"a;b\n1;2\n"
    result = pull(csv, serve(serving(content)) + "/export/adressen.csv?token=geheim")
    assert result.sha256 == hashlib.sha256(content).hexdigest()
    assert list(tmp_path.iterdir())
    assert pa.Table.from_batches(result.batches).to_pylist() == [{"a": "1", "b": "2"}]
    assert not list(tmp_path.iterdir())


def test_a_refused_file_from_a_url_is_kept(serve: Serve) -> None:
    refused = refusal(csv, serve(serving(b"a;b\n1\n")) + "/adressen.csv")
    assert refused.file == "adressen.csv"
    assert refused.kept is not None and refused.kept.read_bytes() == b"a;b\n1\n"


@pytest.mark.parametrize("handler", [serving(b"", 404), serving(b"", 500), serving(b"a;b\n", length=4000)])
def test_a_file_that_can_t_be_fetched_whole_is_the_registry_s_failure(
    serve: Serve, handler: type[BaseHTTPRequestHandler]
) -> None:
    with pytest.raises(RegistryFailed) as failed:
        pulled(csv, serve(handler) + "/adressen.csv?token=geheim")
    assert "/adressen.csv" in str(failed.value)
    assert "geheim" not in str(failed.value)


def test_a_refused_file_from_a_url_is_kept_under_its_own_name(serve: Serve) -> None:
    refused = refusal(csv, serve(serving(b"a;b\n1\n")) + "/export/adressen.csv?token=geheim")
    assert refused.kept is not None and refused.kept.name == "adressen.csv"


@pytest.mark.parametrize("path", ["", "/", "/export/.."])
def test_a_url_that_ends_without_a_name_can_be_fetched_too(serve: Serve, path: str) -> None:
    base = serve(serving(b"a;b\n1;2\n"))
    result = csv.pull(csv.Options(), Connection(name="bron", url=base + path))
    assert result.received is not None and result.received.name == "download"
    assert pa.Table.from_batches(result.batches).num_rows == 1


def _as_csv(path: Path) -> None:
    path.write_text("a;b\n1;2\n")


def _as_parquet(path: Path) -> None:
    pq.write_table(pa.table({"a": [1]}), path)


def _as_workbook(path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["a"])
    book.active.append([1])
    book.save(path)


@pytest.mark.parametrize(
    ("module", "make"),
    [(csv, _as_csv), (parquet, _as_parquet), (excel, _as_workbook)],
    ids=["csv", "parquet", "excel"],
)
def test_the_file_as_received_is_there_until_the_batches_are_read(
    serve: Serve, tmp_path: Path, module: ModuleType, make: Callable[[Path], None]
) -> None:
    make(path := tmp_path / "adressen.xlsx")
    assert pull(module, path).received == path
    fetched = pull(module, serve(serving(path.read_bytes())) + "/export/adressen.xlsx")
    assert fetched.received is not None and fetched.received.name == "adressen.xlsx"
    assert fetched.received.read_bytes() == path.read_bytes()
    list(fetched.batches)
    assert not fetched.received.exists()


# Parquet.


def test_a_parquet_file_arrives_with_its_types_in_batches(tmp_path: Path) -> None:
    table = pa.table({"identificatie": [f"{n:016d}" for n in range(120_000)], "x": [0.5] * 120_000})
    pq.write_table(table, tmp_path / "adressen.parquet", row_group_size=70_000)
    result = pull(parquet, tmp_path / "adressen.parquet")
    batches = list(result.batches)
    assert max(batch.num_rows for batch in batches) <= 50_000
    assert pa.Table.from_batches(batches, schema=result.schema).equals(table)


def test_a_truncated_parquet_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "adressen.parquet"
    pq.write_table(pa.table({"a": list(range(1000))}), path)
    path.write_bytes(path.read_bytes()[:-100])
    refused = refusal(parquet, path)
    assert (refused.file, refused.kept) == ("adressen.parquet", path)


def test_a_parquet_file_with_a_damaged_page_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "adressen.parquet"
    table = pa.table({"a": list(range(9000))})
    pq.write_table(table, path, write_page_checksum=True, compression="none", use_dictionary=False)
    content = bytearray(path.read_bytes())
    content[5000] ^= 1  # still well-formed: one number is another
    path.write_bytes(content)
    assert "Parquet" in refusal(parquet, path).rule


# Excel.


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    def make(*rows: list[Any], sheet: str = "Adressen") -> Path:
        book = openpyxl.Workbook()
        book.active.title = sheet
        for row in rows:
            book.active.append(row)
        book.create_sheet("Ander").append(["ander"])
        book.save(tmp_path / "adressen.xlsx")
        return tmp_path / "adressen.xlsx"

    return make


Book = Callable[..., Path]


def test_a_column_of_a_sheet_has_the_type_of_its_cells(workbook: Book) -> None:
    path = workbook(
        ["id", "nr", "x", "op", "om", "ja", "gemengd", "leeg"],
        ["0457200000198652", 8, 1.5, date(2010, 6, 23), datetime(2010, 11, 15, 13, 26), True, 8, None],
        [None, 9.0, 2, None, None, False, "8a", ""],
    )
    table = pulled(excel, path)
    assert [str(field.type) for field in table.schema] == [
        "string", "int64", "double", "date32[day]", "timestamp[us]", "bool", "string", "string",
    ]  # fmt: skip
    assert [list(row.values()) for row in table.to_pylist()] == [
        ["0457200000198652", 8, 1.5, date(2010, 6, 23), datetime(2010, 11, 15, 13, 26), True, "8", None],
        [None, 9, 2.0, None, None, False, "8a", None],
    ]


def test_empty_rows_are_left_out_only_at_the_end(workbook: Book) -> None:
    path = workbook(["a", "b"], [1, 2], [None, None], [3, 4], [None, None], ["", None])
    assert pulled(excel, path)["a"].to_pylist() == [1, None, 3]


def test_a_sheet_and_a_header_row_can_be_chosen(workbook: Book) -> None:
    path = workbook(["Adressen van de gemeente"], ["a"], [1])
    assert pulled(excel, path, header=2).to_pylist() == [{"a": 1}]
    assert pulled(excel, path, sheet="Ander").column_names == ["ander"]
    assert "no sheet" in refusal(excel, path, sheet="Weg").rule


def calculated(path: Path, cell: bytes) -> Path:
    """The workbook with this in the place of the cell that openpyxl, which doesn't calculate, has written."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b"<f>" in parts[sheet]
    parts[sheet] = re.sub(rb'<c r="B3".*?</c>', cell, parts[sheet])
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


def test_a_formula_that_was_never_calculated_is_refused_with_its_address(workbook: Book) -> None:
    refused = refusal(excel, path := workbook(["a", "b"], [1, 2], [3, "=A3+1"]))
    assert "cell B3 holds a formula that was never calculated" in refused.rule
    assert (refused.file, refused.kept) == ("adressen.xlsx", path)


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        (b'<c r="B3"><f>A3+1</f><v>4</v></c>', 4),
        (b'<c r="B3" t="str"><f>IF(A3=3,"",1)</f><v></v></c>', None),
    ],
)
def test_of_a_formula_the_saved_value_is_read_also_if_it_is_the_empty_text(
    workbook: Book, cell: bytes, value: int | None
) -> None:
    path = calculated(workbook(["a", "b"], [1, 2], [3, "=A3+1"]), cell)
    assert pulled(excel, path).column("b").to_pylist() == [2, value]


def test_a_cell_with_an_error_is_refused_with_its_address(workbook: Book) -> None:
    assert "cell B3" in refusal(excel, workbook(["a", "b"], [1, 2], [3, "#N/A"])).rule


@pytest.mark.parametrize(
    ("rows", "rule"),
    [
        ([["a", "a"], [1, 2]], "twice"),
        ([["a", None, "c"], [1, 2, 3]], "no name"),
        ([["a"], [1, 2]], "no name"),
    ],
)
def test_a_header_row_that_is_wrong_is_refused(workbook: Book, rows: list[list[Any]], rule: str) -> None:
    assert rule in refusal(excel, workbook(*rows)).rule


def test_a_truncated_workbook_is_refused(workbook: Book) -> None:
    path = workbook(["a"], [1])
    path.write_bytes(path.read_bytes()[:-50])
    refused = refusal(excel, path)
    assert (refused.file, refused.kept) == ("adressen.xlsx", path)


@pytest.mark.parametrize(
    "secret", [{}, {"password": "geheim"}, {"login": "ik"}, {"extra": {"headers": {"X-Key": "g"}}}]
)
def test_a_redirect_is_followed_only_where_no_secret_goes_along(serve: Serve, secret: dict[str, Any]) -> None:
    elsewhere = serve(serving(b"a;b\n1;2\n"))
    seen: list[str] = []

    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append(self.path)
            self.send_response(302)
            self.send_header("Location", elsewhere + "/adressen.csv")
            self.send_header("Content-Length", "0")
            self.end_headers()

    connection = Connection(name="bron", url=serve(Redirecting) + "/adressen.csv", **secret)
    if not secret:
        result = csv.pull(csv.Options(), connection)
        assert [row for batch in result.batches for row in batch.to_pylist()] == [{"a": "1", "b": "2"}]
        return
    with pytest.raises(RegistryFailed, match="HTTP 302"):
        csv.pull(csv.Options(), connection)
    assert seen == ["/adressen.csv"]
