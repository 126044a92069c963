"""The grammar: CEL's, with the words `and`, `or` and `not` beside its signs. The only module that loads the parser library."""

from __future__ import annotations

from functools import lru_cache

from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, UnexpectedToken, v_args

from core.flow.mapping.expressions import complaints
from core.flow.mapping.expressions.model import MOST_INTEGER, ExpressionError
from core.flow.mapping.expressions.scan import QUOTED_NAME, RAW, TEXT, unquote
from core.flow.mapping.expressions.tree import Binary, Call, Chain, Choice, Index, Items, Literal, Member, Name, Node, Unary


def _pattern(text: str) -> str:
    """A regular expression between the slashes of a grammar."""
    return "/" + text.replace("/", r"\/") + "/"


GRAMMAR = rf"""
?start: choice
?choice: either | either QUESTION choice ":" choice -> choose
?either: both | either _either both -> any_of
?both: negation | both _both negation -> all_of
?negation: relation | NOT negation -> unary
?relation: sum | relation COMPARISON sum -> binary | relation IN sum -> binary | relation NOT IN sum -> not_in
?sum: product | sum PLUS product -> add | sum MINUS product -> binary
?product: sign | product TIMES sign -> binary
?sign: member | BANG sign -> unary | MINUS sign -> unary
?member: primary
    | member "." (NAME | QUOTED_NAME | INTEGER) -> member
    | member "." NAME "(" [arguments] ")" -> method
    | member BRACKET choice "]" -> index
?primary: (NAME | QUOTED_NAME) -> name
    | NAME "(" [arguments] ")" -> call
    | "(" choice ")"
    | BRACKET [arguments] "]" -> items
    | TEXT -> text
    | INTEGER -> integer
    | FLOAT -> float
    | (TRUE | FALSE | NULL) -> word
arguments: choice ("," choice)*
_either: "||" | "or"
_both: "&&" | "and"
NOT: "not"
IN: "in"
TRUE: "true"
FALSE: "false"
NULL: "null"
QUESTION: "?"
COMPARISON: "==" | "!=" | "<=" | ">=" | "<" | ">"
PLUS: "+"
MINUS: "-"
TIMES: "*" | "/" | "%"
BANG: "!"
BRACKET: "["
TEXT.3: {_pattern(RAW + "|" + TEXT)}
QUOTED_NAME: {_pattern(QUOTED_NAME)}
FLOAT.2: /[0-9]+\.[0-9]+([eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+/
INTEGER: /[0-9]+/
NAME: /[^\W\d]\w*/
%ignore /\s+/
"""


_RESERVED = frozenset({"and", "or", "not", "in"})
"""Words that are no names of fields, where the grammar alone would take them for such; in backquotes they are."""


def read(text: str) -> Node:
    """Make a tree of a text that has been looked over; raises ExpressionError."""
    try:
        tree: Node = _parser().parse(text)  # type: ignore[assignment]  # the transformer makes nodes of ours in place of the library's trees
    except UnexpectedToken as error:
        position = len(text.rstrip()) if error.token.type == "$END" else error.token.start_pos or 0
        raise complaints.at(text, position, "" if error.token.type == "$END" else str(error.token)) from None
    except UnexpectedCharacters as error:
        position = error.pos_in_stream or 0
        raise complaints.at(text, position, text[position]) from None
    except UnexpectedInput:
        raise ExpressionError("This is not an expression.", 1) from None
    return tree


@lru_cache(maxsize=1)
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", lexer="contextual", transformer=_Builder(), maybe_placeholders=True)


def _column(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _written(token: Token) -> str:
    return token[1:-1] if token.type == "QUOTED_NAME" else str(token)


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Makes our nodes while the text is parsed, from the leaves up; without state, so that threads may share it."""

    def choose(self, condition: Node, sign: Token, yes: Node, no: Node) -> Node:
        return Choice(condition, yes, no, _column(sign))

    def any_of(self, left: Node, right: Node) -> Node:
        return _chain("||", left, right, left.column)

    def all_of(self, left: Node, right: Node) -> Node:
        return _chain("&&", left, right, left.column)

    def add(self, left: Node, sign: Token, right: Node) -> Node:
        return _chain("+", left, right, _column(sign))

    def unary(self, sign: Token, operand: Node) -> Node:
        return Unary("-" if sign == "-" else "!", operand, _column(sign))

    def binary(self, left: Node, sign: Token, right: Node) -> Node:
        return Binary(str(sign), left, right, _column(sign))

    def not_in(self, left: Node, sign: Token, _: Token, right: Node) -> Node:
        return Binary("not in", left, right, _column(sign))

    def member(self, target: Node, name: Token) -> Node:
        return Member(target, _whole(name) if name.type == "INTEGER" else _written(name), _column(name))

    def method(self, target: Node, name: Token, arguments: tuple[Node, ...] | None) -> Node:
        return Call(str(name), target, arguments or (), _column(name))

    def index(self, target: Node, bracket: Token, key: Node) -> Node:
        return Index(target, key, _column(bracket))

    def name(self, name: Token) -> Node:
        if name in _RESERVED:
            raise ExpressionError(f"`{name}` cannot stand here; something is missing before or after it.", _column(name))
        return Name(_written(name), _column(name))

    def call(self, name: Token, arguments: tuple[Node, ...] | None) -> Node:
        return Call(str(name), None, arguments or (), _column(name))

    def items(self, bracket: Token, arguments: tuple[Node, ...] | None) -> Node:
        return Items(arguments or (), _column(bracket))

    def arguments(self, *arguments: Node) -> tuple[Node, ...]:
        return arguments

    def text(self, text: Token) -> Node:
        return Literal(unquote(str(text), _column(text)), _column(text))

    def integer(self, number: Token) -> Node:
        return Literal(_whole(number), _column(number))

    def float(self, number: Token) -> Node:
        value = float(number)
        if value == float("inf"):
            raise ExpressionError("The number is too large.", _column(number))
        return Literal(value, _column(number))

    def word(self, word: Token) -> Node:
        return Literal({"true": True, "false": False}.get(str(word)), _column(word))


def _chain(operator: str, left: Node, right: Node, column: int) -> Chain:
    if isinstance(left, Chain) and left.operator == operator:
        return Chain(operator, (*left.operands, right), left.column)
    return Chain(operator, (left, right), column)


def _whole(number: Token) -> int:
    if len(number) > len(str(MOST_INTEGER)) or int(number) > MOST_INTEGER:
        raise ExpressionError(f"The number is too large; {MOST_INTEGER:,} is the largest.", _column(number))
    return int(number)
