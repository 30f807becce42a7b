"""The schema that a connector declares in; the one that raw has, out, or why it can't be."""

from __future__ import annotations

import pyarrow as pa

from vlekkeloos import connector
from vlekkeloos.contract import Contract
from vlekkeloos.errors import BadInput
from vlekkeloos.lake import ROW


def needed(contract: Contract, source: str) -> list[str]:
    """The columns that a source must have for its exchange: its key, and the fields to compare or keep."""
    rules, columns = contract.reconcile, [contract.sources[source].key]
    for field, rule in (rules.fields or {}).items():
        if source == rules.left and rule.keep in (None, source):
            columns.append(rule.left or field)
        if source == rules.right and rule.keep in (None, source):
            columns.append(rule.right or field)
    return list(dict.fromkeys(columns))


def storable(pulled: connector.Pulled, file: str) -> pa.Schema:
    """The schema as the lake can hold it. Raises BadInput for a column that it can't, by name or by type."""
    seen: set[str] = set()
    fields = []
    for field in pulled.schema:
        if field.name.lower() in (ROW, "provenance"):
            rule, advice = "the column has a name that Vlekkeloos keeps for itself", "give it another in a query"
            raise BadInput(rule, file=file, field=field.name, advice=advice, kept=pulled.received)
        if field.name.lower() in seen:
            rule = "another column has the same name but for capitals"
            raise BadInput(rule, file=file, field=field.name, kept=pulled.received)
        seen.add(field.name.lower())
        fields.append(pa.field(field.name, _stored_as(field, pulled, file)))
    return pa.schema(fields)


def _stored_as(field: pa.Field, pulled: connector.Pulled, file: str) -> pa.DataType:
    """A Delta table has no unsigned numbers and no time of day: those become what holds every value of them."""
    kind = field.type
    if pa.types.is_unsigned_integer(kind):
        return pa.decimal128(20, 0) if kind.bit_width == 64 else pa.int64()
    if pa.types.is_time(kind):
        return pa.string()
    if pa.types.is_float16(kind):
        return pa.float32()
    if pa.types.is_duration(kind) or pa.types.is_decimal256(kind) or pa.types.is_null(kind):
        if pa.types.is_null(kind):
            return pa.string()
        rule = f"a column of type {kind} cannot be kept"
        raise BadInput(rule, file=file, field=field.name, advice="make it text or a number", kept=pulled.received)
    return kind


def require(columns: list[str], pulled: connector.Pulled, file: str) -> None:
    there = {name.lower() for name in pulled.schema.names}
    for column in columns:
        if column.lower() not in there:
            raise BadInput(
                "the column is missing",
                file=file,
                field=column,
                advice=f"there are: {', '.join(pulled.schema.names)}; left: and right: of a field name it otherwise",
                kept=pulled.received,
            )
