"""A status of the BAG, and the order in which an object's statuses come."""

from __future__ import annotations

import datetime

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scan.equal import TEXTS, examples
from tests.validations.beside import broken, expectation, table
from validations._bag import LIFE_CYCLES

COLUMNS = ["identificatie", "status", "begin", "nummer", "inactief"]
STATUSES = {name: st.sampled_from([*cycle, "onbekend", None]) for name, cycle in LIFE_CYCLES.items()}
DAYS = st.sampled_from([None, *(datetime.date(2020, 1, day) for day in range(1, 6)), datetime.date(1, 1, 1)])
SOMETIMES = st.sampled_from([None, None, None, None, datetime.datetime(2021, 1, 1, 12)])


def history(rows: list[tuple[object, ...]], begin: pa.DataType | None = None) -> pa.Table:
    """A table of voorkomens, given as rows of COLUMNS."""
    types = [pa.string(), pa.string(), pa.date32(), pa.int32(), pa.timestamp("us")]
    columns = list(zip(*rows, strict=True)) or [[]] * len(COLUMNS)
    made = {name: pa.array(list(one), type_) for name, one, type_ in zip(COLUMNS, columns, types, strict=True)}
    return table(**made | {"begin": made["begin"].cast(begin or pa.date32())})


def life_cycle(object_type: str) -> object:
    return expectation("expect_bag_status_to_follow_life_cycle", column_list=COLUMNS, object_type=object_type)


@pytest.mark.parametrize("object_type", ["woonplaats", "verblijfsobject"])
@examples
@given(st.data())
def test_the_scan_says_of_a_status_what_gx_says(object_type: str, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.one_of(STATUSES[object_type], TEXTS), max_size=8))
    judged = expectation("expect_column_values_to_be_bag_status", column="a", object_type=object_type)
    known = [*LIFE_CYCLES[object_type], None]
    wrong = [number for number, one in enumerate(values, 1) if one not in known]
    assert broken(judged, table(a=pa.array(values, pa.string()))) == wrong


@pytest.mark.parametrize("object_type", ["pand", "nummeraanduiding"])
@examples
@given(st.data())
def test_the_scan_says_of_a_life_cycle_what_gx_says(object_type: str, data: st.DataObject) -> None:
    row = st.tuples(
        st.sampled_from(["1", "2", None]), STATUSES[object_type], DAYS, st.sampled_from([None, 1, 2, 3]), SOMETIMES
    )
    type_ = data.draw(st.sampled_from([pa.date32(), pa.timestamp("us")]))
    broken(life_cycle(object_type), history(data.draw(st.lists(row, max_size=12)), type_))  # type: ignore[arg-type]


def day(number: int) -> datetime.date:
    return datetime.date(2020, 1, number)


def test_a_pand_is_not_demolished_before_it_was_built() -> None:
    rows = [
        ("1", "Bouwvergunning verleend", day(1), 1, None),
        ("1", "Pand gesloopt", day(3), 2, None),
        ("2", "Bouwvergunning verleend", day(1), 1, None),
        ("2", "Bouw gestart", day(2), 2, None),
        ("2", "Pand in gebruik", day(3), 3, None),
    ]
    assert broken(life_cycle("pand"), history(rows)) == [2]


def test_the_first_status_may_be_any_and_a_status_may_stay() -> None:
    rows = [("1", "Pand gesloopt", day(1), 1, None), ("1", "Pand gesloopt", day(2), 2, None)]
    assert broken(life_cycle("pand"), history(rows)) == []


def test_an_object_that_was_ended_by_mistake_lives_again() -> None:
    rows = [("1", "Pand gesloopt", day(1), 1, None), ("1", "Pand in gebruik", day(2), 2, None)]
    assert broken(life_cycle("pand"), history(rows)) == []


def test_begin_of_validity_orders_a_life_and_not_the_number_of_the_voorkomen() -> None:
    # what was corrected afterwards has a higher number
    rows = [("1", "Pand in gebruik", day(2), 1, None), ("1", "Bouw gestart", day(1), 2, None)]
    assert broken(life_cycle("pand"), history(rows)) == []


def test_an_inactive_voorkomen_is_no_part_of_a_life() -> None:
    moment = datetime.datetime(2021, 1, 1)
    rows = [
        ("1", "Pand in gebruik", day(1), 1, None),
        ("1", "Bouwvergunning verleend", day(2), 2, moment),
        ("1", "Pand gesloopt", day(3), 3, None),
    ]
    assert broken(life_cycle("pand"), history(rows)) == []


@pytest.mark.parametrize("object_type", LIFE_CYCLES)
def test_every_step_of_a_life_cycle_leads_to_a_status_of_it(object_type: str) -> None:
    cycle = LIFE_CYCLES[object_type]
    assert {after for steps in cycle.values() for after in steps} <= set(cycle)
