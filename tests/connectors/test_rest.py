"""A declared registry: every record once, in order, from wherever a pull broke off; and odd answers."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from threading import Barrier
from typing import Any

import pytest

from connectors import _reader, http, rest
from connectors._columns import Columns, kinds
from connectors.rest import Api, Linked, Numbered, Question
from tests.connectors.registry import Asked, Registry, Reply, connected
from vlekkeloos.connector import UNEXPECTED, Page, Pulled, Wanted
from vlekkeloos.errors import RegistryFailed, RegistryRefused

Start = Callable[..., Registry]
Record = dict[str, Any]

SIZE = 10
COLUMNS = Columns(kinds("id huisnummer:integer geboorte.plaats"), ["_links"])


def record(number: int) -> Record:
    """The n-th record of a registry."""
    return {"id": f"{number:03}", "huisnummer": number, "geboorte": {"plaats": "Weesp"}, "_links": {"self": "x"}}


class Things:
    """A registry of so many things, at every path; ``bend`` changes the records of an answer."""

    def __init__(self, count: int, *, total: bool = True, end: int = 404) -> None:
        self.count, self.total, self.end = count, total, end
        self.bend: Callable[[Asked, list[Record]], list[Record]] = lambda asked, records: records

    def __call__(self, asked: Asked) -> Reply:
        begin = int(asked.params.get("skip", (int(asked.params.get("page", 1)) - 1) * SIZE))
        if begin > 0 and begin >= self.count:
            return Reply({"things": []} if self.end == 200 else {"title": "no such page"}, self.end)
        records = self.bend(asked, [record(n) for n in range(begin, min(begin + SIZE, self.count))])
        content: Record = {"things": records} | ({"count": self.count} if self.total else {})
        if begin + SIZE < self.count:
            content["next"] = f"?page={begin // SIZE + 2}"
        return Reply(content)


NUMBERED = Numbered("page", "size", SIZE, total="count")
UNCOUNTED = Numbered("page", "size", SIZE)
SKIPPING = Numbered("skip", None, SIZE, total="count", skips=True)
LINKED = Linked("next", total="count")


def pull(
    registry: Registry, paging: Any, wanted: Wanted | None = None, questions: Sequence[Question] = (), **api: Any
) -> Pulled:
    """A pull of all things, or of what the questions ask."""
    declared = Api(**{"columns": COLUMNS, "records": "things", "paging": paging, "rate": None} | api)
    return rest.pull(declared, connected(registry), list(questions or [Question("things")]), wanted or Wanted())


def rows(pages: Sequence[Page]) -> list[Record]:
    return [row for page in pages for row in page.rows.to_pylist()]


def ids(pages: Sequence[Page]) -> list[str]:
    return [row["id"] for row in rows(pages)]


def all_ids(count: int) -> list[str]:
    return [f"{number:03}" for number in range(count)]


PAGINGS = {
    "numbered": (NUMBERED, True, 404),
    "numbered, no total": (UNCOUNTED, False, 404),
    "numbered, no total, empty at the end": (UNCOUNTED, False, 200),
    "by records": (SKIPPING, True, 404),
    "linked": (LINKED, True, 404),
    "linked, no total": (Linked("next"), False, 404),
}


# ── pages ─────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 30, 95, 100])
@pytest.mark.parametrize(("paging", "total", "end"), PAGINGS.values(), ids=PAGINGS)
def test_every_record_comes_once_and_in_order_also_where_the_last_page_is_full(
    registry: Start, count: int, paging: Any, total: bool, end: int
) -> None:
    started = registry(Things(count, total=total, end=end))
    pages = list(pull(started, paging).batches)
    assert ids(pages) == all_ids(count)
    numbers = [(page.list, page.number) for page in pages]
    assert numbers == [(0, number) for number in range(1, len(pages) + 1)]
    if total:
        assert {page.total for page in pages} == {count}
        assert len(started.asked) == max(1, -(-count // SIZE)), "no page is asked for twice, or in vain"


@pytest.mark.parametrize("count", [30, 34])
@pytest.mark.parametrize(("paging", "total", "end"), PAGINGS.values(), ids=PAGINGS)
def test_a_pull_that_goes_on_after_any_page_gives_exactly_the_rest(
    registry: Start, count: int, paging: Any, total: bool, end: int
) -> None:
    started = registry(Things(count, total=total, end=end))
    questions = [Question("some"), Question("others", {"of": "these"})]
    whole = list(pull(started, paging, questions=questions).batches)
    assert ids(whole) == all_ids(count) * 2
    for kept, page in enumerate(whole, start=1):
        going_on = list(pull(started, paging, Wanted(after=page.after), questions).batches)
        assert ids(whole[:kept]) + ids(going_on) == all_ids(count) * 2
        assert [(p.list, p.number, p.after) for p in going_on] == [(p.list, p.number, p.after) for p in whole[kept:]]


def test_the_size_is_asked_for_and_a_page_behind_the_first_may_not_be_there(registry: Start) -> None:
    first, second = (NUMBERED.question(Question("things", {"status": "in gebruik"}), page) for page in (1, 2))
    assert first == Question("things", {"status": "in gebruik", "page": 1, "size": SIZE}, absent=False)
    assert second == Question("things", {"status": "in gebruik", "page": 2, "size": SIZE}, absent=True)
    assert SKIPPING.question(Question("things"), 3).params == {"skip": 20}
    gone = registry(lambda asked: Reply({"title": "gone"}, 404))
    with pytest.raises(RegistryRefused, match="HTTP 404"):
        list(pull(gone, NUMBERED).batches)


def test_pages_of_a_list_that_shrinks_meanwhile_are_empty_at_its_end(registry: Start) -> None:
    things = Things(40)

    def shrink(asked: Asked, records: list[Record]) -> list[Record]:
        if asked.number == 2:
            things.count = 15
        return records

    things.bend = shrink
    pages = list(pull(registry(things), NUMBERED, at_once=1).batches)
    assert [(page.rows.num_rows, page.total) for page in pages] == [(10, 40), (10, 15), (0, None), (0, None)]


def test_pages_are_fetched_several_at_once_and_given_in_order(registry: Start) -> None:
    together, things = Barrier(4), Things(50)

    def wait(asked: Asked, records: list[Record]) -> list[Record]:
        if asked.number > 1:
            together.wait(60)
        return records

    things.bend = wait
    assert ids(list(pull(registry(things), NUMBERED, at_once=4).batches)) == all_ids(50)


def test_the_share_that_is_done_grows_to_all_of_it(registry: Start) -> None:
    for paging in (NUMBERED, LINKED):
        shares = [page.share for page in pull(registry(Things(34)), paging).batches]
        assert shares == sorted(shares) and shares[-1] == 1.0


def test_pages_can_be_read_anew_and_one_behind_the_end_is_empty(registry: Start) -> None:
    started = registry(Things(34))
    pulled = pull(started, NUMBERED)
    assert pulled.reread is not None
    again = list(pulled.reread([(0, 2), (0, 4), (0, 9)]))
    assert [(page.number, page.rows.num_rows) for page in again] == [(2, 10), (4, 4), (9, 0)]
    assert pull(started, LINKED).reread is None


def test_a_link_that_leads_away_ends_the_pull(registry: Start) -> None:
    other = registry(Things(3))
    started = registry(lambda asked: Reply({"things": [record(1)], "next": other.url}))
    with pytest.raises(RegistryFailed, match="leaves the registry's own address"):
        list(pull(started, Linked("next")).batches)
    assert other.asked == []


def test_the_next_page_may_be_told_by_a_function(registry: Start) -> None:
    assert ids(list(pull(registry(Things(25)), Linked(lambda content: content.get("next"))).batches)) == all_ids(25)


# ── keys ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("paging", [None, NUMBERED, UNCOUNTED, LINKED], ids=["one", "numbered", "no total", "linked"])
def test_each_key_is_one_page_of_all_its_records_in_the_order_of_the_keys(registry: Start, paging: Any) -> None:
    def answer(asked: Asked) -> Reply:
        count = int(asked.path.rpartition("/")[2])
        return Reply(status=404) if count == 0 else Things(count, total=paging is not UNCOUNTED)(asked)

    keys = ["3", "0", "10", *(["25"] if paging else []), "1"]
    questions = [Question(f"things/{key}", absent=True) for key in keys]
    started = registry(answer)
    whole = list(pull(started, paging, Wanted(keys=keys), questions).batches)
    assert [page.rows["id"].to_pylist() for page in whole] == [all_ids(int(key)) for key in keys]
    assert [page.list for page in whole] == list(range(len(keys)))
    assert whole[-1].share == 1.0
    for kept, page in enumerate(whole, start=1):
        going_on = list(pull(started, paging, Wanted(keys=keys, after=page.after), questions).batches)
        assert [p.list for p in going_on] == list(range(kept, len(keys)))
        assert ids(whole[:kept]) + ids(going_on) == ids(whole)


def test_no_keys_are_no_questions(registry: Start) -> None:
    started = registry(Things(5))
    declared = Api(columns=COLUMNS, records="things", rate=None)
    assert list(rest.pull(declared, connected(started), [], Wanted(keys=[])).batches) == []
    assert started.asked == []


# ── records ───────────────────────────────────────────────────────────────────────────────────────────────


def test_each_field_has_its_column_and_its_type(registry: Start) -> None:
    columns = Columns(kinds("a b:integer c:decimal d:boolean e:date f:timestamp g:texts h:json x.y"))
    told: Record = {"a": "é", "b": 1, "c": 2, "d": True, "e": "2026-01-31", "f": "2026-01-31T12:00:00+01:00"}
    told |= {"g": ["1", "2"], "h": {"i": [1]}, "x": {"y": "z"}}
    (page,) = pull(registry(lambda asked: Reply(told)), None, records="", columns=columns).batches
    (found,) = page.rows.to_pylist()
    assert found == {
        **{name: told[name] for name in "abdg"},
        "c": 2.0,
        "e": date(2026, 1, 31),
        "f": datetime(2026, 1, 31, 11, tzinfo=UTC),
        "h": '{"i": [1]}',
        "x.y": "z",
        UNEXPECTED: None,
    }


def test_fields_that_were_not_declared_are_kept_beside(registry: Start) -> None:
    things = Things(2)
    things.bend = lambda asked, records: [
        records[0] | {"nieuw": [1], "geboorte": {"plaats": "Weesp", "land": {"code": "6030"}}},
        records[1] | {"nieuw": None, "geboorte": None},
    ]
    first, second = rows(list(pull(registry(things), NUMBERED).batches))
    assert json.loads(first[UNEXPECTED]) == {"nieuw": [1], "geboorte.land": {"code": "6030"}}
    assert (second[UNEXPECTED], second["geboorte.plaats"]) == (None, None)


def slipping(times: int) -> Things:
    """Things whose third record tells its house number as text, in the first so many answers."""
    things = Things(25)

    def slip(asked: Asked, records: list[Record]) -> list[Record]:
        wrong = asked.number <= times
        return [one | {"huisnummer": "2"} if one["id"] == "002" and wrong else one for one in records]

    things.bend = slip
    return things


@pytest.mark.parametrize("times", [1, 5, _reader.SAME_ANSWERS - 1])
def test_a_value_of_another_type_that_passes_leaves_no_trace(registry: Start, times: int) -> None:
    found = rows(list(pull(registry(slipping(times)), NUMBERED).batches))
    assert [row["huisnummer"] for row in found] == list(range(25))
    assert {row[UNEXPECTED] for row in found} == {None}


def test_a_value_of_another_type_that_stays_is_kept_beside_its_column_and_asked_about_no_more(
    registry: Start,
) -> None:
    things = Things(40)
    things.bend = lambda asked, records: [one | {"huisnummer": str(one["huisnummer"])} for one in records]
    started = registry(things)
    found = rows(list(pull(started, NUMBERED, at_once=1).batches))
    assert {row["huisnummer"] for row in found} == {None}
    assert [json.loads(row[UNEXPECTED]) for row in found] == [{"huisnummer": str(number)} for number in range(40)]
    assert len(started.asked) == _reader.SAME_ANSWERS + 3


def test_slips_in_one_column_after_the_other_make_none_of_them_a_changed_one(registry: Start) -> None:
    things = Things(15)

    def slip(asked: Asked, records: list[Record]) -> list[Record]:
        if asked.number <= _reader.SAME_ANSWERS:
            wrong: Record = {"huisnummer": "x"} if asked.number % 2 else {"id": 7}
            return [records[0] | wrong, *records[1:]]
        return [records[0] | {"id": 7}, *records[1:]] if asked.number == _reader.SAME_ANSWERS + 1 else records

    things.bend = slip
    found = rows(list(pull(registry(things), NUMBERED, at_once=1).batches))
    # the slip on the second page is asked again: the column was not taken for one that changed
    assert [row["id"] for row in found[10:]] == all_ids(15)[10:]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"count": 1}, "the answer has no things"),
        ({"things": None, "count": 1}, "holds no records"),
        ({"things": ["a"], "count": 1}, "holds no records"),
        ({"things": [record(1)]}, "the answer has no count"),
        ({"things": [record(1)], "count": "1"}, "count is no number"),
        ([record(1)], "the answer has no things"),
    ],
)
def test_an_answer_that_is_not_built_as_declared_is_asked_again_and_then_told(
    registry: Start, content: Any, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)
    assert ids(list(pull(registry(_first(Reply(content), Things(1))), NUMBERED).batches)) == ["000"]
    with pytest.raises(RegistryFailed, match=f"register: /things: .*{told}"):
        list(pull(registry(lambda asked: Reply(content)), NUMBERED).batches)


def _first(reply: Reply, things: Things) -> Callable[[Asked], Reply]:
    return lambda asked: reply if asked.number == 1 else things(asked)


def test_a_record_can_be_given_another_shape_and_one_that_has_none_is_told(
    registry: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(http, "BACKOFF", 0.001)

    def shape(one: Record) -> Record:
        return {"id": one["properties"]["id"]}

    good = registry(lambda asked: Reply({"things": [{"properties": {"id": "1"}}]}))
    assert ids(list(pull(good, None, shape=shape).batches)) == ["1"]
    bad = registry(lambda asked: Reply({"things": [{"properties": None}]}))
    with pytest.raises(RegistryFailed, match="not built as the registry's contract says"):
        list(pull(bad, None, shape=shape).batches)


def test_a_pull_that_is_left_asks_no_more(registry: Start) -> None:
    started = registry(Things(1000))
    pages = pull(started, NUMBERED, at_once=2).batches
    next(pages)
    pages.close()  # type: ignore[union-attr]
    asked = len(started.asked)
    assert asked < 6
    assert len(started.asked) == asked
