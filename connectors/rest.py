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
from vlekkeloos.errors import RegistryFailed, RegistryRefused

__all__ = ["Api", "ApiKey", "Columns", "Linked", "Numbered", "Question", "Rate", "pull"]

#: A value of another type may be a slip of that one answer. Asked so often, it is how the registry is now. If one
#: answer in five has such a slip, a column is taken for changed once in 0.2 ** -12 questions.
SAME_ANSWERS = 12


@dataclass(frozen=True)
class Numbered:
    """Pages by number, or by how many records to skip: any page can be asked for by itself.

    ``number`` and ``size`` are the parameters' names and ``records`` the size to ask for, or to expect where there
    is no parameter for it. ``total`` is the path to the number of records in all, without which the next page is
    asked for until one is not full; a server that tells it may have pages of another size than expected.
    ``skips``: the parameter counts records, from 0, instead of pages, from 1. ``more`` is the path to what an
    answer has only if another page follows. ``most``: a question that finds more is refused, because the registry
    gives no more of them.
    """

    number: str
    size: str | None
    records: int
    total: str | None = None
    skips: bool = False
    more: str | None = None
    most: int | None = None

    def question(self, first: Question, page: int, held: int | None = None) -> Question:
        """The question for that page (from 1); that there is none of that number means that the list has ended.

        ``held`` is how many records a page holds, if not as many as expected.
        """
        params = dict(first.params) | {self.number: (page - 1) * (held or self.records) if self.skips else page}
        return replace(
            first,
            params=params | ({self.size: self.records} if self.size else {}),
            absent=first.absent or page > 1,
        )


@dataclass(frozen=True)
class Linked:
    """Pages by the link that each answer has to the next: ``next`` is the path to it.

    ``total`` is the path to the number of records in all, which an answer may leave out. A link that leaves the
    registry's own address is refused.
    """

    next: str | Callable[[Any], str | None]
    total: str | None = None


@dataclass(frozen=True)
class Api:
    """What a registry's published contract says, as far as a pull has to know.

    ``records`` is the path in an answer to its list of records, or to its one record; empty for the answer itself,
    a function of the answer where no path says it. ``shape`` makes of one record, as the answer has it, the one
    that the columns describe. ``given`` tells what a question says of all records in its answer and they don't say
    themselves, e.g. whose they are. ``at_once`` questions are under way at a time, and ``rate`` (None: there is no
    limit) is kept by all tasks together. ``passing`` are the codes of a 404 that says that a record is not there for
    the moment only.
    """

    columns: Columns
    records: str | Callable[[Any], Any] = ""
    paging: Numbered | Linked | None = None
    auth: Auth = field(default_factory=lambda: ApiKey("X-Api-Key"))
    headers: Mapping[str, str] = field(default_factory=lambda: {"Accept": "application/json"})
    shape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    given: Callable[[Question], Mapping[str, Any]] | None = None
    rate: Rate | None = field(default_factory=lambda: Rate(50))
    at_once: int = 8
    passing: frozenset[str] = frozenset()


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
    more: bool | None = None


class _Reader:
    def __init__(self, api: Api, connection: Connection, questions: Sequence[Question]) -> None:
        self.api, self.connection, self.questions = api, connection, questions
        self.tolerated: set[str] = set()
        #: How many records a page holds of a list whose pages hold another number than expected.
        self.held: dict[int, int] = {}

    # ── one answer ────────────────────────────────────────────────────────────────────────────────────────

    def _ask(self, session: Session, question: Question) -> _Read:
        """Asks, and reads the answer; asks again while a value is of another type than declared.

        A column that is so in each of SAME_ANSWERS answers may be so from then on.
        """
        always: set[str] | None = None
        for _ in range(SAME_ANSWERS):
            read, misfits = session.ask(question, partial(self._read, question=question))
            if misfits <= self.tolerated:
                return read
            always = misfits if always is None else always & misfits
        self.tolerated |= always or set()
        return read

    def _read(self, answer: Answer, question: Question) -> tuple[_Read, set[str]]:
        found = [] if answer.absent else _found(answer, self.api.records)
        records = found if isinstance(found, list) else [found]
        if not all(isinstance(record, dict) for record in records):
            raise Unreadable("the answer holds no records where they should be")
        if self.api.shape is not None:
            try:
                records = [self.api.shape(record) for record in records]
            except (KeyError, TypeError, AttributeError, IndexError):
                raise Unreadable("a record is not built as the registry's contract says") from None
        if self.api.given is not None:
            given = self.api.given(question)
            records = [{**record, **given} for record in records]
        rows, misfits = self.api.columns.batch(records)
        paging, total, following = self.api.paging, None, None
        if paging is not None and paging.total and not answer.absent:
            total = answer.at(paging.total) if isinstance(paging, Numbered) else _optional(answer, paging.total)
            if not isinstance(total, int) and (isinstance(paging, Numbered) or total is not None):
                raise Unreadable(f"{paging.total} is no number")
            if isinstance(paging, Numbered) and paging.most is not None and total > paging.most:
                rule = f"finds more than the {paging.most} records that the registry gives: ask a narrower question"
                raise RegistryRefused(f"{self.connection.name}: {question.path}: {rule}")
        if isinstance(paging, Linked) and not answer.absent:
            following = answer.link(paging.next, question)
        more = _optional(answer, paging.more) is not None if isinstance(paging, Numbered) and paging.more else None
        return _Read(rows, total, following, more), misfits

    def _last(self, read: _Read, number: int, page: int) -> bool:
        """Whether no page of that list follows this one."""
        if read.more is not None:
            return not read.more
        if read.total is None:
            return read.rows.num_rows < self.api.paging.records  # type: ignore[union-attr]
        return page * self._size(number) >= read.total

    def _size(self, number: int) -> int:
        return self.held.get(number, self.api.paging.records)  # type: ignore[union-attr]

    def _measure(self, read: _Read, number: int) -> None:
        """Learns from the first page how many records a page of that list holds."""
        records, size = read.rows.num_rows, self._size(number)
        if read.total is not None and (records > size or 0 < records < min(size, read.total)):
            self.held[number] = records

    # ── many small questions ──────────────────────────────────────────────────────────────────────────────

    def many(self, after: str | None) -> Iterator[Page]:
        """Each question with all its pages, several questions at once."""
        done = 0 if after is None else int(json.loads(after)["list"]) + 1
        rest = range(done, len(self.questions))
        with Session(self.connection, self.api) as session:
            for number, reads in several(session.pool, session.at_once, partial(self._whole, session), rest):
                share = (number + 1) / len(self.questions)
                yield Page(pa.concat_batches(reads), number, 1, json.dumps({"list": number}), share=share)

    def _whole(self, session: Session, number: int) -> list[pa.RecordBatch]:
        """All pages of a question, asked anew while they are not of one state of the registry."""
        for _ in range(SAME_ANSWERS):
            reads = self._pages(session, number)
            if len(reads) == 1 or not isinstance(self.api.paging, Numbered) or _fit(reads):
                return [read.rows for read in reads]
        rule = "the pages of one question never hold as many records as the registry says"
        raise RegistryFailed(f"{self.connection.name}: {rule}")

    def _pages(self, session: Session, number: int) -> list[_Read]:
        first, reads = self.questions[number], list[_Read]()
        asked: Question | None = first
        page = 1
        while asked is not None:
            paging = self.api.paging
            if isinstance(paging, Numbered):
                asked = paging.question(first, page, self._size(number))
            read = self._ask(session, asked)
            reads.append(read)
            if page == 1 and isinstance(paging, Numbered):
                self._measure(read, number)
            page += 1
            asked = read.next
            if isinstance(paging, Numbered) and not self._last(read, number, page - 1):
                asked = first
        return reads

    # ── few long lists ────────────────────────────────────────────────────────────────────────────────────

    def long(self, after: str | None) -> Iterator[Page]:
        """The pages of one question after those of the other; ``after`` names the last page that was kept."""
        begun = json.loads(after) if after else {"list": 0, "page": 0, "next": None}
        self.held = {int(number): records for number, records in begun.get("held", {}).items()}
        walk = self._by_number if isinstance(self.api.paging, Numbered) else self._by_link
        with Session(self.connection, self.api) as session:
            for number in range(begun["list"], len(self.questions)):
                here = begun if number == begun["list"] else {"page": 0, "next": None}
                if here.get("done"):
                    continue
                yield from walk(session, number, here)

    def _by_number(self, session: Session, number: int, begun: dict[str, Any]) -> Iterator[Page]:
        at = begun["page"] + 1
        read = self._numbered(session, number, at)
        if at == 1:
            self._measure(read, number)
        yield self._page(read, number, at)
        if self._last(read, number, at):
            return
        if read.total is not None:
            rest: Iterable[int] = range(at + 1, -(-read.total // self._size(number)) + 1)
            at_once = session.at_once
        else:
            # how many there are shows only at the last one; asking further ahead would ask for what isn't there
            rest, at_once = count(at + 1), 1
        ask = partial(self._numbered, session, number)
        for page, answer in several(session.pool, at_once, ask, rest):
            yield self._page(answer, number, page)
            if read.total is None and self._last(answer, number, page):
                return

    def _numbered(self, session: Session, number: int, page: int) -> _Read:
        asked = self.api.paging.question(self.questions[number], page, self._size(number))  # type: ignore[union-attr]
        return self._ask(session, asked)

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
            share = self._share(number, records, read.total)
            yield Page(read.rows, number, page, json.dumps(after), total=read.total, share=share)

    def _page(self, read: _Read, number: int, page: int) -> Page:
        size, done = self._size(number), self._last(read, number, page)
        after = json.dumps({"list": number, "page": page, "next": None, "done": done, "held": self.held})
        share = self._share(number, page * size, read.total)
        return Page(read.rows, number, page, after, total=read.total, size=size, share=share)

    def _share(self, number: int, records: int, total: int | None) -> float | None:
        """How much of all is done with so many records of that list, if each list is as much work."""
        return (number + min(1.0, records / total)) / len(self.questions) if total else None

    def again(self, places: Sequence[tuple[int, int]]) -> Iterator[Page]:
        """The given pages anew; one behind the end is an empty page."""
        with Session(self.connection, self.api) as session:
            ask = lambda place: self._numbered(session, *place)  # noqa: E731
            for (number, page), read in several(session.pool, session.at_once, ask, places):
                yield self._page(read, number, page)


def _fit(reads: list[_Read]) -> bool:
    """Whether pages tell one total, or none, and hold as many records together."""
    totals = {read.total for read in reads if read.total is not None}
    return not totals or totals == {sum(read.rows.num_rows for read in reads)}


def _found(answer: Answer, records: str | Callable[[Any], Any]) -> Any:
    """What is where the records are said to be. Raises Unreadable if nothing is."""
    if isinstance(records, str):
        return answer.at(records)
    try:
        return records(answer.content)
    except (KeyError, TypeError, AttributeError, IndexError):
        raise Unreadable("the answer is not built as the registry's contract says") from None


def _optional(answer: Answer, path: str) -> Any:
    """What is at a path in the answer, None if nothing is."""
    try:
        return answer.at(path)
    except Unreadable:
        return None
