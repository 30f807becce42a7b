"""Texts out of a file in, Arrow values of a type that a contract names out, and which of them are none.

Arrow's reader of CSV decides how a value of a type is written, for every kind of file with texts in it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

import pyarrow as pa
import pyarrow.csv

Kind = Literal["text", "integer", "decimal", "boolean", "date", "timestamp"]

#: The types that a column can be given; ``decimal`` is a number with a fraction, as a 64-bit float.
TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "integer": pa.int64(),
    "decimal": pa.float64(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}

_PLAIN_INTEGER = re.compile(r"-?[0-9]{1,18}")
_PLAIN_DECIMAL = {sign: re.compile(rf"-?[0-9]{{1,15}}(?:\{sign}[0-9]{{1,15}})?") for sign in (".", ",")}
_PLAIN_DATE = re.compile(r"[12][0-9]{3}-(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])")
_PLAIN_MOMENT = re.compile(_PLAIN_DATE.pattern + r"[ T](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?")


def conversion(schema: pa.Schema, decimal: str) -> pyarrow.csv.ConvertOptions:
    """How Arrow is to make values of the texts in a file."""
    return pyarrow.csv.ConvertOptions(
        column_types=schema,
        null_values=[""],
        strings_can_be_null=True,
        decimal_point=decimal,
        true_values=["true", "ja", "J", "1"],
        false_values=["false", "nee", "N", "0"],
    )


class Misfit(Exception):
    """A text that is no value of its type; ``at`` is its index."""

    def __init__(self, at: int) -> None:
        self.at = at
        super().__init__(at)


def array(texts: list[str | None], wanted: pa.DataType) -> pa.Array:
    """The texts as values of that type; blanks around one don't count, unless it is text. Raises Misfit."""
    if pa.types.is_string(wanted):
        return pa.array(texts, wanted)
    bare = [(text or "").strip() for text in texts]
    try:
        return _read(bare, wanted, ".")
    except pa.ArrowInvalid:
        raise Misfit(next(at for at, text in enumerate(bare) if text and not fits(text, wanted))) from None


def named(wanted: pa.DataType, decimal: str = ".") -> str:
    """A type in the contract's words, with how its values are written."""
    if pa.types.is_integer(wanted):
        return "an integer (whole, of at most 64 bits)"
    if pa.types.is_floating(wanted):
        return f"a decimal (the contract says decimal: {decimal!r})"
    if pa.types.is_boolean(wanted):
        return "a boolean (true, ja, J or 1; false, nee, N or 0)"
    return "a date (yyyy-mm-dd)" if pa.types.is_date(wanted) else "a timestamp (yyyy-mm-ddThh:mm:ss)"


def fits(text: str, wanted: pa.DataType, decimal: str = ".") -> bool:
    """True if Arrow takes the text for a value of that type; it is asked only where that is not plain."""
    if pa.types.is_string(wanted) or (pa.types.is_integer(wanted) and _PLAIN_INTEGER.fullmatch(text)):
        return True
    if pa.types.is_floating(wanted) and _PLAIN_DECIMAL[decimal].fullmatch(text):
        return True
    if pa.types.is_date(wanted) and _PLAIN_DATE.fullmatch(text):
        return True
    if pa.types.is_timestamp(wanted) and _PLAIN_MOMENT.fullmatch(text):
        return True
    return _reads(text, wanted, decimal)


@lru_cache(maxsize=1024)
def _reads(text: str, wanted: pa.DataType, decimal: str) -> bool:
    try:
        _read([text], wanted, decimal)
    except pa.ArrowInvalid:
        return False
    return True


def _read(texts: list[str], wanted: pa.DataType, decimal: str) -> pa.Array:
    """The texts as Arrow reads them in a file of one column; an empty one is null."""
    quoted = "".join('"' + text.replace('"', '""') + '"\n' for text in texts)
    table = pyarrow.csv.read_csv(
        pa.BufferReader(quoted.encode()),
        read_options=pyarrow.csv.ReadOptions(column_names=["value"]),
        parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        convert_options=conversion(pa.schema([("value", wanted)]), decimal),
    )
    return table.column("value").combine_chunks()
