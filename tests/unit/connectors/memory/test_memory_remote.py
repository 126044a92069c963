"""The remote in memory behaves like a CRM: versions, unique values, deletions, merges, a search that lags, and faults on demand."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from pydantic import SecretStr

from connectors.memory.connector import MemoryConnector, MemorySettings
from connectors.memory.faults import Dial, MemoryFault
from connectors.memory.remote import MemoryRemote, forget, register, remote
from core.contract import (
    Applied,
    AuthFailed,
    ChangeKind,
    Duplicate,
    Effect,
    Invalid,
    Match,
    Missing,
    NativeId,
    ObjectName,
    Pending,
    RateLimited,
    Receipt,
    Ref,
    Refused,
    Stale,
    Unavailable,
    Version,
    Write,
    WriteKind,
    WriteValue,
)
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

LEAD = ObjectName("lead")


class Desk:
    """A fresh remote with a connector on it."""

    def __init__(self, **facts: object) -> None:
        self.clock = HandClock()
        self.remote = register(MemoryRemote("unit", **facts))  # type: ignore[arg-type]  # passed through
        self.connector = MemoryConnector(MemorySettings(remote="unit"), quiet_context(self.clock))

    def write(self, target: NativeId | Match | None = None, kind: WriteKind = WriteKind.UPSERT, /, **fields: WriteValue) -> Receipt:
        (receipt,) = self.connector.write([Write("k", LEAD, fields, kind, target)])
        return receipt

    def create(self, **fields: WriteValue) -> NativeId:
        receipt = self.write(None, **fields)
        assert isinstance(receipt, Applied) and receipt.effect is Effect.CREATED
        return receipt.id

    def kinds(self) -> dict[str, ChangeKind]:
        return {change.id: change.kind for page in self.connector.read(LEAD, None) for change in page.changes}


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_a_write_that_changes_nothing_says_so(desk: Desk) -> None:
    native_id = desk.create(email="ada@example.com")
    receipt = desk.write(native_id, email="ada@example.com")
    assert isinstance(receipt, Applied) and receipt.effect is Effect.UNCHANGED


def test_a_unique_value_that_is_taken_names_its_owner(desk: Desk) -> None:
    first = desk.create(external_id="L1")
    receipt = desk.write(None, external_id="L1")
    assert isinstance(receipt, Refused) and isinstance(receipt.error, Duplicate)
    assert receipt.error.existing == first


def test_a_unique_value_is_free_again_once_its_owner_is_deleted_or_changed(desk: Desk) -> None:
    first, second = desk.create(external_id="L1"), desk.create(external_id="L2")
    desk.write(first, WriteKind.DELETE)
    desk.write(second, external_id="L3")
    desk.create(external_id="L1")
    desk.create(external_id="L2")
    refused = desk.write(first, WriteKind.RESTORE)
    assert isinstance(refused, Refused) and isinstance(refused.error, Duplicate)


def test_a_deleted_record_can_be_restored(desk: Desk) -> None:
    native_id = desk.create(email="ada@example.com")
    desk.write(native_id, WriteKind.DELETE)
    assert desk.kinds() == {native_id: ChangeKind.DELETED}
    assert isinstance(desk.write(native_id, WriteKind.RESTORE), Applied)
    assert desk.kinds() == {native_id: ChangeKind.UPSERTED}


def test_an_unknown_field_is_left_out_and_the_rest_is_written(desk: Desk) -> None:
    receipt = desk.write(None, email="ada@example.com", shoe_size=38)
    assert isinstance(receipt, Applied)
    assert dict(receipt.refused_fields) == {"shoe_size": "unknown field"}
    assert desk.remote.records("lead")[receipt.id] == {"email": "ada@example.com"}


def test_a_version_that_has_moved_on_is_stale(desk: Desk) -> None:
    native_id = desk.create(email="ada@example.com")
    (receipt,) = desk.connector.write([Write("k", LEAD, {"title": "Dr"}, target=native_id, expect=Version("000000000000"))])
    assert isinstance(receipt, Refused) and isinstance(receipt.error, Stale)


def test_a_merge_retires_the_losers_and_fills_blanks(desk: Desk) -> None:
    survivor, loser = desk.create(email="ada@example.com"), desk.create(email="ada@example.org", phone="+49 30 23125001")
    receipt = desk.connector.merge(LEAD, survivor, [loser])
    assert isinstance(receipt, Applied) and receipt.id == survivor
    assert desk.remote.records("lead") == {survivor: {"email": "ada@example.com", "phone": "+49 30 23125001"}}
    told = {change.id: change for page in desk.connector.read(LEAD, None) for change in page.changes}
    assert told[loser].kind is ChangeKind.MERGED and told[loser].successor == Ref(LEAD, survivor)
    late = desk.write(loser, title="Dr")
    assert isinstance(late, Refused) and isinstance(late.error, Missing) and late.error.successor == survivor


def test_a_merge_with_a_record_that_is_gone_is_refused_and_changes_nothing(desk: Desk) -> None:
    survivor, loser = desk.create(email="ada@example.com"), desk.create(email="ada@example.org")
    refused = desk.connector.merge(LEAD, survivor, [loser, NativeId("lead-99")])
    assert isinstance(refused, Refused) and isinstance(refused.error, Missing)
    assert set(desk.remote.records("lead")) == {survivor, loser}


def test_search_lags_behind_and_the_id_does_not(desk: Desk) -> None:
    native_id = desk.create(email="old@example.com")
    by_email = Match.on("email", "old@example.com")
    assert found(desk, by_email) == []
    assert found(desk, Match.on("id", native_id)) == [native_id]
    desk.clock.advance(5)
    assert found(desk, by_email) == [native_id]
    desk.write(native_id, email="new@example.com")
    assert found(desk, by_email) == [native_id], "The index still shows the value before the change."
    desk.clock.advance(5)
    assert (found(desk, by_email), found(desk, Match.on("email", "new@example.com"))) == ([], [native_id])


def test_a_match_of_several_fields_needs_all_of_them(desk: Desk) -> None:
    native_id = desk.create(first_name="Ada", company="Example Ltd")
    desk.create(first_name="Ada", company="Other Ltd")
    desk.clock.advance(5)
    assert found(desk, Match(frozenset({("first_name", "Ada"), ("company", "Example Ltd")}))) == [native_id]


def test_many_writes_go_through_a_job(desk: Desk) -> None:
    receipts = desk.connector.write([Write(f"k{n}", LEAD, {"external_id": f"L{n % 499}"}) for n in range(500)])
    tickets = [receipt.ticket for receipt in receipts if isinstance(receipt, Pending)]
    assert len(tickets) == 500 and desk.remote.records("lead") == {}
    assert all(isinstance(receipt, Pending) for receipt in desk.connector.collect(tickets))
    desk.clock.advance(30)
    done = desk.connector.collect(tickets)
    assert sum(isinstance(receipt, Applied) for receipt in done) == 499
    assert isinstance(done[499], Refused)


def test_the_accounts_own_automation_may_rewrite_what_is_stored() -> None:
    desk = Desk(normalise=lambda name, fields: {**fields, "phone": str(fields.get("phone", "")).replace(" ", "")})
    receipt = desk.write(None, phone="+49 30 23125001")
    assert isinstance(receipt, Applied) and receipt.fields == {"phone": "+493023125001"}


def test_a_fault_strikes_as_often_as_it_was_dialled(desk: Desk) -> None:
    desk.remote.faults.set(Dial(MemoryFault.RATE_LIMITED, times=1, skip=1, retry_after=7))
    desk.connector.check()
    with pytest.raises(RateLimited) as caught:
        desk.connector.check()
    assert caught.value.retry_after == 7
    desk.connector.check()


def test_an_answer_can_be_lost_after_the_write_was_applied(desk: Desk) -> None:
    desk.remote.faults.set(Dial(MemoryFault.RESET_AFTER, writing_only=True))
    desk.connector.check()
    with pytest.raises(Unavailable) as caught:
        desk.create(email="ada@example.com")
    assert caught.value.outcome_unknown and len(desk.remote.records("lead")) == 1


@pytest.mark.parametrize(
    "write",
    [
        Write("k", LEAD, {"status": "nonsense"}),
        Write("k", LEAD, {"title": "x"}, target=Match.on("email", "ada@example.com")),
        Write("k", LEAD, {}, kind=WriteKind.DELETE, target=Match.on("external_id", "L1")),
    ],
)
def test_what_the_remote_does_not_accept_is_invalid(desk: Desk, write: Write) -> None:
    (receipt,) = desk.connector.write([write])
    assert isinstance(receipt, Refused) and isinstance(receipt.error, Invalid)


def test_a_key_opens_only_its_remote() -> None:
    desk = Desk(key="right")
    with pytest.raises(AuthFailed):
        desk.connector.check()
    settings = MemorySettings(remote="unit", key=SecretStr("right"))
    assert MemoryConnector(settings, quiet_context(desk.clock)).check().account == "memory:unit"


def test_remotes_are_shared_by_name_until_forgotten() -> None:
    forget("shared")
    assert remote("shared") is remote("shared")
    before = remote("shared")
    forget("shared")
    assert remote("shared") is not before


def test_a_converted_lead_names_contact_account_and_opportunity_and_takes_no_more_writes(desk: Desk) -> None:
    native_id = desk.create(external_id="L1", email="ada@example.com", last_name="Byron", company="Engines")
    desk.remote.convert(native_id, now=desk.clock.now(), into={"opportunity": None, "account": None, "contact": None})
    change = next(change for page in desk.connector.read(LEAD, None) for change in page.changes)
    assert change.kind is ChangeKind.CONVERTED and change.fields["email"] == "ada@example.com"
    assert change.successor == Ref(ObjectName("contact"), NativeId("contact-1"))
    assert change.also == (Ref(ObjectName("account"), NativeId("account-1")), Ref(ObjectName("opportunity"), NativeId("opportunity-1")))
    assert desk.remote.records("contact")["contact-1"]["account"] == "account-1"
    refused = desk.write(Match.on("external_id", "L1"), title="Head")
    assert isinstance(refused, Refused) and isinstance(refused.error, Missing)
    assert (refused.error.successor_object, refused.error.successor) == ("contact", "contact-1")


def test_a_conversion_can_join_a_contact_that_keeps_its_values(desk: Desk) -> None:
    lead = desk.create(first_name="Ada", last_name="Byron")
    there = desk.remote.create("contact", {"first_name": "Augusta"}, now=desk.clock.now())
    desk.remote.convert(lead, now=desk.clock.now(), into={"contact": there.id})
    assert desk.remote.records("contact") == {there.id: {"first_name": "Augusta", "last_name": "Byron"}}


def test_a_merge_takes_along_what_points_to_the_loser_and_a_chain_ends_at_the_last_survivor(desk: Desk) -> None:
    now = desk.clock.now()
    first, second, third = (desk.remote.create("account", {"name": name}, now=now).id for name in "ABC")
    contact = desk.remote.create("contact", {"account": first}, now=now).id
    desk.remote.merge("account", second, [first], now=now)
    desk.remote.merge("account", third, [second], now=now)
    told = {change.id: change.successor for page in desk.connector.read(ObjectName("account"), None) for change in page.changes}
    assert told[NativeId(first)] == told[NativeId(second)] == Ref(ObjectName("account"), NativeId(third))
    assert desk.remote.records("contact")[contact]["account"] == third


def test_a_reference_points_to_a_record_of_the_right_object_that_exists(desk: Desk) -> None:
    user = desk.remote.create("user", {"email": "sales@example.com"}, now=desk.clock.now()).id
    native_id = desk.create(owner=Ref(ObjectName("user"), NativeId(user)))
    assert desk.remote.records("lead")[native_id]["owner"] == user
    for wrong in (Ref(ObjectName("user"), NativeId("user-9")), Ref(ObjectName("lead"), native_id), "user-9"):
        receipt = desk.write(native_id, owner=wrong)
        assert isinstance(receipt, Refused) and isinstance(receipt.error, Invalid) and receipt.error.field == "owner"


def test_a_restored_record_is_told_as_live_again(desk: Desk) -> None:
    native_id = desk.create(email="ada@example.com")
    desk.write(native_id, WriteKind.DELETE)
    assert desk.kinds() == {native_id: ChangeKind.DELETED}
    desk.write(native_id, WriteKind.RESTORE)
    assert desk.kinds() == {native_id: ChangeKind.UPSERTED}


def found(desk: Desk, match: Match) -> Sequence[str]:
    """The ids that a search gives."""
    return [change.id for change in desk.connector.find(LEAD, [match])[match]]
