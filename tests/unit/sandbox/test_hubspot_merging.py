"""Merges in the HubSpot stand-in: the survivor, the ids that vanish, what is kept."""

from __future__ import annotations

from tests.support.hubspot import CONTACTS, Account


def test_19_a_merge_makes_a_new_id_and_names_the_old_ones() -> None:
    account = Account()
    first = account.contact(email="ada@example.com", city="Berlin")
    second = account.contact(email="ada@example.org", city="Paris", zip="10115")
    reply = account.call("POST", f"{CONTACTS}/merge", {"primaryObjectId": first, "objectIdToMerge": second})
    survivor = reply.data["id"]

    assert reply.status == 200
    assert survivor not in (first, second)
    assert account.values(survivor, "email", "hs_additional_emails", "city", "zip", "hs_merged_object_ids") == {
        "email": "ada@example.com",
        "hs_additional_emails": "ada@example.org",
        "city": "Berlin",
        "zip": "10115",
        "hs_merged_object_ids": f"{second};{first}",
    }


def test_19_the_primary_id_can_be_kept() -> None:
    account = Account(merge_keeps_primary_id=True)
    first, second = account.contact(email="a@example.com"), account.contact(email="b@example.com")
    survivor = account.control("merge", primary=first, loser=second)["id"]

    assert survivor == first
    assert account.values(first, "hs_merged_object_ids") == {"hs_merged_object_ids": second}


def test_19_old_ids_are_unknown_to_reads_and_silently_missing_from_a_batch_update() -> None:
    account = Account()
    first, second = account.contact(email="a@example.com"), account.contact(email="b@example.com")
    account.control("merge", primary=first, loser=second)
    update = account.batch("update", [{"id": second, "properties": {"city": "Berlin"}}])
    read = account.batch("read", [{"id": second}])

    assert account.call("GET", f"{CONTACTS}/{second}").status == 404
    assert account.call("GET", f"{CONTACTS}/{second}?archived=true").status == 404
    assert (read.status, read.data["errors"][0]["context"]) == (207, {"ids": [second]})
    assert (update.status, update.data["results"], "errors" in update.data) == (200, [], False)


def test_19_both_addresses_stay_taken_and_associations_move() -> None:
    account = Account()
    company = account.call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Example Works"}}).data["id"]
    first, second = account.contact(email="a@example.com"), account.contact(email="b@example.com")
    account.call("PUT", f"/crm/v4/objects/contacts/{second}/associations/default/companies/{company}")
    survivor = account.control("merge", primary=first, loser=second)["id"]
    clash = account.call("POST", CONTACTS, {"properties": {"email": "b@example.com"}})
    linked = account.call("GET", f"/crm/v4/objects/companies/{company}/associations/contacts").data["results"]

    assert clash.data["message"].endswith(f"Existing ID: {survivor}")
    assert [one["toObjectId"] for one in linked] == [survivor]


def test_19_a_profile_takes_no_more_than_250_merges() -> None:
    account = Account(merge_keeps_primary_id=True)
    primary = account.contact(email="a@example.com")
    for number in range(250):
        account.control("merge", primary=primary, loser=account.contact(email=f"b{number}@example.com"))
    one_more = {"primaryObjectId": primary, "objectIdToMerge": account.contact(email="last@example.com")}

    assert account.call("POST", f"{CONTACTS}/merge", one_more).status == 414
