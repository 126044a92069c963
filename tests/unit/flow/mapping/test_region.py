"""The country of phone numbers that name none: the record's own, that of its campaign, the mapping's, the installation's."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.flow.mapping.document import DocumentReader
from core.flow.pipeline import context_of, read_inbound
from core.flow.quality.in_force import QualityRules, put_in_force
from tests.support.builders import inbound_mapping, submission

FIELDS = {"email": "email", "phone": "phone", "country": "country", "full_name": "name"}
BY_CAMPAIGN = {"by": "campaign.name", "is": {"Spring DE": "DE", "Spring UK": "GB"}, "otherwise": "US"}


@pytest.fixture(autouse=True)
def nothing_configured() -> Iterator[None]:
    yield
    put_in_force()


def read(region: Any, **record: Any) -> dict[str, Any]:
    mapping = inbound_mapping(fields=FIELDS, **({"region": region} if region else {}))
    return dict(read_inbound(mapping, record, context_of(submission())).values)


@pytest.mark.parametrize(
    ("region", "record", "phone"),
    [
        ("DE", {"phone": "030 23125100"}, "+493023125100"),
        ("Germany", {"phone": "030 23125100"}, "+493023125100"),
        ("DE", {"phone": "020 7946 0000", "country": "UK"}, "+442079460000"),
        (BY_CAMPAIGN, {"phone": "030 23125100", "campaign": {"name": "spring de "}}, "+493023125100"),
        (BY_CAMPAIGN, {"phone": "020 7946 0000", "campaign": {"name": "Spring UK"}}, "+442079460000"),
        (BY_CAMPAIGN, {"phone": "201 555 0101", "campaign": {"name": "Autumn"}}, "+12015550101"),
        (BY_CAMPAIGN, {"phone": "201 555 0101"}, "+12015550101"),
        (BY_CAMPAIGN, {"phone": "030 23125100", "campaign": {"name": "Spring UK"}, "country": "DE"}, "+493023125100"),
        (None, {"phone": "030 23125100"}, "030 23125100"),
    ],
)
def test_a_number_is_read_in_the_country_that_is_told_most_closely(region: Any, record: dict[str, Any], phone: str) -> None:
    assert read(region, **record)["phone"] == phone


def test_the_installations_country_is_the_last_resort() -> None:
    put_in_force(QualityRules(region="DE"))

    assert read(None, phone="030 23125100")["phone"] == "+493023125100"
    assert read("GB", phone="020 7946 0000")["phone"] == "+442079460000"


def test_a_name_is_taken_apart_in_the_order_of_the_campaigns_country() -> None:
    region = {"by": "campaign", "is": {"Tavasz": "HU"}}

    assert read(region, name="Nagy János", campaign="Tavasz")["last_name"] == "Nagy"
    assert read(region, name="Nagy János", campaign="Spring")["last_name"] == "János"


@pytest.mark.parametrize(
    ("region", "message"),
    [
        ("XX", "must be a country"),
        ({"by": "campaign"}, "lacks `is:`"),
        ({"by": "campaign", "is": {}}, "list of values"),
        ({"by": "campaign", "is": {"a": "Nowhere"}}, "must be a country"),
        ({"by": "campaign", "is": {"a": "DE"}, "else": "DE"}, "not known"),
        (7, "must be a text"),
    ],
)
def test_a_region_that_is_none_is_refused(region: Any, message: str) -> None:
    reader = DocumentReader(
        {"kind": "inbound", "name": "form", "from": {"connection": "form"}, "to": "Lead", "region": region, "fields": {"email": "email"}},
        "v1",
    )
    reader.read()

    assert any(message in problem.message for problem in reader.problems), reader.problems
