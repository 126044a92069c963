"""Why a mapping gave a value: each line of it walked once more, step by step, with the value after every step.

For previews. It runs the same generated code as the mapping itself, cut off after each step, so that both cannot disagree.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from core.flow.mapping.apply import Reading
from core.flow.mapping.compiling.inbound import Normaliser
from core.flow.mapping.compiling.lines import FAILURES, NAMES, LineWriter, is_plain_text
from core.flow.mapping.compiling.source import Source, build, segments
from core.flow.mapping.compiling.values import Origin, is_there, plain, text
from core.flow.mapping.expressions import Expression
from core.flow.mapping.lens import cut, invert
from core.flow.mapping.model import Chain, Constant, Direction, InboundMapping, Line, Paths, SyncMapping, golden_fields
from core.flow.mapping.regions import region_of
from core.model.records import Scalar
from core.model.vocabulary import Kind, KindSpec, Subject, kind_of

Normalisers = Callable[[KindSpec], Normaliser]
"""Gives what brings the values of a kind into their canonical form."""
_KEPT = "kept as it came"
_SPLIT = "split"
_LONGEST = 80


class End(StrEnum):
    """How a line ended; `default`: the CRM holds what our default put there, which says nothing about us."""

    VALUE = "value"
    NOTHING = "nothing"
    CONDITION = "condition"
    DEFAULT = "default"
    MISSING = "missing"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Stage:
    """One thing that happened to a value, as the file writes it, and the value after it; or why it went wrong."""

    what: str
    value: Any
    problem: str | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """How one field came to its value, or why it has none.

    `path` is what was read (or `const`, `value`), `raw` what stood there; the value is that of the last stage.
    """

    target: str
    line: int
    path: str
    raw: Any
    stages: tuple[Stage, ...]
    value: Scalar
    end: End


def account_inbound(
    mapping: InboundMapping, record: Mapping[str, Any], context: Mapping[str, Any], reading: Reading, kinds: Normalisers
) -> list[Account]:
    """Account for every line of an inbound mapping, and for the parts of a full name. `reading` is what the mapping made of it."""
    country = _country(mapping, reading, record)
    accounts = [
        _Inbound(line, (record, context), kinds, country, is_kept=line.target in reading.values).account() for line in mapping.fields
    ]
    whole = next((account.stages for account in accounts if account.target == "full_name"), ())
    for name, (origin, raw) in reading.why.items():
        if origin.steps[-1:] == (_SPLIT,):
            accounts = [account for account in accounts if account.target != name or account.end not in (End.NOTHING, End.CONDITION)]
            stages = (*whole, Stage(_SPLIT, reading.values[name]))
            accounts.append(Account(name, origin.line, origin.path, raw, stages, reading.values[name], End.VALUE))
    return accounts


def account_sync(mapping: SyncMapping, golden: Mapping[str, Scalar]) -> list[Account]:
    """Account for every line of a sync mapping that goes to the CRM."""
    return [_forward(line, golden) for line in mapping.fields if line.direction is not Direction.FROM]


def account_back(mapping: SyncMapping, remote: Mapping[str, Any], golden: Mapping[str, Scalar], kinds: Normalisers) -> list[Account]:
    """Account for every golden field that a CRM's record says something about; `golden` are our values now."""
    lines = [line for line in mapping.fields if line.direction is not Direction.TO and line.target in remote]
    return [account for line in lines for account in _Back(line, mapping.subject, remote, golden, kinds).accounts()]


def _country(mapping: InboundMapping, reading: Reading, record: Mapping[str, Any]) -> str | None:
    """The country by which phone numbers and the like are read: the record's own where it names one."""
    origin = reading.why["country"][0] if "country" in reading.why else None
    line = next((line for line in mapping.fields if line.target == "country"), None)
    if origin is None or line is None or is_plain_text(line):
        return region_of(mapping, record)
    if origin.path == "default" or _KEPT in origin.steps or reading.values["country"] is None:
        return region_of(mapping, record)
    return str(reading.values["country"])


class _Walk:
    """Runs one line up to a step of it."""

    def __init__(self, line: Line, record: Mapping[str, Any], context: Mapping[str, Any], *, is_raw: bool) -> None:
        self._line = line
        self._given = (record, context)
        self._is_raw = is_raw
        self.stages: list[Stage] = []
        self.origin: Origin | None = None
        self.raw: Any = None
        self.found_nothing = True

    def run(self) -> Any:
        """Give what is left at the end, '' for nothing; raises one of FAILURES with the stage that failed noted."""
        chain = self._line.chain
        value, self.origin, self.raw = self._upto(chain, is_read_only=True)
        self.found_nothing = value == ""
        if isinstance(self._line.source, Constant):
            return value
        for what, part in _parts(chain):
            if value == "":
                break
            try:
                value = self._upto(part)[0]
            except FAILURES as error:
                self.stages.append(Stage(what, None, str(error)))
                raise
            self.stages.append(Stage(what, value))
        return value

    def _upto(self, chain: Chain, *, is_read_only: bool = False) -> Any:
        source = Source("walk(record, context)", "One line, as far as a step of it.", "record")
        source.add("v = ''; origin = raw = None")
        writer = LineWriter(source, replace(self._line, chain=chain), 1, is_traced=True, is_raw=self._is_raw)
        writer.read()
        if not is_read_only:
            writer.go_through()
        source.add("return v, origin, raw")
        return build({"walk": source}, NAMES)["walk"](*self._given)


def _parts(chain: Chain) -> Iterator[tuple[str, Chain]]:
    """The chain cut off after each of its steps, with the name of the last one."""
    for number, step in enumerate(chain.steps, 1):
        yield step.text, Chain(chain.steps[:number])
    if chain.table is not None:
        yield "map", chain


def _holds(condition: Expression | None, record: Mapping[str, Any], context: Mapping[str, Any]) -> bool:
    if condition is None:
        return True
    source = Source("holds(record, context)", "Whether a line counts.", "record")
    source.add(f"return {condition.truth(source.reader)}")
    return bool(build({"holds": source}, NAMES)["holds"](record, context))


class _Inbound:
    """Accounts for one line of an inbound mapping."""

    def __init__(
        self, line: Line, given: tuple[Mapping[str, Any], Mapping[str, Any]], kinds: Normalisers, country: str | None, *, is_kept: bool
    ) -> None:
        self._line = line
        self._given = given
        self._kinds = kinds
        self._country = country
        self._is_kept = is_kept
        self._walk = _Walk(line, *given, is_raw=True)

    def account(self) -> Account:
        walk = self._walk
        try:
            if not _holds(self._line.when, *self._given):
                return self._ended(End.CONDITION)
            value = walk.run()
        except FAILURES as error:
            walk.stages = walk.stages or [Stage("when", None, str(error))]
            return self._ended(End.REFUSED)
        if value == "":
            return self._without()
        if is_plain_text(self._line):
            return self._ended(End.VALUE, unicodedata.normalize("NFC", text(value)))
        value = self._normalised(value)
        if walk.stages and walk.stages[-1].problem and value is None:
            return self._ended(End.REFUSED)
        return self._ended(End.VALUE, value) if value != "" else self._without()

    def _normalised(self, value: Any) -> Any:
        """The kind's canonical form; '' when nothing is left, None when it is refused."""
        spec, stages = self._line.kind or KindSpec(Kind.TEXT), self._walk.stages
        found = self._kinds(spec)(value, self._country)
        if found.problem is None:
            stages.append(Stage(f"as {spec.kind}", found.value))
            return "" if found.value is None else found.value
        if self._is_kept:
            stages.append(Stage(f"as {spec.kind}", text(value), f"{found.problem}; {_KEPT}"))
            return text(value)
        stages.append(Stage(f"as {spec.kind}", None, found.problem))
        return None

    def _without(self) -> Account:
        line = self._line
        if line.default is not None:
            found = self._kinds(line.kind or KindSpec(Kind.TEXT))(line.default, None)
            default = found.value if found.problem is None else line.default
            self._walk.stages.append(Stage("default", default))
            return self._ended(End.VALUE, default)
        if line.required:
            return self._ended(End.MISSING)
        there = [
            path for path in _paths(line) if line.empty_clears and self._walk.found_nothing and is_there(self._given[0], segments(path))
        ]
        if there:
            self._walk.stages.append(Stage("empty: clear", None))
            return self._ended(End.VALUE)
        return self._ended(End.NOTHING)

    def _ended(self, end: End, value: Scalar = None) -> Account:
        return _account(self._line, self._walk, end, value)


def _forward(line: Line, golden: Mapping[str, Scalar]) -> Account:
    """Account for one line towards a CRM."""
    walk = _Walk(line, golden, {}, is_raw=False)
    try:
        if not _holds(line.when, golden, {}):
            return _account(line, walk, End.CONDITION, None)
        value = walk.run()
    except FAILURES as error:
        walk.stages = walk.stages or [Stage("when", None, str(error))]
        return _account(line, walk, End.REFUSED, None)
    if value != "":
        return _account(line, walk, End.VALUE, text(value) if line.chain.steps and isinstance(value, list) else value)
    if line.default is not None:
        walk.stages.append(Stage("default", line.default))
        return _account(line, walk, End.VALUE, line.default)
    if line.required:
        return _account(line, walk, End.MISSING, None)
    if line.empty_clears and any(name in golden for name in _paths(line)):
        walk.stages.append(Stage("empty: clear", None))
        return _account(line, walk, End.VALUE, None)
    return _account(line, walk, End.NOTHING, None)


class _Back:
    """Accounts for the golden fields that one line reads out of a CRM's record."""

    def __init__(self, line: Line, subject: Subject, remote: Mapping[str, Any], golden: Mapping[str, Scalar], kinds: Normalisers) -> None:
        self._line = line
        self._subject = subject
        self._raw = remote[line.target]
        self._golden = golden
        self._kinds = kinds
        self._inverse = invert(line)

    def accounts(self) -> Iterator[Account]:
        names = self._inverse.fields
        value = plain(self._raw)
        try:
            counts = _holds(self._line.when, self._golden, {})
        except FAILURES as error:
            yield from self._all(names, (Stage("when", None, str(error)),), End.REFUSED)
            return
        if not counts:
            yield from self._all(names, (), End.CONDITION)
        elif self._line.default is not None and self._raw == self._line.default:
            yield from self._all(names, (), End.DEFAULT)
        elif value == "":
            cleared = self._line.empty_clears
            yield from self._all(names, (Stage("empty: clear", None),) if cleared else (), End.VALUE if cleared else End.NOTHING)
        elif self._inverse.given is not None:
            for name, way in self._inverse.given.items():
                yield self._given(name, way, value)
        else:
            yield from self._inverted(value)

    def _inverted(self, value: Any) -> Iterator[Account]:
        chain, names = self._line.chain, self._inverse.fields
        labels = ["map" if chain.table is not None else "", *(step.text for step in reversed(chain.steps))]
        stages: list[Stage] = []
        for label, change in zip((label for label in labels if label), self._inverse.changes, strict=True):
            try:
                value = change(value)
            except FAILURES as error:
                yield from self._all(names, (*stages, Stage(f"{label}, backwards", None, str(error))), End.REFUSED)
                return
            stages.append(Stage(f"{label}, backwards", value))
        separator = self._inverse.separator
        try:
            parts = [value] if separator is None else cut(value, separator, len(names))
        except FAILURES as error:
            yield from self._all(names, (*stages, Stage(f"cut at {separator!r}", None, str(error))), End.REFUSED)
            return
        for name, part in zip(names, parts, strict=True):
            cuts = [] if separator is None else [Stage(f"cut at {separator!r}", part)]
            yield self._normalised(name, part, [*stages, *cuts])

    def _given(self, name: str, way: Chain | Expression, value: Any) -> Account:
        """A field with a way back of its own."""
        line = Line(name, Paths(("remote",)), way) if isinstance(way, Chain) else None
        walk = _Walk(line or self._line, {**self._golden, "remote": value}, {}, is_raw=False)
        try:
            if line is not None:
                found = walk.run()
            else:
                found = _evaluated(way, {**self._golden, "remote": value})
                walk.stages.append(Stage("back", found))
        except FAILURES as error:
            walk.stages = walk.stages or [Stage("back", None, str(error))]
            return self._ended(name, walk.stages, End.REFUSED)
        return self._normalised(name, text(found) if isinstance(found, list) else found, walk.stages)

    def _normalised(self, name: str, value: Any, stages: Sequence[Stage]) -> Account:
        if value is None or value == "":
            return self._ended(name, stages, End.NOTHING)
        kind = kind_of(self._subject, name) or Kind.TEXT
        found = self._kinds(KindSpec(kind))(value, _text_or_none(self._golden.get("country")))
        if found.problem is not None:
            return self._ended(name, [*stages, Stage(f"as {kind}", None, found.problem)], End.REFUSED)
        return self._ended(name, [*stages, Stage(f"as {kind}", found.value)], End.VALUE, found.value)

    def _all(self, names: Sequence[str], stages: Sequence[Stage], end: End) -> Iterator[Account]:
        for name in names:
            yield self._ended(name, stages, end)

    def _ended(self, name: str, stages: Sequence[Stage], end: End, value: Scalar = None) -> Account:
        return Account(name, self._line.number, self._line.target, self._raw, tuple(stages), value, end)


def _evaluated(expression: Chain | Expression, names: Mapping[str, Any]) -> Any:
    if isinstance(expression, Chain):
        return None
    source = Source("value(record, context)", "What an expression gives.", "record")
    source.add(f"return {expression.python(source.reader)}")
    return build({"value": source}, NAMES)["value"](names, {})


def _text_or_none(value: Scalar) -> str | None:
    return None if value is None else str(value)


def _paths(line: Line) -> Sequence[str]:
    return golden_fields(line) if isinstance(line.source, Paths) else ()


def _account(line: Line, walk: _Walk, end: End, value: Scalar) -> Account:
    tried = " or ".join(line.source.paths) if isinstance(line.source, Paths) else ""
    found = walk.origin.path if walk.origin else "value"
    path = tried if tried and end in (End.NOTHING, End.MISSING, End.CONDITION) else found
    return Account(line.target, line.number, path, walk.raw, tuple(walk.stages), value, end)


def tell(account: Account, *, with_raw: bool = True) -> str:
    """Tell in one line why a field has its value or has none: what was read, then each step with the value after it."""
    if account.end is End.CONDITION:
        return "its `when` does not hold"
    if account.end is End.DEFAULT:
        return f"{account.path} holds our default, which says nothing"
    before = account.raw.strip() if isinstance(account.raw, str) else account.raw
    told = [_beginning(account, with_raw=with_raw)]
    for stage in account.stages:
        what = stage.what if len(stage.what) <= _LONGEST else f"{stage.what[:_LONGEST]}…"
        if stage.problem:
            told.append(f"{what}: {stage.problem}")
        elif type(stage.value) is type(before) and stage.value == before:
            told.append(f"{what} (unchanged)")
        else:
            told.append(f"{what}: {shown(stage.value)}")
        before = stage.value
    return " → ".join(told)


def _beginning(account: Account, *, with_raw: bool) -> str:
    if account.path == "const":
        return "const" if not with_raw else f"const {shown(account.value)}"
    if account.raw is None or account.raw == "":
        return f"nothing at {account.path}" + (", which is required" if account.end is End.MISSING else "")
    return f"{account.path} {shown(account.raw)}" if with_raw else account.path


def shown(value: Any) -> str:
    """Write a value so that spaces and types can be seen; a long one is cut."""
    if value is None or value == "":
        return "nothing"
    written = repr(value)
    return written if len(written) <= _LONGEST else f"{written[:_LONGEST]}…"
