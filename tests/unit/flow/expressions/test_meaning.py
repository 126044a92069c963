"""What expressions mean: nulls, truth, types that meet, times, lists, names of every shape."""

from __future__ import annotations

from typing import Any

import pytest

from core.flow.mapping.expressions import EvaluationError, Type, helpers, parse

RECORD: dict[str, Any] = {
    "country": "DE",
    "employees": 70,
    "share": 12.5,
    "postal_code": "10115",
    "blank": "",
    "zero": 0,
    "yes": True,
    "no": False,
    "tags": ["vip", "fair"],
    "empty": [],
    "nothing": None,
    "at": "2026-01-31T18:30:00+01:00",
    "day": "2026-01-31",
    "field_data": {"email": "ada@example.com", "x y": "odd", "rows": [{"a": 1}, {"a": 2}]},
    "E-Mail Adresse": "bo@example.org",
    "a.b": "dotted",
    "in": "a word",
}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('country == "DE" and employees >= 50', True),
        ("country == 'DE' && !(employees < 50) || false", True),
        ('not country == "DE" or no', False),
        ("true and (nothing or (blank and country))", False),
        ("yes and (country or no)", True),
        ("employees > 50 ? 'large' : 'small'", "large"),
        ("no ? 1 : nothing ? 2 : 3", 3),
        ('country in ["AT", "DE"]', True),
        ('country not in ["AT", "DE"]', False),
        ('"email" in field_data', True),
        ("70 in [1, 70]", True),
        ("yes in [1]", False),
        ("1 + 2 * 3 - 4", 3),
        ("7 / 2", 3.5),
        ("6 / 2", 3),
        ("-7 % 3", -1),
        ("-employees", -70),
        ("7.5 % 2", 1.5),
        ('"a" + "b" + country', "abDE"),
        ("tags + [country]", ["vip", "fair", "DE"]),
        ("1 == 1.0", True),
        ("[1] == [true]", False),
        ("field_data == field_data", True),
    ],
)
def test_operators_mean_what_they_say(text: str, value: Any) -> None:
    got = parse(text, None).evaluate(RECORD)

    assert (got, type(got)) == (value, type(value))


@pytest.mark.parametrize(
    "text", ["nothing", "blank", "zero", "no", "empty", "absent", "field_data.absent", "0.0", "''", "null", "bool('')"]
)
def test_nothing_and_what_is_empty_is_false_as_a_condition(text: str) -> None:
    assert _truth(text) is False
    assert _truth(f"not ({text})") is True
    assert _truth(f"{text} or country") is True


@pytest.mark.parametrize(
    "text", ["country", "employees", "yes", "tags", "field_data", "' '", "duration('1s')", "not nothing", "timestamp(at)"]
)
def test_everything_else_is_true_as_a_condition(text: str) -> None:
    assert _truth(text) is True


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("absent == null", True),
        ("absent != null", False),
        ("absent == nothing", True),
        ('absent == ""', False),
        ("absent == false", False),
        ("absent == 0", False),
        ("absent != 0", True),
        ("absent > 1", False),
        ("1 > absent", False),
        ("absent <= null", False),
        ('absent.contains("x")', False),
        ("country.startsWith(absent)", False),
        ("absent.lowerAscii()", None),
        ('absent.replace("a", "b")', None),
        ("absent.split(',')", None),
        ("absent.join(',')", None),
        ("absent.substring(1)", None),
        ("size(absent)", 0),
        ("absent + 1", None),
        ("country + absent", None),
        ("-absent", None),
        ("int(absent)", None),
        ("timestamp(absent) > timestamp(at)", False),
        ("absent.exists(x, true)", False),
        ("absent.all(x, true)", False),
        ("absent.filter(x, true)", None),
        ("absent.a.b[3]", None),
        ("absent in tags", False),
        ("country in absent", False),
        ("has(absent)", False),
        ("has(field_data.email)", True),
        ("has(blank)", True),
        ("has(field_data.rows[1].b)", False),
    ],
)
def test_null_is_never_an_error(text: str, value: Any) -> None:
    assert parse(text, None).evaluate(RECORD) == value


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("country > 5", "`>` cannot compare text with a number."),
        ("employees == country", "`==` cannot compare a number with text."),
        ('employees == "70"', "`==` cannot compare a number with text."),
        ("yes == 1", "`==` cannot compare true or false with a number."),
        ("tags != 1", "`!=` cannot compare a list with a number."),
        ("yes < no", "`<` cannot compare true or false with true or false."),
        ("country + 1", "`+` cannot take text and a number. Convert the number with `string(...)`."),
        ("yes + 1", "`+` cannot take true or false and a number."),
        ("country * 2", "`*` cannot take text and a number."),
        ("1 / zero", "`/` cannot divide by zero."),
        ("1 % zero", "`%` cannot divide by zero."),
        ("1.0 / 0", "`/` cannot divide by zero."),
        ('employees.startsWith("7")', "`startsWith` needs text, not a number. Convert it with `string(...)`."),
        ('tags.contains("vip")', "`contains` needs text, not a list. Look into a list with `in`."),
        ('"D" in country', "`in` looks into a list. To look into a text, write `text.contains(part)`."),
        ("int(country)", "`int` needs a text of digits."),
        ("double(country)", "`double` needs a text such as `12.5`"),
        ("bool(country)", "`bool` needs a text such as `true`"),
        ("string(tags)", "`string` cannot write a list as text."),
        ("timestamp(country)", "This text is not a time."),
        ("timestamp(at) > country", "This text is not a time."),
        ("country.exists(x, true)", "walk through a list, not text."),
        ("country.substring(-employees)", "`substring` counts from 0"),
        ("country.matches(blank + '(')", "The pattern of `matches` is not a regular expression"),
        ("9223372036854775807 + 1", "A number is too large"),
        ("1e308 * 10", "A number is too large"),
    ],
)
def test_types_that_clash_are_an_error_in_an_admins_words(text: str, message: str) -> None:
    with pytest.raises(EvaluationError) as caught:
        parse(text, None).evaluate(RECORD)

    assert message in caught.value.message


def test_a_message_holds_nothing_of_the_record() -> None:
    record = {"a": "ada.secret@example.com", "b": "(ada.secret", "n": 5}

    for text in ("a > n", "int(a)", "timestamp(a)", "a.matches(b)", "bool(a)", "duration(a)", "a + n", "a.exists(x, x)"):
        with pytest.raises(EvaluationError) as caught:
            parse(text, None).evaluate(record)
        assert "secret" not in caught.value.message


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('code == "A1"', False),
        ('code != "A1"', True),
        ('code == ""', False),
        ('code in ["A1", "7"]', False),
    ],
)
def test_a_text_that_could_be_nothing_else_is_just_not_equal_to_a_number(text: str, value: bool) -> None:
    assert parse(text, None).evaluate({"code": 7}) is value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('timestamp(at) == timestamp("2026-01-31T17:30:00Z")', True),
        ('at < timestamp("2026-01-31T18:00:00Z")', True),
        ('timestamp(day) == timestamp("2026-01-31T00:00:00Z")', True),
        ('timestamp(at) - timestamp(day) > duration("17h")', True),
        ("timestamp(at)", "2026-01-31T17:30:00+00:00"),
        ('timestamp(day) + duration("1d30m")', "2026-02-01T00:30:00+00:00"),
        ("timestamp(at) - timestamp(day)", "63000s"),
        ('[timestamp("2026-01-31")]', ["2026-01-31T00:00:00+00:00"]),
        ('string(duration("1.5s"))', "1.5s"),
        ('-duration("1h") < duration("0s")', True),
        ('timestamp(day + "T10:00:00")', "2026-01-31T10:00:00+00:00"),
        ('timestamp("")', None),
    ],
)
def test_times_are_reckoned_in_utc_and_given_as_iso_text(text: str, value: Any) -> None:
    assert parse(text, None).evaluate(RECORD) == value


def test_fields_of_type_time_are_compared_as_times_though_they_are_texts() -> None:
    names = {"a": Type.TIME, "b": Type.TIME}
    record = {"a": "2026-01-31T23:30:00+00:00", "b": "2026-02-01T00:30:00+01:00"}

    assert parse("a == b", names).evaluate(record) is True
    assert parse('a > "2026-01-31"', names).evaluate(record) is True
    assert parse("a - b", names).evaluate(record) == "0s"
    assert parse("a", names).evaluate(record) == "2026-01-31T23:30:00+00:00"
    assert parse('a > "2026-01-31"', names).evaluate({}) is False


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("field_data.rows.map(r, r.a)", [1, 2]),
        ("field_data.rows.map(r, r.a > 1, string(r.a))", ["2"]),
        ("field_data.rows.filter(r, r.a != 1)", [{"a": 2}]),
        ("field_data.rows.exists(r, r.a == 2 and country == 'DE')", True),
        ("field_data.rows.all(r, r.a > 0)", True),
        ("empty.all(r, false)", True),
        ("field_data.rows.exists_one(r, has(r.a))", False),
        ("tags.map(t, tags.map(u, t + u).join(' ')).join(';')", "vipvip vipfair;fairvip fairfair"),
        ("tags.map(country, country.upperAscii())", ["VIP", "FAIR"]),
        ("tags.map(t, tags[0] == t)", [True, False]),
        ("[0, 1].map(i, tags[i])", ["vip", "fair"]),
        ("tags.map(t, field_data[t])", [None, None]),
    ],
)
def test_macros_walk_through_lists(text: str, value: Any) -> None:
    assert parse(text, None).evaluate(RECORD) == value


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("field_data.email", ("field_data", "email"), "ada@example.com"),
        ('field_data["x y"]', ("field_data", "x y"), "odd"),
        ("field_data.rows[1].a", ("field_data", "rows", 1, "a"), 2),
        ("field_data.rows.1.a", ("field_data", "rows", 1, "a"), 2),
        ("`E-Mail Adresse`", ("E-Mail Adresse",), "bo@example.org"),
        ("field_data.`x y`", ("field_data", "x y"), "odd"),
        ("a.b", ("a", "b"), "dotted"),
        ("`in`", ("in",), "a word"),
        ("field_data.in", ("field_data", "in"), None),
        ("größe", ("größe",), None),
    ],
)
def test_names_of_every_shape_are_paths(text: str, path: tuple[str | int, ...], value: Any) -> None:
    expression = parse(text, None)

    assert expression.paths == (path,)
    assert expression.evaluate(RECORD) == value


def test_paths_list_what_is_read_once_and_without_the_variables_of_macros() -> None:
    expression = parse("a.b > 1 and xs.exists(x, x.k == a.b and c) ? a.b : ys[d]", None)

    assert expression.paths == (("a", "b"), ("xs",), ("c",), ("ys",), ("d",))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("country", Type.TEXT),
        ("size(country) + 1", Type.NUMBER),
        ("country and employees", Type.BOOLEAN),
        ("at - at", Type.DURATION),
        ('at + duration("1h")', Type.TIME),
        ("tags.map(t, t)", Type.LIST),
        ("tags[0]", Type.ANY),
        ("null", Type.NULL),
        ('employees > 1 ? "a" : null', Type.TEXT),
        ('employees > 1 ? "a" : 1', Type.ANY),
        ("context.received_at", Type.TIME),
        ("form.x + 1", Type.NUMBER),
    ],
)
def test_the_type_is_known_as_far_as_it_can_be(text: str, kind: Type) -> None:
    names = {"country": Type.TEXT, "employees": Type.NUMBER, "at": Type.TIME, "tags": Type.LIST, "form": Type.MAP}

    assert parse(text, names | {"context.received_at": Type.TIME}).type is kind


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (r'"a\n\t\"\u00e9\x41\\"', 'a\n\t"éA\\'),
        (r'r"\d+\n"', r"\d+\n"),
        (r"'it\'s'", "it's"),
        (r'"\U0001F600"', "😀"),
        ('"`" + "(["', "`(["),
    ],
)
def test_texts_may_hold_escapes(text: str, value: str) -> None:
    assert parse(text, None).evaluate({}) == value


def _truth(text: str) -> Any:
    namespace = dict(helpers())
    exec(f"def ask(record): return {parse(text, None).truth(lambda path: f'x_read(record, {path!r})')}", namespace)
    return namespace["ask"](RECORD)
