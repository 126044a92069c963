"""Contract group *webhook*: only what the platform signed gets in, and the same delivery is always the same thing."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.contract.errors import Invalid, SignatureInvalid
from core.contract.http import InboundRequest, Outcome
from core.contract.testing.acts import receiver
from core.contract.testing.bench import Bench
from core.contract.testing.capabilities import SIGNATURE_HEADER, SIGNED, SIGNED_BODY, SIGNED_TIME, WEBHOOKS, needs, part
from core.contract.testing.watch import watch

RECEIVED_AT = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
GARBAGE = (b"", b"\xff\x00", b"{", b"[]", b"null", b'{"a": 1}', b"a=b&c", b"9" * 5_000, b"[" * 5_000)


class WebhookGroup:
    """Verify, parse and answer are strict and pure."""

    @needs(WEBHOOKS)
    def test_a_genuine_delivery_is_accepted(self, bench: Bench) -> None:
        receiver(bench.make()).verify(genuine(bench))
        assert receiver(bench.make()).parse(genuine(bench))

    @needs(WEBHOOKS, SIGNED, SIGNED_BODY)
    @pytest.mark.parametrize("where", ["first", "middle", "last"])
    def test_a_flipped_byte_is_refused(self, bench: Bench, where: str) -> None:
        request = genuine(bench)
        body = bytearray(request.body)
        body[{"first": 0, "middle": len(body) // 2, "last": -1}[where]] ^= 1
        _expect_refusal(bench, replace(request, body=bytes(body)))

    @needs(WEBHOOKS, SIGNED)
    def test_a_wrong_secret_is_refused(self, bench: Bench) -> None:
        sample = part(bench.webhook, "webhook")
        _expect_refusal(bench, _received(sample.sign(sample.body, sample.wrong_secret, RECEIVED_AT)))

    @needs(WEBHOOKS, SIGNED, SIGNATURE_HEADER)
    @pytest.mark.parametrize("value", [None, "", "sha256=", "Zoë", "0" * 64])
    def test_a_missing_or_broken_signature_is_refused(self, bench: Bench, value: str | None) -> None:
        request = genuine(bench)
        header = str(part(bench.webhook, "webhook").header)
        assert header in request.headers, f"The bench signs without header '{header}'."
        others = {name: content for name, content in request.headers.items() if name != header}
        _expect_refusal(bench, replace(request, headers=others if value is None else {**others, header: value}))

    @needs(WEBHOOKS, SIGNED, SIGNED_TIME)
    @pytest.mark.parametrize("direction", [-1, 1], ids=["old", "future"])
    def test_a_delivery_from_another_time_is_refused(self, bench: Bench, direction: int) -> None:
        sample = part(bench.webhook, "webhook")
        tolerance = part(sample.tolerance_seconds, "webhook.tolerance_seconds")
        just_in = RECEIVED_AT + direction * timedelta(seconds=tolerance * 0.9)
        receiver(bench.make()).verify(_received(sample.sign(sample.body, sample.secret, just_in)))
        far_off = RECEIVED_AT + direction * timedelta(seconds=tolerance + 60)
        _expect_refusal(bench, _received(sample.sign(sample.body, sample.secret, far_off)))

    @needs(WEBHOOKS)
    def test_the_same_delivery_gives_the_same_events(self, bench: Bench) -> None:
        first = receiver(bench.make()).parse(genuine(bench))
        later = replace(genuine(bench), received_at=RECEIVED_AT + timedelta(minutes=2))
        assert [event.id for event in receiver(bench.make()).parse(later)] == [event.id for event in first]

    @needs(WEBHOOKS)
    def test_the_events_of_a_delivery_can_be_told_apart(self, bench: Bench) -> None:
        events = receiver(bench.make()).parse(genuine(bench))
        assert len({event.id for event in events}) == len(events)
        for event in events:
            assert event.id
            assert [event.change is not None, event.ref is not None, event.look].count(True) == 1, "An event is one of the three."

    @needs(WEBHOOKS)
    def test_garbage_is_invalid_and_nothing_worse(self, bench: Bench) -> None:
        connector = receiver(bench.make())
        for body in GARBAGE:
            try:
                connector.parse(replace(genuine(bench), body=body))
            except Invalid:
                continue

    @needs(WEBHOOKS)
    def test_the_answer_tells_the_platform_what_happened(self, bench: Bench) -> None:
        connector = receiver(bench.make())
        assert connector.answer(genuine(bench), Outcome.STORED).status < 400
        assert connector.answer(genuine(bench), Outcome.UNAVAILABLE).status >= 500, "What was not stored must be sent again."

    @needs(WEBHOOKS)
    def test_a_webhook_is_handled_without_any_io(self, bench: Bench) -> None:
        connector, request = bench.make(), genuine(bench)
        hook = receiver(connector)
        hook.parse(request)
        with watch(connector) as seen:
            hook.verify(request)
            hook.parse(request)
            hook.answer(request, Outcome.STORED)
        assert not (seen.connections or seen.opened or seen.sleeps), f"{seen}"


def genuine(bench: Bench) -> InboundRequest:
    """A delivery that the platform sent and that arrived at once."""
    sample = part(bench.webhook, "webhook")
    return _received(sample.sign(sample.body, sample.secret, RECEIVED_AT))


def _received(request: InboundRequest) -> InboundRequest:
    return replace(request, received_at=RECEIVED_AT)


def _expect_refusal(bench: Bench, request: InboundRequest) -> None:
    with pytest.raises(SignatureInvalid):
        receiver(bench.make()).verify(request)
