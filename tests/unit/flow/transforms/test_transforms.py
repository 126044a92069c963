"""Transforms do what their samples say, take arguments in every form, and fail in one way only."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.flow.mapping.transforms.arguments import read_arguments
from core.flow.mapping.transforms.registry import TRANSFORMS, find_transform
from core.flow.mapping.transforms.transform import Sample, Shape, Transform, TransformFailed, TransformRefused

SAMPLES = [(transform, sample) for transform in TRANSFORMS.values() for sample in transform.samples]
TEXTS = st.text(st.characters(exclude_categories=()), max_size=40) | st.lists(
    st.sampled_from(
        ["<p>", "</", "<!--", "&#", "&amp;", "9", "-", ".", "://", "@", "[", "?", "=", "%", "2026", "\ud83d", "\u0301", " ", "true"]
    )
).map("".join)
SCALARS = TEXTS | st.integers() | st.floats() | st.booleans() | st.builds(lambda: 10**5000)
VALUES: dict[Shape, st.SearchStrategy[Any]] = {
    Shape.TEXT: TEXTS,
    Shape.LIST: st.lists(SCALARS | st.none(), max_size=5),
    Shape.ANY: SCALARS | st.lists(SCALARS, max_size=3),
}


def run(name: str, arguments: Any, value: Any) -> Any:
    transform = find_transform(name)
    return transform.forward(read_arguments(transform, arguments))(value)


def refusal(name: str, arguments: Any) -> str:
    with pytest.raises(TransformRefused) as refused:
        read_arguments(find_transform(name), arguments)
    return str(refused.value)


@pytest.mark.parametrize(("transform", "sample"), SAMPLES, ids=lambda part: getattr(part, "name", None) or str(part))
def test_every_sample_is_true(transform: Transform, sample: Sample) -> None:
    gives = run(transform.name, sample.arguments, sample.given)

    assert gives == sample.gives
    assert type(gives) is type(sample.gives)


@pytest.mark.parametrize(("transform", "sample"), SAMPLES, ids=lambda part: getattr(part, "name", None) or str(part))
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_no_value_makes_a_transform_fail_in_another_way(transform: Transform, sample: Sample, data: st.DataObject) -> None:
    arguments = read_arguments(transform, sample.arguments)
    back = transform.backward(arguments) if transform.backward else None

    for step, shape in ((transform.forward(arguments), transform.takes), (back, Shape.ANY)):
        value = data.draw(VALUES[shape] if step is not back or transform.gives is not Shape.TEXT else TEXTS)
        try:
            result = step(value) if step else None
        except TransformFailed as failure:
            assert str(failure)
        else:
            assert result is None or isinstance(result, (str, int, float, list))
            assert transform.gives is not Shape.TEXT or step is back or result is None or isinstance(result, str)


@pytest.mark.parametrize(
    ("transform", "sample"), [pair for pair in SAMPLES if pair[0].inline], ids=lambda part: getattr(part, "name", None) or str(part)
)
@settings(max_examples=50, deadline=None)
@given(text=TEXTS)
@example(text="")
def test_the_source_of_a_transform_does_what_the_function_does(transform: Transform, sample: Sample, text: str) -> None:
    arguments = read_arguments(transform, sample.arguments)
    source = transform.inline(arguments, "v") if transform.inline else None

    assert source is not None
    assert eval(source, {"v": text}) == transform.forward(arguments)(text)  # noqa: S307  # the source is ours


def test_every_transform_has_a_sample_and_a_summary_in_one_sentence() -> None:
    assert all(transform.samples and transform.summary.endswith(".") for transform in TRANSFORMS.values())
    assert {transform.name for transform in TRANSFORMS.values()} == set(TRANSFORMS)


@pytest.mark.parametrize(
    ("arguments", "gives"),
    [
        (["a", "b"], "bnn"),
        ({"find": "a", "with": "b"}, "bnn"),
        ({"with": "b", "find": "a"}, "bnn"),
        ("a", "nn"),
        ({"find": "n", "with": 5}, "a55"),
        ({"find": "n", "with": True}, "atruetrue"),
    ],
)
def test_arguments_come_by_position_by_name_or_alone(arguments: Any, gives: str) -> None:
    assert run("replace", arguments, "ann") == gives


@pytest.mark.parametrize(
    ("name", "arguments", "message"),
    [
        ("trim", "x", "`trim` was given 1 arguments; it takes none"),
        ("replace", None, "`replace` needs `find`: What is looked for"),
        ("replace", {"fnd": "a"}, "Did you mean 'find'?"),
        ("replace", ["a", "b", "c"], "3 arguments; it takes `find`, `with`"),
        ("replace", {"find": ["a"]}, "must be one value"),
        ("truncate", "long", "must be a whole number, not 'long'"),
        ("truncate", 0, "must be at least 1"),
        ("truncate", [2, "..."], "`ellipsis` of `truncate` must be shorter"),
        ("truncate", True, "whole number"),
        ("truncate", "²", "whole number"),
        ("extract", "(", "is not a regular expression"),
        ("extract", ["(a)", 2], "the pattern has 1 groups, not 2"),
        ("extract", ["(?<x>a)", "y"], "its groups are called x"),
        ("divide", 0, "must not be 0"),
        ("times", "many", "must be a number"),
        ("times", "1e999999999", "must be a number"),
        ("zone", "Berlin", "there is no time zone 'Berlin'"),
        ("date_format", "%Q", "%Q is not known"),
        ("date_format", "dd.mm.yyyy", "must hold directives"),
        ("date_parse", "%d.%m.", "must hold a year, a month and a day"),
        ("number_format", {"locale": "xx"}, "'xx' is not known"),
        ("number_format", {"thousands": "maybe"}, "must be `true` or `false`"),
        ("yes_no", ["a", "a"], "two different words"),
        ("yes_no", "Ja", "needs `false`"),
        ("separator", ";;", "nor one a part of the other"),
        ("split", {"separator": ""}, "is empty"),
        ("template", "Lead", "must hold {} once"),
        ("pad_left", [3, "ab"], "one character"),
        ("hash", "emial", "Did you mean 'email'?"),
        ("country_name", "fr", "must be one of `en`, `de`"),
    ],
)
def test_arguments_that_make_no_sense_are_refused_in_words(name: str, arguments: Any, message: str) -> None:
    assert message in refusal(name, arguments)


def test_a_transform_that_there_is_not_names_the_nearest() -> None:
    with pytest.raises(TransformRefused, match=r"There is no transform 'trimm'\. Did you mean 'trim'\?"):
        find_transform("trimm")


@settings(deadline=None)
@given(
    st.sampled_from(sorted(TRANSFORMS)), st.recursive(SCALARS | st.none(), lambda v: st.lists(v) | st.dictionaries(TEXTS, v), max_leaves=4)
)
def test_no_arguments_break_the_reading_of_them(name: str, given_arguments: Any) -> None:
    try:
        read_arguments(TRANSFORMS[name], given_arguments)
    except TransformRefused as refused:
        assert str(refused)


@pytest.mark.parametrize(
    ("text", "length", "cut"),
    [("e\u0301e\u0301", 3, "e\u0301"), ("👩\u200d💻!", 2, ""), ("👍🏽!", 1, ""), ("ab\ud83d\ude00", 3, "ab"), ("a b", 2, "a")],
)
def test_a_cut_never_parts_what_is_one_character_to_the_eye(text: str, length: int, cut: str) -> None:
    assert run("truncate", length, text) == cut


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("<style>p{}</style>Hi<br/>there<!-- no > -->!", "Hi\nthere!"),
        ("<SCRIPT>alert('<p>')</Script >x", "x"),
        ("5 > 3 < 9", "5 > 3 < 9"),
        ("<b>A</b>da &euro; &#8364; &unknown;", "Ada € € &unknown;"),
        ("a<!-- never closed <b>", "a"),
        ("&#" + "9" * 5000 + ";", "&#" + "9" * 5000 + ";"),
        ("<header>top</header><head>no</head>x", "top\nx"),
        ("<a href='x", "<a href='x"),
    ],
)
def test_html_becomes_its_text(source: str, text: str) -> None:
    assert run("strip_html", None, source) == text


def test_html_of_any_sort_takes_no_long_time() -> None:
    for piece in ("<", "<a", "<!--", "<script>", "&", "</p", "<a>", "<script></script"):
        assert len(run("strip_html", None, piece * 200_000) or "") <= len(piece) * 200_000


def test_a_pattern_that_runs_away_fails_its_value_alone() -> None:
    with pytest.raises(TransformFailed, match="took too long"):
        run("extract", "(a|aa)+$", "a" * 60 + "b")


@pytest.mark.parametrize(
    ("name", "arguments", "value", "gives"),
    [
        ("times", "0.1", 3, 0.3),
        ("times", 100, "12.50", "1250"),
        ("divide", 3, 1, 1 / 3),
        ("plus", 1, -1, 0),
        ("round", 1, -0.25, -0.3),
        ("round", None, "-0.4", "0"),
        ("number_format", {"decimals": 2, "locale": "fr"}, -1234.567, "-1 234,57"),
        ("number_format", {"decimals": 1}, -0.04, "0.0"),
        ("date_format", "%A, %d %B %Y", "2026-01-31", "Saturday, 31 January 2026"),
        ("date_format", "%Y", "0987-01-01", "0987"),
        ("date_format", "%d.%m.%y %H:%M %%", "2026-01-31T08:15:00Z", "31.01.26 08:15 %"),
        ("domain_of", None, "Ada <ada@example.com>", "example.com"),
    ],
)
def test_results_are_as_one_would_write_them(name: str, arguments: Any, value: Any, gives: Any) -> None:
    assert run(name, arguments, value) == gives


@pytest.mark.parametrize(
    ("name", "arguments", "value"),
    [
        ("times", 2, "a"),
        ("times", 2, True),
        ("times", 2, [1]),
        ("plus", 1, float("inf")),
        ("not", None, "yes"),
        ("not", None, 1),
        ("country_name", None, "Atlantis"),
        ("date_format", "%Y", "31.01.2026"),
        ("from_epoch", None, 10**17),
        ("zone", "Asia/Tokyo", "9999-12-31T23:59:00+00:00"),
        ("separator", ",", "Sales, Marketing;IT"),
        ("date_parse", "%d.%m.%Y", "31.02.2026"),
    ],
)
def test_a_value_that_can_not_go_through_fails_and_is_not_named(name: str, arguments: Any, value: Any) -> None:
    with pytest.raises(TransformFailed) as failed:
        run(name, arguments, value)

    assert len(str(value)) < 3 or str(value) not in str(failed.value)
