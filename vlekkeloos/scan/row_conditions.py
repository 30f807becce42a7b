"""GX's row conditions in; SQL out, true for the rows that pandas would keep.

GX writes every row condition as text for ``DataFrame.query``, so that text is what is translated: comparisons and
``in`` of columns and constants, ``isnull`` and the like, with and, or and not.

What a comparison says of a missing value depends on the column, as it does in pandas: nothing, where the values are
Arrow's (whole numbers and truth values), else that it isn't equal to anything. SQL's NULL is the nothing, and
carries through and, or and not as Arrow's does.
"""

from __future__ import annotations

import ast
import datetime
import re
from collections.abc import Mapping
from typing import Any

from vlekkeloos.scan.metric import Column, Untranslatable
from vlekkeloos.scan.translations.comparison import Constant, among, beside, compare

#: A text in quotes, a column's name in backticks, or one of pandas' own signs for and and or.
TOKEN = re.compile(r"""('(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|`([^`]*)`|([&|])""")
#: The names that pandas takes in backticks without a doubt.
NAME = re.compile(r"[^\W\d][\w .-]*")
OPERATORS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
MISSING = {"isnull": "", "isna": "", "notnull": "NOT ", "notna": "NOT "}


def sql(condition: Any, parser: str | None, columns: Mapping[str, Column]) -> str:
    """The SQL of a row_condition. Raises Untranslatable for what only pandas' own query language says."""
    text = _query(condition, parser)
    quoted: dict[str, str] = {}

    def plain(token: re.Match[str]) -> str:
        if token[1]:
            return token[1]
        if token[3]:
            return " and " if token[3] == "&" else " or "
        if not NAME.fullmatch(token[2]):
            raise Untranslatable("a row_condition with an unusual column name")
        quoted[f"quoted_column_{len(quoted)}"] = token[2]
        return f" quoted_column_{len(quoted) - 1} "

    if len(text.splitlines()) != 1:
        raise Untranslatable("a row_condition of more than one line")
    try:
        tree = ast.parse(TOKEN.sub(plain, text).strip(), mode="eval")
    except (SyntaxError, ValueError) as error:
        raise Untranslatable("a row_condition that Python can't read") from error
    return _Reader(columns, quoted).read(tree.body)


def _query(condition: Any, parser: str | None) -> str:
    """What GX gives to ``DataFrame.query``."""
    from great_expectations.execution_engine.pandas_execution_engine import PandasExecutionEngine
    from great_expectations.expectations.row_conditions import PassThroughCondition, deserialize_row_condition

    if isinstance(condition, str):
        if parser != "pandas":
            raise Untranslatable("a row_condition without a parser")
        return condition
    condition = deserialize_row_condition(condition)
    if isinstance(condition, PassThroughCondition):
        return condition.pass_through_filter
    return str(PandasExecutionEngine().condition_to_filter_clause(condition))


class _Reader:
    """Reads an expression over columns, of which those in ``quoted`` go by a name of their own there."""

    def __init__(self, columns: Mapping[str, Column], quoted: Mapping[str, str]) -> None:
        self.columns, self.quoted = columns, quoted

    def read(self, node: ast.expr) -> str:
        """SQL of a truth value."""
        match node:
            case ast.BoolOp(op=operator, values=parts):
                word = " AND " if isinstance(operator, ast.And) else " OR "
                return f"({word.join(map(self.read, parts))})"
            case ast.UnaryOp(op=ast.Not() | ast.Invert(), operand=part):
                return f"(NOT {self.read(part)})"
            case ast.Compare(left=first, ops=operators, comparators=rest):
                pairs = zip([first, *rest], operators, rest, strict=False)
                return f"({' AND '.join(self._comparison(*pair) for pair in pairs)})"
            case ast.Call(func=ast.Attribute(value=ast.Name() as name, attr=word), args=[], keywords=[]):
                if word in MISSING:
                    return f"({MISSING[word]}{self._column(name).missing})"
            case ast.Name() if self._column(node).kind == "boolean":
                return self._column(node).sql
        raise Untranslatable(f"a row_condition with {type(node).__name__}")

    def _comparison(self, left: ast.expr, operator: ast.cmpop, right: ast.expr) -> str:
        if isinstance(left, ast.Name) and isinstance(right, ast.List | ast.Tuple):
            constants = [_constant(part) for part in right.elts]
            if isinstance(operator, ast.In | ast.Eq):
                return among(self._column(left), constants)
            if isinstance(operator, ast.NotIn | ast.NotEq):
                return f"(NOT {among(self._column(left), constants)})"
        word = OPERATORS.get(type(operator))
        if word is None:
            raise Untranslatable(f"a row_condition with {type(operator).__name__}")
        match left, right:
            case ast.Name(), ast.Name():
                return beside(self._column(left), word, self._column(right))
            case ast.Name(), _:
                return compare(self._column(left), word, _constant(right))
            case _, ast.Name():
                return compare(self._column(right), MIRRORED[word], _constant(left))
        raise Untranslatable("a row_condition that compares no columns")

    def _column(self, node: ast.Name) -> Column:
        name = self.quoted.get(node.id, node.id)
        if name not in self.columns:
            raise Untranslatable(f"a row_condition with {name}, which is no column")
        return self.columns[name]


def _constant(node: ast.expr) -> Constant:
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name("datetime"), attr="datetime"), args=parts, keywords=[]):
            return _moment([_constant(part) for part in parts])
        case ast.Constant(value=bool() | int() | float() | str() as constant):
            return constant
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)) if (
            type(number) is not bool
        ):
            return -number
    raise Untranslatable("a row_condition with a constant of an unusual sort")


def _moment(parts: list[Any]) -> datetime.datetime:
    try:
        return datetime.datetime(*parts)
    except (TypeError, ValueError) as error:
        raise Untranslatable("a row_condition with a moment that isn't one") from error
