"""Values in HubSpot's forms."""

from __future__ import annotations

from typing import Any

import pytest

from connectors.hubspot.values import written
from core.contract import Blob, Clear, Invalid, NativeId, ObjectName, Ref


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("00123", "00123"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        (12, "12"),
        (1.5, "1.5"),
        (5.0, "5"),
        (1e21, "1000000000000000000000"),
        (1e-7, "0.0000001"),
        ("2026-03-02T09:00:00Z", "2026-03-02T09:00:00Z"),
        (["red", "blue"], "red;blue"),
        ([True, 3], "true;3"),
        (Ref(ObjectName("owners"), NativeId("77")), "77"),
        (Clear(), ""),
    ],
)
def test_a_value_becomes_hubspots_text(value: Any, text: str) -> None:
    assert written({"field": value}) == ({"field": text}, {})


@pytest.mark.parametrize("value", [None, "", [], [None]])
def test_an_empty_value_never_clears_and_is_told(value: Any) -> None:
    texts, left_out = written({"field": value, "lastname": "Lindqvist"})
    assert texts == {"lastname": "Lindqvist"}
    assert list(left_out) == ["field"]


@pytest.mark.parametrize("value", [{"a": 1}, [["a"]], float("nan"), float("inf"), ["a;b"], Blob("a.txt", "text/plain", b"")])
def test_a_value_without_a_form_is_invalid_and_its_field_named(value: Any) -> None:
    with pytest.raises(Invalid) as raised:
        written({"field": value})
    assert raised.value.field == "field"
