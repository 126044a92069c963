"""The unmodified hubspot-api-client against the HubSpot stand-in, its connection pool replaced by a direct call."""

from __future__ import annotations

import io
import json
from typing import Any
from urllib.parse import urlencode

import pytest
import urllib3
from hubspot import HubSpot
from hubspot.crm.associations.v4 import (
    AssociationSpec,
    BatchInputPublicAssociationMultiPost,
    PublicAssociationMultiPost,
)
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInputUpsert,
    BatchReadInputSimplePublicObjectId,
    PublicMergeInput,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException, NotFoundException, UnauthorizedException

from sandbox.wire import Request
from tests.support.hubspot import Account


class DirectPool:
    """Stands where the SDK keeps its urllib3 pool, and asks the stand-in without a socket."""

    def __init__(self, account: Account) -> None:
        self._account = account

    def request(self, method: str, url: str, *, fields: Any = None, body: str | None = None, headers: Any = None, **_: Any) -> Any:
        """Answer as `urllib3.PoolManager.request` would."""
        path, _separator, query = url.removeprefix("http://stand-in.invalid").partition("?")
        encoded = urlencode(fields or [])
        query = query or (encoded if method == "GET" else "")
        data = encoded.encode() if fields and method == "POST" else (body or "").encode()
        sent = {name.lower(): value for name, value in (headers or {}).items()}
        answer = self._account.stand_in.handle(Request(method, path, query, sent, data), self._account.now)
        return urllib3.HTTPResponse(io.BytesIO(answer.body), dict(answer.headers), answer.status, preload_content=True)


def test_basic_create_reads_back_and_a_second_one_is_a_conflict() -> None:
    account = Account()
    api = _over(account, _client().crm.contacts.basic_api)
    new = SimplePublicObjectInputForCreate(properties={"email": "ada@example.com", "firstname": "Ada"}, associations=[])
    made = api.create(new)
    with pytest.raises(ApiException) as refusal:
        api.create(new)
    read = api.get_by_id("ada@example.com", id_property="email", properties=["email", "city"], properties_with_history=["email"])

    assert (refusal.value.status, json.loads(refusal.value.body)["message"]) == (409, f"Contact already exists. Existing ID: {made.id}")
    assert (read.id, read.properties["email"], read.properties["city"]) == (made.id, "ada@example.com", None)
    assert read.properties_with_history["email"][0].source_type == "INTEGRATION"
    assert made.created_at == account.now


def test_an_update_changes_and_an_archived_record_is_not_found() -> None:
    account = Account()
    record_id = account.contact(email="ada@example.com")
    api = _over(account, _client().crm.contacts.basic_api)
    changed = api.update(record_id, SimplePublicObjectInput(properties={"city": "Berlin"}))
    api.archive(record_id)
    page = api.get_page(limit=10, archived=True)

    assert changed.properties["city"] == "Berlin"
    assert [(one.id, one.archived) for one in page.results] == [(record_id, True)]
    with pytest.raises(NotFoundException):
        api.get_by_id(record_id)


def test_a_batch_upsert_tells_new_ones_and_partial_failure_apart() -> None:
    account = Account()
    account.control("seed", leadloom_property=True)
    account.contact(email="taken@example.com")
    api = _over(account, _client().crm.contacts.batch_api)
    whole, status, headers = api.upsert_with_http_info(_upsert(("L-1", "ada@example.com"), ("L-2", "ben@example.com")))
    part, part_status, _ = api.upsert_with_http_info(_upsert(("L-1", "ada@example.com"), ("L-3", "taken@example.com")))

    assert (status, [one.new for one in whole.results]) == (200, [True, True])
    assert headers["X-HubSpot-RateLimit-Daily"] == "650000"
    assert (part_status, type(part).__name__, part.num_errors) == (207, "BatchResponseSimplePublicUpsertObjectWithErrors", 1)
    assert [one.new for one in part.results] == [False]
    assert part.errors[0].context == {"objectWriteTraceId": ["t1"]}


def test_a_batch_read_groups_unknown_ids() -> None:
    account = Account()
    known = account.contact(email="ada@example.com")
    api = _over(account, _client().crm.contacts.batch_api)
    wanted = BatchReadInputSimplePublicObjectId(
        properties=["email"], properties_with_history=[], inputs=[{"id": known}, {"id": "9001"}, {"id": "9002"}]
    )
    found, status, _ = api.read_with_http_info(wanted)

    assert (status, [one.id for one in found.results]) == (207, [known])
    assert found.errors[0].context == {"ids": ["9001", "9002"]}


def test_a_search_finds_and_pages() -> None:
    account = Account()
    for number in range(3):
        account.contact(email=f"{number}@example.com")
    api = _over(account, _client().crm.contacts.search_api)
    groups = [{"filters": [{"propertyName": "lastmodifieddate", "operator": "GTE", "value": "0"}]}]
    found = api.do_search(PublicObjectSearchRequest(filter_groups=groups, sorts=["hs_object_id"], properties=["email"], limit=2, after="0"))

    assert (found.total, [one.properties["email"] for one in found.results]) == (3, ["0@example.com", "1@example.com"])
    assert found.paging.next.after == "2"


def test_properties_are_described_and_made() -> None:
    account = Account()
    api = _over(account, _client().crm.properties.core_api)
    kind = {"type": "string", "fieldType": "text", "groupName": "contactinformation"}
    made = api.create("contacts", {"name": "own_key", "label": "Own key", "hasUniqueValue": True, **kind})
    every = api.get_all("contacts").results

    assert made.has_unique_value is True
    assert made.modification_metadata.read_only_value is False
    assert {"email", "own_key"} <= {one.name for one in every}


def test_a_merge_answers_with_the_survivor() -> None:
    account = Account()
    first, second = account.contact(email="a@example.com"), account.contact(email="b@example.com")
    api = _over(account, _client().crm.contacts.basic_api)
    survivor = api.merge(PublicMergeInput(primary_object_id=first, object_id_to_merge=second))

    assert survivor.id not in (first, second)
    assert survivor.properties["hs_merged_object_ids"] == f"{second};{first}"


def test_a_privacy_deletion_goes_by_address() -> None:
    account = Account()
    account.contact(email="ada@example.com")
    api = _over(account, _client().crm.contacts.basic_api)
    api.purge({"objectId": "ada@example.com", "idProperty": "email"})

    assert account.control("count") == {"live": 0, "archived": 0}


def test_associations_are_made_and_read() -> None:
    account = Account()
    contact = account.contact(email="ada@example.com")
    company = account.call("POST", "/crm/v3/objects/companies", {"properties": {"name": "Example Works"}}).data["id"]
    associations = _client().crm.associations.v4
    basic, batch = _over(account, associations.basic_api), _over(account, associations.batch_api)
    types = [AssociationSpec(association_category="HUBSPOT_DEFINED", association_type_id=279)]
    made = batch.create(
        "contacts",
        "companies",
        BatchInputPublicAssociationMultiPost(inputs=[PublicAssociationMultiPost(_from={"id": contact}, to={"id": company}, types=types)]),
    )
    read = basic.get_page("contacts", contact, "companies")
    basic.archive("contacts", contact, "companies", company)

    assert (made.results[0].to_object_id, read.results[0].to_object_id) == (company, company)
    assert read.results[0].association_types[0].type_id == 279
    assert basic.get_page("contacts", contact, "companies").results == []


def test_owners_are_listed() -> None:
    account = Account()
    api = _over(account, _client().crm.owners.owners_api)

    assert [(one.id, one.user_id) for one in api.get_page(email="olivia.owner@example.com").results] == [("71001", 9101)]


def test_a_refresh_token_gives_an_access_token_that_works_until_it_ends() -> None:
    account = Account()
    tokens = _over(account, _client().oauth.tokens_api)
    issued = tokens.create(
        grant_type="refresh_token", client_id="sandbox-client", client_secret="sandbox-client-secret", refresh_token="sandbox-refresh"
    )
    api = _over(account, _client(issued.access_token).crm.contacts.basic_api)
    before = api.get_page().results
    account.wait(seconds=issued.expires_in)

    assert (issued.token_type, issued.expires_in, before) == ("bearer", 1800, [])
    with pytest.raises(UnauthorizedException):
        api.get_page()


def _client(token: str = "pat-sandbox-token") -> Any:
    return HubSpot(access_token=token, host="http://stand-in.invalid", retry=False)


def _over(account: Account, api: Any) -> Any:
    api.api_client.rest_client.pool_manager = DirectPool(account)
    return api


def _upsert(*people: tuple[str, str]) -> Any:
    rows = [
        {"id": own, "idProperty": "leadloom_id", "objectWriteTraceId": f"t{place}", "properties": {"email": email}}
        for place, (own, email) in enumerate(people)
    ]
    return BatchInputSimplePublicObjectBatchInputUpsert(inputs=rows)
