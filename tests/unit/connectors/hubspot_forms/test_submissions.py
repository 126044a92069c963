"""A submission of a HubSpot form: its id, its time, its values, and what is done about nonsense."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.hubspot_forms.settings import HubSpotFormsSettings
from connectors.hubspot_forms.submissions import read_submission
from core.contract import Invalid

NODE: dict[str, Any] = {
    "submittedAt": 1772442000123,
    "pageUrl": "https://www.example.com/demo",
    "values": [
        {"name": "email", "value": "ada@example.com", "objectTypeId": "0-1"},
        {"name": "topics", "value": "a;b"},
        {"name": "name", "value": "Engines", "objectTypeId": "0-2"},
    ],
}
NONSENSE = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.just("\ud800"), st.just([]), st.just({}), st.just([[]])
)


def test_the_same_submission_has_the_same_id_whatever_the_order_of_its_values() -> None:
    turned: dict[str, Any] = {**NODE, "values": NODE["values"][::-1]}
    assert read_submission(NODE, "f").id == read_submission(turned, "f").id


@pytest.mark.parametrize("change", [{"submittedAt": 1772442000124}, {"pageUrl": "https://www.example.com/b"}, {"values": []}])
def test_another_submission_has_another_id(change: dict[str, Any]) -> None:
    assert read_submission({**NODE, **change}, "f").id != read_submission(NODE, "f").id
    assert read_submission(NODE, "g").id != read_submission(NODE, "f").id


def test_the_conversion_id_is_the_id_where_there_is_one() -> None:
    assert read_submission({**NODE, "conversionId": "c1"}, "f").id == "c1"
    assert read_submission({**NODE, "conversionId": "\ud800"}, "f").id.startswith("sha256-")


def test_values_are_told_by_object_type_and_those_of_no_type_are_the_contacts() -> None:
    fields = read_submission(NODE, "f").fields
    assert fields["values"] == {"email": "ada@example.com", "topics": "a;b"}
    assert fields["objects"] == {"0-1": fields["values"], "0-2": {"name": "Engines"}}
    assert fields["submitted_at"] == "2026-03-02T09:00:00.123000+00:00"


def test_a_name_that_comes_several_times_is_a_list() -> None:
    values: list[Any] = [{"name": "file", "value": letter} for letter in "abc"]
    assert read_submission({**NODE, "values": values}, "f").fields["values"] == {"file": ["a", "b", "c"]}


@pytest.mark.parametrize("moment", [None, True, "soon", -1, 1e30, 10**30, "9" * 5000, "١٢", [], {}])
def test_a_submission_without_a_readable_time_is_refused(moment: Any) -> None:
    with pytest.raises(Invalid) as refused:
        read_submission({**NODE, "submittedAt": moment}, "f")
    assert refused.value.field == "submittedAt"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(["", *NODE, "conversionId", "row", "name", "value", "objectTypeId"]), NONSENSE)
def test_nonsense_is_read_or_refused_as_invalid(where: str, nonsense: Any) -> None:
    node: Any = {**NODE, where: nonsense}
    if where == "":
        node = nonsense
    elif where == "row":
        node = {**NODE, "values": [*NODE["values"], nonsense]}
    elif where in ("name", "value", "objectTypeId"):
        node = {**NODE, "values": [{**NODE["values"][0], where: nonsense}]}
    with suppress(Invalid):
        assert read_submission(node, "f").id


@pytest.mark.parametrize("changes", [{"forms": []}, {"forms": ["a/b"]}, {"access_token": ""}, {"overlap_seconds": -1}, {"more": 1}])
def test_settings_that_cannot_work_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(changes))):
        HubSpotFormsSettings.model_validate({"access_token": "t", "forms": ["f"], **changes})
