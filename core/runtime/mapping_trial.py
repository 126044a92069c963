"""Trying mappings without writing anything: the examples in their files, and what those examples do not exercise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from core.flow.mapping.apply import Reading, told
from core.flow.mapping.examples import Outcome, Uncovered, run_examples
from core.flow.mapping.explain import Account, account_back, account_inbound, account_sync, tell
from core.flow.mapping.model import AnyMapping, Direction, Example, InboundMapping, Line, Paths, SyncMapping
from core.flow.pipeline import Means, Rules, compiled_inbound, compiled_sync, context_of, observe, read_inbound
from core.flow.quality.normalise import normaliser
from core.model.ids import InboxId
from core.model.plan import Settlement, Submission
from core.model.records import Observation, Scalar
from core.runtime.mappings import MappingFile

EXAMPLE_TIME = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
"""When the record of an example was received, unless its context says otherwise."""
_DRY = Means(lambda: "trial", lambda kind, value: f"{kind}:{value}".encode())


@dataclass(frozen=True, slots=True)
class Wrong:
    """A field that did not become what an example expects, and where the found value came from."""

    field: str
    expected: Scalar
    found: Scalar
    why: str


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one example; `line` is its place in the file."""

    name: str
    line: int
    passed: bool
    message: str | None
    wrong: tuple[Wrong, ...]


@dataclass(frozen=True, slots=True)
class Missed:
    """A line, or one way through it, that no example takes."""

    target: str
    line: int
    what: str


@dataclass(frozen=True, slots=True)
class Trial:
    """The examples of one file. `ways` counts the ways through its lines, of which the examples take all but the missed ones."""

    file: str
    name: str
    examples: tuple[Tried, ...]
    missed: tuple[Missed, ...]
    ways: int
    covered: int

    @property
    def failed(self) -> int:
        """How many examples did not pass."""
        return sum(not each.passed for each in self.examples)


def try_examples(file: MappingFile) -> Trial:
    """Run the examples of a file."""
    runs: dict[int, Reading] = {}

    def run(example: Example) -> tuple[Reading, str | None]:
        reading, refusal = _run(file.mapping, example)
        runs[id(example)] = reading
        return reading, refusal

    outcomes, uncovered = run_examples(file.mapping, run)
    ways = {line.target: _ways(file.mapping, line) for line in file.mapping.fields}
    return Trial(
        file=str(file.path),
        name=file.mapping.name,
        examples=tuple(_tried(file.mapping, outcome, runs[id(outcome.example)]) for outcome in outcomes),
        missed=tuple(Missed(each.line.target, each.line.number, each.what) for each in uncovered),
        ways=sum(ways.values()),
        covered=sum(ways[line.target] - _lost(line, ways, uncovered) for line in file.mapping.fields),
    )


def compiled_source(mapping: AnyMapping) -> str:
    """The Python that a mapping is compiled to."""
    return compiled_inbound(mapping).source if isinstance(mapping, InboundMapping) else compiled_sync(mapping).source


def _run(mapping: AnyMapping, example: Example) -> tuple[Reading, str | None]:
    if isinstance(mapping, InboundMapping):
        submission = sample_submission(mapping, example.given or {}, example.context)
        said = observe_with(mapping, submission)
        refusal = said.reason if isinstance(said, Settlement) else None
        return read_inbound(mapping, submission.fields, context_of(submission)), refusal
    if example.remote is not None:
        reading = compiled_sync(mapping).back(example.remote, {})
    else:
        reading = compiled_sync(mapping).trace(example.given or {})
    return reading, told(mapping, reading.problems)[1] if reading.problems else None


def sample_submission(mapping: InboundMapping, record: Mapping[str, Any], context: Mapping[str, Any]) -> Submission:
    """A record as if the mapping's connection had received it; what the example's context says goes before what is made up."""
    own = record.get("_context")
    beside = {**(own if isinstance(own, Mapping) else {}), **context}
    fields = {**record, "_context": beside} if beside else dict(record)
    return Submission(InboxId(0), mapping.connection, mapping.object or "", fields, EXAMPLE_TIME)


def observe_with(mapping: InboundMapping, submission: Submission) -> Observation | Settlement:
    """Decide a submission under one mapping, which need not be the one in force: what is observed, or why it is refused."""
    mine = replace(submission, connection=mapping.connection, object=mapping.object or submission.object, flag="none")
    return observe(mine, Rules(inbound=(mapping,)), _DRY)


def _tried(mapping: AnyMapping, outcome: Outcome, reading: Reading) -> Tried:
    example = outcome.example
    wrong: tuple[Wrong, ...] = ()
    if outcome.differences:
        accounts = {account.target: account for account in _accounts(mapping, example, reading)}
        wrong = tuple(Wrong(d.field, d.expected, d.found, _because(accounts.get(d.field))) for d in outcome.differences)
    return Tried(example.name, example.number, outcome.passed, outcome.message, wrong)


def _because(account: Account | None) -> str:
    return "no line gives it a value" if account is None else f"line {account.line}: {tell(account)}"


def _accounts(mapping: AnyMapping, example: Example, reading: Reading) -> list[Account]:
    if isinstance(mapping, InboundMapping):
        submission = sample_submission(mapping, example.given or {}, example.context)
        return account_inbound(mapping, submission.fields, context_of(submission), reading, normaliser)
    if example.remote is not None:
        return account_back(mapping, example.remote, {}, normaliser)
    return account_sync(mapping, example.given or {})


def _ways(mapping: AnyMapping, line: Line) -> int:
    """How many ways there are through a line: each alternative, the default, the refusal, the way back."""
    if line.is_tie:
        return 0
    ways = len(line.source.paths) if isinstance(line.source, Paths) else 1
    if line.default is not None:
        ways += 1
    if isinstance(mapping, SyncMapping):
        return ways + (line.direction is Direction.BOTH)
    return ways + line.required


def _lost(line: Line, ways: Mapping[str, int], uncovered: list[Uncovered]) -> int:
    """How many of a line's ways are missed; a line that never gives a value misses all of them."""
    missed = [each.what for each in uncovered if each.line is line]
    return ways[line.target] if "no example gives it a value" in missed else min(len(missed), ways[line.target])
