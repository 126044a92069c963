"""The block `group:`: what it comes to, what it refuses and where, and which of its records are wanted for a lead."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from core.contract import Manifest
from core.flow.mapping.check import Vendor
from core.flow.mapping.check_group import check_group
from core.flow.mapping.document import DocumentReader
from core.flow.mapping.explain import account_sync
from core.flow.mapping.finding import Level
from core.flow.mapping.model import SyncMapping
from core.flow.mapping.remote import RemoteField, RemoteKind, RemoteObject
from core.flow.pipeline import compiled_sync
from core.flow.world import pointers
from core.runtime.mappings import MappingFile, read_mapping
from tests.support.memory_bench import memory_manifest

MEMBERS: dict[str, Any] = {
    "task": {"object": "Task", "fields": {"Subject": {"const": "Call"}, "WhoId": {"id_of": "this"}, "WhatId": {"id_of": "company"}}},
    "company": {
        "object": "Account",
        "mode": "lookup",
        "match": "Name",
        "if_none": "create",
        "when": "company",
        "fields": {"Name": "company", "Phone": {"from": "phone", "when": 'country == "DE"'}},
    },
}
VENDOR = Vendor("Acme CRM")
OUR_ID = RemoteField("our_id", "Our id", RemoteKind.TEXT, unique=True, external_id=True, max_length=64)
PAGE = """
kind: sync
name: m
to: {connection: crm, object: contact}
external_id: external_id
fields: {last_name: last_name, account: {id_of: company}}
group:
  company: {object: account, mode: lookup, match: name, if_none: create, fields: {name: company}}
"""


def document(**changes: Any) -> dict[str, Any]:
    given: dict[str, Any] = {
        "kind": "sync",
        "name": "m",
        "to": {"connection": "crm", "object": "Contact"},
        "external_id": "our_id",
        "fields": {"LastName": "last_name", "AccountId": {"id_of": "company"}},
        "group": MEMBERS,
    }
    return {name: value for name, value in (given | changes).items() if value is not None}


def mapping(**changes: Any) -> SyncMapping:
    reader = DocumentReader(document(**changes), "v1")
    found = reader.read()
    assert isinstance(found, SyncMapping), reader.problems
    return found


def company(**changes: Any) -> dict[str, Any]:
    """The group with a company that is written otherwise; None leaves a word out."""
    return {**MEMBERS, "company": {name: value for name, value in (MEMBERS["company"] | changes).items() if value is not None}}


def wanted(found: SyncMapping, golden: Mapping[str, Any]) -> dict[str, Any]:
    fields = compiled_sync(found).fields(golden, [])
    return fields | pointers(found, fields)


def test_what_is_pointed_to_is_written_first_whichever_way_the_file_has_it() -> None:
    assert mapping().group.order == ("company", "this", "task")


def test_a_member_takes_the_external_id_of_the_mapping_unless_it_has_its_own() -> None:
    task, own = mapping(group=company(external_id="Other__c")).group.members
    assert (task.external_id, own.external_id) == ("our_id", "Other__c")


def test_a_member_without_its_condition_is_left_out_and_nothing_points_to_it() -> None:
    assert wanted(mapping(), {"last_name": "Byron", "phone": "+1", "country": "DE"}) == {
        "LastName": "Byron",
        "task.Subject": "Call",
        "task.WhoId": "id of this",
    }


def test_a_member_with_its_condition_is_wanted_line_by_line() -> None:
    golden = {"last_name": "Byron", "company": "Engines", "phone": "+1"}
    assert wanted(mapping(), golden | {"country": "US"}) == {
        "LastName": "Byron",
        "AccountId": "id of company",
        "company.Name": "Engines",
        "task.Subject": "Call",
        "task.WhoId": "id of this",
        "task.WhatId": "id of company",
    }
    assert wanted(mapping(), golden | {"country": "DE"})["company.Phone"] == "+1"


def test_a_preview_shows_what_points_where_and_that_nothing_points_to_a_member_that_is_left_out() -> None:
    with_company = {account.target: (account.value, account.path) for account in account_sync(mapping(), {"company": "Engines"})}
    without = {account.target: account.value for account in account_sync(mapping(), {"last_name": "Byron"})}
    assert with_company["AccountId"] == ("id of company", "id_of: company") and with_company["task.WhoId"][0] == "id of this"
    assert (without["AccountId"], without["task.WhoId"]) == (None, "id of this")


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"group": []}, ("group",), "must name its members"),
        ({"external_id": None, "match": "LastName"}, ("group",), "a lost answer could double"),
        ({"group": {**MEMBERS, "This": MEMBERS["task"]}}, ("group", "This"), "16 small letters"),
        ({"group": {**MEMBERS, "this": MEMBERS["task"]}}, ("group", "this"), "the mapping's own record"),
        ({"group": company(mode="find")}, ("group", "company", "mode"), "must be one of `create`"),
        ({"group": company(match=None)}, ("group", "company"), "needs `match:`"),
        ({"group": company(match="Nmae")}, ("group", "company", "match"), "not among the values of 'company'"),
        ({"group": company(mode="create")}, ("group", "company", "match"), "`mode: update` or `mode: lookup`"),
        ({"group": company(mode="create", match=None)}, ("group", "company", "if_none"), "`mode: update`"),
        ({"group": company(if_none=None)}, ("group", "company", "fields", "Phone"), "would never be sent"),
        (
            {"group": company(if_none="fail", external_id="x", fields={"Name": "company"})},
            ("group", "company", "external_id"),
            "never created",
        ),
        ({"group": company(fields={})}, ("group", "company", "fields"), "at least one line"),
        ({"group": company(fields={"Name": "company", "Up": {"from": "phone", "enforce": True}})}, None, "takes no `enforce`"),
        ({"group": company(fields={"Name": "compny"})}, ("group", "company", "fields", "Name"), "Did you mean 'company'?"),
        ({"group": company(when="compny")}, ("group", "company", "when"), "compny"),
        ({"group": company(fields={"Name": "company", "Up": {"id_of": "task"}})}, ("group",), "in a circle"),
        ({"group": company(fields={"Name": "company", "Up": {"id_of": "company"}})}, None, "cannot point to itself"),
        ({"group": {"task": {"object": "Task", "fields": {"WhoId": {"id_of": "this"}}}}}, ("group", "task", "fields"), "value of its own"),
        ({"group": None}, ("fields", "AccountId", "id_of"), "there is no `group:`"),
        ({"fields": {"LastName": "last_name", "AccountId": {"id_of": "acount"}}}, ("fields", "AccountId", "id_of"), "no member 'acount'"),
        (
            {"fields": {"LastName": "last_name", "X": {"id_of": "company", "default": "x"}}},
            ("fields", "X", "default"),
            "takes no `default`",
        ),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_is_not_sound_is_told_in_its_place(changes: dict[str, Any], place: tuple[str, ...] | None, message: str) -> None:
    reader = DocumentReader(document(**changes), "v1")
    assert reader.read() is None
    told = [problem for problem in reader.problems if message in problem.message]
    assert told, reader.problems
    assert place is None or place in [problem.place for problem in told]


def checked(text: str, manifest: Manifest) -> list[str]:
    found = read_mapping(Path("m.yaml"), text.encode(), {"crm": manifest})
    return [] if isinstance(found, MappingFile) else [str(problem) for problem in found]


def test_a_connection_that_writes_groups_takes_one() -> None:
    assert checked(PAGE, memory_manifest()) == []


def test_a_connection_that_cannot_is_named_with_what_to_do_instead() -> None:
    manifest = memory_manifest().model_copy(update={"roles": ["reads", "writes", "finds"], "atomic_groups": 0})
    (told,) = checked(PAGE, manifest)
    assert "m.yaml:7" in told and "The connection 'crm' (Memory) cannot write several records all or none" in told
    assert "a mapping of its own" in told and "Salesforce" in told


def test_a_group_larger_than_the_vendor_takes_is_refused() -> None:
    (told,) = checked(PAGE, memory_manifest().model_copy(update={"atomic_groups": 1}))
    assert "at most 1 records together, and here are 2" in told


def test_members_that_cannot_be_written_made_or_found_are_refused() -> None:
    manifest = memory_manifest()
    facts = manifest.objects["*"]
    assert facts.writes is not None

    def with_account(**changes: Any) -> list[str]:
        objects = {**manifest.objects, "account": facts.model_copy(update=changes)}
        return checked(PAGE, manifest.model_copy(update={"objects": objects}))

    assert "cannot write 'account'" in with_account(writes=None)[0]
    assert "by an external id" in with_account(writes=facts.writes.model_copy(update={"upsert_by_match": False}))[0]
    assert "cannot search 'account'" in with_account(finds=None)[0]


def remote(name: str, *fields: RemoteField) -> RemoteObject:
    return RemoteObject(name, name, fields)


def text(name: str, **facts: Any) -> RemoteField:
    return RemoteField(name, name, facts.pop("kind", RemoteKind.TEXT), **facts)


def test_members_that_fit_their_objects_are_not_mentioned() -> None:
    account = remote("Account", OUR_ID, text("Name", required=True), text("Phone", kind=RemoteKind.PHONE))
    task = remote("Task", OUR_ID, text("Subject"), text("WhoId", kind=RemoteKind.REFERENCE), text("WhatId", kind=RemoteKind.REFERENCE))
    found = check_group(mapping(), [account, task], VENDOR)
    assert [finding.code for finding in found if finding.level is Level.PROBLEM] == []


def test_members_are_compared_with_their_own_objects() -> None:
    account = remote("Account", text("Name"), text("Industry", required=True))
    task = remote("Task", text("our_id", unique=True, external_id=True, max_length=30), text("Subject"), text("WhoId"), text("WhatId"))
    found = {(finding.code, finding.place) for finding in check_group(mapping(), [account, task], VENDOR)}
    assert {
        ("missing_field", ("group", "company", "fields", "Phone")),
        ("required_not_given", ("group", "company", "fields")),
        ("external_id_missing", ("group", "company", "external_id")),
        ("external_id_unfit", ("group", "task", "external_id")),
    } <= found


def test_of_a_member_that_is_never_made_nothing_is_missed() -> None:
    account = remote("Account", text("Name"), text("Industry", required=True))
    only = {"company": company(if_none="fail", fields={"Name": "company"})["company"]}
    assert [finding.code for finding in check_group(mapping(group=only), [account], VENDOR)] == []


def test_an_object_that_the_account_does_not_tell_of_is_named_at_the_member() -> None:
    found = check_group(mapping(), [remote("Accounts", OUR_ID)], VENDOR)
    assert {("missing_object", ("group", "company", "object"))} <= {(finding.code, finding.place) for finding in found}
