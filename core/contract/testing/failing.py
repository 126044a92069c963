"""Contract group *faults*: whatever the remote does wrong comes out as the error that tells the engine what to do next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.contract.errors import AuthFailed, ConnectorError, PermissionMissing, RateLimited, TryLater
from core.contract.records import Match, ObjectName
from core.contract.testing.acts import applied, create_one, creation, failure_of, finder, read_pages, truth, write_and_settle, writer
from core.contract.testing.bench import RETRY_AFTER_SECONDS, Bench, FaultKind
from core.contract.testing.capabilities import CALLS_OUT, FINDS, READS, UPSERT_BY_MATCH, WRITES, needs, part

NOT_ANSWERED = (FaultKind.SERVER_ERROR, FaultKind.TIMEOUT, FaultKind.RESET, FaultKind.HTML_BODY)
LIMITED = (FaultKind.RATE_LIMITED, FaultKind.RATE_LIMITED_WITH_WAIT)
ANSWER_LOST = (FaultKind.RESET_AFTER, FaultKind.CUT_OFF_BODY)


class FaultGroup:
    """Every fault has its declared outcome."""

    @needs(CALLS_OUT)
    @pytest.mark.parametrize("kind", NOT_ANSWERED + LIMITED)
    def test_a_check_that_fails_is_tried_later(self, bench: Bench, kind: FaultKind) -> None:
        connector = bench.make()
        _judge(kind, _under(bench, kind, connector.check))
        assert connector.check().account, "Once the remote works again, so must the same instance."

    @needs(CALLS_OUT, READS)
    @pytest.mark.parametrize("kind", NOT_ANSWERED + LIMITED)
    def test_a_read_that_fails_is_tried_later(self, bench: Bench, kind: FaultKind) -> None:
        sample = part(bench.reading, "reading")
        truth(bench).seed(sample.object, 1)
        bench.advance(3600)
        connector = bench.make()
        _judge(kind, _under(bench, kind, lambda: read_pages(connector, sample.object)))
        assert read_pages(connector, sample.object)

    @needs(CALLS_OUT, FINDS)
    @pytest.mark.parametrize("kind", [FaultKind.SERVER_ERROR, FaultKind.HTML_BODY, FaultKind.RATE_LIMITED])
    def test_a_find_that_fails_is_not_an_empty_answer(self, bench: Bench, kind: FaultKind) -> None:
        sample = part(bench.finding, "finding")
        (native_id,) = truth(bench).seed(sample.object, 1)
        bench.advance(3600)
        connector = bench.make()
        match = Match.on("id", native_id)
        _judge(kind, _under(bench, kind, lambda: finder(connector).find(ObjectName(sample.object), [match])))

    @needs(CALLS_OUT, WRITES)
    @pytest.mark.parametrize("kind", NOT_ANSWERED + LIMITED)
    def test_a_write_that_fails_is_tried_later(self, bench: Bench, kind: FaultKind) -> None:
        sample = part(bench.writing, "writing")
        connector = bench.make()
        create_one(bench, connector, 1)
        before = len(truth(bench).records(sample.object))
        write = replace(creation(sample, 2), target=None)
        _judge(kind, _under(bench, kind, lambda: write_and_settle(bench, connector, [write])))
        assert len(truth(bench).records(sample.object)) == before

    @needs(CALLS_OUT, WRITES)
    @pytest.mark.parametrize("kind", ANSWER_LOST)
    def test_a_create_whose_answer_is_lost_is_unknown(self, bench: Bench, kind: FaultKind) -> None:
        sample = part(bench.writing, "writing")
        connector = bench.make()
        create_one(bench, connector, 1)
        before = len(truth(bench).records(sample.object))
        write = replace(creation(sample, 2), target=None)
        error = _under(bench, kind, lambda: writer(connector).write([write]))
        assert isinstance(error, TryLater), f"{error!r}"
        assert error.outcome_unknown, "The remote may have applied it: the engine must look before it creates again."
        assert len(truth(bench).records(sample.object)) == before + 1, "A create must be sent once only, and the bench must apply it."

    @needs(CALLS_OUT, WRITES, UPSERT_BY_MATCH)
    @pytest.mark.parametrize("kind", ANSWER_LOST)
    def test_an_upsert_whose_answer_is_lost_can_be_repeated(self, bench: Bench, kind: FaultKind) -> None:
        sample = part(bench.writing, "writing")
        part(sample.match, "writing.match")
        connector = bench.make()
        create_one(bench, connector, 1)
        before = len(truth(bench).records(sample.object))
        error = _under(bench, kind, lambda: writer(connector).write([creation(sample, 2)]))
        assert isinstance(error, TryLater), f"{error!r}"
        (receipt,) = write_and_settle(bench, connector, [creation(sample, 2)])
        assert applied(receipt).id in truth(bench).records(sample.object)
        assert len(truth(bench).records(sample.object)) == before + 1

    @needs(CALLS_OUT, WRITES)
    def test_refused_credentials_stop_a_write(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        for kind, expected in ((FaultKind.UNAUTHORIZED, AuthFailed), (FaultKind.FORBIDDEN, PermissionMissing)):
            connector = bench.make()
            error = _under(bench, kind, lambda connector=connector: writer(connector).write([creation(sample, 1)]))  # type: ignore[misc]
            assert isinstance(error, expected), f"{kind}: {error!r}"

    @needs(CALLS_OUT, READS)
    def test_refused_credentials_stop_a_read(self, bench: Bench) -> None:
        sample = part(bench.reading, "reading")
        for kind, expected in ((FaultKind.UNAUTHORIZED, AuthFailed), (FaultKind.FORBIDDEN, PermissionMissing)):
            connector = bench.make()
            error = _under(bench, kind, lambda connector=connector: read_pages(connector, sample.object))  # type: ignore[misc]
            assert isinstance(error, expected), f"{kind}: {error!r}"


def _under(bench: Bench, kind: FaultKind, call: Callable[[], object]) -> ConnectorError:
    faults = part(bench.faults, "faults")
    faults.set(kind)
    try:
        return failure_of(call)
    finally:
        faults.clear()
        bench.advance(RETRY_AFTER_SECONDS + 1)


def _judge(kind: FaultKind, error: ConnectorError) -> None:
    assert isinstance(error, TryLater), f"{kind} must come out as TryLater, not as {error!r}."
    if kind in LIMITED:
        assert isinstance(error, RateLimited), f"{kind} must come out as RateLimited, not as {error!r}."
    if kind is FaultKind.RATE_LIMITED_WITH_WAIT:
        assert isinstance(error, RateLimited) and error.retry_after is not None
        assert 0 < error.retry_after <= RETRY_AFTER_SECONDS, "The vendor's wait must reach the engine."
