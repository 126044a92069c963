"""Running the examples that stand in a mapping file, and finding the lines that none of them exercises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from core.flow.mapping.apply import Reading
from core.flow.mapping.model import AnyMapping, Direction, Example, InboundMapping, Line, Paths
from core.model.records import Scalar

Run = Callable[[Example], tuple[Reading, str | None]]
"""Maps an example's record; with the message when the record is refused."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that did not become what the example expects; None stands for no value."""

    field: str
    expected: Scalar
    found: Scalar


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one example. It passed when there is neither a difference nor a message."""

    example: Example
    differences: tuple[Difference, ...] = ()
    message: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        return not self.differences and self.message is None


@dataclass(frozen=True, slots=True)
class Uncovered:
    """A line, or one way through it, that no example takes; `what` says which in an admin's words."""

    line: Line
    what: str


def run_examples(mapping: AnyMapping, run: Run) -> tuple[list[Outcome], list[Uncovered]]:
    """Run all examples of a mapping; gives what became of each, and what none of them exercised."""
    outcomes: list[Outcome] = []
    seen: set[tuple[str, str]] = set()
    for example in mapping.examples:
        reading, refusal = run(example)
        outcomes.append(_judge(example, reading, refusal))
        back = example.remote is not None
        for name, (origin, _) in reading.why.items() if refusal is None else ():
            seen.add((_target(mapping, name, origin.line, back=back), "back" if back else origin.path))
        for problem in reading.problems:
            seen.add((problem.target, "refused"))
    return outcomes, [missed for line in mapping.fields for missed in _missed(mapping, line, seen)]


def _target(mapping: AnyMapping, name: str, number: int, *, back: bool) -> str:
    """The line that gave a value: read back, a golden field comes of the line that stands at its number."""
    if not back:
        return name
    found = [line.target for line in mapping.fields if line.number == number]
    return found[0] if found else name


def _judge(example: Example, reading: Reading, refusal: str | None) -> Outcome:
    if example.refused is not None:
        if refusal is None:
            return Outcome(example, message=f"was to be refused ({example.refused}), but was taken")
        if example.refused.casefold() not in refusal.casefold():
            return Outcome(example, message=f"was to be refused with '{example.refused}', but the reason is: {refusal}")
        return Outcome(example)
    if refusal is not None:
        return Outcome(example, message=f"was refused: {refusal}")
    found = reading.values
    differences = [
        Difference(name, expected, found.get(name)) for name, expected in example.expect.items() if not _is_same(expected, found.get(name))
    ]
    return Outcome(example, tuple(differences))


def _is_same(expected: Scalar, found: Scalar) -> bool:
    """Equal, where 1 and true are not; a list is written as one text."""
    return expected == found and isinstance(expected, bool) == isinstance(found, bool)


def _missed(mapping: AnyMapping, line: Line, seen: set[tuple[str, str]]) -> Sequence[Uncovered]:
    if line.is_tie:
        return []  # what it points to is there only once both are sent
    taken = {path for target, path in seen if target == line.target}
    goes_there = isinstance(mapping, InboundMapping) or line.direction is not Direction.FROM
    if not taken or (goes_there and taken == {"back"}):
        return [Uncovered(line, "no example gives it a value")]
    missed: list[Uncovered] = []
    if isinstance(line.source, Paths) and len(line.source.paths) > 1:
        missed += [Uncovered(line, f"no example takes its value from '{path}'") for path in line.source.paths if path not in taken]
    if line.default is not None and "default" not in taken:
        missed.append(Uncovered(line, "no example shows its default"))
    if line.required and "refused" not in taken and isinstance(mapping, InboundMapping):
        missed.append(Uncovered(line, "no example shows that a record without it is refused"))
    if not isinstance(mapping, InboundMapping) and line.direction is not Direction.TO and "back" not in taken:
        missed.append(Uncovered(line, "no example reads it back (`remote:`)"))
    return missed
