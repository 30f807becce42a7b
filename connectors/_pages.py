"""Questions to a registry in; the pages of their answers in a fixed order, several asked for at once, out.

The order is fixed so that a pull that broke off goes on where it was: each page has the text (``after``) from which
the pull goes on behind it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from functools import partial
from itertools import count
from typing import Any

import pyarrow as pa

from connectors._ahead import several
from connectors._paging import Numbered, Sizes
from connectors._reader import SAME_ANSWERS, Read, Reader
from connectors.http import Question, Session
from vlekkeloos.connector import Page
from vlekkeloos.errors import RegistryFailed


class Pages:
    """The pages of the answers to ``questions``, as the ``reader`` reads them."""

    def __init__(self, reader: Reader, questions: Sequence[Question]) -> None:
        self.reader, self.questions = reader, questions
        self.api = reader.api
        self.sizes = Sizes(reader.api.paging)

    # ── many small questions ──────────────────────────────────────────────────────────────────────────────

    def many(self, after: str | None) -> Iterator[Page]:
        """Each question with all its pages, several questions at once."""
        done = 0 if after is None else int(json.loads(after)["list"]) + 1
        waiting = range(done, len(self.questions))
        with self.reader.session() as session:
            for number, reads in several(session.pool, session.at_once, partial(self._whole, session), waiting):
                share = (number + 1) / len(self.questions)
                yield Page(pa.concat_batches(reads), number, 1, json.dumps({"list": number}), share=share)

    def _whole(self, session: Session, number: int) -> list[pa.RecordBatch]:
        """All pages of a question, asked anew while they are not of one state of the registry."""
        for _ in range(SAME_ANSWERS):
            reads = self._walk(session, number)
            if len(reads) == 1 or not isinstance(self.api.paging, Numbered) or _fit(reads):
                return [read.rows for read in reads]
        rule = "the pages of one question never hold as many records as the registry says"
        raise RegistryFailed(f"{self.reader.connection.name}: {rule}")

    def _walk(self, session: Session, number: int) -> list[Read]:
        first, reads = self.questions[number], list[Read]()
        asked: Question | None = first
        page = 1
        while asked is not None:
            paging = self.api.paging
            if isinstance(paging, Numbered):
                asked = paging.question(first, page, self.sizes.of(number))
            read = self.reader.ask(session, asked)
            reads.append(read)
            if page == 1 and isinstance(paging, Numbered):
                self.sizes.measure(read, number)
            page += 1
            asked = read.next
            if isinstance(paging, Numbered) and not self.sizes.is_last(read, number, page - 1):
                asked = first
        return reads

    # ── few long lists ────────────────────────────────────────────────────────────────────────────────────

    def long(self, after: str | None) -> Iterator[Page]:
        """The pages of one question after those of the other; ``after`` names the last page that was kept."""
        begun = json.loads(after) if after else {"list": 0, "page": 0, "next": None}
        self.sizes.held = {int(number): records for number, records in begun.get("held", {}).items()}
        walk = self._by_number if isinstance(self.api.paging, Numbered) else self._by_link
        with self.reader.session() as session:
            for number in range(begun["list"], len(self.questions)):
                here = begun if number == begun["list"] else {"page": 0, "next": None}
                if here.get("done"):
                    continue
                yield from walk(session, number, here)

    def again(self, places: Sequence[tuple[int, int]]) -> Iterator[Page]:
        """The given pages anew; one behind the end is an empty page."""
        with self.reader.session() as session:
            ask = lambda place: self._numbered(session, *place)  # noqa: E731
            for (number, page), read in several(session.pool, session.at_once, ask, places):
                yield self._page(read, number, page)

    def _by_link(self, session: Session, number: int, begun: dict[str, Any]) -> Iterator[Page]:
        question: Question | None = self.questions[number]
        if begun["next"]:
            question = Question.parse(begun["next"])
        page, records = begun["page"], begun.get("records", 0)
        under_way: Future[Read] | None = session.pool.submit(self.reader.ask, session, question)  # type: ignore[arg-type]
        while under_way is not None:
            read, page = under_way.result(), page + 1
            records += read.rows.num_rows
            # the next page is on its way while this one is written
            under_way = session.pool.submit(self.reader.ask, session, read.next) if read.next else None
            after = {"list": number, "page": page, "records": records, "next": read.next and str(read.next)}
            after |= {} if read.next else {"done": True}
            share = self._share(number, records, read.total)
            yield Page(read.rows, number, page, json.dumps(after), total=read.total, share=share)

    def _by_number(self, session: Session, number: int, begun: dict[str, Any]) -> Iterator[Page]:
        at = begun["page"] + 1
        read = self._numbered(session, number, at)
        if at == 1:
            self.sizes.measure(read, number)
        yield self._page(read, number, at)
        if self.sizes.is_last(read, number, at):
            return
        if read.total is not None:
            waiting: Iterable[int] = range(at + 1, -(-read.total // self.sizes.of(number)) + 1)
            at_once = session.at_once
        else:
            # how many there are shows only at the last one; asking further ahead would ask for what isn't there
            waiting, at_once = count(at + 1), 1
        ask = partial(self._numbered, session, number)
        for page, answer in several(session.pool, at_once, ask, waiting):
            yield self._page(answer, number, page)
            if read.total is None and self.sizes.is_last(answer, number, page):
                return

    def _share(self, number: int, records: int, total: int | None) -> float | None:
        """How much of all is done with so many records of that list, if each list is as much work."""
        return (number + min(1.0, records / total)) / len(self.questions) if total else None

    # ── pages by number ───────────────────────────────────────────────────────────────────────────────────

    def _numbered(self, session: Session, number: int, page: int) -> Read:
        asked = self.api.paging.question(self.questions[number], page, self.sizes.of(number))  # type: ignore[union-attr]
        return self.reader.ask(session, asked)

    def _page(self, read: Read, number: int, page: int) -> Page:
        size, done = self.sizes.of(number), self.sizes.is_last(read, number, page)
        after = json.dumps({"list": number, "page": page, "next": None, "done": done, "held": self.sizes.held})
        share = self._share(number, page * size, read.total)
        return Page(read.rows, number, page, after, total=read.total, size=size, share=share)


def _fit(reads: list[Read]) -> bool:
    """Whether pages tell one total, or none, and hold as many records together."""
    totals = {read.total for read in reads if read.total is not None}
    return not totals or totals == {sum(read.rows.num_rows for read in reads)}
