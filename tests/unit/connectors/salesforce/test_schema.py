"""Describes become specifications that mappings can be checked against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from connectors.salesforce.schema import read_describe
from core.contract import ConfigInvalid, ContractBroken, FieldKind, ObjectSpec
from tests.support.salesforce_bench import EXTERNAL_ID, SalesforceAccount, salesforce_account


@pytest.fixture
def account() -> Iterator[SalesforceAccount]:
    with salesforce_account() as served:
        yield served


def lead(account: SalesforceAccount) -> ObjectSpec:
    return next(spec for spec in account.connector().describe() if spec.name == "Lead")


def test_the_default_objects_are_described(account: SalesforceAccount) -> None:
    names = {spec.name for spec in account.connector().describe()}
    assert names == {"Lead", "Contact", "Account", "Campaign", "CampaignMember", "Opportunity", "Task", "User"}


def test_a_field_is_required_when_it_can_be_created_has_no_default_and_may_not_be_empty(account: SalesforceAccount) -> None:
    spec = lead(account)
    assert {field.name for field in spec.fields if field.required} == {"LastName", "Company"}


def test_kinds_lengths_choices_and_keys_are_told(account: SalesforceAccount) -> None:
    account.control("add_field", object="Lead", name="Tier__c", type="picklist", restricted=True, picklist=["A", "B"])
    spec = lead(account)
    email, tier, key, owner = (spec.field(name) for name in ("Email", "Tier__c", EXTERNAL_ID, "OwnerId"))
    assert email and tier and key and owner
    assert (email.kind, email.max_length) == (FieldKind.EMAIL, 80)
    assert (tier.kind, tier.choices, tier.choices_closed) == (FieldKind.CHOICE, ["A", "B"], True)
    assert key.external_id and key.unique
    assert (owner.kind, owner.refers_to) == (FieldKind.REFERENCE, ["User"])


def test_compound_fields_are_left_to_their_parts(account: SalesforceAccount) -> None:
    spec = lead(account)
    assert spec.field("Address") is None and spec.field("Street") is not None


def test_an_object_named_by_hand_must_be_there(account: SalesforceAccount) -> None:
    with pytest.raises(ConfigInvalid) as caught:
        account.connector(objects=["Lead", "Leed__c"]).describe()
    assert caught.value.setting == "objects"


def test_a_describe_in_another_form_is_no_describe() -> None:
    with pytest.raises(ContractBroken):
        read_describe({"records": []})
