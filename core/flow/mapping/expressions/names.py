"""Names of fields: which there are, what type they have, and what is said when there is no such one."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping

from core.flow.mapping.expressions.complaints import INSTEAD
from core.flow.mapping.expressions.functions import FUNCTIONS
from core.flow.mapping.expressions.model import WORDS, ExpressionError, Path, Type, nearest
from core.flow.mapping.expressions.tree import Index, Literal, Member, Name, Node

NO_CLOCK = "An expression cannot ask for the time of day, so that the same record always gives the same result. Use `_context.received_at`."
NO_CHANCE = "An expression cannot throw dice, so that the same record always gives the same result."
ABSENT: dict[str, str] = {
    **dict.fromkeys(("now", "today", "time", "date", "current_date", "current_timestamp"), NO_CLOCK),
    **dict.fromkeys(("random", "rand", "uuid"), NO_CHANCE),
}
"""What other languages have and this one has not, with the reason."""
_NO_NAMES = frozenset({"True", "TRUE", "False", "FALSE", "None", "NULL", "undefined"})
"""What is refused even where any name is allowed. `No` and `yes` are not among them: they may head a column."""


def constant_path(node: Node, scope: Container[str]) -> Path | None:
    """Give the path when a node reads a field whose place is known beforehand; None when it is computed."""
    keys: list[str | int] = []
    while not isinstance(node, Name):
        if isinstance(node, Member):
            keys.append(node.name)
        elif isinstance(node, Index) and isinstance(node.key, Literal) and type(node.key.value) in (str, int):
            keys.append(node.key.value)  # type: ignore[arg-type]  # its type was looked at one line above
        else:
            return None
        node = node.target
    return None if node.name in scope else (node.name, *reversed(keys))


def root_column(node: Node) -> int:
    """Tell where a path begins."""
    while isinstance(node, Member | Index):
        node = node.target
    return node.column


def type_of_path(path: Path, known: Mapping[str, Type] | None, column: int, scope: Iterable[str]) -> Type:
    """Tell the type of a field; raises ExpressionError for one that does not exist. Known names may have dots."""
    if known is None:
        if len(path) == 1 and path[0] in _NO_NAMES:
            raise ExpressionError(f"Write `{INSTEAD[str(path[0])]}` instead of `{path[0]}`.", column)
        return Type.ANY
    for count in range(len(path), 0, -1):
        kind = known.get(".".join(map(str, path[:count])))
        if kind is not None:
            return _part_of(kind, path, count, column)
    raise ExpressionError(_no_such(path, known, scope), column)


def _part_of(kind: Type, path: Path, count: int, column: int) -> Type:
    if count == len(path):
        return kind
    if kind not in (Type.ANY, Type.MAP, Type.LIST):
        name = ".".join(map(str, path[:count]))
        raise ExpressionError(f"'{name}' is {WORDS[kind]} and has no part '{path[count]}'.", column)
    return Type.ANY


def _no_such(path: Path, known: Mapping[str, Type], scope: Iterable[str]) -> str:
    root, name = str(path[0]), ".".join(map(str, path))
    within = any(other.startswith(f"{root}.") for other in known)
    shown = name if within else root
    if not within and root in INSTEAD:
        return f"Write `{INSTEAD[root]}` instead of `{root}`."
    if not within and root in ABSENT:
        return f"There is no field '{root}'. {ABSENT[root]}"
    hint = nearest(shown, (*known, *scope))
    if not hint and root in FUNCTIONS:
        hint = f" `{root}` is written with brackets: `{FUNCTIONS[root].signature}`."
    return f"There is no field '{shown}'.{hint}"
