"""Reading the lines of a mapping: the short form, a pipe, and the long form, a block."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from core.flow.mapping.blocks import Blocks, nearest
from core.flow.mapping.chains import ChainReader, cut_pipe, pieces
from core.flow.mapping.expressions import Expression, ExpressionError, Type, parse
from core.flow.mapping.lens import OneWay, invert
from core.flow.mapping.model import (
    Authority,
    Back,
    Chain,
    Computed,
    Constant,
    Direction,
    Joined,
    Line,
    Paths,
    Place,
    Source,
    golden_fields,
)
from core.flow.mapping.words import INBOUND_LINE, LINE_AUTHORITIES, SOURCE_AUTHORITIES, SYNC_LINE, names
from core.model.vocabulary import FIELDS, Kind, KindSpec, Subject, kind_of

_SOURCES = ("from", "value", "const", "join")
_TYPES = {
    Kind.NUMBER: Type.NUMBER,
    Kind.BOOLEAN: Type.BOOLEAN,
    Kind.DATE: Type.TIME,
    Kind.DATETIME: Type.TIME,
}
_OWN_NAME = re.compile(r"\bx_\w+")


class LineReader:
    """Reads lines of one mapping; problems go to `blocks`."""

    def __init__(
        self,
        blocks: Blocks,
        subject: Subject,
        chains: ChainReader,
        number: Callable[[Place], int],
        direction: Direction = Direction.BOTH,
    ) -> None:
        """Take where problems go, the golden record's kind, the reader of chains, and what tells the number of a line.

        `direction` is that of the lines of a sync mapping that name none.
        """
        self._blocks = blocks
        self._subject = subject
        self._chains = chains
        self._number = number
        self._direction = direction

    def inbound(self, target: str, written: object) -> Line:
        """Read a line that gives a golden field its value."""
        place: Place = ("fields", target)
        kind = kind_of(self._subject, target)
        if kind is None:
            advice = nearest(target, FIELDS[self._subject])
            self._blocks.problem(place, f"A {self._subject} has no field '{target}'.{advice} Your own fields start with `x_`.")
        if not isinstance(written, dict):
            source, chain = self._short(target, written, place)
            return Line(target, source, chain, KindSpec(kind or Kind.TEXT), number=self._number(place), text=str(written))
        self._blocks.known(written, names(INBOUND_LINE), place)
        spec = self._chains.kind(written, place) if "as" in written else KindSpec(kind or Kind.TEXT)
        word = self._blocks.choice(written, "authority", SOURCE_AUTHORITIES, place)
        authority = None if word is None else Authority(word)
        return Line(kind=spec, authority=authority, **self._long(target, written, place, None))

    def sync(self, target: str, written: object) -> Line:
        """Read a line between a field of the CRM and fields of the golden record."""
        place: Place = ("fields", target)
        if not isinstance(written, dict):
            source, chain = self._short(target, written, place)
            line = Line(target, source, chain, direction=self._direction, number=self._number(place), text=str(written))
        else:
            if "as" in written:
                message = "A line to a CRM takes the kind of the golden field. Use `do` with a transform such as `date_format` instead."
                self._blocks.problem((*place, "as"), message)
            self._blocks.known(written, (*names(SYNC_LINE), "as"), place)
            line = self._two_way(target, written, place)
        for name in golden_fields(line):
            if not isinstance(line.source, Computed) and kind_of(self._subject, name) is None:
                self._blocks.problem(place, f"A {self._subject} has no field '{name}'.{nearest(name, FIELDS[self._subject])}")
        self._check_lens(line, place)
        return line

    def condition(self, text: object, place: Place, names: Mapping[str, Type] | None) -> Expression | None:
        """Read an expression; None when it is not sound."""
        if isinstance(text, bool) or not isinstance(text, str | int | float):
            self._blocks.problem(place, f'`{place[-1]}` must be an expression such as `country == "DE"`, not {text!r}.')
            return None
        own = {} if names is None else dict.fromkeys(_OWN_NAME.findall(str(text)), Type.TEXT)
        try:
            return parse(str(text), None if names is None else {**names, **own})
        except ExpressionError as error:
            self._blocks.problem(place, f"{error.message} (character {error.column} of `{_shortened(str(text))}`)")
            return None

    def names(self) -> dict[str, Type]:
        """The golden fields that an expression of a sync mapping may use, with their types."""
        return {name: _TYPES.get(kind, Type.TEXT) for name, kind in FIELDS[self._subject].items()}

    def _short(self, target: str, written: object, place: Place) -> tuple[Source, Chain]:
        if not isinstance(written, str) or not written.strip():
            self._blocks.problem(
                place, f"'{target}' needs a path (text) or a block with `from:`; {written!r} is neither. Constants are written `const:`."
            )
            return Constant(None), Chain()
        path, parts = cut_pipe(written)
        return Paths((path,)), Chain(self._chains.pipe(parts, place))

    def _long(self, target: str, line: Mapping[str, Any], place: Place, names: Mapping[str, Type] | None) -> dict[str, Any]:
        blocks = self._blocks
        return {
            "target": target,
            "source": self._source(target, line, place, names),
            "chain": self._chains.block(line, place),
            "default": blocks.scalar(line, "default", place),
            "required": blocks.flag(line, "required", place),
            "when": self.condition(line["when"], (*place, "when"), names) if "when" in line else None,
            "empty_clears": blocks.choice(line, "empty", ("keep", "clear"), place) == "clear",
            "number": self._number(place),
            "text": _shortened(", ".join(f"{key}: {line[key]}" for key in _SOURCES if key in line)),
        }

    def _source(self, target: str, line: Mapping[str, Any], place: Place, names: Mapping[str, Type] | None) -> Source:
        given = [key for key in _SOURCES if key in line]
        if len(given) != 1:
            told = "says neither where its value comes from (`from:`) nor what it is (`const:`)"
            if given:
                told = f"has {' and '.join(f'`{key}:`' for key in given)}; one of them says where the value comes from"
            self._blocks.problem(place, f"'{target}' {told}.")
            return Constant(None)
        if given == ["const"]:
            return Constant(self._blocks.scalar(line, "const", place))
        if given == ["value"]:
            expression = self.condition(line["value"], (*place, "value"), names)
            return Constant(None) if expression is None else Computed(expression)
        if given == ["from"]:
            return Paths(self._blocks.texts(line, "from", place))
        block = self._blocks.block(line["join"], (*place, "join"), ("fields", "with"), ("fields",))
        return Joined(self._blocks.texts(block, "fields", (*place, "join")), str(block.get("with", " ")))

    def _two_way(self, target: str, written: Mapping[str, Any], place: Place) -> Line:
        if "record_of" in written:
            return self._related(target, written, place)
        direction = self._blocks.choice(written, "direction", tuple(Direction), place)
        if direction is None:
            direction = Direction.TO if "const" in written else self._direction
        authority, stages = self._authority(written, place)
        parts = self._long(target, written, place, self.names())
        back = self._back(written["back"], parts["source"], place) if "back" in written else None
        parts |= {"enforce": self._blocks.flag(written, "enforce", place), "refers": self._refers(written, parts["chain"], place)}
        return Line(direction=Direction(direction), authority=authority, stages=stages, back=back, **parts)

    def _related(self, target: str, written: Mapping[str, Any], place: Place) -> Line:
        """A line that ties two records; nothing else may be said about it."""
        others = [key for key in written if key not in ("record_of", "direction")]
        if others:
            self._blocks.problem((*place, others[0]), f"A line with `record_of` takes no `{others[0]}`.")
        if self._subject is not Subject.LEAD:
            self._blocks.problem((*place, "record_of"), "Only a person's record is tied to a company's.")
        name = self._blocks.text(written, "record_of", place) or ""
        text = f"record_of: {name}"
        return Line(target, Constant(None), direction=Direction.TO, record_of=name, number=self._number(place), text=text)

    def _refers(self, written: Mapping[str, Any], chain: Chain, place: Place) -> str | None:
        """The object whose list stands for a table; what the line carries is an address, not a text to work on."""
        refers = self._blocks.text(written, "refers", place)
        if refers is not None and (chain.table is not None or chain.steps):
            self._blocks.problem((*place, "refers"), "`refers` looks the value up by itself; it takes neither `map` nor `do`.")
        return refers

    def _authority(self, written: Mapping[str, Any], place: Place) -> tuple[Authority | None, tuple[str, ...]]:
        given = written.get("authority")
        if isinstance(given, dict):
            block = self._blocks.block(given, (*place, "authority"), ("stages",), ("stages",))
            stages = self._blocks.texts(block, "stages", (*place, "authority"))
            if len(set(stages)) != len(stages):
                self._blocks.problem((*place, "authority"), "A stage stands twice; a value could go backwards.")
            return Authority.STAGES, stages
        word = self._blocks.choice(written, "authority", LINE_AUTHORITIES, place)
        return (None if word is None else Authority(word)), ()

    def _back(self, written: object, source: Source, place: Place) -> Back | None:
        place = (*place, "back")
        names = tuple(dict.fromkeys(golden_fields(Line("", source))))
        if isinstance(source, Joined) and isinstance(written, dict) and set(written) <= set(names):
            return Back({name: self._one_back(part, (*place, name)) for name, part in written.items()})
        if isinstance(written, dict) and written and all(kind_of(self._subject, str(key)) for key in written):
            return Back({str(name): self._one_back(part, (*place, name)) for name, part in written.items()})
        if len(names) != 1:
            self._blocks.problem(place, f"`back` must say for each golden field ({', '.join(names) or 'such as email'}) how it is found.")
            return None
        return Back({names[0]: self._one_back(written, place)})

    def _one_back(self, written: object, place: Place) -> Chain | Expression:
        if written == "same":
            return Chain()
        if isinstance(written, str):
            return Chain(self._chains.pipe(pieces(written), place))
        block = self._blocks.block(written, place, ("do", "map", "unlisted", "value"))
        if "value" in block:
            found = self.condition(block["value"], (*place, "value"), {**self.names(), "remote": Type.ANY})
            return Chain() if found is None else found
        return self._chains.block(block, place)

    def _check_lens(self, line: Line, place: Place) -> None:
        if line.direction is Direction.TO:
            return
        try:
            invert(line)
        except OneWay as error:
            advice = "Say `direction: to` if it only goes there, or give a `back:`."
            if line.direction is Direction.FROM:
                advice = "Give a `back:`."
            self._blocks.problem(place, f"This line cannot be read backwards: {error} {advice}")


def _shortened(text: str, most: int = 60) -> str:
    return text if len(text) <= most else f"{text[: most - 1]}…"
