"""Normalising: the canonical form of a canonical value is itself, and what cannot be used says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.flow.quality.canonical import clean
from core.flow.quality.names import split_name
from core.flow.quality.normalise import normalise
from core.model.countries import country_code
from core.model.records import Scalar
from core.model.vocabulary import Kind

LIKELY = st.sampled_from(
    [
        "Ada.Byron+news@Example.COM",
        "mailto:ada@example.com",
        "Ada Byron <ada@example.com>",
        "+49 (30) 23125-001",
        "030 23125 001",
        "Deutschland",
        "U.S.A.",
        "https://Example.com/a?b=c",
        "www.example.com",
        "1.234,5",
        "1,234.5",
        "'12",
        "2026-01-31",
        "31.01.2026 08:15",
        "20260131",
        "1767225600",
        "2026-01-31T08:15:00+05:30",
        "Jan 31, 2026",
        "yes",
        "ADA BYRON",
        "o'neill-smith",
        "ﬁ ﬂ \u212b e\u0301",
        "0012345",
        "1e400",
    ]
)


@given(
    st.sampled_from(list(Kind)),
    LIKELY | st.text(max_size=30) | st.integers() | st.booleans() | st.floats(allow_nan=False),
    st.none() | st.just("DE"),
)
def test_normalising_twice_is_normalising_once(kind: Kind, raw: Scalar, country: str | None) -> None:
    first = normalise(kind, raw, country=country)

    assert normalise(kind, first.value, country=country) == (first if first.problem is None else normalise(kind, raw, country=country))


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        (" ADA@Example.COM ", "ada@example.com"),
        ("mailto:ada@example.com", "ada@example.com"),
        ("Ada Byron <ada@example.com>", "ada@example.com"),
        ("<ada@example.com>", "ada@example.com"),
        ("ada@example.com;", "ada@example.com"),
        ("ada@exa\u200bmple.com", "ada@example.com"),
        ("ada+news@example.com", "ada+news@example.com"),
    ],
)
def test_an_address_is_read_as_people_paste_it(raw: str, canonical: str) -> None:
    assert normalise(Kind.EMAIL, raw).value == canonical


@pytest.mark.parametrize("raw", ["ada", "ada@", "@example.com", "ada@example", "ada@@example.com", "a b@example.com", "ada@example..com"])
def test_what_is_no_address_says_so(raw: str) -> None:
    assert "is not an e-mail address" in (normalise(Kind.EMAIL, raw).problem or "")


@pytest.mark.parametrize(
    ("raw", "country", "canonical"),
    [
        ("+49 (30) 23125-001", None, "+493023125001"),
        ("030 23125001", "DE", "+493023125001"),
        ("tel:+44 20 7946 0123", None, "+442079460123"),
        ("0049 30 23125001", "DE", "+493023125001"),
        ("(212) 555-0123", "US", "+12125550123"),
    ],
)
def test_a_phone_becomes_one_that_can_be_dialled_from_everywhere(raw: str, country: str | None, canonical: str) -> None:
    assert normalise(Kind.PHONE, raw, country=country).value == canonical


@pytest.mark.parametrize(("raw", "country"), [("030 23125001", None), ("1", "DE"), ("call me", "DE"), ("+49 30 23125001 23125001 9", None)])
def test_a_phone_that_can_not_be_dialled_says_why(raw: str, country: str | None) -> None:
    assert normalise(Kind.PHONE, raw, country=country).problem is not None


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Deutschland", "DE"),
        ("germany", "DE"),
        ("de", "DE"),
        ("U.S.A.", "US"),
        ("Österreich", "AT"),
        ("OESTERREICH", "AT"),
        ("cote d'ivoire", "CI"),
        ("United  Kingdom", "GB"),
        ("Guinea-Bissau", "GW"),
        ("Türkei", "TR"),
        ("Atlantis", None),
        ("", None),
    ],
)
def test_a_country_is_known_by_code_and_by_its_names(name: str, code: str | None) -> None:
    assert country_code(name) == code


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("2026-01-31", "2026-01-31"),
        ("31.01.2026", "2026-01-31"),
        ("31/01/2026", "2026-01-31"),
        ("01/31/2026", "2026-01-31"),
        ("05/05/2026", "2026-05-05"),
        ("2026-01-31T08:15:00+05:30", "2026-01-31T02:45:00+00:00"),
        ("2026-01-31T08:15:00Z", "2026-01-31T08:15:00+00:00"),
        ("1767225600", "2026-01-01T00:00:00+00:00"),
        ("1767225600000", "2026-01-01T00:00:00+00:00"),
    ],
)
def test_a_date_is_read_where_only_one_reading_is_possible(raw: str, canonical: str) -> None:
    assert normalise(Kind.DATETIME, raw).value == canonical


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        ("01/02/2026", "ambiguous"),
        ("31/02/2026", "does not exist|not a date that exists"),
        ("tomorrow", "not a date"),
        ("2026-13-01", "not a date"),
    ],
)
def test_a_date_that_can_be_read_twice_or_not_at_all_is_refused(raw: str, reason: str) -> None:
    problem = normalise(Kind.DATETIME, raw).problem or ""
    assert any(part in problem for part in reason.split("|"))


@pytest.mark.parametrize(
    ("raw", "canonical"),
    [
        ("1,234.5", 1234.5),
        ("1.234.567,5", 1234567.5),
        ("1'234", 1234),
        ("1 234", 1234),
        ("0,5", 0.5),
        ("-3", -3),
        ("12.500", 12.5),
        (7, 7),
        (1.5, 1.5),
    ],
)
def test_numbers_are_read_as_they_are_written_in_several_countries(raw: Scalar, canonical: float) -> None:
    assert normalise(Kind.NUMBER, raw).value == canonical


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize("raw", [None, "", "   ", "\u200b"])
def test_nothing_is_nothing_and_no_problem(kind: Kind, raw: str | None) -> None:
    found = normalise(kind, raw)

    assert found.problem is None
    assert found.value is None or (kind is Kind.TEXT and raw == "\u200b")


@pytest.mark.parametrize(
    ("full", "parts"),
    [
        ("Ada Byron", ("Ada", "Byron")),
        ("Byron, Ada", ("Ada", "Byron")),
        ("Dr. Ada Byron", ("Ada", "Byron")),
        ("Ludwig van Beethoven", ("Ludwig", "van Beethoven")),
        ("Ursula von der Leine", ("Ursula", "von der Leine")),
        ("Prof. Dr. Ada Augusta Byron", ("Ada Augusta", "Byron")),
        ("Byron", ("", "Byron")),
        ("Dr.", ("", "Dr.")),
        ("Van Morrison", ("Van", "Morrison")),
        ("", ("", "")),
    ],
)
def test_a_full_name_is_split_with_its_particles(full: str, parts: tuple[str, str]) -> None:
    assert split_name(full) == parts


@given(st.text(max_size=40))
def test_splitting_a_name_loses_no_word_but_titles(full: str) -> None:
    given_name, family = split_name(full)

    assert set(given_name + family) <= set(clean(full)) | set(full) | {" "}
    assert bool(family) or bool(given_name) or not clean(full)
