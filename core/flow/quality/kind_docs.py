"""What each kind is for, with examples; the reference page is made of it, and a test runs every example."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.model.records import Scalar
from core.model.vocabulary import Kind, KindSpec


@dataclass(frozen=True, slots=True)
class Example:
    """A raw value and what becomes of it: `gives`, or a refusal whose reason begins with `refused`."""

    raw: Scalar
    gives: Scalar = None
    spec: KindSpec | None = None
    country: str | None = None
    refused: str | None = None


@dataclass(frozen=True, slots=True)
class KindDoc:
    """A kind in one sentence, and examples."""

    summary: str
    examples: tuple[Example, ...]


KIND_DOCS: Mapping[Kind, KindDoc] = {
    Kind.TEXT: KindDoc(
        "Text as it came, without white space around it; line breaks inside stay.",
        (Example("  Please call me. ", "Please call me."), Example(5, "5")),
    ),
    Kind.EMAIL: KindDoc(
        "An e-mail address in lower case, without the name or the `mailto:` around it.",
        (
            Example("Ada Byron <Ada@Example.com>", "ada@example.com"),
            Example("mailto:ada@example.com", "ada@example.com"),
            Example("ada@example", refused="is not an e-mail address"),
        ),
    ),
    Kind.PHONE: KindDoc(
        "A phone number that can be dialled from everywhere (E.164); the record's country gives a missing country code.",
        (
            Example("+49 (30) 23125-001", "+493023125001"),
            Example("030 23125001", "+493023125001", country="DE"),
            Example("030 23125001", refused="is not a phone number that can be dialled from everywhere"),
        ),
    ),
    Kind.PERSON_NAME: KindDoc(
        "A name of a person; only names in capitals throughout, or without any, are given theirs.",
        (Example("ADA BYRON", "Ada Byron"), Example("ada  byron", "Ada Byron"), Example("Ludwig van Beethoven", "Ludwig van Beethoven")),
    ),
    Kind.COMPANY: KindDoc(
        "A name of a company; white space is tidied, capitals stay.",
        (Example(" ACME   GmbH ", "ACME GmbH"), Example("example.com Ltd", "example.com Ltd")),
    ),
    Kind.DOMAIN: KindDoc(
        "The domain of a company in lower case, taken out of an address where one came.",
        (
            Example("https://www.Example.com/about", "example.com"),
            Example("ada@example.com", "example.com"),
            Example("localhost", refused="is not a domain name"),
        ),
    ),
    Kind.URL: KindDoc(
        "A web address with its scheme; nothing else in it is changed.",
        (Example("www.example.com/a", "https://www.example.com/a"), Example("just text", refused="is not a web address")),
    ),
    Kind.COUNTRY: KindDoc(
        "A country as its ISO 3166 code of two letters, from codes and from names in several languages.",
        (
            Example("Deutschland", "DE"),
            Example("U.S.A.", "US"),
            Example("AUT", "AT"),
            Example("Atlantis", refused="is not a country that is known"),
        ),
    ),
    Kind.REGION: KindDoc(
        "A state, province or canton: the ISO 3166-2 code without the country for US, CA, AU, DE and CH, the German name for AT; "
        "elsewhere, and where it is not known, the text as it came.",
        (
            Example("California", "CA", country="US"),
            Example("bayern", "BY", country="DE"),
            Example("DE-BY", "BY"),
            Example("Vienna", "Wien", country="AT"),
            Example("Île-de-France", "Île-de-France", country="FR"),
        ),
    ),
    Kind.POSTAL_CODE: KindDoc(
        "A postal code in capitals with its zeros, spaced as its country does; refused where its country cannot have it.",
        (
            Example("sw1a1aa", "SW1A 1AA", country="GB"),
            Example("D-01067", "01067", country="DE"),
            Example("1012ab", "1012 AB", country="NL"),
            Example(1067, refused="is not a postal code of DE; a zero in front may have been lost", country="DE"),
            Example("ab-12", "AB-12"),
        ),
    ),
    Kind.LANGUAGE: KindDoc(
        "A language as its BCP 47 tag, from codes and from names in several languages.",
        (
            Example("Deutsch", "de"),
            Example("de_DE", "de-DE"),
            Example("English (United Kingdom)", "en-GB"),
            Example("Klingon", refused="is not a language that is known"),
        ),
    ),
    Kind.DATE: KindDoc(
        "A day without a time or a zone; a day that could be two is refused.",
        (
            Example("31.01.2026", "2026-01-31"),
            Example("2026-01-31T23:30:00-05:00", "2026-01-31"),
            Example("02/01/26", "2026-01-02", spec=KindSpec(Kind.DATE, format="%d/%m/%y")),
            Example("01/02/2026", refused="is ambiguous"),
        ),
    ),
    Kind.DATETIME: KindDoc(
        "A moment in UTC; where no time came, a day. A time without an offset is in the zone, without one in UTC.",
        (
            Example("2026-01-31T08:15:00+05:30", "2026-01-31T02:45:00+00:00"),
            Example("31.07.2026 08:15", "2026-07-31T06:15:00+00:00", spec=KindSpec(Kind.DATETIME, zone="Europe/Berlin")),
            Example("1767225600000", "2026-01-01T00:00:00+00:00"),
            Example("tomorrow", refused="is not a date that is understood"),
        ),
    ),
    Kind.NUMBER: KindDoc(
        "A number. Without a locale a single point is a decimal point and a comma before three digits stands between thousands.",
        (
            Example("1.234.567,5", 1234567.5),
            Example("1'234 %", 1234),
            Example("1.234", 1234, spec=KindSpec(Kind.NUMBER, locale="de")),
            Example("about 50", refused="is not a number"),
        ),
    ),
    Kind.MONEY: KindDoc(
        "An amount with its ISO 4217 currency; refused where none is named, and where `1.234` could be read in two ways.",
        (
            Example("€ 1.234,5", "1234.50 EUR"),
            Example("USD 12", "12.00 USD"),
            Example(99.9, "99.90 EUR", spec=KindSpec(Kind.MONEY, currency="EUR")),
            Example("1.234 €", refused="could be thousands or decimals"),
            Example("100", refused="names no currency"),
        ),
    ),
    Kind.BOOLEAN: KindDoc(
        "Yes or no, as many languages and programs say it.",
        (Example("Ja", True), Example("0", False), Example("oui", True), Example("perhaps", refused="is neither yes nor no")),
    ),
    Kind.ENUM: KindDoc(
        "One of the choices that the mapping lists, written as it is there.",
        (
            Example("HOT", "Hot", spec=KindSpec(Kind.ENUM, choices=("Hot", "Cold"))),
            Example("warm", refused="is none of: Hot, Cold", spec=KindSpec(Kind.ENUM, choices=("Hot", "Cold"))),
        ),
    ),
    Kind.LIST: KindDoc(
        "Several values in one text, joined by `;`, none empty and none twice; read from a JSON list, from lines, or by the separator.",
        (
            Example("a; b;;a", "a;b"),
            Example('["a", "b"]', "a;b"),
            Example("a, b", "a;b", spec=KindSpec(Kind.LIST, separator=",")),
        ),
    ),
}
