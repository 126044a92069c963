"""Reads the text of a SOQL query: the subset that integrations use, refused like in Salesforce where it is malformed.

Left out: aggregates other than COUNT(), GROUP BY, subqueries, date literals such as TODAY, TYPEOF and geolocation.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, cast

from sandbox.salesforce.refusals import Refusal, refuse
from sandbox.salesforce.soql_tree import Comparison, Condition, Junction, Negation, Order, Path, Query, Value

_TOKEN = re.compile(
    r"""\s*(?:
    (?P<string>'(?:[^'\\]|\\.)*')
  | (?P<datetime>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:?\d\d))
  | (?P<date>\d{4}-\d\d-\d\d(?![\dT]))
  | (?P<number>[+-]?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w:-]))
  | (?P<name>[A-Za-z]\w*(?:\.[A-Za-z]\w*)*)
  | (?P<operator><=|>=|!=|<>|=|<|>)
  | (?P<sign>[(),])
  )""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)
_ESCAPED = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", '"': '"', "'": "'", "\\": "\\"}
_KEYWORDS = frozenset({"SELECT", "FROM", "WHERE", "AND", "OR", "NOT", "IN", "LIKE", "ORDER", "BY", "LIMIT", "OFFSET"})


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str

    @property
    def word(self) -> str:
        return self.text.upper() if self.kind == "name" else self.text


_END = _Token("end", "<EOF>")


def read_query(text: str) -> Query:
    """The query in `text`; raises Refusal with MALFORMED_QUERY."""
    return _Reader(_tokens(text)).query()


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at, end = 0, len(text.rstrip())
    while at < end:
        match = _TOKEN.match(text, at)
        if match is None:
            raise _malformed(text[at:].strip()[:20])
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind]))
        at = match.end()
    return found


def _malformed(near: str) -> Refusal:
    return refuse("MALFORMED_QUERY", f"unexpected token: '{near}'")


class _Reader:
    """Goes through the tokens once, from left to right."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._at = 0

    def query(self) -> Query:
        self._expect("SELECT")
        columns = self._columns()
        self._expect("FROM")
        name = self._name()
        where = self._condition() if self._accept("WHERE") else None
        order = self._order() if self._accept("ORDER") else ()
        limit = self._whole_number() if self._accept("LIMIT") else None
        offset = self._whole_number() if self._accept("OFFSET") else 0
        if self._peek() is not _END:
            raise _malformed(self._peek().text)
        return Query(name, columns, not columns, where, order, limit, offset)

    def _columns(self) -> tuple[Path, ...]:
        if self._peek().word == "COUNT" and self._peek(1).text == "(":
            self._at += 1
            self._expect("(")
            self._expect(")")
            return ()
        columns = [self._path()]
        while self._accept(","):
            columns.append(self._path())
        return tuple(columns)

    def _condition(self) -> Condition:
        parts = [self._term()]
        operator = self._peek().word
        while self._peek().word in ("AND", "OR"):
            # Salesforce has no precedence between the two: a mixture needs parentheses.
            if self._peek().word != operator:
                raise _malformed(self._peek().text)
            self._at += 1
            parts.append(self._term())
        return parts[0] if len(parts) == 1 else Junction(cast(Literal["AND", "OR"], operator), tuple(parts))

    def _term(self) -> Condition:
        if self._accept("NOT"):
            return Negation(self._term())
        if self._accept("("):
            inner = self._condition()
            self._expect(")")
            return inner
        return self._comparison()

    def _comparison(self) -> Comparison:
        path = self._path()
        token = self._next()
        if token.kind == "operator":
            return Comparison(path, "!=" if token.text == "<>" else token.text, (self._value(),))
        if token.word == "LIKE":
            return Comparison(path, "LIKE", (self._value(keeps_wildcards=True),))
        if token.word == "NOT":
            self._expect("IN")
            return Comparison(path, "NOT IN", self._values())
        if token.word == "IN":
            return Comparison(path, "IN", self._values())
        raise _malformed(token.text)

    def _values(self) -> tuple[Value, ...]:
        self._expect("(")
        values = [self._value()]
        while self._accept(","):
            values.append(self._value())
        self._expect(")")
        return tuple(values)

    def _value(self, *, keeps_wildcards: bool = False) -> Value:
        token = self._next()
        if token.kind == "string":
            return Value("string", _unescape(token.text[1:-1], keeps_wildcards=keeps_wildcards))
        if token.kind == "number":
            return Value("number", float(token.text))
        if token.kind in ("date", "datetime"):
            return Value(cast(Literal["date", "datetime"], token.kind), token.text)
        if token.word in ("TRUE", "FALSE"):
            return Value("boolean", token.word == "TRUE")
        if token.word == "NULL":
            return Value("null", None)
        raise _malformed(token.text)

    def _order(self) -> tuple[Order, ...]:
        self._expect("BY")
        orders = [self._order_item()]
        while self._accept(","):
            orders.append(self._order_item())
        return tuple(orders)

    def _order_item(self) -> Order:
        path = self._path()
        descending = self._accept("DESC")
        if not descending:
            self._accept("ASC")
        nulls_last = False
        if self._accept("NULLS"):
            nulls_last = self._accept("LAST")
            if not nulls_last:
                self._expect("FIRST")
        return Order(path, descending, nulls_last)

    def _whole_number(self) -> int:
        token = self._next()
        if not token.text.isdigit():
            raise _malformed(token.text)
        return int(token.text)

    def _path(self) -> Path:
        return tuple(self._name().split("."))

    def _name(self) -> str:
        token = self._next()
        if token.kind != "name" or token.word in _KEYWORDS:
            raise _malformed(token.text)
        return token.text

    def _peek(self, ahead: int = 0) -> _Token:
        at = self._at + ahead
        return self._tokens[at] if at < len(self._tokens) else _END

    def _next(self) -> _Token:
        token = self._peek()
        self._at += 1
        return token

    def _accept(self, word: str) -> bool:
        found = self._peek().kind in ("name", "sign") and self._peek().word == word
        self._at += found
        return found

    def _expect(self, word: str) -> None:
        if not self._accept(word):
            raise _malformed(self._peek().text)


def _unescape(text: str, *, keeps_wildcards: bool) -> str:
    """Resolve backslash escapes; for LIKE an escaped wildcard keeps its backslash, so that it stays a plain character."""

    def one(match: re.Match[str]) -> str:
        sign = match[1]
        if len(sign) == 5:
            return chr(int(sign[1:], 16))
        if keeps_wildcards and sign in ("%", "_", "\\"):
            return match[0]
        if sign not in _ESCAPED and sign not in ("%", "_"):
            raise refuse("MALFORMED_QUERY", f"Illegal string literal: invalid escape sequence '\\{sign}'")
        return _ESCAPED.get(sign, sign)

    return _ESCAPE.sub(one, text)
