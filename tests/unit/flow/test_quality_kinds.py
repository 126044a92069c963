"""The kinds with their options: every documented example is true, and local ways of writing are read as they are meant."""

from __future__ import annotations

import pytest

from core.flow.quality.kind_docs import KIND_DOCS, Example
from core.flow.quality.normalise import normalise, normaliser
from core.model.countries import countries, country_code
from core.model.kind_options import option_problems
from core.model.records import Scalar
from core.model.vocabulary import OPTIONS, Kind, KindSpec

EXAMPLES = [(kind, example) for kind, doc in KIND_DOCS.items() for example in doc.examples]


@pytest.mark.parametrize(("kind", "example"), EXAMPLES, ids=str)
def test_every_documented_example_is_true(kind: Kind, example: Example) -> None:
    spec = example.spec or KindSpec(kind)

    found = normaliser(spec)(example.raw, example.country)

    assert option_problems(spec) == {}
    if example.refused:
        assert (found.problem or "").startswith(example.refused)
    else:
        assert (found.value, found.problem) == (example.gives, None)


def test_every_kind_is_documented_and_has_its_options_named() -> None:
    assert set(KIND_DOCS) == set(Kind) == set(OPTIONS)
    assert all(2 <= len(doc.examples) <= 5 for doc in KIND_DOCS.values())


@pytest.mark.parametrize(
    ("locale", "raw", "canonical"),
    [
        ("de", "1.234", 1234),
        ("de", "1.234,5", 1234.5),
        ("de", "1234,567", 1234.567),
        ("de-DE", "1 234,5", 1234.5),
        ("de", "12.5", None),
        ("de", "1.23.456", None),
        ("en", "1,234", 1234),
        ("en", "1.234", 1.234),
        ("en", "1,23", None),
        ("en", "1,23,456", 123456),
        ("fr", "1\u202f234,5", 1234.5),
        ("de_CH", "1'234.5", 1234.5),
        ("ch", "1’234.5", 1234.5),
        ("de", "12 %", 12),
        ("de", "−3,5", -3.5),
        ("de", 12.5, 12.5),
    ],
)
def test_a_locale_says_how_a_number_is_meant(locale: str, raw: Scalar, canonical: float | None) -> None:
    found = normaliser(KindSpec(Kind.NUMBER, locale=locale))(raw, None)

    assert (found.value if found.problem is None else None) == canonical


@pytest.mark.parametrize("raw", ["1" * 5000, "1e5", "NaN", "½", 10**4000, float("nan")])
def test_what_no_field_could_hold_is_no_number(raw: Scalar) -> None:
    assert normalise(Kind.NUMBER, raw).problem is not None


@pytest.mark.parametrize(
    ("raw", "country", "canonical"),
    [
        ("$5", None, "5.00 USD"),
        ("$5", "CA", "5.00 CAD"),
        ("US$ 5", "CA", "5.00 USD"),
        ("5 kr", "SE", "5.00 SEK"),
        ("5 kr", None, None),
        ("¥500", None, "500 JPY"),
        ("¥500", "CN", "500.00 CNY"),
        ("1.234,- €", None, "1234.00 EUR"),
        ("CHF 1'234.-", None, "1234.00 CHF"),
        ("-€5", None, "-5.00 EUR"),
        ("€ -0,00", None, "0.00 EUR"),
        ("EUR 0,125", None, "0.1250 EUR"),
        ("12,50 Euro", None, "12.50 EUR"),
        ("1,234.50 eur", None, "1234.50 EUR"),
        ("5 EUR 3", None, None),
        ("EUR 5 USD", None, None),
        ("5 XXQ", None, None),
        ("free", None, None),
    ],
)
def test_an_amount_is_read_with_its_currency(raw: str, country: str | None, canonical: str | None) -> None:
    found = normalise(Kind.MONEY, raw, country=country)

    assert (found.value if found.problem is None else None) == canonical


@pytest.mark.parametrize(
    ("raw", "moment"),
    [
        ("2026-07-31 08:15", "2026-07-31T06:15:00+00:00"),
        ("2026-01-31 08:15", "2026-01-31T07:15:00+00:00"),
        ("2026-03-29 02:30", "2026-03-29T01:30:00+00:00"),
        ("2026-10-25 02:30", "2026-10-25T00:30:00+00:00"),
        ("2026-07-31T08:15:00Z", "2026-07-31T08:15:00+00:00"),
        ("31.07.2026, 08:15 Uhr", "2026-07-31T06:15:00+00:00"),
        ("07/31/2026 8:15 PM", "2026-07-31T18:15:00+00:00"),
        ("31. Juli 2026 um 8:15", "2026-07-31T06:15:00+00:00"),
        ("Fri, 31 Jul 2026 08:15:00 +0200", "2026-07-31T06:15:00+00:00"),
        ("2026-07-31", "2026-07-31"),
        ("0001-01-01 00:30", None),
        ("31.07.2026 25:00", None),
        ("07/31/2026 13:00 PM", None),
    ],
)
def test_a_time_without_an_offset_is_in_the_zone(raw: str, moment: str | None) -> None:
    """02:30 does not exist on 29 March there, and comes twice on 25 October."""
    found = normaliser(KindSpec(Kind.DATETIME, zone="Europe/Berlin"))(raw, None)

    assert (found.value if found.problem is None else None) == moment


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        ("3 février 2026", "2026-02-03"),
        ("March 3rd, 2026", "2026-03-03"),
        ("3-Mar-2026", "2026-03-03"),
        ("2026/3/3", "2026-03-03"),
        ("20260303", "2026-03-03"),
        ("1772496000", "2026-03-03"),
        ("3 de marzo de 2026", "2026-03-03"),
        ("30.02.2026", None),
        ("3 Frimaire 2026", None),
        ("03.03.26", None),
    ],
)
def test_a_day_is_read_with_its_month_in_words(raw: str, day: str | None) -> None:
    found = normalise(Kind.DATE, raw)

    assert (found.value if found.problem is None else None) == day


def test_a_format_is_what_the_text_must_have_beside_the_canonical_form() -> None:
    read = normaliser(KindSpec(Kind.DATE, format="%d/%m/%Y"))

    assert read("01/02/2026", None).value == "2026-02-01"
    assert read("2026-02-01", None).value == "2026-02-01"
    assert read("1.2.2026", None).problem == "is not written as %d/%m/%Y"


@pytest.mark.parametrize(
    ("raw", "country", "code"),
    [
        ("K1A0B1", "CA", "K1A 0B1"),
        ("ec1a 1bb", "GB", "EC1A 1BB"),
        ("943039999", "US", "94303-9999"),
        ("94303", "US", "94303"),
        ("8000", "CH", "8000"),
        ("CH-8000", "CH", "8000"),
        ("11455", "SE", "114 55"),
        ("00950", "PL", "00-950"),
        (10115.0, "DE", "10115"),
        ("01001-000", "BR", "01001-000"),
    ],
)
def test_a_postal_code_is_written_as_its_country_does(raw: Scalar, country: str, code: str) -> None:
    assert normalise(Kind.POSTAL_CODE, raw, country=country) == normalise(Kind.POSTAL_CODE, code, country=country)
    assert normalise(Kind.POSTAL_CODE, raw, country=country).value == code


def test_a_postal_code_that_can_not_be_one_stays_as_it_came() -> None:
    found = normalise(Kind.POSTAL_CODE, "n/a", country="DE")

    assert (found.value, found.problem) == ("n/a", "is not a postal code of DE")


@pytest.mark.parametrize(
    ("raw", "tag"),
    [("DEU", "de"), ("zh_hans_cn", "zh-Hans-CN"), ("de-AT,de;q=0.9", "de-AT"), ("en_US.UTF-8", "en-US"), ("Français", "fr"), ("xx", None)],
)
def test_a_language_is_read_from_codes_and_names(raw: str, tag: str | None) -> None:
    found = normalise(Kind.LANGUAGE, raw)

    assert (found.value if found.problem is None else None) == tag


def test_a_phone_number_that_a_spreadsheet_made_a_number_of_is_read_without_the_point() -> None:
    assert normalise(Kind.PHONE, 3023125001.0, country="DE").value == "+493023125001"


@pytest.mark.parametrize("raw", ["+49 (0) 30 23125001", "+49 0 0 30 23125001"])
def test_zeros_after_the_country_code_go_at_once(raw: str) -> None:
    assert normalise(Kind.PHONE, raw).value == "+493023125001"


def test_a_list_is_read_from_lines_and_from_json_in_json() -> None:
    assert normalise(Kind.LIST, "a\nb\r\n\n a").value == "a;b"
    assert normalise(Kind.LIST, '[1, true, null, " x "]').value == "1;true;x"
    assert normalise(Kind.LIST, '[["a"]]').value == '[["a"]]'
    assert normalise(Kind.LIST, "[]").value is None


def test_www_goes_however_often_it_stands_there() -> None:
    assert normalise(Kind.DOMAIN, "www.www.example.com").value == "example.com"


@pytest.mark.parametrize(
    ("spec", "option", "message"),
    [
        (KindSpec(Kind.EMAIL, locale="de"), "locale", "takes no options"),
        (KindSpec(Kind.MONEY, format="%Y"), "format", "takes `locale`, `currency`"),
        (KindSpec(Kind.DATE, format="%d.%m"), "format", "does not hold a whole date"),
        (KindSpec(Kind.DATE, format="dd.mm.yyyy"), "format", "does not hold a whole date"),
        (KindSpec(Kind.DATE, format="%d.%m.%"), "format", "strptime"),
        (KindSpec(Kind.DATE, format="%Y-%d-%m"), "format", "another day"),
        (KindSpec(Kind.DATETIME, zone="Berlin"), "zone", "no time zone 'Berlin'"),
        (KindSpec(Kind.DATETIME, zone="../etc"), "zone", "no time zone"),
        (KindSpec(Kind.NUMBER, locale="xx"), "locale", "there are at,"),
        (KindSpec(Kind.MONEY, currency="EURO"), "currency", "Did you mean EUR?"),
        (KindSpec(Kind.ENUM, choices=("a", "A")), "choices", "stands there twice"),
        (KindSpec(Kind.ENUM, choices=("a", " ")), "choices", "empty"),
        (KindSpec(Kind.LIST, separator=""), "separator", "empty"),
    ],
)
def test_an_option_that_makes_no_sense_says_why(spec: KindSpec, option: str, message: str) -> None:
    assert message in option_problems(spec)[option]


def test_country_names_lead_back_to_their_codes() -> None:
    for code, country in countries().items():
        assert {country_code(name) for name in (code, country.alpha3, country.english, country.german, *country.others)} == {code}
