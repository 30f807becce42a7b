"""Pages by number from a server that has its own idea of how many records a page holds."""

from __future__ import annotations

import json
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from connectors import rest
from connectors._columns import Columns, kinds
from vlekkeloos.connector import UNEXPECTED, Connection, Page, Pulled, Wanted
from vlekkeloos.errors import RegistryFailed, RegistryRefused

Serve = Callable[[type[BaseHTTPRequestHandler]], str]

TOTAL = 95


def server(size: int) -> type[BaseHTTPRequestHandler]:
    """A registry of TOTAL records, ``size`` of them a page whatever it is asked for."""

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            first = int(asked["skip"][0]) if "skip" in asked else (int(asked["page"][0]) - 1) * size
            records = [{"id": f"{number:03}"} for number in range(first, min(first + size, TOTAL))]
            body = json.dumps({"count": TOTAL, "results": records} if records else {"status": 404}).encode()
            self.send_response(200 if records else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Registry


def pull(url: str, wanted: Wanted = Wanted(), **paging: Any) -> Pulled:  # noqa: B008 (frozen)
    numbered = rest.Numbered(**{"number": "page", "size": None, "records": 40, "total": "count"} | paging)
    api = rest.Api(columns=Columns(kinds("id")), records="results", paging=numbered)
    questions = [rest.Question("things", {"of": key}) for key in wanted.keys or ("all",)]
    return rest.pull(api, Connection("registry", url), questions, wanted)


def ids(pages: list[Page]) -> list[str]:
    return [identity for page in pages for identity in page.rows["id"].to_pylist()]


EVERYTHING = [f"{number:03}" for number in range(TOTAL)]


@pytest.mark.parametrize("size", [10, 40, 95, 200])
@pytest.mark.parametrize("paging", [{}, {"number": "skip", "skips": True}], ids=["by page", "by record"])
def test_nothing_is_lost_and_nothing_comes_twice_whatever_a_page_holds(
    serve: Serve, size: int, paging: dict[str, Any]
) -> None:
    url = serve(server(size))
    assert ids(list(pull(url, **paging).batches)) == EVERYTHING
    keyed = list(pull(url, Wanted(keys=["a", "b"]), **paging).batches)
    assert [page.rows["id"].to_pylist() for page in keyed] == [EVERYTHING, EVERYTHING]


def test_a_pull_that_broke_off_goes_on_with_the_pages_as_they_were(serve: Serve) -> None:
    url = serve(server(10))
    begun = list(pull(url).batches)
    assert [page.size for page in begun] == [10] * 10
    for kept in (1, 4, 9):
        rest_of_it = list(pull(url, Wanted(after=begun[kept - 1].after)).batches)
        assert ids(begun[:kept]) + ids(rest_of_it) == EVERYTHING
    assert list(pull(url, Wanted(after=begun[-1].after)).batches) == []


def test_a_page_is_read_anew_as_the_server_counts_them(serve: Serve) -> None:
    url = serve(server(10))
    pulled = pull(url, number="skip", skips=True)
    list(pulled.batches)
    assert pulled.reread is not None
    (again,) = pulled.reread([(0, 3)])
    assert again.rows["id"].to_pylist() == EVERYTHING[20:30]


def test_a_question_that_finds_more_than_can_be_had_is_refused(serve: Serve) -> None:
    url = serve(server(40))
    assert ids(list(pull(url, most=TOTAL).batches)) == EVERYTHING
    with pytest.raises(RegistryRefused, match="more than the 94 records"):
        list(pull(url, most=94).batches)
    with pytest.raises(RegistryRefused, match="more than the 94 records"):
        list(pull(url, Wanted(keys=["a"]), most=94).batches)


def test_a_question_without_an_answer_is_an_empty_page(serve: Serve) -> None:
    url = serve(server(0))
    api = rest.Api(columns=Columns(kinds("id")), records="results", paging=rest.Numbered("page", None, 40))
    questions = [rest.Question("things", absent=True)]
    (page,) = rest.pull(api, Connection("registry", url), questions, Wanted(keys=["a"])).batches
    assert page.rows.num_rows == 0


def test_what_a_json_column_holds_is_of_the_declared_kinds_or_told(serve: Serve) -> None:
    columns = Columns(kinds("id place:json"), inside=kinds("type at:decimal", "place"))
    good: dict[str, Any] = {"id": "1", "place": {"type": "Point", "at": [1, 2.5], "free": 3}}
    bad: dict[str, Any] = {"id": "2", "place": {"type": "Point", "at": [1, "2.5"]}}
    rows, misfits = columns.batch([good, bad])
    assert misfits == {"place"}
    assert [json.loads(text) if text else None for text in rows["place"].to_pylist()] == [good["place"], None]
    assert json.loads(rows[UNEXPECTED].to_pylist()[1]) == {"place": bad["place"]}


def shifting(slips: set[int]) -> type[BaseHTTPRequestHandler]:
    """A registry of pages of 10 whose so-manieth answers (from 0) are as if a record more stood before them."""
    answered = count()

    class Registry(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = int(parse_qs(urlsplit(self.path).query)["page"][0])
            moved = int(next(answered) in slips and page > 1)
            first = (page - 1) * 10 - moved
            records = [{"id": f"{number:03}"} for number in range(first, min(first + 10, TOTAL))]
            body = json.dumps({"count": TOTAL + moved, "results": records}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Registry


def test_a_question_by_key_whose_pages_shift_is_asked_anew(serve: Serve) -> None:
    slips = {4, 19}
    keyed = list(pull(serve(shifting(slips)), Wanted(keys=["a"])).batches)
    assert [page.rows["id"].to_pylist() for page in keyed] == [EVERYTHING]


def test_a_question_by_key_whose_pages_never_fit_is_the_registrys_failure(serve: Serve) -> None:
    with pytest.raises(RegistryFailed, match="never hold as many records as the registry says"):
        list(pull(serve(shifting(set(range(5, 10_000, 10)))), Wanted(keys=["a"])).batches)


def test_a_share_is_of_all_questions_not_of_one(serve: Serve) -> None:
    url = serve(server(40))
    api = rest.Api(Columns(kinds("id")), records="results", paging=rest.Numbered("page", None, 40, total="count"))
    questions = [rest.Question("things"), rest.Question("things")]
    shares = [page.share for page in rest.pull(api, Connection("registry", url), questions, Wanted()).batches]
    assert shares == [pytest.approx(share) for share in (40 / 190, 80 / 190, 0.5, 0.5 + 40 / 190, 0.5 + 80 / 190, 1)]
