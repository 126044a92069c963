"""The part of a generated function that all lines share: reading the source of a value, and what it goes through."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from contextlib import nullcontext

from core.flow.mapping.compiling.source import Source, segments
from core.flow.mapping.compiling.values import (
    ANY,
    Origin,
    Segments,
    failed,
    find,
    is_there,
    items,
    kept,
    noted,
    plain,
    refused,
    text,
    undecided,
    unlisted,
)
from core.flow.mapping.expressions import EvaluationError
from core.flow.mapping.model import Chain, Computed, Constant, Joined, Line, Paths, Step, Table
from core.flow.mapping.patterns import PatternTooSlow
from core.flow.mapping.transforms import Shape, TransformFailed
from core.model.vocabulary import Kind, KindSpec

FAILURES = (TransformFailed, EvaluationError, PatternTooSlow)
NAMES = {
    "FAILURES": FAILURES,
    "plain": plain,
    "text": text,
    "items": items,
    "normalize": unicodedata.normalize,
    "find": find,
    "is_there": is_there,
    "failed": failed,
    "kept": kept,
    "noted": noted,
    "refused": refused,
    "undecided": undecided,
}
"""What generated functions may call."""


class LineWriter:
    """Writes one line of a mapping into a function; `is_traced` adds what tells where each value came from."""

    def __init__(self, source: Source, line: Line, position: int, *, is_traced: bool, is_raw: bool) -> None:
        """Take the function. `is_raw`: the record comes from outside, so texts are trimmed and lists and blocks are expected."""
        self._source = source
        self._line = line
        self._position = position
        self._traced = is_traced
        self._raw = is_raw
        first = line.chain.steps[0].transform.takes if line.chain.steps else None
        self._as_text = first is Shape.TEXT or (first is None and line.chain.table is None and is_plain_text(line))
        self._as_it_is = first is not None and first is not Shape.TEXT

    def origin(self, path: str, suffix: str = "") -> str:
        """Name the constant that tells where a value came from."""
        steps = _step_texts(self._line.chain) if path not in ("const", "default") else ()
        return self._source.constant(f"ORIGIN_{self._position}{suffix}", Origin(self._line.number, path, steps))

    def name(self, what: str) -> str:
        """Name a constant of this line."""
        return f"{what}_{self._position}"

    def frame(self, write_value: Callable[[], None]) -> None:
        """Write the whole line around its value: what the file says, its condition, and a net where something may fail."""
        line, source = self._line, self._source
        source.comment(f"{line.number or ''} {line.target}: {line.text}")
        if not self._needs_net():
            write_value()
            return
        source.add("v = ''")
        with source.block("try:"), source.block(f"if {line.when.truth(self.path)}:") if line.when is not None else nullcontext():
            write_value()
        with source.block("except FAILURES as error:"):
            source.add(f"problems.append(failed({source.constant(self.name('LINE'), line)}, error, v))")

    def read(self) -> None:
        """Set `v` to the value that was found, '' when nothing was; in a trace, `origin` and `raw` too."""
        match self._line.source:
            case Paths(paths):
                for number, path in enumerate(paths):
                    self._read_path(path, number)
            case Joined(paths, separator):
                self._read_joined(paths, separator)
            case Computed(expression):
                self._source.add(f"v = {expression.python(self.path)}")
                self._source.add("if v is None: v = ''")
                self._note("value", "v")
            case Constant(value):
                self._source.add(f"v = {value!r}")
                self._note("const", "None")

    def go_through(self) -> bool:
        """Send `v` through the steps and the table, '' when nothing is left; tells whether it is a text for certain."""
        chain = self._line.chain
        is_read = self._raw and isinstance(self._line.source, Paths)
        is_text = is_read and self._as_text
        steps = list(chain.steps)
        if is_read and steps and steps[0].transform.name == "trim":
            del steps[0]  # texts were trimmed as they were read
        if isinstance(self._line.source, Joined):
            is_text = True
        for number, step in enumerate(steps):
            is_text = self._step(step, number, is_text=is_text)
        if chain.table is not None:
            self._table(chain.table)
            return False
        return is_text

    def path(self, path: tuple[str | int, ...]) -> str:
        """The source that reads a constant path of an expression."""
        return self._source.reader(path)

    def _read_path(self, path: str, number: int) -> None:
        add = self._source.add
        if number:
            with self._source.block("if v == '':"):
                self._read_one(path, number)
            return
        self._read_one(path, number)
        if not self._raw:
            add("if v is None: v = ''")

    def _read_one(self, path: str, number: int) -> None:
        add, parts = self._source.add, segments(path)
        if not self._raw:
            add(f"v = {self._source.reader(parts)}")
            if number:
                add("if v is None: v = ''")
            self._note(path, "v", number)
            return
        self._find(parts)
        self._note(path, "v", number)
        if self._as_it_is:
            add("if v.__class__ is str: v = v.strip()")
            add("elif v is None or v == [] or v.__class__ is dict: v = ''")
        else:
            add(f"v = v.strip() if v.__class__ is str else {'text(plain(v))' if self._as_text else 'plain(v)'}")

    def _find(self, parts: Segments) -> None:
        """Set `v` to what stands at a path of the record; names with dots and rarer shapes are left to `find`."""
        add, reader = self._source.add, self._source.reader
        is_item = len(parts) > 1 and _is_index(parts[-1])
        names = parts[:-1] if is_item else parts
        if len(parts) > 4 or (len(parts) > 1 and any(part == ANY or _is_index(part) for part in names)):
            add(f"v = {reader(parts)}")
            return
        add(f"v = {reader(names, chr(39) * 2)}")
        dotted = self._source.dotted(parts)
        rest = f"find(record, {parts!r})"
        if is_item:
            place = int(parts[-1])
            add(f"if v.__class__ is list: v = v[{place}] if len(v) > {place} else ''")
            add(f"elif v != '' or {dotted}: v = {rest}")
        elif dotted:
            add(f"if v == '' and ({dotted}): v = {rest}")

    def _read_joined(self, paths: tuple[str, ...], separator: str) -> None:
        parts = [f"v{number}" for number, _ in enumerate(paths)]
        for path, part in zip(paths, parts, strict=True):
            if self._raw:
                self._find(segments(path))
                self._source.add(f"{part} = v.strip() if v.__class__ is str else text(plain(v))")
            else:
                self._source.add(f"{part} = text({self._source.reader(segments(path))})")
        self._source.add(f"v = {separator!r}.join(filter(None, ({', '.join(parts)},)))")
        self._note(" + ".join(paths), "v")

    def _note(self, path: str, raw: str, number: int = 0) -> None:
        if self._traced:
            self._source.add(f"origin = {self.origin(path, f'_{number}' if number else '')}; raw = {raw}")

    def _step(self, step: Step, number: int, *, is_text: bool) -> bool:
        """Write one transform; tells whether `v` is a text for certain afterwards."""
        add = self._source.add
        transform = step.transform
        if transform.takes is Shape.TEXT and not is_text:
            add("if v.__class__ is not str: v = text(v)")
        elif transform.takes is Shape.LIST:
            add("if v != '': v = items(v)")
        guard = "" if _keeps_nothing(step) else "if v != '': "
        inline = None if transform.inline is None else transform.inline(step.arguments, "v")
        if inline is not None:
            add(f"{guard}v = {inline}")
            return transform.gives is Shape.TEXT
        name = self._source.constant(self.name(f"{transform.name}_{number}" if number else transform.name), _forward(step))
        touched = None if transform.touches is None else transform.touches(step.arguments, "v")
        if touched is not None:
            add(f"if {touched}: v = {name}(v)")
            return transform.gives is Shape.TEXT
        add(f"{guard}v = {name}(v)")
        add("if v is None: v = ''" if transform.gives is Shape.TEXT else "if v is None or v == []: v = ''")
        return transform.gives is Shape.TEXT

    def _table(self, table: Table) -> None:
        ready = {written: table.entries[folded] for folded, written in table.written.items()}
        ready = {key: "" if value is None else value for key, value in (*table.entries.items(), *ready.items())}
        rows = self._source.constant(self.name("TABLE"), ready)
        other = self._source.constant(self.name("unlisted"), _Unlisted(table))
        self._source.add("if v.__class__ is list: v = text(v)")
        with self._source.block("if v != '':"):
            self._source.add(f"w = {rows}.get(v, NOTHING) if v.__class__ is str else NOTHING")
            self._source.add(f"v = {other}(v) if w is NOTHING else w")

    def _needs_net(self) -> bool:
        """Whether something in the line may fail, so that it must stand in a `try`."""
        line = self._line
        if isinstance(line.source, Computed) or line.when is not None:
            return True
        return line.chain.table is not None or any(step.transform.inline is None for step in line.chain.steps)


def _is_index(part: str | int) -> bool:
    return isinstance(part, int) or part.isdecimal()


def is_plain_text(line: Line) -> bool:
    """Whether the line gives text of no particular kind."""
    return line.kind == KindSpec(Kind.TEXT)


class _Unlisted:
    """`unlisted` for one table."""

    def __init__(self, table: Table) -> None:
        self._table = table

    def __call__(self, value: object) -> object:
        return unlisted(self._table, value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Unlisted) and other._table is self._table

    __hash__ = None  # type: ignore[assignment]


def _forward(step: Step) -> Callable[[object], object]:
    return step.transform.forward(step.arguments)


def _keeps_nothing(step: Step) -> bool:
    """Whether a step makes nothing of nothing, so that it need not be guarded."""
    if step.transform.takes is not Shape.TEXT:
        return False
    try:
        return _forward(step)("") in ("", None)
    except TransformFailed:
        return False


def _step_texts(chain: Chain) -> tuple[str, ...]:
    return tuple(step.text for step in chain.steps) + (("map",) if chain.table is not None else ())
