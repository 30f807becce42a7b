"""Columns for the expectations of ``validations/``: what is right, what is nearly right, and what is odd."""

from __future__ import annotations

import pyarrow as pa
from hypothesis import strategies as st

from tests.scan.equal import ROW, TEXTS, WHOLE

ARABIC = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


@st.composite
def nearly(draw: st.DrawFn, right: st.SearchStrategy[str]) -> str:
    """What is right, or one thing away from it."""
    text = draw(right)
    place = draw(st.integers(0, max(len(text) - 1, 0)))
    letter = draw(st.sampled_from("0123456789ABSsz .-é"))
    return draw(
        st.sampled_from(
            [
                text,
                text,
                text[:place] + letter + text[place + 1 :],
                text[:place] + letter + text[place:],
                text[:place] + text[place + 1 :],
                text[:place] + text[place : place + 2][::-1] + text[place + 2 :],
                f"{text}\n",
                f" {text}",
                f"{text} ",
                text.lower(),
                text.lstrip("0"),
                text.translate(ARABIC),
            ]
        )
    )


def texts(right: st.SearchStrategy[str]) -> st.SearchStrategy[pa.Table]:
    """A table with a column ``a`` of texts."""
    return _table(st.one_of(st.none(), right, nearly(right), TEXTS), pa.string())


def wholes(right: st.SearchStrategy[str]) -> st.SearchStrategy[pa.Table]:
    """A table with a column ``a`` of whole numbers: what is left of such texts, give or take one."""
    numbers = st.builds(lambda text, more: int(text) + more, right, st.integers(-1, 1))
    return _table(st.one_of(st.none(), numbers, WHOLE), pa.int64())


def _table(cells: st.SearchStrategy[object], kind: pa.DataType) -> st.SearchStrategy[pa.Table]:
    return st.lists(cells, max_size=12).map(lambda drawn: column(drawn, kind))


def column(values: list[object], kind: pa.DataType | None = None) -> pa.Table:
    """A table with these values in a column ``a``."""
    return pa.table({ROW: pa.array(range(1, len(values) + 1), pa.int64()), "a": pa.array(values, kind)})
