"""What a vendor only wrote differently is the same; an edit is not."""

from __future__ import annotations

import pytest

from core.flow.quality.same import same
from core.model.records import Scalar
from core.model.vocabulary import Kind


@pytest.mark.parametrize(
    ("kind", "ours", "theirs"),
    [
        (Kind.TEXT, "a\nb", "a\r\nb "),
        (Kind.TEXT, None, ""),
        (Kind.TEXT, 5, "5"),
        (Kind.EMAIL, "ada@example.com", "Ada@Example.com"),
        (Kind.PHONE, "+493023125001", "+49 (0)30 23125-001"),
        (Kind.PHONE, "+493023125001", "(030) 23125-001"),
        (Kind.PHONE, "+493023125001", "0049 30 23125001"),
        (Kind.PHONE, "+12125550123", "(212) 555-0123"),
        (Kind.URL, "https://example.com", "https://Example.com/"),
        (Kind.URL, "https://example.com/a", "example.com/a/"),
        (Kind.NUMBER, 5, 5.0),
        (Kind.NUMBER, 5, "5"),
        (Kind.NUMBER, "5.0", 5),
        (Kind.MONEY, "1234.50 EUR", 1234.5),
        (Kind.MONEY, "1234.50 EUR", "1,234.50 EUR"),
        (Kind.BOOLEAN, True, "true"),
        (Kind.BOOLEAN, False, "No"),
        (Kind.DATE, "2026-01-31", "2026-01-31T00:00:00.000+0000"),
        (Kind.DATE, "2026-01-31", "1769817600000"),
        (Kind.DATETIME, "2026-01-31T08:15:00+00:00", "2026-01-31T08:15:00.000Z"),
        (Kind.DATETIME, "2026-01-31T08:15:00.123456+00:00", "2026-01-31T08:15:00.123Z"),
        (Kind.DATETIME, "2026-01-31T08:15:00.123456+00:00", "2026-01-31T08:15:00Z"),
        (Kind.DATETIME, "2026-01-31", "2026-01-31T00:00:00Z"),
        (Kind.COUNTRY, "DE", "Germany"),
        (Kind.LANGUAGE, "en-GB", "en_gb"),
        (Kind.LIST, "a;b", "b; a"),
        (Kind.POSTAL_CODE, "SW1A 1AA", "sw1a1aa"),
        (Kind.ENUM, "Hot", "hot"),
        (Kind.REGION, "BY", "by"),
        (Kind.DOMAIN, "example.com", "www.example.com"),
    ],
)
def test_another_way_of_writing_is_the_same_value(kind: Kind, ours: Scalar, theirs: Scalar) -> None:
    assert same(kind, ours, theirs)
    assert same(kind, theirs, ours)


@pytest.mark.parametrize(
    ("kind", "ours", "theirs"),
    [
        (Kind.TEXT, "Ada", "ada"),
        (Kind.TEXT, "Ada Byron", "Ada"),
        (Kind.TEXT, "Ada", None),
        (Kind.EMAIL, "ada@example.com", "ada.b@example.com"),
        (Kind.PHONE, "+493023125001", "+433023125001"),
        (Kind.PHONE, "+493023125001", "030 23125002"),
        (Kind.PHONE, "+493023125001", "5001"),
        (Kind.PHONE, "+493023125001", "none"),
        (Kind.URL, "https://example.com", "http://example.com"),
        (Kind.URL, "https://example.com/a", "https://example.com/A"),
        (Kind.NUMBER, 5, 5.5),
        (Kind.MONEY, "5.00 EUR", "5.00 USD"),
        (Kind.MONEY, "5.00 EUR", 6),
        (Kind.BOOLEAN, False, None),
        (Kind.DATE, "2026-01-31", "2026-02-01"),
        (Kind.DATETIME, "2026-01-31T08:15:00+00:00", "2026-01-31T08:15:01Z"),
        (Kind.DATETIME, "2026-01-31T08:15:00.1+00:00", "2026-01-31T08:15:00.2Z"),
        (Kind.LIST, "a;b", "a"),
        (Kind.COUNTRY, "DE", "Atlantis"),
    ],
)
def test_an_edit_is_not_the_same_value(kind: Kind, ours: Scalar, theirs: Scalar) -> None:
    assert not same(kind, ours, theirs)
    assert not same(kind, theirs, ours)


def test_a_text_that_was_cut_at_the_length_of_the_field_is_the_same() -> None:
    assert same(Kind.TEXT, "Ada Byron", "Ada B", length=5)
    assert same(Kind.TEXT, "Ada Byron", "Ada", length=4)
    assert not same(Kind.TEXT, "Ada Byron", "Ada C", length=5)
    assert not same(Kind.TEXT, "Ada Byron", "Ada", length=9)
    assert not same(Kind.TEXT, "Ada", "Ada B", length=5)
