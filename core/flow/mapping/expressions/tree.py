"""The expression as it is written: what the grammar makes of the text, before names and types are looked at."""

from __future__ import annotations

from dataclasses import dataclass

Plain = str | int | float | bool | None
"""What can be written as a literal."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A value that stands in the text."""

    value: Plain
    column: int


@dataclass(frozen=True, slots=True)
class Name:
    """A field or the variable of a macro."""

    name: str
    column: int


@dataclass(frozen=True, slots=True)
class Member:
    """`target.name`, or `target.0` for a position."""

    target: Node
    name: str | int
    column: int


@dataclass(frozen=True, slots=True)
class Index:
    """`target[key]`."""

    target: Node
    key: Node
    column: int


@dataclass(frozen=True, slots=True)
class Items:
    """A list that is written out."""

    items: tuple[Node, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Unary:
    """`!` or `-` before an operand."""

    operator: str
    operand: Node
    column: int


@dataclass(frozen=True, slots=True)
class Binary:
    """A comparison, `in`, `not in`, or arithmetic other than `+`."""

    operator: str
    left: Node
    right: Node
    column: int


@dataclass(frozen=True, slots=True)
class Chain:
    """Operands with `&&`, `||` or `+` between them, from left to right."""

    operator: str
    operands: tuple[Node, ...]
    column: int


@dataclass(frozen=True, slots=True)
class Choice:
    """`condition ? yes : no`."""

    condition: Node
    yes: Node
    no: Node
    column: int


@dataclass(frozen=True, slots=True)
class Call:
    """`name(arguments)`, or `target.name(arguments)`."""

    name: str
    target: Node | None
    arguments: tuple[Node, ...]
    column: int


Node = Literal | Name | Member | Index | Items | Unary | Binary | Chain | Choice | Call


def children(node: Node) -> tuple[Node, ...]:
    """Give what a node is made of, from left to right."""
    match node:
        case Literal() | Name():
            return ()
        case Member(target=inner) | Unary(operand=inner):
            return (inner,)
        case Index(target=left, key=right) | Binary(left=left, right=right):
            return (left, right)
        case Items(items=parts) | Chain(operands=parts):
            return parts
        case Choice():
            return (node.condition, node.yes, node.no)
        case Call():
            return node.arguments if node.target is None else (node.target, *node.arguments)
