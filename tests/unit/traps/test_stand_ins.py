"""The stand-ins are no kinder than the vendors where a connector could come to rely on it, and no stricter either."""

from __future__ import annotations

import pytest

from tests.support.hubspot import CONTACTS, Account
from tests.support.salesforce_sandbox import SandboxOrg


@pytest.mark.parametrize(
    ("operator", "wanted"), [(">", [2]), (">=", [1, 2]), ("<", [0]), ("<=", [0, 1])], ids=["after", "from", "before", "up to"]
)
def test_salesforce_pages_through_a_table_by_id(operator: str, wanted: list[int]) -> None:
    org = SandboxOrg()
    ids = [org.create() for _ in range(3)]
    assert org.ids(f"SELECT Id FROM Lead WHERE Id {operator} '{ids[1]}' ORDER BY Id") == [ids[at] for at in wanted]


def test_salesforce_compares_short_ids_with_long_ones() -> None:
    org = SandboxOrg()
    ids = [org.create() for _ in range(3)]
    assert org.ids(f"SELECT Id FROM Lead WHERE Id > '{ids[0][:15]}' ORDER BY Id") == ids[1:]


@pytest.mark.parametrize("value", ["''", "'nonsense'", "null"])
def test_salesforce_takes_no_other_value_for_an_id(value: str) -> None:
    assert SandboxOrg().query(f"SELECT Id FROM Lead WHERE Id > {value}").code == "INVALID_QUERY_FILTER_OPERATOR"


def test_salesforce_knows_no_order_of_yes_and_no() -> None:
    assert SandboxOrg().query("SELECT Id FROM Lead WHERE IsConverted > true").code == "INVALID_QUERY_FILTER_OPERATOR"


def test_hubspot_refuses_an_address_that_is_too_long() -> None:
    names = ",".join(f"property_number_{number}" for number in range(1_000))
    assert Account().call("GET", f"{CONTACTS}?properties={names}").status == 414
