"""What GX itself is asked: the columns it gets, and what an author hears if it can't judge."""

from __future__ import annotations

from typing import Any

import great_expectations.expectations as gxe
import pandas as pd
import pyarrow as pa
import pytest
from great_expectations.exceptions import GreatExpectationsError
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.expectations.metrics import ColumnMapMetricProvider, column_condition_partial

from tests.scan.equal import ROW, our_answer
from vlekkeloos.errors import BadInput
from vlekkeloos.scan import columns_of, frame

TABLE = pa.table(
    {ROW: [1, 2], "a": ["geheim", "b"], "n": [1, 2], 'q"x': [1, 2], "back\\slash": [1, 2], "Müller": [1, 2]}
)
THERE = [name for name in TABLE.column_names if name != ROW]


class Peculiar(Exception):
    pass


class ColumnValuesPeculiar(ColumnMapMetricProvider):
    condition_metric_name = "column_values.peculiar"

    @column_condition_partial(engine=PandasExecutionEngine)
    def _pandas(cls, column: pd.Series, **kwargs: Any) -> Any:
        raise Peculiar(f"this is wrong:\nTypeError: {column.iloc[0]}\nJansen: {column.iloc[0]}")


class ExpectColumnValuesToBePeculiar(gxe.ExpectColumnValuesToNotBeNull):
    map_metric = "column_values.peculiar"


@pytest.mark.parametrize(
    ("expectation", "said"),
    [
        (
            gxe.ExpectColumnValuesToBeBetween(column="n", min_value=4, max_value=2),
            "min_value is greater than max_value",
        ),
        (gxe.ExpectColumnValuesToBeBetween(column="a", min_value=1, max_value=2), "TypeError"),
        (gxe.ExpectColumnValuesToBeInSet(column="n", value_set=[1, "geheim"]), "ArrowInvalid"),
        (
            gxe.ExpectColumnValuesToNotBeNull(column="n", row_condition="geheim > 3", condition_parser="pandas"),
            "UndefinedVariableError",
        ),
        (ExpectColumnValuesToBePeculiar(column="a"), "Peculiar"),
    ],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_an_author_hears_what_went_wrong_and_where(expectation: Any, said: str) -> None:
    with pytest.raises(BadInput) as caught:
        our_answer(expectation, TABLE)
    field = expectation.column
    assert str(caught.value).startswith("file suite ")
    assert str(caught.value).endswith(
        f", field {field}: {expectation.expectation_type} could not be evaluated: {said}"
    )


def test_what_gx_raises_is_told_without_its_text(monkeypatch: pytest.MonkeyPatch) -> None:
    def raises(*_: Any) -> Any:
        raise GreatExpectationsError("geheim")

    monkeypatch.setattr(frame, "ask_gx", raises)
    expectation = gxe.ExpectColumnValuesToBeInSet(column="n", value_set=["1"])
    with pytest.raises(BadInput, match="_in_set could not be evaluated: GreatExpectationsError") as caught:
        our_answer(expectation, TABLE)
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("column", THERE)
def test_gx_gets_a_column_whatever_its_name(column: str) -> None:
    assert column in columns_of([gxe.ExpectColumnValuesToNotBeNull(column=column)], THERE)
    condition = f"`{column}` > 1"
    conditioned = gxe.ExpectColumnMaxToBeBetween(
        column="n", max_value=2, row_condition=condition, condition_parser="pandas"
    )
    assert set(columns_of([conditioned], THERE)) >= {column, "n"}


def test_gx_gets_only_what_its_own_expectations_name_and_all_for_anothers() -> None:
    assert columns_of([gxe.ExpectColumnValuesToNotBeNull(column="Müller")], ["b", "Müller", "z"]) == ["Müller"]
    assert columns_of([ExpectColumnValuesToBePeculiar(column="a")], THERE) == THERE
