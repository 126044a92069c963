"""Rows of Leadfeeder are read whatever stands in them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from connectors.leadfeeder.api import JsonObject
from connectors.leadfeeder.companies import own_domain, read_company, read_judgement
from connectors.leadfeeder.months import Count, month_change
from connectors.leadfeeder.settings import LeadfeederSettings
from connectors.leadfeeder.visits import read_visit, visit_change
from core.contract import Invalid
from tests.support.mutations import spoil_json

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
SHARED = ("facebook.com", "business.site")
VISIT_ROW: JsonObject = {
    "id": "v1",
    "type": "visits",
    "attributes": {
        **{"lead_id": "l1", "started_at": "2026-03-02T08:00:00.000Z", "visit_length": 60, "page_depth": 3, "source": "google"},
        **{"visit_route": [{"page_path": "/a?x=1"}], "referring_url": "https://search.example/?q=a", "landing_page_path": "/a"},
    },
}
COMPANY_ROW: JsonObject = {
    "id": "l1",
    "attributes": {"name": "Acme", "website_url": "https://www.acme.example", "employees_range": {"min": 10, "max": 49}, "tags": ["a"]},
    "relationships": {"location": {"data": {"id": "p1", "type": "locations"}}},
}


def spoilt(chance: Random, row: JsonObject) -> JsonObject:
    """The row after an accident, where it is one still."""
    try:
        found = json.loads(spoil_json(chance, row))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@given(st.randoms())
def test_a_visits_row_is_read_or_invalid(chance: Random) -> None:
    row = spoilt(chance, VISIT_ROW)
    try:
        visit = read_visit(row, UTC)
    except Invalid:
        return
    change = visit_change(visit, row, None, NOW)
    assert change.changed_at is not None and change.changed_at.tzinfo is not None
    counted = Count()
    counted.add(visit)
    counted.add(visit)
    assert month_change(visit.lead, NOW.date().replace(day=1), counted.tallies[visit.lead], None, NOW).fields["visits"] == 1


@given(st.randoms())
def test_a_companys_row_is_always_read(chance: Random) -> None:
    row = spoilt(chance, COMPANY_ROW)
    company = read_company(row, {"p1": spoilt(chance, {"city": "Berlin", "country_code": "DE"})}, SHARED)
    assert company["domain"] is None or isinstance(company["domain"], str)
    assert isinstance(read_judgement(row)["tags"], list)


@pytest.mark.parametrize(
    ("website", "domain"),
    [
        ("https://www.Acme.example/about?x=1", "acme.example"),
        ("acme.example", "acme.example"),
        ("http://acme.example:8080", "acme.example"),
        ("https://de-de.facebook.com/acme", None),
        ("https://acme.business.site", None),
        ("https://notfacebook.com", "notfacebook.com"),
        ("http://192.0.2.7/", None),
        ("http://[2001:db8::1]/", None),
        ("http://[broken", None),
        ("intranet", None),
        ("", None),
        (None, None),
    ],
)
def test_a_domain_is_told_only_where_it_is_the_companys_own(website: str | None, domain: str | None) -> None:
    assert own_domain(website, SHARED) == domain


def test_a_time_zone_that_is_not_known_is_refused() -> None:
    LeadfeederSettings(api_token="t", account="1", timezone="Europe/Helsinki")
    for name in ("Helsinki", "../etc"):
        with pytest.raises(ValidationError):
            LeadfeederSettings(api_token="t", account="1", timezone=name)
