"""The expression as it is to be carried out: names and functions are resolved, types are known as far as they can be."""

from __future__ import annotations

from dataclasses import dataclass

from core.flow.mapping.expressions.functions import Function
from core.flow.mapping.expressions.model import Path, Type
from core.flow.mapping.expressions.tree import Plain


@dataclass(frozen=True, slots=True)
class Constant:
    """A literal."""

    value: Plain
    type: Type


@dataclass(frozen=True, slots=True)
class Read:
    """A constant path of the record."""

    path: Path
    type: Type


@dataclass(frozen=True, slots=True)
class Local:
    """The variable of a macro, by the number of its macro."""

    number: int
    type: Type = Type.ANY


@dataclass(frozen=True, slots=True)
class Pick:
    """A field or an item whose name or position is computed, or of something that is."""

    target: Plan
    key: Plan
    type: Type = Type.ANY


@dataclass(frozen=True, slots=True)
class ListOf:
    """A list that is written out."""

    items: tuple[Plan, ...]
    type: Type = Type.LIST


@dataclass(frozen=True, slots=True)
class Logic:
    """`and` or `or` between conditions."""

    operator: str
    operands: tuple[Plan, ...]
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    operand: Plan
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Compare:
    """One of `== != < <= > >=`."""

    operator: str
    left: Plan
    right: Plan
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Within:
    """`in`."""

    item: Plan
    container: Plan
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """`+` of two or more, `- * / %` of two, `-` of one."""

    operator: str
    operands: tuple[Plan, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Choose:
    """One of two values."""

    condition: Plan
    yes: Plan
    no: Plan
    type: Type


@dataclass(frozen=True, slots=True)
class Apply:
    """A function or method with its arguments, the target first."""

    function: Function
    arguments: tuple[Plan, ...]
    type: Type


@dataclass(frozen=True, slots=True)
class Filled:
    """`has(...)`."""

    operand: Plan
    type: Type = Type.BOOLEAN


@dataclass(frozen=True, slots=True)
class Walk:
    """A macro over a list; `price` is how many steps one item costs."""

    macro: Function
    source: Plan
    variable: int
    condition: Plan | None
    value: Plan | None
    price: int
    type: Type


Plan = Constant | Read | Local | Pick | ListOf | Logic | Not | Compare | Within | Arithmetic | Choose | Apply | Filled | Walk
