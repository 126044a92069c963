"""A notification of Intercom: what is signed, what it is about, what is left out, and what is done about nonsense."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.intercom.connector import Intercom
from connectors.intercom.settings import IntercomSettings
from core.contract import Change, ChangeKind, Context, InboundRequest, Invalid, Outcome, SignatureInvalid
from tests.support.fuzzing import received

NOW = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
SECRET = "topsecret"
ITEM: dict[str, Any] = {
    **{"type": "contact", "id": "5f2a1b3c", "role": "lead", "email": "ada@example.com", "created_at": 1772442000},
    **{"updated_at": "2026-03-02T10:00:00.000+01:00", "tags": {"type": "list", "data": [{"id": "7"}], "has_more": False}},
    **{"companies": {"type": "list", "data": [{"id": "8"}], "has_more": True}, "custom_attributes": {"plan": "pro"}},
}
CONVERSATION: dict[str, Any] = {
    **{"type": "conversation", "id": "215", "state": "open", "contacts": {"contacts": [{"id": "5f2a1b3c"}]}},
    "source": {"type": "conversation", "url": "https://www.example.com/", "body": "Hello", "author": {"id": "5f2a1b3c", "type": "lead"}},
}


class NoWorld:
    """Fails on any use, because a webhook connector may use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def intercom(**changes: Any) -> Intercom:
    world: Any = NoWorld()
    given = {"client_secrets": [SECRET], **changes}
    return Intercom(IntercomSettings.model_validate(given), Context(http=world, clock=world, sdk=world))


def push(body: bytes, signature: str = "", method: str = "POST") -> InboundRequest:
    return InboundRequest(method, "https://leads.example.com/hooks/intercom", {"x-hub-signature": signature}, body, NOW)


def notice(topic: object, item: object, **more: object) -> InboundRequest:
    document = {"id": "notif_1", "topic": topic, "created_at": 1772442000, "app_id": "a1", "data": {"item": item}, **more}
    return push(json.dumps(document).encode())


def told(topic: str, item: object, **changes: Any) -> list[Change]:
    return [event.change for event in intercom(**changes).parse(notice(topic, item)) if event.change]


def test_the_signature_is_a_sha1_over_the_raw_body_and_head_needs_none() -> None:
    body = '{"id":"1","name":"Zoë"}'.encode()
    good = "sha1=919c83aff810e593aa73161a038ecaafcc3621b0"
    intercom(client_secrets=["new", SECRET]).verify(push(body, good))
    intercom().verify(push(b"", method="HEAD"))
    assert list(intercom().parse(push(b"", method="HEAD"))) == []
    sha256 = "sha256=" + hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
    for bad in (push(body + b" ", good), push(body, good[5:]), push(body, sha256), push(b"", method="POST"), push(b"", method="GET")):
        with pytest.raises(SignatureInvalid):
            intercom().verify(bad)


def test_what_head_carries_is_not_read() -> None:
    body = notice("contact.lead.created", ITEM).body
    assert list(intercom().parse(push(body, method="HEAD"))) == []


def test_a_contact_has_its_times_in_utc_and_lists_only_where_they_are_whole() -> None:
    (change,) = told("contact.lead.created", ITEM)
    assert change.changed_at == datetime(2026, 3, 2, 9, tzinfo=UTC)
    assert (change.fields["created_at"], change.fields["tags"]) == ("2026-03-02T09:00:00+00:00", ["7"])
    assert "companies" not in change.fields
    assert change.fields["custom_attributes"] == {"plan": "pro"}


def test_a_contact_inside_a_tag_is_told() -> None:
    (change,) = told("contact.lead.tag.created", {"type": "contact_tag", "tag": {"id": "1"}, "contact": ITEM})
    assert change.id == "5f2a1b3c"
    assert told("contact.lead.tag.created", {"type": "contact_tag", "tag": {"id": "1"}}) == []


def test_whoever_unsubscribed_is_told_so_by_the_topic_and_nobody_is_subscribed_by_it() -> None:
    (gone,) = told("contact.unsubscribed", {"type": "subscription", "contact": {"type": "contact", "id": "5f"}})
    (back,) = told("contact.subscribed", {"type": "subscription", "contact": {"type": "contact", "id": "5f"}})
    assert gone.fields["unsubscribed_from_emails"] is True
    assert "unsubscribed_from_emails" not in back.fields


@pytest.mark.parametrize(("topic", "name"), [("contact.deleted", "contact"), ("conversation.deleted", "conversation")])
def test_a_deletion_carries_an_id_only(topic: str, name: str) -> None:
    (change,) = told(topic, {"id": "5f"})
    assert (change.object, change.kind, change.id) == (name, ChangeKind.DELETED, "5f")


def test_a_merge_without_the_other_contact_and_one_into_itself_tell_the_one_that_is_left() -> None:
    assert [change.kind for change in told("contact.merged", ITEM)] == [ChangeKind.UPSERTED]
    assert [change.kind for change in told("contact.merged", {**ITEM, "merged_from": {"id": ITEM["id"]}})] == [ChangeKind.UPSERTED]
    assert [change.kind for change in told("contact.lead.updated", {**ITEM, "merged_from": {"id": "x"}})] == [ChangeKind.UPSERTED]


def test_what_was_written_is_kept_only_where_it_is_wanted() -> None:
    (without,), (with_it,) = (
        told("conversation.user.created", CONVERSATION),
        told("conversation.user.created", CONVERSATION, keep_messages=True),
    )
    assert without.fields["source"] == {"type": "conversation", "url": "https://www.example.com/"}
    assert with_it.fields["source"] == {**without.fields["source"], "body": "Hello"}
    assert without.fields["contact_id"] == "5f2a1b3c"


@pytest.mark.parametrize("topic", ["ping", "company.created", "event.created", "contactless.created", ""])
def test_other_topics_are_passed_over(topic: str) -> None:
    assert told(topic, {"type": "ping"}) == []


def test_other_workspaces_are_passed_over() -> None:
    assert told("contact.lead.created", ITEM, workspaces=["other"]) == []
    assert len(told("contact.lead.created", ITEM, workspaces=["other", "a1"])) == 1


@pytest.mark.parametrize("native_id", [None, True, 0, 1.5, "", "a b", "ü", [], {}, "9" * 101, 10**31])
@pytest.mark.parametrize("topic", ["contact.lead.created", "contact.deleted", "conversation.deleted"])
def test_what_names_no_record_is_invalid(native_id: object, topic: str) -> None:
    with pytest.raises(Invalid):
        told(topic, {**ITEM, "id": native_id})


@pytest.mark.parametrize("body", [b"", b"[]", b"\xff", b"{}", b'{"topic": 1}', b'{"topic": "contact.x"}', b"[" * 100_000, b"9" * 5000])
def test_what_is_no_notification_is_invalid(body: bytes) -> None:
    with pytest.raises(Invalid):
        intercom().parse(push(body))


@pytest.mark.parametrize("native_id", [None, 1, "", "ü", "x" * 201, "a\nb"])
def test_a_notification_without_an_id_of_its_own_is_invalid(native_id: object) -> None:
    with pytest.raises(Invalid):
        intercom().parse(notice("contact.lead.created", ITEM, id=native_id))


NONSENSE = st.one_of(
    *(st.none(), st.booleans(), st.integers(), st.floats(), st.text()),
    st.sampled_from(
        ["\ud800", [], {}, [[]], 10**400, {"type": "list"}, {"type": "list", "data": [1]}, {"contacts": [1]}, "9999-12-31T23:59:59-23:00"]
    ),
)
TOPICS = ["contact.lead.created", "contact.deleted", "contact.merged", "contact.lead.tag.created", "conversation.user.created"]


@settings(max_examples=200, deadline=None)
@given(st.sampled_from(TOPICS), st.sampled_from([*ITEM, *CONVERSATION, "merged_from", "contact"]), NONSENSE)
def test_nonsense_that_is_signed_can_be_stored_or_is_set_aside(topic: str, name: str, nonsense: Any) -> None:
    items = [{**good, name: odd} for good in (ITEM, CONVERSATION) for odd in (nonsense, dict.fromkeys(("id", "data", "author"), nonsense))]
    notices = [notice(topic, item) for item in (*items, nonsense)] + [notice(topic, ITEM, created_at=nonsense, data=nonsense)]
    for each in notices:
        signature = "sha1=" + hmac.digest(SECRET.encode(), each.body, "sha1").hex()
        assert received(intercom(), push(each.body, signature)).outcome is not Outcome.REFUSED


@pytest.mark.parametrize(("outcome", "status"), list(zip(Outcome, (200, 401, 200, 503), strict=True)))
def test_only_a_full_inbox_asks_for_another_try(outcome: Outcome, status: int) -> None:
    assert intercom().answer(push(b"{}"), outcome).status == status


def test_check_names_the_workspaces_and_that_a_notification_comes_twice_at_most() -> None:
    assert "a1" in intercom(workspaces=["a1"]).check().account
    assert "once" in intercom().check().notes[0]
