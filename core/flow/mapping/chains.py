"""Reading what a value goes through: transforms in a pipe or a list, tables inline or from a file, and kinds."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from core.flow.mapping.blocks import Blocks, nearest
from core.flow.mapping.model import Chain, Place, Step, Table, Unlisted
from core.flow.mapping.transforms import TRANSFORMS, TransformRefused, read_arguments
from core.model.records import Scalar
from core.model.vocabulary import OPTIONS, Kind, KindSpec

TableFiles = Callable[[str], Mapping[str, Scalar]]
"""Gives the rows of a table's file by its name; raises TableRefused."""
PIPE = " | "
_CALL = re.compile(r"(\w+)\((.*)\)", re.DOTALL)


class TableRefused(Exception):
    """A table's file cannot be used; the message says why."""


class ChainReader:
    """Reads chains; problems go to `blocks`."""

    def __init__(self, blocks: Blocks, tables: TableFiles) -> None:
        """Take where problems go, and what reads the files of tables."""
        self._blocks = blocks
        self._tables = tables

    def block(self, line: Mapping[str, Any], place: Place) -> Chain:
        """Read `do`, `map` and `unlisted` of a line."""
        return Chain(self._steps(line.get("do"), (*place, "do")), self._table(line, place))

    def pipe(self, parts: Sequence[str], place: Place) -> tuple[Step, ...]:
        """Read the parts of a pipe, each `name`, `name(argument, argument)` or `name: argument, argument`."""
        steps = []
        for part in parts:
            called = _CALL.fullmatch(part.strip())
            name, colon, rest = (called[1], "(", called[2]) if called else part.partition(":")
            given = _arguments(rest) if colon else None
            if rest.strip()[:1] in ("[", "{"):
                self._blocks.problem(place, f"`{part.strip()}`: in a pipe, arguments stand side by side: `{name.strip()}(a, b)`.")
                continue
            step = self._step(name.strip(), given, part.strip(), place)
            steps += [step] if step is not None else []
        return tuple(steps)

    def kind(self, line: Mapping[str, Any], place: Place) -> KindSpec:
        """Read `as`: the name of a kind, or a block with its options."""
        place = (*place, "as")
        given = line["as"]
        name: Any = given
        options: Any = {}
        if isinstance(given, dict) and len(given) == 1:
            name, options = next(iter(given.items()))
        try:
            kind = Kind(name)
        except ValueError:
            self._blocks.problem(place, f"There is no kind {name!r}.{nearest(str(name), list(Kind))}")
            return KindSpec(Kind.TEXT)
        if kind is Kind.ENUM and isinstance(options, list):
            options = {"choices": options}
        if not isinstance(options, dict):
            self._blocks.problem(place, f"`{name}` takes a block of options, not {options!r}.")
            return KindSpec(kind)
        return self._spec(kind, options, place)

    def _spec(self, kind: Kind, options: Mapping[str, Any], place: Place) -> KindSpec:
        allowed = {option.name: option for option in OPTIONS[kind]}
        for name in options:
            if name not in allowed:
                told = f"takes {', '.join(f'`{each}`' for each in allowed)}" if allowed else "takes no options"
                self._blocks.problem((*place, kind.value, name), f"The kind `{kind}` {told}, not `{name}`.{nearest(str(name), allowed)}")
        sound: dict[str, Any] = {}
        for name in allowed:
            if name in options and allowed[name].many:
                sound[name] = self._blocks.texts(options, name, (*place, kind.value))
            elif name in options:
                sound[name] = self._blocks.text(options, name, (*place, kind.value))
        return KindSpec(kind, **sound)

    def _steps(self, written: object, place: Place) -> tuple[Step, ...]:
        items = written if isinstance(written, list) else [] if written is None else [written]
        steps: list[Step] = []
        for item in items:
            if isinstance(item, str):
                steps += self.pipe(pieces(item), place)
            elif isinstance(item, dict) and len(item) == 1:
                name, given = next(iter(item.items()))
                step = self._step(name, given, f"{name}: {given}", place)
                steps += [step] if step is not None else []
            else:
                self._blocks.problem(place, f"A transform is written `trim` or `truncate(40)`, not {item!r}.")
        return tuple(steps)

    def _step(self, name: str, given: Any, text: str, place: Place) -> Step | None:
        transform = TRANSFORMS.get(name)
        if transform is None:
            self._blocks.problem(place, f"There is no transform '{name}'.{nearest(name, TRANSFORMS)}")
            return None
        try:
            return Step(transform, read_arguments(transform, given), text)
        except TransformRefused as error:
            self._blocks.problem(place, f"`{name}`: {error}")
            return None

    def _table(self, line: Mapping[str, Any], place: Place) -> Table | None:
        unlisted = self._blocks.choice(line, "unlisted", tuple(Unlisted), place)
        given = line.get("map")
        if given is None:
            if unlisted is not None:
                self._blocks.problem((*place, "unlisted"), "`unlisted` belongs to a `map`; there is none.")
            return None
        place = (*place, "map")
        file = given if isinstance(given, str) else None
        rows = self._file(file, place) if file is not None else given
        if not isinstance(rows, dict) or not rows:
            self._blocks.problem(place, "`map` must be a block such as `Yes, please: true`, or the name of a CSV file with two columns.")
            return None
        entries: dict[str, Scalar] = {}
        for key in rows:
            folded = str(key).strip().casefold()
            if folded in entries:
                self._blocks.problem((*place, key), f"`{key}` stands twice in the table; capital letters do not count.")
            entries[folded] = self._blocks.scalar(rows, key, place)
        written = {str(key).strip().casefold(): str(key) for key in rows}
        return Table(entries, written, Unlisted(unlisted or Unlisted.KEEP), file)

    def _file(self, name: str, place: Place) -> dict[str, Scalar]:
        try:
            return dict(self._tables(name))
        except TableRefused as error:
            self._blocks.problem(place, str(error))
            return {"": None}


def cut_pipe(written: str) -> tuple[str, list[str]]:
    """Cut a short line into its path and the parts of its pipe."""
    path, *parts = pieces(written)
    return path.strip(), parts


def pieces(written: str) -> list[str]:
    """Cut a pipe at its bars; a bar in a quoted argument is none."""
    found = [""]
    quote = ""
    for position, character in enumerate(written):
        if not quote and written[position - 1 : position + 2] == PIPE and position:
            found.append("")
            continue
        in_arguments = len(found) > 1 and character in "\"'"
        quote = "" if in_arguments and character == quote else character if in_arguments and not quote else quote
        found[-1] += character
    return found if not quote else written.split(PIPE)


def _arguments(text: str) -> Any:
    """Read `a, "b, c", 3` into one argument or a list."""
    items: list[Any] = []
    rest = text.strip()
    while rest:
        item, rest = _argument(rest)
        items.append(item)
    return items[0] if len(items) == 1 else items


def _argument(text: str) -> tuple[Any, str]:
    if text[0] in "\"'":
        end = text.find(text[0], 1)
        if end > 0:
            return text[1:end], text[end + 1 :].lstrip().removeprefix(",").lstrip()
    word, _, rest = text.partition(",")
    return _scalar(word.strip()), rest.lstrip()


def _scalar(word: str) -> Any:
    if word in ("true", "false"):
        return word == "true"
    if word.lstrip("-").isdecimal() and word.isascii() and (len(word.lstrip("-")) == 1 or not word.lstrip("-").startswith("0")):
        return int(word)
    try:
        return float(word) if "." in word and word.isascii() and "e" not in word.lower() and "n" not in word.lower() else word
    except ValueError:
        return word
