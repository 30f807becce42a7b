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
from connectors._paging import Numbered
from connectors._reader import Read, Reader
from connectors.http import Question, Session
from vlekkeloos.connector import Page


class Pages:
    """The pages of the answers to ``questions``, as the ``reader`` reads them."""

    def __init__(self, reader: Reader, questions: Sequence[Question]) -> None:
        self.reader, self.questions = reader, questions
        self.api = reader.api
        #: How many records a page holds of a list whose pages hold another number than expected.
        self.held: dict[int, int] = {}

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
        first, rows = self.questions[number], []
        asked: Question | None = first
        page = 1
        while asked is not None:
            paging = self.api.paging
            if isinstance(paging, Numbered):
                asked = paging.question(first, page, self._size(number))
            read = self.reader.ask(session, asked)
            rows.append(read.rows)
            if page == 1 and isinstance(paging, Numbered):
                self._measure(read, number)
            page += 1
            asked = read.next
            if isinstance(paging, Numbered) and not self._last(read, number, page - 1):
                asked = first
        return rows

    # ── few long lists ────────────────────────────────────────────────────────────────────────────────────

    def long(self, after: str | None) -> Iterator[Page]:
        """The pages of one question after those of the other; ``after`` names the last page that was kept."""
        begun = json.loads(after) if after else {"list": 0, "page": 0, "next": None}
        self.held = {int(number): records for number, records in begun.get("held", {}).items()}
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
            share = min(1.0, records / read.total) if read.total else None
            yield Page(read.rows, number, page, json.dumps(after), total=read.total, share=share)

    def _by_number(self, session: Session, number: int, begun: dict[str, Any]) -> Iterator[Page]:
        at = begun["page"] + 1
        read = self._numbered(session, number, at)
        if at == 1:
            self._measure(read, number)
        yield self._page(read, number, at)
        if self._last(read, number, at):
            return
        if read.total is not None:
            waiting: Iterable[int] = range(at + 1, -(-read.total // self._size(number)) + 1)
            at_once = session.at_once
        else:
            # how many there are shows only at the last one; asking further ahead would ask for what isn't there
            waiting, at_once = count(at + 1), 1
        ask = partial(self._numbered, session, number)
        for page, answer in several(session.pool, at_once, ask, waiting):
            yield self._page(answer, number, page)
            if read.total is None and self._last(answer, number, page):
                return

    # ── pages by number ───────────────────────────────────────────────────────────────────────────────────

    def _numbered(self, session: Session, number: int, page: int) -> Read:
        asked = self.api.paging.question(self.questions[number], page, self._size(number))  # type: ignore[union-attr]
        return self.reader.ask(session, asked)

    def _page(self, read: Read, number: int, page: int) -> Page:
        size, done = self._size(number), self._last(read, number, page)
        after = json.dumps({"list": number, "page": page, "next": None, "done": done, "held": self.held})
        share = min(1.0, page * size / read.total) if read.total else None
        return Page(read.rows, number, page, after, total=read.total, size=size, share=share)

    def _last(self, read: Read, number: int, page: int) -> bool:
        """Whether no page of that list follows this one."""
        if read.more is not None:
            return not read.more
        if read.total is None:
            return read.rows.num_rows < self.api.paging.records  # type: ignore[union-attr]
        return page * self._size(number) >= read.total

    def _size(self, number: int) -> int:
        return self.held.get(number, self.api.paging.records)  # type: ignore[union-attr]

    def _measure(self, read: Read, number: int) -> None:
        """Learns from the first page how many records a page of that list holds."""
        records, size = read.rows.num_rows, self._size(number)
        if read.total is not None and (records > size or 0 < records < min(size, read.total)):
            self.held[number] = records
