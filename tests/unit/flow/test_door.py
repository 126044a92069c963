"""What a delivery at the door means, whatever its connector makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from core.contract import (
    Change,
    ChangeKind,
    ConfigInvalid,
    Event,
    InboundRequest,
    NativeId,
    ObjectName,
    Outcome,
    Ref,
    SignatureInvalid,
)
from core.flow.intake.door import judge

REQUEST = InboundRequest("POST", "https://leads.example.com/hooks/crm", {}, b"raw", datetime(2026, 3, 2, tzinfo=UTC))


class Stub:
    """A connector that verifies and parses as it was made to."""

    def __init__(self, events: Sequence[Event] = (), error: Exception | None = None) -> None:
        self.events = events
        self.error = error

    def verify(self, _: InboundRequest) -> None:
        if self.error is not None:
            raise self.error

    def parse(self, _: InboundRequest) -> Sequence[Event]:
        return self.events


def change(kind: ChangeKind) -> Change:
    return Change(ObjectName("contacts"), NativeId("7"), {"email": "ann@example.com"}, kind)


def test_a_deletion_or_merge_that_is_pushed_says_what_it_is() -> None:
    events = [Event("a", change(ChangeKind.DELETED)), Event("b", change(ChangeKind.MERGED)), Event("c", change(ChangeKind.UPSERTED))]

    verdict = judge(Stub(events), REQUEST)

    assert verdict.outcome is Outcome.STORED
    assert [(arrival.event_id, arrival.raw) for arrival in verdict.arrivals] == [("a", b"raw"), ("b", None), ("c", None)]
    assert [arrival.remote and arrival.remote["sort"] for arrival in verdict.arrivals] == ["deleted", "merged", None]


def test_an_event_with_only_an_id_is_kept_to_be_read_and_one_without_anything_goes_to_quarantine() -> None:
    verdict = judge(Stub([Event("a", ref=Ref(ObjectName("contacts"), NativeId("7"))), Event("b")]), REQUEST)

    assert [(a.native_id, a.record, a.reason_code) for a in verdict.arrivals] == [("7", None, None), ("", None, "empty_event")]


def test_a_wrong_signature_is_refused_and_counted() -> None:
    verdict = judge(Stub(error=SignatureInvalid()), REQUEST)

    assert (verdict.outcome, verdict.event, verdict.arrivals) == (Outcome.REFUSED, "signature_refused", ())


def test_an_endpoint_whose_settings_are_wrong_asks_the_sender_to_try_again() -> None:
    verdict = judge(Stub(error=ConfigInvalid("no secret")), REQUEST)

    assert (verdict.outcome, verdict.event) == (Outcome.UNAVAILABLE, "endpoint_broken")
