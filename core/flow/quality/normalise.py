"""One normaliser per kind: raw value to canonical value, or a reason in an admin's words."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Mapping
from functools import lru_cache

from core.flow.quality import choices, contact, dates, numbers, places
from core.flow.quality.canonical import NOTHING, Normalised, clean, spell
from core.flow.quality.languages import language
from core.model.records import Scalar
from core.model.vocabulary import Kind, KindSpec

__all__ = ["Normalised", "Normaliser", "clean", "normalise", "normaliser"]

Normaliser = Callable[[Scalar, str | None], Normalised]
"""Takes a raw value and the record's country (ISO 3166 alpha-2; None when unknown)."""


def normalise(kind: Kind, raw: Scalar, *, country: str | None = None) -> Normalised:
    """Bring a value into its kind's canonical form; `country` (ISO 3166 alpha-2) helps phones, postal codes, regions and money.

    None and text without content give None.
    """
    return _PLAIN[kind](raw, country)


@lru_cache(maxsize=1_000)
def normaliser(spec: KindSpec) -> Normaliser:
    """Make the function that brings values into the canonical form of a kind with its options.

    The function never raises, and gives a canonical value back unchanged.
    """
    return _MAKERS[spec.kind](spec)


def _text(_: KindSpec) -> Normaliser:
    def normalised(raw: Scalar, _: str | None) -> Normalised:
        if raw is None:
            return NOTHING
        text = _text_of(raw)
        return Normalised(text) if text else NOTHING

    return normalised


def _text_of(raw: Scalar) -> str:
    text = str(raw) if isinstance(raw, float) else spell(raw)
    return text.strip() if text.isascii() else unicodedata.normalize("NFC", text).strip()


def _cleaned(work: Callable[[str], Normalised]) -> Callable[[KindSpec], Normaliser]:
    """A kind that looks at the cleaned text alone."""
    return lambda _: _on_clean_text(lambda text, _: work(text))


def _cleaned_with_country(work: Callable[[str, str | None], Normalised]) -> Callable[[KindSpec], Normaliser]:
    return lambda _: _on_clean_text(work)


def _on_clean_text(work: Callable[[str, str | None], Normalised]) -> Normaliser:
    def normalised(raw: Scalar, country: str | None) -> Normalised:
        if raw is None:
            return NOTHING
        text = clean(spell(raw))
        return work(text, country) if text else NOTHING

    return normalised


def _number(spec: KindSpec) -> Normaliser:
    return lambda raw, _: NOTHING if raw is None else numbers.number(raw, spec.locale)


def _money(spec: KindSpec) -> Normaliser:
    return lambda raw, country: NOTHING if raw is None else numbers.money(raw, country, spec.locale, spec.currency)


def _boolean(_: KindSpec) -> Normaliser:
    return lambda raw, _: NOTHING if raw is None else choices.boolean(raw)


def _date(spec: KindSpec) -> Normaliser:
    return _on_clean_text(lambda text, _: dates.day(text, spec.format))


def _datetime(spec: KindSpec) -> Normaliser:
    return _on_clean_text(lambda text, _: dates.moment(text, spec.format, spec.zone))


def _enum(spec: KindSpec) -> Normaliser:
    return _on_clean_text(lambda text, _: choices.enum(text, spec.choices))


def _list(spec: KindSpec) -> Normaliser:
    return lambda raw, _: NOTHING if raw is None else choices.items(spell(raw), spec.separator)


_MAKERS: Mapping[Kind, Callable[[KindSpec], Normaliser]] = {
    Kind.TEXT: _text,
    Kind.EMAIL: _cleaned(contact.email),
    Kind.PHONE: _cleaned_with_country(contact.phone),
    Kind.PERSON_NAME: _cleaned(contact.person_name),
    Kind.COMPANY: _cleaned(Normalised),
    Kind.DOMAIN: _cleaned(contact.domain),
    Kind.URL: _cleaned(contact.url),
    Kind.COUNTRY: _cleaned(places.country),
    Kind.REGION: _cleaned_with_country(places.region),
    Kind.POSTAL_CODE: _cleaned_with_country(places.postal_code),
    Kind.LANGUAGE: _cleaned(language),
    Kind.DATE: _date,
    Kind.DATETIME: _datetime,
    Kind.NUMBER: _number,
    Kind.MONEY: _money,
    Kind.BOOLEAN: _boolean,
    Kind.ENUM: _enum,
    Kind.LIST: _list,
}

_PLAIN: Mapping[Kind, Normaliser] = {kind: normaliser(KindSpec(kind)) for kind in Kind}
