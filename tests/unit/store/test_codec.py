"""What goes into the sealed columns comes out the same, whatever a sender may legally send."""

from __future__ import annotations

import json
from datetime import UTC, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.model.ids import ObservationId
from core.model.records import ConsentEntry, GoldenValue, IdentityKey, Value
from core.store.codec import (
    golden_values,
    observation_body,
    pack,
    read_golden_values,
    read_observation_body,
    read_scalars,
    scalars,
    unpack,
)

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | TEXTS | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False, allow_infinity=False)
MOMENTS = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30))]))
JSON = st.recursive(
    st.none() | st.booleans() | st.text(max_size=5) | st.integers() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.dictionaries(TEXTS, st.builds(GoldenValue, SCALARS, TEXTS.map(ObservationId), TEXTS, MOMENTS), max_size=4))
def test_golden_values_come_back_as_they_were(values: dict[str, GoldenValue]) -> None:
    assert read_golden_values(golden_values(values)) == values


@given(
    st.dictionaries(TEXTS, st.builds(Value, SCALARS, TEXTS, st.none() | TEXTS, st.lists(TEXTS, max_size=3).map(tuple)), max_size=4),
    st.lists(st.builds(IdentityKey, TEXTS, st.binary(max_size=16)), max_size=3).map(tuple),
    st.lists(st.builds(ConsentEntry, TEXTS, st.booleans(), MOMENTS, TEXTS), max_size=3).map(tuple),
)
def test_observations_come_back_as_they_were(
    values: dict[str, Value], keys: tuple[IdentityKey, ...], consents: tuple[ConsentEntry, ...]
) -> None:
    assert read_observation_body(observation_body(values, keys, consents)) == (values, keys, consents)


@given(st.dictionaries(TEXTS, SCALARS, max_size=4))
def test_link_fields_come_back_as_they_were(fields: dict[str, str | int | float | bool | None]) -> None:
    assert read_scalars(scalars(fields)) == fields


@given(JSON)
def test_any_json_that_a_sender_sends_can_be_kept(content: object) -> None:
    unpack(pack(json.loads(json.dumps(content))))


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ('{"name": "half \\ud83d"}', {"name": "half \ufffd"}),
        ('{"\\ud800": 1}', {"\ufffd": 1}),
        (f'{{"id": {2**70}}}', {"id": str(2**70)}),
        (f'{{"id": {2**63}, "low": {-(2**63)}}}', {"id": 2**63, "low": -(2**63)}),
    ],
)
def test_what_json_writers_refuse_is_kept_in_its_nearest_form(body: str, kept: object) -> None:
    assert unpack(pack(json.loads(body))) == kept


def test_a_body_that_is_nested_absurdly_deep_is_kept_as_text() -> None:
    deep = json.loads("[" * 400 + "1" + "]" * 400)

    kept = unpack(pack({"note": "hello", "deep": deep}))

    assert kept["note"] == "hello"
    assert "[[[" in json.dumps(kept)
