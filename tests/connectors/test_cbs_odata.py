"""CBS OData: a table's observations and codes, and a table that is not read again while it is the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest
import requests
from pydantic import ValidationError

from connectors import cbs_odata
from tests.connectors.conformance import Traffic
from vlekkeloos.connector import UNEXPECTED, Connection, Pulled, Wanted
from vlekkeloos.errors import RegistryFailed, RegistryRefused
from vlekkeloos.sandbox import registries
from vlekkeloos.sandbox.registries import Serving, Town, cbs

#: Enough buurten for two pages of observations.
TOWN = Town(seed=5, addresses=5_000)

Row = dict[str, Any]
Pull = Callable[..., Pulled]


@pytest.fixture(scope="module")
def traffic() -> Traffic:
    return Traffic()


@pytest.fixture
def serving(traffic: Traffic) -> Iterator[Serving]:
    with registries.serve(TOWN, only=["cbs"], around=[traffic.middleware]) as started:
        yield started


@pytest.fixture
def pull(serving: Serving) -> Pull:
    def pulled(since: str | None = None, after: str | None = None, **words: Any) -> Pulled:
        options = cbs_odata.Options(**{"table": cbs.TABLE, **words})
        connection = Connection("cbs", serving.url + cbs.PREFIX)
        return cbs_odata.pull(options, connection, Wanted(since=since, after=after))

    return pulled


def _rows(pulled: Pulled) -> list[Row]:
    return [row for page in pulled.batches for row in page.rows.to_pylist()]


def _renew(serving: Serving) -> None:
    requests.post(f"{serving.url}{cbs.PREFIX}/_edition", timeout=10).raise_for_status()


def test_observations_have_a_column_for_each_dimension_and_decimals_for_values(pull: Pull) -> None:
    pulled = pull()
    dimensions = ["WijkenEnBuurten", "Perioden"]
    names = ["Id", "Measure", "ValueAttribute", "Value", "StringValue", *dimensions, UNEXPECTED]
    assert pulled.schema.names == names
    assert pulled.schema.field("Value").type == pa.float64()
    rows = _rows(pulled)
    assert [row["Id"] for row in rows] == list(range(len(rows)))
    assert len(rows) > cbs.PAGE
    assert rows[0]["WijkenEnBuurten"] == "BU99980001"
    assert all(row[UNEXPECTED] is None for row in rows)


def test_a_filter_and_a_selection_are_left_to_the_registry(pull: Pull, traffic: Traffic) -> None:
    before = len(traffic)
    words = {"filter": "Measure eq 'M000001' and Perioden eq '2025JJ00'", "select": ["WijkenEnBuurten", "Value"]}
    pulled = pull(**words)
    assert pulled.schema.names == ["Value", "WijkenEnBuurten", UNEXPECTED]
    assert len(_rows(pulled)) == TOWN.streets
    asked = [dict(request.query) for request, _ in traffic[before:] if request.path.endswith("/Observations")]
    assert asked == [{"$filter": words["filter"], "$select": "WijkenEnBuurten,Value"}]


@pytest.mark.parametrize(
    ("name", "key", "count"),
    [("MeasureCodes", "M000001", 3), ("PeriodenCodes", "2024JJ00", 2), ("WijkenEnBuurtenCodes", "BU99980001", None)],
)
def test_codes_are_read_with_what_they_mean(name: str, key: str, count: int | None, pull: Pull) -> None:
    rows = _rows(pull(set=name))
    assert rows[0]["Identifier"] == key
    assert rows[0]["Title"]
    assert all(row[UNEXPECTED] is None for row in rows)
    assert count in (None, len(rows))


def test_a_table_that_was_not_renewed_is_not_read_again(pull: Pull, traffic: Traffic) -> None:
    first = pull()
    assert not first.delta
    assert _rows(first)
    before = len(traffic)
    again = pull(since=first.cursor)
    assert (again.delta, list(again.batches), again.cursor) == (True, [], first.cursor)
    assert again.schema == first.schema
    assert not any(request.path.endswith("/Observations") for request, _ in traffic[before:])


def test_a_table_that_was_renewed_is_read_as_a_whole(pull: Pull, serving: Serving) -> None:
    first = pull()
    old = _rows(first)
    _renew(serving)
    again = pull(since=first.cursor)
    new = _rows(again)
    assert not again.delta
    assert again.cursor != first.cursor
    assert [row["Id"] for row in new] == [row["Id"] for row in old]
    assert new != old


def test_a_table_that_is_renewed_while_it_is_read_fails_the_pull(pull: Pull, serving: Serving) -> None:
    pages = pull().batches
    next(pages)
    _renew(serving)
    with pytest.raises(RegistryFailed, match="renewed while it was read"):
        list(pages)


def test_a_pull_goes_on_behind_the_page_kept_last_unless_the_table_was_renewed(pull: Pull, serving: Serving) -> None:
    pages = list(pull().batches)
    (rest,) = pull(after=pages[0].after).batches
    assert rest.rows == pages[1].rows
    _renew(serving)
    with pytest.raises(RegistryFailed, match="start a new run"):
        list(pull(after=pages[0].after).batches)


def test_a_table_or_a_set_that_is_not_there_is_refused(pull: Pull) -> None:
    with pytest.raises(RegistryRefused, match="404"):
        pull(table="00000NED")
    with pytest.raises(RegistryRefused, match="404"):
        _rows(pull(set="KleurenCodes"))


def test_a_filter_that_the_registry_does_not_understand_is_refused_without_it(pull: Pull) -> None:
    with pytest.raises(RegistryRefused) as refused:
        _rows(pull(filter="Colour eq 'red'"))
    assert "400" in str(refused.value)
    assert "Colour" not in str(refused.value)


@pytest.mark.parametrize("words", [{"table": "a/b"}, {"set": "Properties"}, {"set": "a/bCodes"}, {"mode": "some"}])
def test_a_question_that_can_not_be_is_refused_beforehand(words: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        cbs_odata.Options(**{"table": cbs.TABLE, **words})


def test_the_sandbox_answers_in_odatas_own_form(serving: Serving) -> None:
    base = f"{serving.url}{cbs.PREFIX}"
    table = requests.get(f"{base}/{cbs.TABLE}/Observations", {"$top": "3"}, timeout=10).json()
    assert len(table["value"]) == 3
    assert "@odata.nextLink" not in table
    assert table["@odata.context"].endswith("$metadata#Observations")
    for path in ("00000NED/Properties", f"{cbs.TABLE}/Colours", f"{cbs.TABLE}/Observations?$orderby=Id"):
        refused = requests.get(f"{base}/{path}", timeout=10)
        assert refused.status_code in (400, 404)
        assert set(refused.json()["error"]) == {"code", "message"}
