"""The one way in which a contract test is skipped (the manifest does not claim the capability) or expected to fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from core.contract.manifest import ObjectFacts, Role
from core.contract.testing.bench import Bench

TestT = TypeVar("TestT", bound=Callable[..., None])
PartT = TypeVar("PartT")


@dataclass(frozen=True, slots=True)
class Need:
    """A capability that a test is about; `missing` is the reason shown when the connector does not claim it."""

    missing: str
    holds: Callable[[Bench], bool]


@dataclass(frozen=True, slots=True)
class KnownFailure:
    """A contract test that fails for now. It must have a reason and an issue, and fails the run once it passes."""

    reason: str
    issue: int

    def __post_init__(self) -> None:
        """Refuse an excuse without reason or issue number."""
        if not self.reason.strip() or self.issue <= 0:
            raise ValueError("A known failure needs a reason and an issue number.")


def needs(*conditions: Need) -> Callable[[TestT], TestT]:
    """Mark a contract test with the capabilities that it is about."""

    def mark(test: TestT) -> TestT:
        test.needs = conditions  # type: ignore[attr-defined]  # read back by unmet_need
        return test

    return mark


def unmet_need(test: Callable[..., None], bench: Bench) -> str | None:
    """Tell why the test does not concern this connector; None when it does."""
    conditions: tuple[Need, ...] = getattr(test, "needs", ())
    return next((need.missing for need in conditions if not need.holds(bench)), None)


def plays(role: Role) -> Need:
    """The manifest declares the role."""
    return Need(f"the manifest does not declare role '{role}'", lambda bench: role in bench.manifest.roles)


def deletes(bench: Bench) -> bool:
    """Whether reads of the sample object tell deletions."""
    facts = _facts(bench, bench.reading.object if bench.reading else None)
    return facts.reads is not None and facts.reads.deletions


def writes_kind(kind: str) -> Need:
    """The sample object can be written with this kind."""
    return Need(f"the manifest does not declare write kind '{kind}'", lambda bench: kind in _write_kinds(bench))


def upserts_by_match(bench: Bench) -> bool:
    """Whether the vendor upserts the sample object by itself."""
    facts = _facts(bench, _written(bench))
    return facts.writes is not None and facts.writes.upsert_by_match


def has_bulk(bench: Bench) -> bool:
    """Whether the sample object goes through a job from some number of writes on."""
    facts = _facts(bench, _written(bench))
    return facts.writes is not None and facts.writes.bulk_from is not None


CALLS_OUT = Need("the manifest names no hosts: nothing is called", lambda bench: bool(bench.manifest.hosts) or bench.manifest.dials)
READS = plays(Role.READS)
WRITES = plays(Role.WRITES)
GROUPS = plays(Role.GROUPS)
FINDS = plays(Role.FINDS)
COLLECTS = plays(Role.COLLECTS)
WEBHOOKS = plays(Role.WEBHOOKS)
MERGES = plays(Role.MERGES)
SUBSCRIBES = plays(Role.SUBSCRIBES)
COUNTS = plays(Role.COUNTS)
RENEWS = Need("nothing of it renews", lambda bench: bench.manifest.subscription is not None and bench.manifest.subscription.renews)
CONVERTS = Need("records of this object turn into no others", lambda bench: bool(_converts_to(bench)))
REFERENCES = Need("the manifest names no 'references'", lambda bench: bool(bench.manifest.references))
DELETIONS = Need("reads of this object do not tell deletions", deletes)
UPSERT_BY_MATCH = Need("the manifest does not declare 'upsert_by_match'", upserts_by_match)
BULK = Need("the manifest does not declare 'bulk_from'", has_bulk)
SIGNED = Need("the platform does not sign", lambda bench: bench.manifest.webhook is not None and bench.manifest.webhook.signed)
SIGNATURE_HEADER = Need("the signature is not in a header", lambda bench: bench.webhook is None or bench.webhook.header is not None)
SIGNED_BODY = Need("the signature does not cover the body", lambda bench: bench.webhook is None or bench.webhook.covers_body)
SIGNED_TIME = Need("the signature covers no time", lambda bench: bench.webhook is None or bench.webhook.tolerance_seconds is not None)


COMPARABLE = Need("versions are not comparable", lambda bench: bench.manifest.versions == "comparable")
DELETES = writes_kind("delete")
FINDS_BY_VALUE = Need("records are found by id alone", lambda bench: bench.finding is None or bench.finding.field is not None)
READS_WRITTEN = Need("the written object cannot be read", lambda bench: _facts(bench, _written(bench)).reads is not None)
FINDS_WRITTEN = Need("the written object cannot be found", lambda bench: _facts(bench, _written(bench)).finds is not None)


def part(value: PartT | None, name: str) -> PartT:
    """Give a part of the bench that the manifest calls for; its absence fails the test."""
    assert value is not None, f"The manifest declares what needs it, so the bench must offer '{name}'."
    return value


def _facts(bench: Bench, object_name: str | None) -> ObjectFacts:
    if object_name is not None:
        return bench.manifest.facts(object_name)
    return next(iter(bench.manifest.objects.values()), ObjectFacts())


def _converts_to(bench: Bench) -> list[str]:
    return _facts(bench, bench.reading.object if bench.reading else None).converts_to


def _write_kinds(bench: Bench) -> list[str]:
    writes = _facts(bench, _written(bench)).writes
    return list(writes.kinds) if writes else []


def _written(bench: Bench) -> str | None:
    return bench.writing.object if bench.writing else None
