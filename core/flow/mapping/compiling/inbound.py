"""The function of an inbound mapping: a source's record to golden values, with or without a trace of where each came from."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Protocol

from core.flow.mapping.compiling.lines import LineWriter, is_plain_text
from core.flow.mapping.compiling.source import Source, segments
from core.flow.mapping.compiling.values import LineProblem, missing
from core.flow.mapping.model import Constant, InboundMapping, Line, Paths
from core.flow.mapping.regions import told_region
from core.model.records import Scalar
from core.model.vocabulary import Kind, KindSpec


class Normalised(Protocol):
    """What a kind made of a value: the canonical one, or why it cannot be used."""

    @property
    def value(self) -> Scalar:
        """The canonical value."""
        ...

    @property
    def problem(self) -> str | None:
        """Why the value is not what its kind says."""
        ...

    @property
    def note(self) -> str | None:
        """What of the value was left out."""
        ...


Normaliser = Callable[[Scalar, str | None], Normalised]


class Kinds(Protocol):
    """What the kinds do with values; another stage knows."""

    def normaliser(self, spec: KindSpec) -> Normaliser:
        """Give the function that brings values of a kind into their canonical form; its second argument is a country."""
        ...

    def is_strict(self, kind: Kind) -> bool:
        """Whether a record with an unusable value of this kind is refused rather than the value kept as it came."""
        ...


def write_inbound(mapping: InboundMapping, kinds: Kinds, *, is_traced: bool) -> Source:
    """Write the function `read(record, context, problems)` or `trace(record, context, problems, why)`."""
    signature = f"{'trace' if is_traced else 'read'}(record, context, problems, consents{', why' if is_traced else ''})"
    source = Source(signature, f"{mapping.name} {mapping.version}: a record of {mapping.connection} to a {mapping.subject}.", "record")
    source.add("values = {}")
    for number, expression in enumerate(mapping.when):
        name = source.constant(f"DECLINED_{number}", declined(expression.text))
        with source.block("try:"), source.block(f"if not {expression.truth(source.reader)}:"):
            source.add(f"problems.append({name})")
            source.add("return values")
        with source.block("except FAILURES as error:"):
            source.add(f"problems.append(undecided({name}, error))")
            source.add("return values")
    told = f"{source.constant('region', partial(told_region, mapping.region_by))}(record) or " if mapping.region_by else ""
    source.add(f"country = {told}{mapping.region!r}")
    ordered = sorted(enumerate(mapping.fields, 1), key=lambda item: item[1].target != "country")
    for position, line in ordered:
        _Inbound(source, line, position, kinds, is_traced=is_traced).write()
    for rule in mapping.consents:
        source.comment(f"consent {rule.purpose}")
        source.add(f"v = find(record, {segments(rule.path)!r})")
        source.add(f"consents[{rule.purpose!r}] = plain(v) if v is not None else None")
    source.add("return values")
    return source


def declined(text: str) -> LineProblem:
    """Note that a record is not one that the mapping takes."""
    told = f"that have {text}" if text.isidentifier() else f"for which `{text}` holds"
    return LineProblem("condition", 0, "when", told)


class _Inbound:
    """Writes one line."""

    def __init__(self, source: Source, line: Line, position: int, kinds: Kinds, *, is_traced: bool) -> None:
        self._source = source
        self._line = line
        self._kinds = kinds
        self._traced = is_traced
        self._writer = LineWriter(source, line, position, is_traced=is_traced, is_raw=True)

    def write(self) -> None:
        self._writer.frame(self._value)

    def _value(self) -> None:
        line = self._line
        self._writer.read()
        if line.empty_clears:
            self._source.add("is_empty = v == ''")
        is_text = False if isinstance(line.source, Constant) else self._writer.go_through()
        with self._source.block("if v != '':"):
            self._normalise(is_text=is_text)
        self._nothing()

    def _normalise(self, *, is_text: bool) -> None:
        """Bring `v` into its kind's canonical form and store it; '' when it vanishes there."""
        line, add = self._line, self._source.add
        spec = line.kind or KindSpec(Kind.TEXT)
        if is_plain_text(line):
            if not is_text:
                add("if v.__class__ is not str: v = text(v)")
            add("if not v.isascii(): v = normalize('NFC', v)")
            self._store("v")
            return
        name = self._source.constant(self._writer.name(f"as_{spec.kind}"), self._kinds.normaliser(spec))
        add(f"n = {name}(v, country)")
        with self._source.block("if n.problem is None:"):
            with self._source.block("if n.value is not None:"):
                self._store("n.value", origin="noted(origin, n.note)")
                if line.target == "country":
                    add("country = n.value")
            add("else: v = ''")
        with self._source.block("else:"):
            if line.required or self._kinds.is_strict(spec.kind):
                add(f"problems.append(refused({self._source.constant(self._writer.name('LINE'), line)}, n.problem, v))")
            else:
                self._store("text(v)", origin="kept(origin)")

    def _store(self, value: str, *, origin: str = "origin") -> None:
        target = self._line.target
        self._source.add(f"values[{target!r}] = {value}")
        if self._traced:
            self._source.add(f"why[{target!r}] = ({origin}, raw)")

    def _nothing(self) -> None:
        """What happens when nothing was found, or nothing was left."""
        line, add = self._line, self._source.add
        paths = line.source.paths if isinstance(line.source, Paths) else ()
        if line.default is None and not line.required and not (line.empty_clears and paths):
            return
        with self._source.block("else:" if is_plain_text(line) else "if v == '':"):
            if line.default is not None:
                self._default()
            elif line.required:
                name = self._source.constant(self._writer.name("MISSING"), missing(line, _told(line)))
                add(f"problems.append({name})")
            else:
                self._clear(paths)

    def _default(self) -> None:
        line = self._line
        found = self._kinds.normaliser(line.kind or KindSpec(Kind.TEXT))(line.default, None)
        value = found.value if found.problem is None else line.default
        self._source.add(f"values[{line.target!r}] = {value!r}")
        if self._traced:
            self._source.add(f"why[{line.target!r}] = ({self._writer.origin('default', '_default')}, None)")

    def _clear(self, paths: tuple[str, ...]) -> None:
        for number, path in enumerate(paths):
            with self._source.block(f"{'elif' if number else 'if'} is_empty and is_there(record, {segments(path)!r}):"):
                self._source.add(f"values[{self._line.target!r}] = None")
                if self._traced:
                    origin = self._writer.origin(path, f"_{number}" if number else "")
                    self._source.add(f"why[{self._line.target!r}] = ({origin}, None)")


def _told(line: Line) -> str:
    """Name the source of a line for a message."""
    return " or ".join(f"'{path}'" for path in line.source.paths) if isinstance(line.source, Paths) else f"`{line.text}`"
