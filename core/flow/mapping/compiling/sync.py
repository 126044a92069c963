"""The functions of a sync mapping: golden values to a CRM's record, and that record's values back."""

from __future__ import annotations

from core.flow.mapping.compiling.inbound import Kinds, declined
from core.flow.mapping.compiling.lines import LineWriter
from core.flow.mapping.compiling.source import Source
from core.flow.mapping.compiling.values import Origin, missing
from core.flow.mapping.expressions import Expression
from core.flow.mapping.lens import Inverse, cut, invert
from core.flow.mapping.model import Chain, Constant, Direction, Line, Paths, SyncMapping, golden_fields
from core.model.vocabulary import Kind, KindSpec, kind_of


def write_forward(mapping: SyncMapping, *, is_traced: bool) -> Source:
    """Write `write(golden, problems)` or `trace_write(golden, problems, why)`: what the remote record should be."""
    signature = "trace_write(golden, problems, why)" if is_traced else "write(golden, problems)"
    told = f"{mapping.name} {mapping.version}: a {mapping.subject} to {mapping.object} of {mapping.connection}."
    source = Source(signature, told, "golden")
    source.add("fields = {}")
    for number, expression in enumerate(mapping.when):
        name = source.constant(f"DECLINED_{number}", declined(expression.text))
        with source.block("try:"):
            source.add(f"if not {expression.truth(source.reader)}: problems.append({name})")
        with source.block("except FAILURES as error:"):
            source.add(f"problems.append(undecided({name}, error))")
    for position, line in enumerate(mapping.fields, 1):
        if line.direction is not Direction.FROM and not line.is_tie:
            _Forward(source, line, position, is_traced=is_traced).write()
    source.add("return fields")
    return source


class _Forward:
    """Writes one line towards the CRM."""

    def __init__(self, source: Source, line: Line, position: int, *, is_traced: bool) -> None:
        self._source = source
        self._line = line
        self._traced = is_traced
        self._writer = LineWriter(source, line, position, is_traced=is_traced, is_raw=False)

    def write(self) -> None:
        self._writer.frame(self._value)

    def _value(self) -> None:
        line = self._line
        self._writer.read()
        if not isinstance(line.source, Constant):
            self._writer.go_through()
        with self._source.block("if v != '':"):
            self._store("v" if not line.chain.steps else "text(v) if v.__class__ is list else v")
        self._nothing()

    def _nothing(self) -> None:
        line, target = self._line, self._line.target
        reads = golden_fields(line)
        if line.default is not None:
            with self._source.block("else:"):
                self._source.add(f"fields[{target!r}] = {line.default!r}")
                if self._traced:
                    self._source.add(f"why[{target!r}] = ({self._writer.origin('default', '_default')}, None)")
        elif line.required:
            name = self._source.constant(self._writer.name("MISSING"), missing(line, ", ".join(f"'{read}'" for read in reads)))
            self._source.add(f"else: problems.append({name})")
        elif line.empty_clears and isinstance(line.source, Paths):
            test = " or ".join(f"{path!r} in golden" for path in reads)
            with self._source.block(f"elif {test}:"):
                self._store("None")

    def _store(self, value: str) -> None:
        self._source.add(f"fields[{self._line.target!r}] = {value}")
        if self._traced:
            self._source.add(f"why[{self._line.target!r}] = (origin, raw)")


def write_back(mapping: SyncMapping, kinds: Kinds) -> Source:
    """Write `read_back(remote, golden, problems, why)`: what the remote record says about our fields.

    Fields that are not in `remote` are unknown and give nothing; None gives None where the line says `empty: clear`. What a
    default puts there says nothing. A line whose `when` does not hold for our values is not read.
    """
    told = f"{mapping.name} {mapping.version}: {mapping.object} of {mapping.connection} back to a {mapping.subject}."
    source = Source("read_back(remote, golden, problems, why)", told, "golden")
    source.add("values = {}")
    for position, line in enumerate(mapping.fields, 1):
        if line.direction is not Direction.TO:
            _Back(source, mapping, line, position, kinds).write()
    source.add("return values")
    return source


class _Back:
    """Writes one line from the CRM."""

    def __init__(self, source: Source, mapping: SyncMapping, line: Line, position: int, kinds: Kinds) -> None:
        self._source = source
        self._mapping = mapping
        self._line = line
        self._position = position
        self._kinds = kinds
        self._inverse = invert(line)

    def write(self) -> None:
        line, add = self._line, self._source.add
        self._source.comment(f"{line.number or ''} {line.target}, back")
        condition = "" if line.when is None else f" and {line.when.truth(self._source.reader)}"
        known = "" if line.default is None else f" and remote[{line.target!r}] != {line.default!r}"
        with self._source.block("try:"), self._source.block(f"if {line.target!r} in remote{condition}{known}:"):
            add(f"remote_value = v = plain(remote[{line.target!r}])")
            with self._source.block("if v != '':"):
                self._fields()
            if line.empty_clears:
                with self._source.block("else:"):
                    for name in self._inverse.fields:
                        self._store(name, "None")
        with self._source.block("except FAILURES as error:"):
            add(f"problems.append(failed({self._source.constant(f'BACK_{self._position}', line)}, error, remote[{line.target!r}]))")

    def _fields(self) -> None:
        inverse, add = self._inverse, self._source.add
        if inverse.given is not None:
            for number, (name, way) in enumerate(inverse.given.items()):
                self._given(name, way, number)
            return
        for number, change in enumerate(inverse.changes):
            add(f"v = {self._source.constant(f'back_{self._position}_{number}', change)}(v)")
        if inverse.separator is None:
            self._normalise(inverse.fields[0])
            return
        cutter = self._source.constant(f"cut_{self._position}", _Cut(inverse))
        add(f"parts = {cutter}(v)")
        for number, name in enumerate(inverse.fields):
            add(f"v = parts[{number}]")
            self._normalise(name)

    def _given(self, name: str, way: Chain | Expression, number: int) -> None:
        """A field with a way back of its own: written as a line that reads the remote value."""
        if isinstance(way, Expression):
            self._source.add(f"v = {way.python(lambda path: 'remote_value' if path == ('remote',) else self._source.reader(path))}")
        else:
            self._source.add("v = remote_value")
            LineWriter(
                self._source, Line(name, Constant(None), way), 1000 * (number + 1) + self._position, is_traced=False, is_raw=False
            ).go_through()
        self._source.add("if v.__class__ is list: v = text(v)")
        self._normalise(name)

    def _normalise(self, name: str) -> None:
        kind = kind_of(self._mapping.subject, name) or Kind.TEXT
        function = self._source.constant(f"as_{kind}", self._kinds.normaliser(KindSpec(kind)))
        with self._source.block("if v is not None and v != '':"):
            self._source.add(f"n = {function}(v, golden.get('country'))")
            with self._source.block("if n.problem is None:"):
                self._store(name, "n.value")
            line = self._source.constant(f"BACK_{self._position}", self._line)
            self._source.add(f"else: problems.append(refused({line}, n.problem, v))")

    def _store(self, name: str, value: str) -> None:
        origin = self._source.constant(f"BACK_ORIGIN_{self._position}", Origin(self._line.number, self._line.target, ("back",)))
        self._source.add(f"values[{name!r}] = {value}; why[{name!r}] = ({origin}, remote[{self._line.target!r}])")


class _Cut:
    """Cuts a joined text into the parts of one line."""

    def __init__(self, inverse: Inverse) -> None:
        self._separator = inverse.separator or ""
        self._count = len(inverse.fields)

    def __call__(self, value: object) -> list[str]:
        return cut(value, self._separator, self._count)
