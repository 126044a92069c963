"""Reading posted bodies: every encoding a form uses, and nothing but Invalid for what cannot be read."""

from __future__ import annotations

import json

import pytest

from connectors.web_form.body import read_body
from core.contract import Invalid

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def multipart(*parts: tuple[str, bytes], boundary: str = "xyz", end: bool = True) -> tuple[str, bytes]:
    """A multipart body out of (what follows `form-data; `, content) parts."""
    body = b"".join(
        b"--%b\r\nContent-Disposition: form-data; %b\r\n\r\n%b\r\n" % (boundary.encode(), head.encode("latin-1"), content)
        for head, content in parts
    )
    return f"multipart/form-data; boundary={boundary}", body + (f"--{boundary}--\r\n".encode() if end else b"")


def test_an_urlencoded_form_gives_its_fields() -> None:
    assert read_body(FORM, b"email=a%40example.com&name=Zo%C3%AB+K&empty=") == [{"email": "a@example.com", "name": "Zoë K", "empty": ""}]


def test_a_repeated_name_gives_a_list_in_order() -> None:
    assert read_body(FORM, b"a=1&a=2&b[]=3&c[]=4&c[]=5") == [{"a": ["1", "2"], "b": ["3"], "c": ["4", "5"]}]


def test_brackets_nest() -> None:
    body = b"fields[email][value]=a%40example.com&fields[name][value]=Ada&fields[tags][]=x&fields%5Btags%5D%5B%5D=y"
    assert read_body(FORM, body) == [{"fields": {"email": {"value": "a@example.com"}, "name": {"value": "Ada"}, "tags": ["x", "y"]}}]


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        (b"a=1&a[b]=2", {"a": "1", "a[b]": "2"}),
        (b"a[b]=2&a=1", {"a": [{"b": "2"}, "1"]}),
        (b"a[b=1", {"a[b": "1"}),
        (b"a]b[=1&[x]=2", {"a]b[": "1", "[x]": "2"}),
        (b"a[b][c]=1&a[b]=2", {"a": {"b": {"c": "1"}}, "a[b]": "2"}),
    ],
)
def test_names_that_cannot_nest_lose_no_value(body: bytes, fields: object) -> None:
    assert read_body(FORM, body) == [fields]


@pytest.mark.parametrize(
    ("content_type", "body", "name"),
    [
        (FORM, "name=Zoë".encode(), "Zoë"),
        (FORM, "name=Zoë".encode("cp1252"), "Zoë"),
        (FORM, b"name=Zo%EB", "Zoë"),
        (f"{FORM}; charset=ISO-8859-1", "name=Zoë 5 €".encode("cp1252"), "Zoë 5 €"),
        (f"{FORM}; charset=windows-1250", b"name=%8Aa", "Ša"),
        (f'{FORM}; charset="UTF-8"', b"name=Zo%C3%AB", "Zoë"),
        (f"{FORM}; charset=made-up", b"name=Zo%C3%AB", "Zoë"),
        (f"{FORM}; charset=rot13", b"name=Zo%C3%AB", "Zoë"),
        (JSON, '{"name":"Zoë"}'.encode("cp1252"), "Zoë"),
        (JSON, b'\xef\xbb\xbf{"name":"Zo\\u00eb"}', "Zoë"),
        (f"{JSON}; charset=utf-16", '{"name":"Zoë"}'.encode("utf-16"), "Zoë"),
    ],
)
def test_the_charset_is_the_declared_one_else_utf8_else_windows_1252(content_type: str, body: bytes, name: str) -> None:
    assert read_body(content_type, body) == [{"name": name}]


def test_a_multipart_form_gives_its_fields_and_keeps_no_file() -> None:
    content_type, body = multipart(
        ('name="email"', b"a@example.com"),
        ('name="who[first]"', "Zoë".encode()),
        ('name="tag"', b"x"),
        ('name="tag"', b"y"),
        ('name="cv"; filename="cv.pdf"', b"%PDF" * 50_000),
        ('name="none"; filename=""', b""),
    )
    assert read_body(content_type, body) == [
        {"email": "a@example.com", "who": {"first": "Zoë"}, "tag": ["x", "y"], "cv": {"filename": "cv.pdf", "size": 200_000}}
    ]


def test_a_json_array_gives_several_submissions() -> None:
    assert read_body(JSON, b'[{"a":1},{"a":{"b":[true,null,1.5]}}]') == [{"a": 1}, {"a": {"b": [True, None, 1.5]}}]


def test_long_numbers_survive() -> None:
    assert read_body(JSON, b'{"id":7412345678901234567}') == [{"id": 7412345678901234567}]


def test_half_a_surrogate_pair_becomes_storable() -> None:
    (fields,) = read_body(JSON, b'{"name":"A\\ud83d","\\udc00":1}')
    json.dumps(fields, ensure_ascii=False).encode("utf-8")
    assert fields["name"] == "A?"


@pytest.mark.parametrize("content_type", ["", "text/plain", "text/html; charset=utf-8", "application/xml", "json", "é", ";;;", "a/b;=;"])
def test_another_media_type_is_refused_by_its_own_rule(content_type: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_body(content_type, b"a=1")
    assert caught.value.rule == "content_type"


@pytest.mark.parametrize(
    ("content_type", "body", "rule"),
    [
        (FORM, b"", "empty"),
        (FORM, b"&&=1&", "empty"),
        (FORM, b"&".join(b"a%d=1" % number for number in range(501)), "max_fields"),
        (FORM, b"a=" + b"x" * 65_537, "max_value"),
        (FORM, b"a" + b"[b]" * 40 + b"=1", "max_depth"),
        (FORM, b"a" + b"[b]" * 200_000 + b"=1", "max_depth"),
        (f"{FORM}; charset=utf-8", b"a=%FF", "charset"),
        (FORM, b"a=%81", "charset"),
        (JSON, b"", "json"),
        (JSON, b'"text"', "json"),
        (JSON, b"[1]", "json"),
        (JSON, b"{", "json"),
        (JSON, b'{"a":NaN}', "json"),
        (JSON, b'{"a":1e999}', "json"),
        (JSON, b'{"a":' + b"9" * 5000 + b"}", "json"),
        (JSON, b"[" * 100_000, "json"),
        (JSON, b'{"a":' * 100_000, "json"),
        (JSON, b'{"a":' * 40 + b"1" + b"}" * 40, "max_depth"),
        (JSON, b'{"a":[' + b",".join([b"[]"] * 501) + b"]}", "max_fields"),
        (JSON, b'{"' + b"x" * 70_000 + b'":1}', "max_value"),
        (JSON, b"[" + b",".join([b'{"a":1}'] * 501) + b"]", "max_submissions"),
        (JSON, b"[{}]", "empty"),
        ("multipart/form-data", b"--x\r\n", "multipart"),
        ("multipart/form-data; boundary=x", b"nonsense", "multipart"),
        (*multipart(('name="a"', b"1"), end=False), "multipart"),
        (*multipart(*([('name="a"', b"1")] * 501)), "max_fields"),
        (*multipart(('name="a"', b"x" * 65537)), "max_value"),
        (*multipart(("nothing", b"1")), "empty"),
    ],
)
def test_what_cannot_be_read_or_is_too_much_is_invalid(content_type: str, body: bytes, rule: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_body(content_type, body)
    assert caught.value.rule == rule
