"""Laws of the transforms that go both ways: what one direction gives, the other undoes exactly, or the value is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.flow.mapping.transforms.arguments import read_arguments
from core.flow.mapping.transforms.registry import TRANSFORMS, find_transform
from core.flow.mapping.transforms.transform import OutOfDomain, Step, TransformFailed, two_way
from core.model.countries import countries

MOMENTS = st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
WHOLE_SECONDS = st.integers(-(10**10), 10**11).map(lambda seconds: datetime.fromtimestamp(seconds, UTC).isoformat())
DAYS = st.dates().map(str)
TEXTS = st.text(st.characters(exclude_categories=()), max_size=20) | st.text("ab,;|-. {}0", max_size=9)
NUMBERS = st.integers(-(10**9), 10**9) | st.decimals(-(10**6), 10**6, places=2).map(float)
WORDS = st.sampled_from(["Ja", "Nein", "ja", "true", "false", "True", "yes", ""])
PLACES = st.sampled_from([*countries(), *(c.english for c in countries().values()), *(c.german for c in countries().values())])

CASES: list[tuple[str, Any, st.SearchStrategy[Any]]] = [
    *(("prefix", text, TEXTS) for text in ("", "a", "Web: ")),
    *(("suffix", text, TEXTS) for text in ("", "b", " (web)")),
    *(("template", text, TEXTS) for text in ("{}", "a{}b", "Lead from {}", "aa{}aa")),
    *(("separator", given, TEXTS) for given in (",", "|", [" | "], ["-", ","], ";")),
    *(("times", by, NUMBERS) for by in (1, 100, "0.01", -3, "1.19", "1e20")),
    *(("divide", by, NUMBERS) for by in (100, 3, "-0.5", 7, 1000000)),
    *(("plus", amount, NUMBERS) for amount in (0, 1, "0.1", -19)),
    *(("minus", amount, NUMBERS) for amount in (0, 5, "0.3")),
    *(("number_format", a, NUMBERS) for a in (None, [2, "de"], [0, "ch"], [None, "fr"], {"decimals": 1, "thousands": False})),
    ("not", None, st.booleans() | WORDS),
    *(("yes_no", words, st.booleans() | WORDS) for words in (["Ja", "Nein"], ["true", "false"], ["1", "0"], ["yes", ""])),
    *(("country_name", language, PLACES) for language in ("en", "de")),
    *(("date_format", form, DAYS) for form in ("%d.%m.%Y", "%m/%d/%y", "%d %B %Y", "%j %Y", "%A %d %b %Y")),
    ("date_format", {"format": "%d.%m.%Y %H:%M:%S", "zone": "Europe/Berlin"}, WHOLE_SECONDS),
    ("date_format", "%Y-%m-%d %I:%M:%S.%f %p", MOMENTS),
    ("date_format", ["%Y%m%d%H%M%S%z", "America/New_York"], WHOLE_SECONDS),
    ("date_format", "%d.%m.%Y", MOMENTS),
    *(("date_parse", form, DAYS | st.from_regex(r"\A[0-3]?\d\.[01]?\d\.(20)?\d\d\Z")) for form in ("%d.%m.%Y", "%d.%m.%y", "%Y-%m-%d")),
    *(("zone", name, MOMENTS | DAYS) for name in ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu")),
    *(("epoch", a, MOMENTS | WHOLE_SECONDS | DAYS) for a in (None, "seconds", {"of": "day"}, ["seconds", "day"])),
    *(("from_epoch", a, NUMBERS | st.integers().map(str)) for a in (None, "seconds", {"of": "day"})),
]
REMOTE = TEXTS | NUMBERS | st.booleans() | MOMENTS | DAYS | WORDS | PLACES | st.floats() | st.integers(0, 10**13).map(lambda n: n * 1000)


def directions(name: str, arguments: Any) -> tuple[Step, Step]:
    transform = find_transform(name)
    both = two_way(transform, read_arguments(transform, arguments))
    assert both is not None
    return both


def assert_undone(there: Step, back: Step, value: Any) -> None:
    try:
        result = there(value)
    except TransformFailed:
        return
    returned = back(result)
    assert returned == value
    assert isinstance(returned, bool) == isinstance(value, bool)


@pytest.mark.parametrize(("name", "arguments", "values"), CASES, ids=lambda part: str(part)[:40])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_went_forth_comes_back_exactly_or_is_refused(
    name: str, arguments: Any, values: st.SearchStrategy[Any], data: st.DataObject
) -> None:
    forth, back = directions(name, arguments)

    assert_undone(forth, back, data.draw(values))
    assert_undone(back, forth, data.draw(REMOTE))


@pytest.mark.parametrize(("name", "arguments", "values"), CASES, ids=lambda part: str(part)[:40])
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_what_came_back_goes_forth_exactly(name: str, arguments: Any, values: st.SearchStrategy[Any], data: st.DataObject) -> None:
    """Values of the other side as this side would have written them are in its domain."""
    forth, back = directions(name, arguments)
    try:
        written = forth(data.draw(values))
    except TransformFailed:
        return

    assert forth(back(written)) == written


@pytest.mark.parametrize(
    ("name", "arguments", "ours", "theirs"),
    [
        ("times", 100, 12.5, 1250),
        ("times", "0.01", 1250, 12.5),
        ("times", 100, "12.5", "1250"),
        ("plus", "0.1", 0.2, 0.3),
        ("yes_no", ["Ja", "Nein"], False, "Nein"),
        ("not", None, True, False),
        ("separator", ",", "a;b;c", "a,b,c"),
        ("country_name", "de", "CH", "Schweiz"),
        ("date_format", "%d.%m.%Y", "2026-01-31", "31.01.2026"),
        ("zone", "Europe/Berlin", "2026-07-31T06:15:00+00:00", "2026-07-31T08:15:00+02:00"),
        ("epoch", {"of": "day"}, "2026-01-31", 1769817600000),
        ("number_format", {"decimals": 2, "locale": "de"}, 1234.5, "1.234,50"),
    ],
)
def test_ordinary_values_go_both_ways(name: str, arguments: Any, ours: Any, theirs: Any) -> None:
    forth, back = directions(name, arguments)

    assert forth(ours) == theirs
    assert back(theirs) == ours


@pytest.mark.parametrize(
    ("name", "arguments", "ours"),
    [
        ("separator", ",", "a,b;c"),
        ("date_format", "%d.%m.%Y", "2026-01-31T08:15:00+00:00"),
        ("date_format", ["%d.%m.%Y %H:%M", "Europe/Berlin"], "2026-10-25T01:30:00+00:00"),
        ("epoch", "seconds", "2026-01-31T08:15:00.500000+00:00"),
        ("country_name", None, "Deutschland"),
        ("divide", 3, 1),
        ("yes_no", ["1", "0"], "true"),
        ("number_format", [1, "de"], 1.25),
    ],
)
def test_a_value_that_would_come_back_otherwise_is_refused(name: str, arguments: Any, ours: Any) -> None:
    """01:30 UTC on 25 October is the second 02:30 in Berlin; the text 02:30 is read as the first."""
    forth, _ = directions(name, arguments)

    with pytest.raises(OutOfDomain):
        forth(ours)


def test_every_transform_with_a_way_back_is_tried_here() -> None:
    assert {name for name, transform in TRANSFORMS.items() if transform.backward} == {name for name, _, _ in CASES}


def test_arguments_without_a_way_back_say_so() -> None:
    times, form = find_transform("times"), find_transform("date_format")

    assert two_way(times, read_arguments(times, 0)) is None
    assert two_way(form, read_arguments(form, "%d.%m.")) is None
    assert two_way(find_transform("trim"), {}) is None
