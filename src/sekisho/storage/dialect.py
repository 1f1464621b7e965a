"""The queries of the house, written for DuckDB, as Apache Spark understands them.

SQLGlot translates; what it leaves to mean something else, or not to be understood, is changed
here, each with its reason. A test runs the same review on both engines and compares every line.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import sqlglot
from sqlglot import exp

from sekisho.errors import InvalidInputError

Values = Sequence[object] | Mapping[str, object]
Columns = Callable[[str], Sequence[str]]

DAYS = frozenset(
    {
        "day",
        "until",
        "last_day",
        "first",
        "last",
        "valid_from",
        "valid_to",
        "booked_on",
        "deceased_on",
        "past",
    }
)
"""Columns that are dates: Spark gives an interval where DuckDB gives the days between two."""


def parsed(sql: str, values: Values = (), columns: Columns | None = None) -> Any:
    """Return `sql`, one statement with its named `values` in it, for Spark to be said.

    Args:
        sql: The statement.
        values: By their names.
        columns: Tells the columns of a table, in their order; asked for ``* REPLACE``.

    Raises:
        InvalidInputError: It does something whose answer would differ on Spark.
    """
    tree = sqlglot.parse_one(sql, read="duckdb")
    if values:
        assert isinstance(values, Mapping), "every query names its values"
        for place in list(tree.find_all(exp.Parameter, exp.Placeholder)):
            place.replace(_literal(values[place.name]))
    return tree.transform(partial(_changed, columns))


def said(tree: Any) -> str:
    """Return a part of a parsed statement in Spark's words."""
    return str(tree.sql(dialect="spark"))


def _literal(value: object) -> Any:
    if isinstance(value, dt.datetime):
        if value.tzinfo is not None:
            value = value.astimezone(dt.UTC).replace(tzinfo=None)
        return exp.cast(exp.Literal.string(value.isoformat(" ")), "timestamp")
    if isinstance(value, dt.date):
        return exp.cast(exp.Literal.string(value.isoformat()), "date")
    return exp.convert(value)


def _changed(columns: Columns | None, node: Any) -> Any:
    if isinstance(node, exp.DataType) and node.this == exp.DType.USERDEFINED:
        return exp.DataType.build("text")  # a type of words (`Analysis.code`)
    if isinstance(node, exp.Length):
        # Of lists alone: how long a text is, is asked in bytes (`strlen`).
        return exp.Anonymous(this="size", expressions=[node.this])
    if isinstance(node, exp.DayOfWeek):  # Sunday is 1 there, 0 here
        return exp.paren(exp.Sub(this=node.copy(), expression=exp.Literal.number(1)))
    if isinstance(node, exp.Anonymous) and node.name.lower() == "strlen":
        return exp.Anonymous(this="octet_length", expressions=node.expressions)
    if isinstance(node, exp.Bracket) and all(one.is_int for one in node.expressions):
        # What is not in a list is NULL, no error.
        return exp.Anonymous(this="get", expressions=[node.this, *node.expressions])
    if isinstance(node, exp.Sub) and _is_day(node.this) and _is_day(node.expression):
        return exp.DateDiff(this=node.this, expression=node.expression)
    if isinstance(node, exp.PercentileCont):
        return exp.Anonymous(this="percentile", expressions=[node.this, node.expression])
    if isinstance(node, exp.UnixToTime):  # `epoch_ms` of a moment, taken for its opposite
        moment = exp.cast(node.this, exp.DataType.Type.TIMESTAMPLTZ)
        return exp.Anonymous(this="unix_millis", expressions=[moment])
    if isinstance(node, exp.RegexpFullMatch):
        return _matches(node.this, node.expression)
    if isinstance(node, exp.Array) and node.find(exp.Comprehension) in node.expressions:
        return _each(node.expressions[0])
    if isinstance(node, exp.ArrayAgg):
        return _sorted_list(node)
    if isinstance(node, exp.Select):
        return _select(node, columns)
    return node


def _is_day(node: Any) -> bool:
    if isinstance(node, exp.Max | exp.Min | exp.Paren | exp.Window | exp.Lag | exp.Lead):
        return _is_day(node.this)
    return isinstance(node, exp.Column) and node.name in DAYS


def _matches(text: Any, pattern: Any) -> Any:
    whole = exp.Literal.string(f"^(?:{pattern.name})$")
    return exp.RegexpLike(this=text, expression=whole)


def _each(node: Any) -> Any:
    """`[f(p) for p in list if c]` as functions of lists."""
    listed, name = node.args["iterator"], node.expression
    if condition := node.args.get("condition"):
        listed = _by("filter", listed, name, condition)
    return _by("transform", listed, name, node.this)


def _by(function: str, listed: Any, name: Any, body: Any) -> Any:
    each = exp.Lambda(this=body.copy(), expressions=[exp.to_identifier(name.name)])
    return exp.Anonymous(this=function, expressions=[listed.copy(), each])


def _sorted_list(node: Any) -> Any:
    """`list(x ORDER BY x)` becomes an unordered list on Spark, silently: it is sorted after."""
    inner = node.this
    if not isinstance(inner, exp.Order):
        return node
    (by,) = inner.expressions
    distinct = inner.this
    what = distinct.expressions[0] if isinstance(distinct, exp.Distinct) else distinct
    if by.this != what or by.args.get("desc"):
        raise InvalidInputError("review.spark.order", query=node.sql(dialect="duckdb")[:80])
    return exp.Anonymous(this="array_sort", expressions=[exp.ArrayAgg(this=distinct.copy())])


def _select(node: Any, columns: Columns | None) -> Any:
    """Rewrite what a projection may be on DuckDB alone."""
    made = []
    for one in node.expressions:
        if one.is_star and not isinstance(one, exp.Count):
            made += _replaced(node, one, columns)
        else:
            made.append(_column(node, one))
    node.set("expressions", made)
    return node


def _replaced(node: Any, one: Any, columns: Columns | None) -> list[Any]:
    """Return every column of a ``* REPLACE`` in its place: rows are put below each other by it."""
    star = one.this if isinstance(one, exp.Column) else one
    told = {each.alias: each for each in star.args.get("replace") or ()}
    if not told:
        return [one]
    source = node.args.get("from_") or node.args.get("from")
    tables = [source.this, *(join.this for join in node.args.get("joins") or ())]
    name = one.table if isinstance(one, exp.Column) else source.this.alias_or_name
    found = [each for each in tables if each.alias_or_name == name]
    if columns is None or len(found) != 1 or not isinstance(found[0], exp.Table):
        raise InvalidInputError("review.spark.order", query=node.sql(dialect="duckdb")[:80])
    without = {each.name for each in star.args.get("except_") or ()}
    return [
        told.get(each) or exp.column(each, table=name)
        for each in columns(found[0].name)
        if each not in without
    ]


def _column(node: Any, one: Any) -> Any:
    source = node.args.get("from_") or node.args.get("from")
    whole = source is not None and isinstance(one, exp.Column) and not one.table
    if whole and one.name == source.this.alias:  # the row itself
        row = exp.Column(this=exp.Star(), table=one.this.copy())
        return exp.alias_(exp.Anonymous(this="struct", expressions=[row]), one.name)
    value = one.this if isinstance(one, exp.Alias) else one
    if isinstance(value, exp.Dot) and isinstance(value.this, exp.Explode | exp.Unnest):
        # A field of a list of structs is, on Spark, the list of that field.
        inner = value.this
        listed = inner.this if isinstance(inner, exp.Explode) else inner.expressions[0]
        exploded = exp.Explode(this=exp.Dot(this=listed.copy(), expression=value.expression.copy()))
        return exp.alias_(exploded, one.alias) if isinstance(one, exp.Alias) else exploded
    return one
