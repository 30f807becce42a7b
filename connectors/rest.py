"""A registry's contract, declared, and questions to it in; its records, page by page, out.

This is what the connectors of HTTP registries stand on. A connector says where the records are in an answer,
how an answer is divided into pages, which columns a record has, and what to ask. Here the questions are asked,
several at once within the registry's limit, and given to the engine in a fixed order, so that a pull that broke
off goes on where it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import pyarrow as pa

from connectors._ahead import several
from connectors._columns import Columns
from connectors.http import Answer, ApiKey, Auth, Question, Rate, Session, Unreadable
from vlekkeloos.connector import Connection, Page, Pulled, Wanted

__all__ = ["Api", "ApiKey", "Columns", "Linked", "Numbered", "Question", "Rate", "pull"]

#: A value of another type may be a slip of that one answer. Asked so often, it is how the registry is now.
SAME_ANSWERS = 8


@dataclass(frozen=True)
class Numbered:
    """Pages by number, or by how many records to skip: any page can be asked for by itself.

    ``number`` and ``size`` are the parameters' names and ``records`` the size to ask for. ``total`` is the path
    to the number of records in all, without which the next page is asked for until one is not full.
    ``skips``: the parameter counts records, from 0, instead of pages, from 1.
    """

    number: str
    size: str | None
    records: int
    total: str | None = None
    skips: bool = False

    def question(self, first: Question, page: int) -> Question:
        """The question for that page (from 1); that there is none of that number means that the list has ended."""
        params = dict(first.params) | {self.number: (page - 1) * self.records if self.skips else page}
        return replace(
            first,
            params=params | ({self.size: self.records} if self.size else {}),
            absent=first.absent or page > 1,
        )


@dataclass(frozen=True)
class Linked:
    """Pages by the link that each answer has to the next: ``next`` is the path to it.

    ``total`` is the path to the number of records in all, where the registry tells. A link that leaves the
    registry's own address is refused.
    """

    next: str | Callable[[Any], str | None]
    total: str | None = None


@dataclass(frozen=True)
class Api:
    """What a registry's published contract says, as far as a pull has to know.

    ``records`` is the path in an answer to its list of records, or to its one record; empty for the answer
    itself. ``shape`` makes of one record, as the answer has it, the one that the columns describe. ``at_once``
    questions are under way at a time, and ``rate`` is kept by all tasks together.
    """

    columns: Columns
    records: str = ""
    paging: Numbered | Linked | None = None
    auth: Auth = field(default_factory=lambda: ApiKey("X-Api-Key"))
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "application/json"})
    shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    rate: Rate = field(default_factory=lambda: Rate(50))
    at_once: int = 8


def pull(api: Api, connection: Connection, questions: Sequence[Question], wanted: Wanted, **more: Any) -> Pulled:
    """The answers to all questions, in the order of the questions and of their pages.

    Where ``wanted`` has keys the questions are many and small: whole questions are asked at once. Otherwise the
    pages of one question are. ``more`` goes into Pulled as it is. Raises RegistryFailed, BadInput as it is read.
    """
    reader = _Reader(api, connection, questions)
    pages = reader.many(wanted.after) if wanted.keys is not None else reader.long(wanted.after)
    again = reader.again if isinstance(api.paging, Numbered) and wanted.keys is None else None
    return Pulled(api.columns.schema, pages, paged=True, reread=again, **more)


@dataclass(frozen=True)
class _Read:
    """One answer: its records, and what it says of the others."""

    rows: pa.RecordBatch
    total: int | None
    next: Question | None


class _Reader:
    def __init__(self, api: Api, connection: Connection, questions: Sequence[Question]) -> None:
        self.api, self.connection, self.questions = api, connection, questions
        self.tolerated: set[str] = set()

    # ── one answer ────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, session: Session, question: Question) -> _Read:
        """Asks, and reads the answer; asks again while a value is of another type than declared."""
        for _ in range(SAME_ANSWERS):
            read, misfits = session.ask(question, partial(self._read, question=question))
            if misfits <= self.tolerated:
                return read
        self.tolerated |= misfits
        return read

    def _read(self, answer: Answer, question: Question) -> tuple[_Read, set[str]]:
        found = [] if answer.absent else answer.at(self.api.records)
        records = found if isinstance(found, list) else [found]
        if not all(isinstance(record, dict) for record in records):
            raise Unreadable(f"{self.api.records or 'the answer'} holds no records")
        if self.api.shape is not None:
            try:
                records = [self.api.shape(record) for record in records]
            except (KeyError, TypeError, AttributeError, IndexError):
                raise Unreadable("a record is not built as the registry's contract says") from None
        rows, misfits = self.api.columns.batch(records)
        paging, total, following = self.api.paging, None, None
        if paging is not None and paging.total and not answer.absent:
            total = answer.at(paging.total)
            if not isinstance(total, int):
                raise Unreadable(f"{paging.total} is no number")
        if isinstance(paging, Linked) and not answer.absent:
            following = answer.link(paging.next, question)
        return _Read(rows, total, following), misfits

    def _last(self, read: _Read) -> bool:
        return read.rows.num_rows < self.api.paging.records  # type: ignore[union-attr]

    # ── many small questions ──────────────────────────────────────────────────────────────────────────────

    def many(self, after: str | None) -> Iterator[Page]:
        """Each question with all its pages, several questions at once."""
        done = 0 if after is None else int(json.loads(after)["list"]) + 1
        rest = range(done, len(self.questions))
        with Session(self.connection, self.api) as session:
            for number, reads in several(session.pool, self.api.at_once, partial(self._whole, session), rest):
                rows = pa.Table.from_batches(reads).combine_chunks().to_batches()
                batch = rows[0] if rows else pa.RecordBatch.from_pylist([], schema=self.api.columns.schema)
                share = (number + 1) / len(self.questions)
                yield Page(batch, number, 1, json.dumps({"list": number}), share=share)

    def _whole(self, session: Session, number: int) -> list[pa.RecordBatch]:
        first, rows = self.questions[number], []
        asked: Question | None = first
        page = 1
        while asked is not None:
            paging = self.api.paging
            read = self._ask(session, paging.question(first, page) if isinstance(paging, Numbered) else asked)
            rows.append(read.rows)
            page += 1
            asked = read.next
            if isinstance(paging, Numbered) and not self._last(read):
                asked = first
        return rows

    # ── few long lists ────────────────────────────────────────────────────────────────────────────────────

    def long(self, after: str | None) -> Iterator[Page]:
        """The pages of one question after those of the other; ``after`` names the last page that was kept."""
        begun = json.loads(after) if after else {"list": 0, "page": 0, "next": None}
        walk = self._by_number if isinstance(self.api.paging, Numbered) else self._by_link
        with Session(self.connection, self.api) as session:
            for number in range(begun["list"], len(self.questions)):
                here = begun if number == begun["list"] else {"page": 0, "next": None}
                if here.get("done"):
                    continue
                yield from walk(session, number, here)

    def _by_number(self, session: Session, number: int, begun: dict[str, Any]) -> Iterator[Page]:
        first, paging = self.questions[number], self.api.paging
        assert isinstance(paging, Numbered)
        read = self._ask(session, paging.question(first, begun["page"] + 1))
        yield self._page(read, number, begun["page"] + 1, paging.records)
        if self._last(read):
            return
        if read.total is not None:
            rest: Iterable[int] = range(begun["page"] + 2, -(-read.total // paging.records) + 1)
            at_once = self.api.at_once
        else:
            # how many there are shows only at the last one; asking further ahead would ask for what isn't there
            rest, at_once = count(begun["page"] + 2), 1
        ask = partial(self._numbered, session, first)
        for page, answer in several(session.pool, at_once, ask, rest):
            yield self._page(answer, number, page, paging.records)
            if read.total is None and self._last(answer):
                return

    def _numbered(self, session: Session, first: Question, page: int) -> _Read:
        return self._ask(session, self.api.paging.question(first, page))  # type: ignore[union-attr]

    def _by_link(self, session: Session, number: int, begun: dict[str, Any]) -> Iterator[Page]:
        question: Question | None = self.questions[number]
        if begun["next"]:
            question = Question.parse(begun["next"])
        page, records = begun["page"], begun.get("records", 0)
        under_way: Future[_Read] | None = session.pool.submit(self._ask, session, question)  # type: ignore[arg-type]
        while under_way is not None:
            read, page = under_way.result(), page + 1
            records += read.rows.num_rows
            # the next page is on its way while this one is written
            under_way = session.pool.submit(self._ask, session, read.next) if read.next else None
            after = {"list": number, "page": page, "records": records, "next": read.next and str(read.next)}
            after |= {} if read.next else {"done": True}
            share = min(1.0, records / read.total) if read.total else None
            yield Page(read.rows, number, page, json.dumps(after), total=read.total, share=share)

    def _page(self, read: _Read, number: int, page: int, size: int) -> Page:
        done = self._last(read) if read.total is None else page * size >= read.total
        after = json.dumps({"list": number, "page": page, "next": None, "done": done})
        share = min(1.0, page * size / read.total) if read.total else None
        return Page(read.rows, number, page, after, total=read.total, size=size, share=share)

    def again(self, places: Sequence[tuple[int, int]]) -> Iterator[Page]:
        """The given pages anew; one behind the end is an empty page."""
        with Session(self.connection, self.api) as session:
            ask = lambda place: self._numbered(session, self.questions[place[0]], place[1])  # noqa: E731
            for (number, page), read in several(session.pool, self.api.at_once, ask, places):
                yield self._page(read, number, page, self.api.paging.records)  # type: ignore[union-attr]
