"""Pages of a list that changes while it is read: in the end each record that stayed is there once, or it fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vlekkeloos.connector import Page, Pulled
from vlekkeloos.errors import RegistryFailed
from vlekkeloos.lake import Lake
from vlekkeloos.pull import staging as module
from vlekkeloos.pull.staging import ROUNDS, Staging

SCHEMA = pa.schema([("id", pa.string())])
SIZE = 3

Change = Callable[["Registry", int], None]


class Registry:
    """A list that is read by page; ``change`` is called before each page is, with how many were."""

    def __init__(self, records: Sequence[str | None], change: Change = lambda *_: None) -> None:
        self.records = list(records)
        self.change = change
        self.reads = 0
        self.asked: list[tuple[int, int]] = []
        self.states: list[list[str | None]] = []
        self.total_told: Callable[[int], int | None] = lambda total: total

    def page(self, number: int, list_: int = 0) -> Page:
        self.change(self, self.reads)
        self.reads += 1
        self.asked.append((list_, number))
        self.states.append(list(self.records))
        found = self.records[(number - 1) * SIZE : number * SIZE]
        total = self.total_told(len(self.records)) if found or number == 1 else None
        rows = pa.record_batch([pa.array(found, pa.string())], schema=SCHEMA)
        return Page(rows, list_, number, f"page {number}", total=total, size=SIZE)

    def pages(self) -> Iterator[Page]:
        """As a connector does it: as many as the first page says there are."""
        first = self.page(1)
        yield first
        total = first.total if first.total is not None else len(self.records)
        for number in range(2, -(-total // SIZE) + 1):
            yield self.page(number)

    def again(self, places: Sequence[tuple[int, int]]) -> Iterator[Page]:
        for list_, number in places:
            yield self.page(number, list_)


def pulled(registry: Registry) -> list[str | None]:
    """What raw would have."""
    with TemporaryDirectory() as folder:
        staging = Staging(Lake(folder), "staging/demo/bag/r1", "r1")
        staging.keep(registry.pages(), SCHEMA)
        return settled(staging, registry)


def settled(staging: Staging, registry: Registry) -> list[str | None]:
    staging.settle(Pulled(SCHEMA, iter([]), paged=True, reread=registry.again), SCHEMA, ["id"])
    with staging.query() as query:
        return [row["id"] for batch in staging.rows(query, SCHEMA) for row in batch.to_pylist()]


def ids(count: int) -> list[str]:
    return [f"{number:03}" for number in range(count)]


def at(moment: int, edit: Callable[[list[str | None]], object]) -> Change:
    """A change before the read with that number, counted from 0."""
    return lambda registry, reads: edit(registry.records) and None if reads == moment else None


@pytest.mark.parametrize("count", [0, 1, 3, 4, 9])
def test_a_quiet_list_is_read_once_also_where_its_last_page_is_full(count: int) -> None:
    registry = Registry(ids(count))
    assert pulled(registry) == ids(count)
    assert registry.reads == max(1, -(-count // SIZE))


@pytest.mark.parametrize("moment", [1, 2, 3, 4])
def test_a_record_that_comes_before_the_rest_shifts_them_and_the_list_grows(moment: int) -> None:
    registry = Registry(ids(12), at(moment, lambda records: records.insert(0, "new")))
    assert pulled(registry) in (ids(12), ["new", *ids(12)])


@pytest.mark.parametrize("moment", [1, 2, 3, 4])
@pytest.mark.parametrize("gone", [0, 4, 11])
def test_a_record_that_goes_takes_no_other_with_it(moment: int, gone: int) -> None:
    registry = Registry(ids(12), at(moment, lambda records: records.pop(gone)))
    assert pulled(registry) in ([i for i in ids(12) if i != ids(12)[gone]], ids(12))


def test_one_answer_of_another_moment_costs_some_pages_again_and_not_all() -> None:
    registry = Registry(ids(60))
    page = registry.page

    def slip(number: int, list_: int = 0) -> Page:
        if registry.reads != 10:
            return page(number, list_)
        registry.records.insert(0, "slip")
        try:
            return page(number, list_)
        finally:
            registry.records.pop(0)

    registry.page = slip  # type: ignore[method-assign]
    assert pulled(registry) == ids(60)
    assert len(registry.asked) <= 20 + 3


def test_a_list_that_shrinks_to_nothing_is_empty() -> None:
    assert pulled(Registry(ids(9), at(2, lambda records: records.clear()))) == []


def test_pages_that_come_into_being_are_read() -> None:
    more = ["x", "y", "z"]
    assert pulled(Registry(ids(4), at(1, lambda records: records.extend(more)))) == [*ids(4), *more]


def test_a_record_that_the_registry_has_twice_stays_so_for_validate_to_judge() -> None:
    twice = [*ids(9), "001", *ids(12)[10:]]
    assert pulled(Registry(twice)) == twice


def test_a_record_that_is_there_twice_hides_no_page_of_another_state() -> None:
    twice = [*ids(9), "001", *ids(30)[10:]]
    registry = Registry(twice, at(5, lambda records: records.pop(13)))
    assert pulled(registry) == [i for i in twice if i != "013"]


def test_records_without_a_key_are_not_taken_for_one_another() -> None:
    records = [None, "a", "b", None, "c", "d", None]
    registry = Registry(records)
    assert pulled(registry) == records
    assert registry.reads == 3


def test_a_total_that_never_adds_up_is_the_registrys_failure() -> None:
    registry = Registry(ids(8))
    registry.total_told = lambda total: total + 1
    with pytest.raises(RegistryFailed, match="another number of records than it says"):
        pulled(registry)


def test_a_list_that_never_rests_is_not_read() -> None:
    def restless(registry: Registry, reads: int) -> None:
        registry.records.insert(0, f"new{reads}")

    registry = Registry(ids(30), restless)
    with pytest.raises(RegistryFailed, match="changes faster than it can be read"):
        pulled(registry)
    assert registry.reads <= 200 * ROUNDS


def test_without_a_total_a_shift_still_shows_in_what_pages_share() -> None:
    registry = Registry(ids(12), at(2, lambda records: records.insert(0, "new")))
    registry.total_told = lambda total: None
    assert pulled(registry) == ["new", *ids(12)][:12]


def test_a_record_that_goes_and_another_that_comes_leave_one_page_with_another_total() -> None:
    def two_changes(registry: Registry, reads: int) -> None:
        if reads == 4:
            registry.records.pop(0)
        if reads == 5:
            registry.records.append("new")

    registry = Registry(ids(24), two_changes)
    assert pulled(registry) == [*ids(24)[1:], "new"]


def test_a_kill_while_pages_are_read_again_is_gone_on_from(tmp_path: Path) -> None:
    registry = Registry(ids(12), at(3, lambda records: records.insert(0, "new")))

    def killed(places: Sequence[tuple[int, int]]) -> Iterator[Page]:
        yield from registry.again(places[:1])
        raise KeyboardInterrupt

    staging = Staging(Lake(str(tmp_path)), "staging/demo/bag/r1", "r1")
    assert staging.go_on("all") is None
    staging.keep(registry.pages(), SCHEMA)
    end = staging.go_on("all")
    with pytest.raises(KeyboardInterrupt):
        staging.settle(Pulled(SCHEMA, iter([]), paged=True, reread=killed), SCHEMA, ["id"])
    later = Staging(staging.lake, staging.table, "r1")
    assert later.go_on("all") == end == "page 4"
    assert settled(later, registry) == ["new", *ids(12)]


def test_what_was_kept_of_another_question_is_not_gone_on_from(tmp_path: Path) -> None:
    staging = Staging(Lake(str(tmp_path)), "staging/demo/bag/r1", "r1")
    assert staging.go_on("zaken of today") is None
    staging.keep(Registry(ids(5)).pages(), SCHEMA)
    later = Staging(staging.lake, staging.table, "r1")
    assert later.go_on("zaken of tomorrow") is None
    assert later.is_empty


#: Before some reads, a record comes or goes somewhere (as a part of the list's length).
CHANGES = st.dictionaries(
    st.integers(1, 24), st.tuples(st.sampled_from(["comes", "goes"]), st.floats(0, 1)), max_size=6
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(count=st.integers(0, 20), changes=CHANGES)
def test_whatever_changes_who_stayed_is_there_once(count: int, changes: dict[int, tuple[str, float]]) -> None:
    def change(registry: Registry, reads: int) -> None:
        what, where = changes.get(reads, ("", 0.0))
        place = int(where * len(registry.records))
        if what == "comes":
            registry.records.insert(place, f"new{reads}")
        if what == "goes" and registry.records:
            registry.records.pop(min(place, len(registry.records) - 1))

    registry = Registry(ids(count), change)
    try:
        found = pulled(registry)
    except RegistryFailed:
        return
    assert len(found) == len(set(found))
    assert set.intersection(*map(set, registry.states)) <= set(found) <= set.union(*map(set, registry.states))
    if len(changes) <= 1:
        assert found in registry.states


def test_rows_come_in_the_order_of_questions_and_pages_however_many_at_a_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SLICE", 4)
    first, second = Registry(ids(11)), Registry([f"x{number}" for number in range(8)])
    staging = Staging(Lake(str(tmp_path)), "staging/demo/bag/r1", "r1")
    staging.keep(iter([*first.pages(), *(second.page(number, 1) for number in (1, 2, 3))]), SCHEMA)
    staging.keep(iter([first.page(2)]), SCHEMA, 1)
    with staging.query() as query:
        batches = [[row["id"] for row in batch.to_pylist()] for batch in staging.rows(query, SCHEMA)]
    assert [identity for batch in batches for identity in batch] == [*first.records, *second.records]
    assert len(batches) == 5


def test_pages_whose_keeping_was_interrupted_after_its_commit_are_kept_once(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    lake = Lake(str(tmp_path))
    write, interrupted = lake.write, iter([True])

    def interrupt(*given: object, **words: object) -> object:
        written = write(*given, **words)  # type: ignore[arg-type]
        if next(interrupted, False):
            raise KeyboardInterrupt
        return written

    monkeypatch.setattr(lake, "write", interrupt)
    staging = Staging(lake, "staging/demo/bag/r1", "r1")
    with pytest.raises(KeyboardInterrupt):
        staging.keep(Registry(ids(2)).pages(), SCHEMA)
    with staging.query() as query:
        assert [row["id"] for batch in staging.rows(query, SCHEMA) for row in batch.to_pylist()] == ids(2)
