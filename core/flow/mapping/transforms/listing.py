"""Transforms of lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from core.flow.mapping.transforms.transform import (
    Arguments,
    OutOfDomain,
    Parameter,
    Sample,
    Shape,
    Step,
    Transform,
    TransformFailed,
    TransformRefused,
    Type,
)


def _split(arguments: Arguments) -> Step:
    separator, index = _not_empty(arguments), arguments["index"]

    def parts(text: str) -> list[str]:
        return [part for part in (piece.strip() for piece in text.split(separator)) if part]

    def part(text: str) -> str | None:
        pieces = [piece.strip() for piece in text.split(separator)]
        return pieces[index] or None if -len(pieces) <= index < len(pieces) else None

    return parts if index is None else part


def _join(arguments: Arguments) -> Step:
    separator = arguments["separator"]
    return lambda values: separator.join(_word(value) for value in values if value is not None and value != "") or None


def _not_empty(arguments: Arguments) -> str:
    if not arguments["separator"]:
        raise TransformRefused("`separator` of `split` is empty.")
    return str(arguments["separator"])


def _word(value: Any) -> str:
    """As JSON writes it; a number of thousands of digits has no decimal spelling that Python gives."""
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        return str(value)
    except ValueError:
        raise TransformFailed("holds a number that is too long") from None


def _unique(values: Sequence[Any]) -> list[Any]:
    """Without hashing, so that whatever a list holds can be compared; True and 1 are two things."""
    keys = dict.fromkeys((isinstance(value, bool), _word(value)) for value in values)
    firsts = {(isinstance(value, bool), _word(value)): value for value in reversed(values)}
    return [firsts[key] for key in keys]


def _sort(values: Sequence[Any]) -> list[Any]:
    """Numbers by size and before texts; texts without regard to case."""
    numbers = [value for value in values if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value]
    others = [value for value in values if not (isinstance(value, (int, float)) and not isinstance(value, bool) and value == value)]
    return [*sorted(numbers), *sorted(others, key=lambda value: (_word(value).casefold(), _word(value)))]


def _swap(ours: str, theirs: str) -> Callable[[str], str]:
    def swapped(text: str) -> str:
        if ours != theirs and theirs in text:
            raise OutOfDomain(f"has '{theirs}' inside an item, where it would part it in two")
        return text.replace(ours, theirs)

    return swapped


def _separators(arguments: Arguments) -> tuple[str, str]:
    ours, theirs = arguments["ours"], arguments["theirs"]
    if not theirs or not ours or (ours != theirs and (ours in theirs or theirs in ours)):
        raise TransformRefused("`theirs` and `ours` of `separator` must not be empty, nor one a part of the other.")
    return ours, theirs


def _of_list(name: str, summary: str, work: Callable[[Sequence[Any]], Any], gives: Shape, *samples: Sample) -> Transform:
    step: Step = work
    return Transform(name, summary, samples, forward=lambda _: step, takes=Shape.LIST, gives=gives)


LISTING = (
    Transform(
        "split",
        "Part a text at a separator: into a list without empty items, or with `index` into the one part asked for.",
        (
            Sample(",", "a, b,,c", ["a", "b", "c"]),
            Sample([" ", 0], "Ada Byron", "Ada"),
            Sample({"separator": " ", "index": -1}, "Ada Augusta Byron", "Byron"),
            Sample([";", 7], "a;b", None),
        ),
        forward=_split,
        parameters=(
            Parameter("separator", "What stands between two parts."),
            Parameter("index", "Which part: 0 is the first, -1 the last.", Type.WHOLE, required=False),
        ),
        gives=Shape.ANY,
    ),
    Transform(
        "join",
        "Make one text of a list, empty items left out.",
        (Sample(", ", ["a", "", "b"], "a, b"), Sample(None, ["a", 5, True], "a;5;true"), Sample(None, [], None)),
        forward=_join,
        parameters=(Parameter("separator", "What stands between two items.", required=False, default=";"),),
        takes=Shape.LIST,
    ),
    _of_list("first", "Take the first item of a list.", lambda v: v[0] if v else None, Shape.ANY, Sample(None, ["a", "b"], "a")),
    _of_list("last", "Take the last item of a list.", lambda v: v[-1] if v else None, Shape.ANY, Sample(None, ["a", "b"], "b")),
    _of_list("unique", "Keep each item of a list once, the first.", _unique, Shape.LIST, Sample(None, ["b", "a", "b"], ["b", "a"])),
    _of_list("sort", "Sort a list: numbers, then texts.", _sort, Shape.LIST, Sample(None, ["b", 10, "A", 9], [9, 10, "A", "b"])),
    Transform(
        "separator",
        "Write a list in one text with the other side's separator instead of `;`; the way back restores it.",
        (Sample(",", "a;b", "a,b"), Sample({"theirs": " | "}, "a;b;c", "a | b | c")),
        forward=lambda arguments: _swap(*_separators(arguments)),
        parameters=(
            Parameter("theirs", "What stands between two items on the other side."),
            Parameter("ours", "What stands between them on this side.", required=False, default=";"),
        ),
        backward=lambda arguments: _swap(*reversed(_separators(arguments))),
    ),
)
