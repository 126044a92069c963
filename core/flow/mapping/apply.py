"""Applying mappings to records: inbound to values with provenance, sync to what a CRM's record should be, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from core.flow.mapping.compiling.inbound import Kinds, write_inbound
from core.flow.mapping.compiling.lines import NAMES
from core.flow.mapping.compiling.source import build
from core.flow.mapping.compiling.sync import write_back, write_forward
from core.flow.mapping.compiling.values import LineProblem, Origin, text
from core.flow.mapping.model import Authority, InboundMapping, SyncMapping
from core.model.records import ConsentEntry, Policy, Scalar, Standing, Value

Why = dict[str, tuple[Origin, Any]]
"""Per field where its value came from, and the raw value there."""


@dataclass(slots=True)
class Reading:
    """What a mapping made of a record: values, where each came from, answers about consent, and what went wrong."""

    values: dict[str, Scalar]
    why: Why = field(default_factory=dict)
    consents: dict[str, Scalar] = field(default_factory=dict)
    problems: list[LineProblem] = field(default_factory=list)
    standings: Mapping[str, Standing] = field(default_factory=dict)

    def traced(self, name: str) -> Value:
        """One value with its origin."""
        origin, raw = self.why[name]
        return Value(self.values[name], origin.path, None if raw is None else text(raw), origin.steps, self.standings.get(name))


class CompiledInbound:
    """An inbound mapping as functions."""

    def __init__(self, mapping: InboundMapping, kinds: Kinds) -> None:
        """Compile once; a record then costs some microseconds."""
        self.mapping = mapping
        weighed = (line for line in mapping.fields if line.authority not in (None, Authority.NEWEST))
        self.standings = {line.target: Standing(Policy(str(line.authority))) for line in weighed}
        sources = {"read": write_inbound(mapping, kinds, is_traced=False), "trace": write_inbound(mapping, kinds, is_traced=True)}
        self.source = sources["read"].text()
        made = build(sources, NAMES)
        self._read, self._trace = made["read"], made["trace"]

    def values(self, record: Mapping[str, Any], context: Mapping[str, Any], problems: list[LineProblem]) -> dict[str, Scalar]:
        """Give the values alone."""
        return self._read(record, context, problems, {})  # type: ignore[no-any-return]

    def trace(self, record: Mapping[str, Any], context: Mapping[str, Any]) -> Reading:
        """Give the values with everything that is known about them."""
        reading = Reading({}, standings=self.standings)
        reading.values = self._trace(record, context, reading.problems, reading.consents, reading.why)
        return reading


class CompiledSync:
    """A sync mapping as functions, towards the CRM and back."""

    def __init__(self, mapping: SyncMapping, kinds: Kinds) -> None:
        """Compile once."""
        self.mapping = mapping
        sources = {
            "write": write_forward(mapping, is_traced=False),
            "trace_write": write_forward(mapping, is_traced=True),
            "read_back": write_back(mapping, kinds),
        }
        self.source = f"{sources['write'].text()}\n\n{sources['read_back'].text()}"
        made = build(sources, NAMES)
        self._write, self._trace, self._back = made["write"], made["trace_write"], made["read_back"]

    def fields(self, golden: Mapping[str, Scalar], problems: list[LineProblem]) -> dict[str, Scalar]:
        """Say what the remote record should be; a golden field that is unknown gives no entry (and never a blank)."""
        return self._write(golden, problems)  # type: ignore[no-any-return]

    def trace(self, golden: Mapping[str, Scalar]) -> Reading:
        """The same, with where each value came from."""
        reading = Reading({})
        reading.values = self._trace(golden, reading.problems, reading.why)
        return reading

    def back(self, remote: Mapping[str, Any], golden: Mapping[str, Scalar]) -> Reading:
        """Say what a remote record tells about our fields; `golden` are our values now."""
        reading = Reading({})
        reading.values = self._back(remote, golden, reading.problems, reading.why)
        return reading


def consent_entries(mapping: InboundMapping, answers: Mapping[str, bool | None], at: datetime) -> tuple[ConsentEntry, ...]:
    """Turn the answers found (None: not asked) into entries."""
    return tuple(ConsentEntry(purpose, granted, at, mapping.name) for purpose, granted in answers.items() if granted is not None)


def told(mapping: InboundMapping | SyncMapping, problems: Sequence[LineProblem]) -> tuple[str, str]:
    """Give the code and the sentence for what a mapping found wrong with a record."""
    codes = [problem.code for problem in problems]
    first = problems[0]
    if first.code == "condition":
        verb = "takes" if isinstance(mapping, InboundMapping) else "sends"
        return "condition", f"Mapping '{mapping.name}' {verb} only records {first.message}."
    code = "required_missing" if set(codes) == {"required_missing"} else "invalid_value"
    return code, f"Mapping '{mapping.name}', " + " ".join(str(problem) for problem in problems)
