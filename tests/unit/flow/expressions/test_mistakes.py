"""What an admin is told when an expression is not sound: the place, and what to write instead."""

from __future__ import annotations

import pytest

from core.flow.mapping.expressions import ExpressionError, Type, parse

NAMES = {
    "country": Type.TEXT,
    "email": Type.TEXT,
    "employees": Type.NUMBER,
    "active": Type.BOOLEAN,
    "submitted_at": Type.TIME,
    "tags": Type.LIST,
    "form": Type.MAP,
    "context.received_at": Type.TIME,
}


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ("", 1, "The expression is empty."),
        ('country == "DE', 12, 'The quote " that opens here is not closed.'),
        ("country == 'it\\'s", 12, "The quote ' that opens here is not closed."),
        ('(country == "DE"', 1, "The `(` that opens here is not closed; a `)` is missing."),
        ('country == "DE")', 16, "This `)` closes nothing; there is no open bracket before it."),
        ("tags[(0]", 8, "This `]` cannot close the `(` at column 6; write `)`."),
        ('country = "DE"', 9, "Write `==` to compare two values."),
        ('country === "DE"', 11, "Write `==` to compare two values."),
        ("employees => 5", 11, "Write `<=` or `>=`, with the `=` last."),
        ('country <> "DE"', 9, "Write `!=` for 'is not equal'."),
        ("country & email", 9, "Write `&&` or `and`."),
        ("country | lower", 9, "Write `||` or `or`. A pipe with transforms cannot stand in an expression."),
        ("country AND email", 9, "Write `and` instead of `AND`."),
        ("country is null", 9, "Write `==` instead of `is`."),
        ("active == True", 11, "Write `true` instead of `True`."),
        ("country == None", 12, "Write `null` instead of `None`."),
        ('country contains "D"', 9, 'Write a dot before it and brackets after it: `name.contains("text")`.'),
        ("country email", 9, "An operator is missing before `email`, such as `and` or `==`."),
        ("country ==", 11, "The expression ends too early; something is missing after `==`."),
        ("country and", 12, "The expression ends too early; something is missing after `and`."),
        ("and country", 5, "Something is missing before `and`."),
        ("in", 1, "`in` cannot stand here; something is missing before or after it."),
        ("if country then 1", 4, "Write a choice as `condition ? value : other_value`."),
        ("“DE” == country", 1, "Write a text in straight quotes: \"...\" or '...'."),
        ("employees > 1,5", 14, "Write numbers with a decimal point and without separators of thousands."),
        ("employees > .5", 13, "Write the 0 before the decimal point: `0.5`."),
        ("employees > 24h", 15, 'An operator is missing before `h`, such as `and` or `==`. A duration is written `duration("24h")`.'),
        ("employees ** 2", 12, "There is no power and no pattern with `*`; `*` multiplies two numbers."),
        ("country; email", 8, "`;` cannot stand here. Join conditions with `and` or `or`."),
        ('{"a": 1}', 1, "Groups of fields in `{}` cannot be written in an expression."),
        ("country ==\n  (1, 2)", 16, "`,` cannot stand here."),
        ("99999999999999999999", 1, "The number is too large; 9,223,372,036,854,775,807 is the largest."),
        ("1e999", 1, "The number is too large."),
        (r'country.matches("\d")', 18, r'`\d` means nothing in a text. Write `\\d`, or put an r before the quotes: r"\d".'),
        (r'"\uD800"', 2, r"`\uD800` is not a character."),
    ],
)
def test_a_slip_of_the_pen_is_named_in_its_place(text: str, column: int, message: str) -> None:
    assert _complaint(text) == (column, message)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        ('contry == "DE"', 1, "There is no field 'contry'. Did you mean 'country'?"),
        ("email and emial", 11, "There is no field 'emial'. Did you mean 'email'?"),
        ("xyzzy", 1, "There is no field 'xyzzy'."),
        ("context.receivd_at == null", 1, "There is no field 'context.receivd_at'. Did you mean 'context.received_at'?"),
        ("country.code", 1, "'country' is text and has no part 'code'."),
        ("country[0]", 1, "'country' is text and has no part '0'."),
        ("(country + email)[0]", 18, "Text has no parts. To cut out of a text, write `text.substring(start, end)`."),
        ("tags.exists(tg, tag == 1)", 17, "There is no field 'tag'. Did you mean 'tags'?"),
        ("has", 1, "There is no field 'has'. `has` is written with brackets: `has(field)`."),
        ('country.contians("x")', 9, "There is no function 'contians'. Did you mean 'contains'?"),
        ("country.lower()", 9, "There is no function 'lower'. Did you mean 'lowerAscii'?"),
        ("len(tags) > 1", 1, "There is no function 'len'. Did you mean 'size'?"),
        ('contains(country, "x")', 1, "`contains` is written `text.contains(part)`."),
        ("employees.int()", 11, "`int` is written `int(x)`."),
        ("size()", 1, "`size` is written `size(x) or x.size()`; here it has 0 arguments."),
        ("country.trim(1)", 9, "`trim` is written `text.trim()`; here it has 1 argument."),
        ('has("email")', 1, "`has` takes the name of one field: `has(email)`."),
        ("tags.exists(t)", 6, "`exists` is written `list.exists(x, condition)`."),
        (
            "tags.map(1, 2)",
            10,
            "`map` is written `list.map(x [, condition], value)`; the first argument is a name of your choice for the item.",
        ),
    ],
)
def test_an_unknown_name_is_told_the_nearest_that_is_valid(text: str, column: int, message: str) -> None:
    assert _complaint(text) == (column, message)


@pytest.mark.parametrize(
    ("text", "column", "message"),
    [
        (
            'employees > "5"',
            11,
            "`>` cannot compare a number with text. Convert the text with `double(...)` or the number with `string(...)`.",
        ),
        ("employees == active", 11, "`==` cannot compare a number with true or false."),
        ('!country == "DE"', 10, "`==` cannot compare true or false with text. Convert the text with `bool(...)`."),
        ("active > 1", 8, "`>` cannot order true or false; it takes numbers, texts and times."),
        ("submitted_at > country", 14, "`>` cannot compare a time with text. Convert the text with `timestamp(...)`."),
        ('submitted_at > "soon"', 16, "This text is not a time. A time is written `2026-01-31` or `2026-01-31T18:30:00Z`."),
        ('timestamp("31.01.2026")', 11, "This text is not a time. A time is written `2026-01-31` or `2026-01-31T18:30:00Z`."),
        ('duration("1 day")', 10, "This is not a duration. A duration is a text such as `24h`, `1h30m`, `45s` or `30d`."),
        ('"D" in country', 5, "`in` looks into a list. To look into a text, write `text.contains(part)`."),
        ("1 in employees", 3, "`in` looks into a list, not into a number."),
        (
            'employees in ["1", "2"]',
            11,
            "`in` cannot compare a number with text. Convert the text with `double(...)` or the number with `string(...)`.",
        ),
        ('tags.contains("x")', 1, "`contains` looks into a text. To look into a list, write `value in list`."),
        ('employees.startsWith("1")', 1, "`startsWith` needs text, not a number. Convert it with `string(...)`."),
        ("country.substring(country)", 19, "`substring` needs a number, not text."),
        ("country + employees", 9, "`+` cannot take text and a number. Convert the number with `string(...)`."),
        ('"a" * 5', 5, "`*` cannot take text and a number. Convert the text with `int(...)` or `double(...)`."),
        ("-country", 1, "`-` needs a number, not text."),
        ("size(employees)", 6, "`size` needs text or a list or a group of fields, not a number."),
        ("country.map(x, x)", 9, "`map` walks through a list, not text."),
        ("tags[active]", 6, "Brackets take a position or the name of a field, not true or false."),
        ('country.replace("", "x")', 17, "`replace` needs a text to look for that is not empty."),
        ('country.split("")', 15, "`split` needs a separator that is not empty."),
        ('country.matches("(")', 17, "'(' is not a regular expression: missing ) at position 1."),
    ],
)
def test_types_that_cannot_meet_are_told_before_there_is_a_record(text: str, column: int, message: str) -> None:
    assert _complaint(text) == (column, message)


@pytest.mark.parametrize("text", ["now() > submitted_at", "today()", "now", "email and time()"])
def test_there_is_no_clock_and_the_message_says_what_there_is(text: str) -> None:
    _, message = _complaint(text)

    assert message.endswith("Use `_context.received_at`.")


@pytest.mark.parametrize("text", ["True", "country == NULL", "x == undefined"])
def test_words_of_other_languages_are_told_even_where_any_name_is_allowed(text: str) -> None:
    with pytest.raises(ExpressionError, match=r"^Write `"):
        parse(text, None)


def _complaint(text: str) -> tuple[int, str]:
    with pytest.raises(ExpressionError) as caught:
        parse(text, NAMES)
    return caught.value.column, caught.value.message
