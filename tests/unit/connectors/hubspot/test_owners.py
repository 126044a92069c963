"""Owners against the stand-in over loopback HTTP."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.contract import ChangeKind, ContractBroken, Cursor, Match, ObjectName, Page
from tests.support.hubspot_bench import Account, hubspot_account, hubspot_manifest

OWNERS = ObjectName("owners")
LIVE = {"71001": "olivia.owner@example.com", "71002": "sam.seller@example.com"}


@pytest.fixture(params=["v3", "2026-09"])
def account(request: pytest.FixtureRequest) -> Iterator[Account]:
    with hubspot_account(api_version=request.param) as found:
        yield found


def read(account: Account, since: Cursor | None = None) -> list[Page]:
    return list(account.connector().read(OWNERS, since))


def told(pages: list[Page]) -> dict[str, ChangeKind]:
    return {change.id: change.kind for page in pages for change in page.changes}


def test_all_owners_are_read_with_id_and_address_and_those_who_left_as_deleted(account: Account) -> None:
    pages = read(account)
    assert told(pages) == {"71001": ChangeKind.UPSERTED, "71002": ChangeKind.UPSERTED, "71003": ChangeKind.DELETED}
    addresses = {change.id: change.fields["email"] for page in pages for change in page.changes}
    assert addresses == {**LIVE, "71003": "gone.girard@example.com"}
    assert len(account.lines()) == 2


def test_a_poll_tells_owners_only_when_something_moved(account: Account) -> None:
    rest = read(account)[-1].resume
    assert told(again := read(account, rest)) == {}
    account.control("owner", id="71002", archived=True)
    assert told(moved := read(account, again[-1].resume))["71002"] is ChangeKind.DELETED
    assert told(read(account, moved[-1].resume)) == {}


@pytest.mark.parametrize("damaged", ["", "junk", '{"v":1,"phase":"changes","since":5}'])
def test_a_damaged_cursor_reads_all_owners(account: Account, damaged: str) -> None:
    assert len(told(read(account, Cursor(damaged)))) == 3


def test_many_owners_come_in_pages_and_a_read_goes_on_where_it_stopped(account: Account) -> None:
    for number in range(250):
        account.control("owner", id=str(80_000 + number), email=f"owner{number}@example.com")
    pages = read(account)
    assert [len(page.changes) for page in pages] == [100, 100, 53]
    rest = read(account, pages[0].resume)
    assert told(rest) == told(pages[1:])
    assert rest[-1].resume == pages[-1].resume


def test_owners_are_found_by_address_in_any_case_and_by_id_with_one_call(account: Account) -> None:
    matches = [Match.on("email", "Sam.Seller@Example.com"), Match.on("id", "71001"), Match.on("email", "gone.girard@example.com")]
    found = account.connector().find(OWNERS, matches)
    assert [[change.id for change in found[match]] for match in matches] == [["71002"], ["71001"], []]
    assert len(account.lines()) == 1


def test_an_empty_address_finds_nobody_and_asks_nothing(account: Account) -> None:
    match = Match.on("email", "")
    assert account.connector().find(OWNERS, [match]) == {match: []}
    assert account.lines() == []


def test_a_list_of_owners_that_repeats_itself_ends_with_an_error(account: Account) -> None:
    body = '{"results":[{"id":"7"}],"paging":{"next":{"after":"7"}}}'
    account.fault(kind="status", match="/owners", times=-1, status=200, body=body)
    with pytest.raises(ContractBroken):
        read(account)


def test_owners_are_described_and_named_as_what_owner_fields_point_to(account: Account) -> None:
    specs = {spec.name: spec for spec in account.connector().describe()}
    assert not any(field.creatable or field.updatable for field in specs[OWNERS].fields)
    owner = specs[ObjectName("contacts")].field("hubspot_owner_id")
    assert owner is not None and owner.refers_to == ("owners",)
    manifest = hubspot_manifest()
    assert manifest.references == {"owners": "email"} and manifest.facts("owners").writes is None


def test_a_check_without_the_scope_for_owners_says_so_and_goes_on(account: Account) -> None:
    scopes = [f"crm.{what}.contacts.read" for what in ("objects", "schemas")]
    account.control("token", token="pat-narrow", scopes=scopes)
    health = account.connector(access_token="pat-narrow", objects=["contacts"]).check()
    assert any("crm.objects.owners.read" in note for note in health.notes)
