"""A question to a registry in; its answer as columns, and what that says of the pages that follow, out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from connectors._paging import Linked, Numbered
from connectors.http import Answer, Question, Session, Unreadable
from vlekkeloos.connector import Connection
from vlekkeloos.errors import RegistryRefused

if TYPE_CHECKING:
    from connectors.rest import Api

#: A value of another type may be a slip of that one answer. Asked so often, it is how the registry is now. If one
#: answer in five has such a slip, a column is taken for changed once in 0.2 ** -12 questions.
SAME_ANSWERS = 12

#: What a function of a connector raises at an answer of another form than its contract says.
_MISBUILT = (KeyError, TypeError, AttributeError, IndexError)


@dataclass(frozen=True)
class Read:
    """One answer: its records, how many there are in all, the link to the next page, and whether one follows."""

    rows: pa.RecordBatch
    total: int | None = None
    next: Question | None = None
    more: bool | None = None


class Reader:
    """Asks a registry's questions, and reads the answers as its ``api`` says that they are built."""

    def __init__(self, api: Api, connection: Connection) -> None:
        self.api, self.connection = api, connection
        self._tolerated: set[str] = set()

    def session(self) -> Session:
        """Connections to the registry, to ask over."""
        return Session(self.connection, self.api)

    def ask(self, session: Session, question: Question) -> Read:
        """Asks, and reads the answer; asks again while a value is of another type than declared.

        A column that is so in each of SAME_ANSWERS answers may be so from then on.
        """
        always: set[str] | None = None
        for _ in range(SAME_ANSWERS):
            read, misfits = session.ask(question, partial(self._read, question=question))
            if misfits <= self._tolerated:
                return read
            always = misfits if always is None else always & misfits
        self._tolerated |= always or set()
        return read

    def _read(self, answer: Answer, question: Question) -> tuple[Read, set[str]]:
        """The answer, and the columns that have a value of another type than declared."""
        rows, misfits = self.api.columns.batch(self._records(answer, question))
        paging = self.api.paging
        if isinstance(paging, Linked) and not answer.absent:
            told = paging.total is not None and _optional(answer, paging.total) is not None
            total = _total(answer, str(paging.total)) if told else None
            return Read(rows, total, answer.link(paging.next, question)), misfits
        if isinstance(paging, Numbered):
            total = _total(answer, paging.total) if paging.total and not answer.absent else None
            if paging.most is not None and total is not None and total > paging.most:
                rule = f"finds more than the {paging.most} records that the registry gives: ask a narrower question"
                raise RegistryRefused(f"{self.connection.name}: {question.path}: {rule}")
            more = _optional(answer, paging.more) is not None if paging.more else None
            return Read(rows, total, more=more), misfits
        return Read(rows), misfits

    def _records(self, answer: Answer, question: Question) -> list[dict[str, Any]]:
        found = [] if answer.absent else _found(answer, self.api.records)
        records = found if isinstance(found, list) else [found]
        if not all(isinstance(record, dict) for record in records):
            raise Unreadable("the answer holds no records where they should be")
        if self.api.shape is not None:
            try:
                records = [self.api.shape(record) for record in records]
            except _MISBUILT:
                raise Unreadable("a record is not built as the registry's contract says") from None
        if self.api.given is not None:
            given = self.api.given(question)
            records = [{**record, **given} for record in records]
        return records


def _found(answer: Answer, records: str | Callable[[Any], Any]) -> Any:
    """What is where the records are said to be. Raises Unreadable if nothing is."""
    if isinstance(records, str):
        return answer.at(records)
    try:
        return records(answer.content)
    except _MISBUILT:
        raise Unreadable("the answer is not built as the registry's contract says") from None


def _total(answer: Answer, path: str) -> int:
    total = answer.at(path)
    if not isinstance(total, int):
        raise Unreadable(f"{path} is no number")
    return total


def _optional(answer: Answer, path: str) -> Any:
    """What is at a path in the answer, None if nothing is."""
    try:
        return answer.at(path)
    except Unreadable:
        return None
