"""Laws of the kinds: normalising never fails, and a canonical value is its own canonical form."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.flow.quality.normalise import normaliser
from core.flow.quality.same import same
from core.model.kind_options import option_problems
from core.model.records import Scalar
from core.model.vocabulary import Kind, KindSpec

SPECS = (
    *(KindSpec(kind) for kind in Kind),
    KindSpec(Kind.DATE, format="%d/%m/%y"),
    KindSpec(Kind.DATE, format="%m-%d-%Y"),
    KindSpec(Kind.DATETIME, format="%d.%m.%Y %H:%M", zone="Europe/Berlin"),
    KindSpec(Kind.DATETIME, zone="America/New_York"),
    *(KindSpec(Kind.NUMBER, locale=locale) for locale in ("de", "en", "fr", "ch")),
    *(KindSpec(Kind.MONEY, locale=locale, currency="EUR") for locale in ("de", "en", "fr", None)),
    KindSpec(Kind.MONEY, currency="JPY"),
    KindSpec(Kind.MONEY, locale="de", currency="KWD"),
    KindSpec(Kind.ENUM, choices=("Hot", "COLD", " luke  warm")),
    *(KindSpec(Kind.LIST, separator=separator) for separator in (",", "|", "::", " ", "\t")),
)
SNIPPETS = """1 234 0 00 . , ' - + % € $ EUR kr ( 49 30 23125 @ example .com www. http:// / : T Z 2026 01 31 am Jan de _ DE US CA
    sw1a 1aa [ ] " ; yes Hot ß İ ١ x tel: Bern < > 00:30"""
PIECES = st.sampled_from([*SNIPPETS.split(), *" \u0301\u200b\ud83d\u00a0\n"])
RAW: st.SearchStrategy[Scalar] = (
    st.lists(PIECES, max_size=9).map("".join)
    | st.text(st.characters(exclude_categories=()), max_size=30)
    | st.dates().map(str)
    | st.datetimes().map(str)
    | st.from_regex(r"\A[+-]?\d{1,4}([., ']\d{3}){0,3}([.,]\d{1,5})? ?(€|EUR|USD|kr|JPY|KWD|%)?\Z")
    | st.integers()
    | st.sampled_from([10**50, -(10**5000), 1e300, 1e-300, float("nan"), float("inf")])
    | st.floats()
    | st.booleans()
    | st.none()
)


@pytest.mark.parametrize("spec", SPECS, ids=str)
@settings(max_examples=80, deadline=None)
@given(raw=RAW, country=st.sampled_from([None, "DE", "US", "CA", "GB", "CH", "AT", "RU", "SE"]))
def test_a_canonical_value_is_its_own_canonical_form(spec: KindSpec, raw: Scalar, country: str | None) -> None:
    first = normaliser(spec)(raw, country)

    if first.problem is None:
        again = normaliser(spec)(first.value, country)
        assert again == first
        assert type(again.value) is type(first.value)
        assert same(spec.kind, first.value, first.value)


@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=50, deadline=None)
@given(ours=RAW, theirs=RAW, length=st.none() | st.integers(0, 9))
def test_any_two_values_can_be_compared(kind: Kind, ours: Scalar, theirs: Scalar, length: int | None) -> None:
    assert same(kind, ours, theirs, length=length) in (True, False)


@pytest.mark.parametrize("kind", list(Kind))
@settings(max_examples=40, deadline=None)
@given(raw=RAW)
@example(raw=0.0)
@example(raw="+\u06610000000")  # an Arabic digit
@example(raw="aḿ")
def test_a_value_is_the_same_as_its_canonical_form(kind: Kind, raw: Scalar) -> None:
    found = normaliser(KindSpec(kind))(raw, None)

    if found.problem is None and kind not in (Kind.PERSON_NAME, Kind.REGION, Kind.EMAIL):
        assert same(kind, found.value, raw)


@settings(deadline=None)
@given(st.builds(KindSpec, st.sampled_from(Kind), *[st.none() | st.text(max_size=8)] * 4, choices=st.lists(st.text(max_size=3)).map(tuple)))
def test_options_can_be_checked_whatever_they_are(spec: KindSpec) -> None:
    assert all(message for message in option_problems(spec).values())
