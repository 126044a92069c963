"""Spoils good payloads: bytes, JSON structure, form encodings and XML, by whatever source of chance it is given.

All take a `random.Random`: a seeded one repeats itself in the long trials, hypothesis' own one can be shrunk.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Sequence
from random import Random
from typing import Any
from urllib.parse import quote_from_bytes

Place = tuple[Any, ...]
LARGEST = 300_000
"""Bytes of a spoiled payload at most; a door refuses larger ones anyway."""

_RAW, _TWIN = "@raw@", "@twin@"
_RAW_TOKENS = (
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1e-400", "-0", "-0.0", "1E5", "0.1e1"),
    *("9" * 19, "9" * 20, "-" + "9" * 20, "9" * 4_000, "9" * 5_000, "1" + "0" * 308, "18446744073709551616"),
    *('"\\ud800"', '"\\udfff x"', '"\\u0000"', '"\\ud83d\\ude00"', "'x'", "undefined", "", "01", "1.", "nul"),
    *("[" * 50 + "]" * 50, "[" * 900 + "]" * 900, "[" * 20_000 + "]" * 20_000, "[" * 100_000),
    *('{"a":' * 60 + "1" + "}" * 60, '{"a":' * 900 + "1" + "}" * 900, '{"a":' * 9_000),
)
_ODD_TEXTS = (
    *("", " ", "\x00", "a\x00b", "\ud800", "x\udc00", "\r\nset-cookie: a=b", "\u202e", "😀" * 50, "x" * 9_000, "é" * 300, "ﬀ", "İ"),
    *("0", "-1", "9" * 400, "9" * 5_000, "1e400", "NaN", "inf", "١٢", "²", "0x10", "1_000", "true", "null", "{}", "[]", "[[", '{"a":'),
    *(
        "@",
        "a@b",
        "a@" + "b" * 300 + ".example.com",
        "..",
        "../x",
        "a/b",
        "urn:li:leadGenFormResponse:",
        "q1_",
        "q999999999_x",
        "__proto__",
    ),
)
_ODD_TIMES = (
    *("0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "2026-03-02", "20260302T0930", "2026-W10-1"),
    *("2026-03-02T24:00:00Z", "2026-03-02T09:30:00+99:99", "0000-00-00", "2026-03-02T09:30:00+23:59", "2026-03-02T09:30:60Z", "2026-03"),
    *("0001-01-01T00:00:00", "2026-03-02T09:30:00.123456789Z", "2026-03-02T09:30:00+00:00:01", "Mon, 02 Mar 2026", "\ud800-01-01"),
    *(253402300800000, 99999999999999, -62135596800001, 10**15, 10**18, 10**30, 1e300, -1, 0, 1.5, "253402300800000", "1e12", "9" * 15),
)
_ODD_VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2**31, 2**63, 2**64, -(2**63) - 1, 10**15, 10**18, 10**30, 10**300, 0.5, -1.5, 1e308, 5e-324),
    *([], {}, [[]], [{}], {"": ""}, {"a": None}, [None], ["a", 1, None, {}], {"id": []}, [[], [[]]]),
    *({"\ud800": 1}, {"a\x00": "\udc00"}, {"a" * 500: 1}, [1] * 600, {f"k{n}": n for n in range(600)}),
)


def spoil_json(chance: Random, document: object) -> bytes:
    """Spoil a document in one to four places, then write it, now and then in another charset or as bytes gone wrong."""
    spoiled = copy.deepcopy(document)
    for _ in range(chance.choice((1, 1, 2, 4))):
        spoiled = chance.choice(_JSON_STEPS)(chance, spoiled)
    text = _written(spoiled)
    if chance.random() < 0.15:
        return text.encode(chance.choice(("utf-16", "utf-16-le", "utf-32", "utf-8-sig", "latin-1")), "replace")
    body = text.encode("utf-8", "surrogatepass")
    return spoil_bytes(chance, body) if chance.random() < 0.15 else body[:LARGEST]


def _written(document: object) -> str:
    """JSON in which marked texts stand for raw tokens, and marked names for the same name again."""
    parts = json.dumps(document, ensure_ascii=False).split(f'"{_RAW}')
    for at, part in enumerate(parts[1:], start=1):
        number, _, rest = part.partition('"')
        parts[at] = (_RAW_TOKENS[int(number)] if number.isdecimal() else "0") + rest
    return "".join(parts).replace(_TWIN, "")


def _places(node: Any, path: Place = ()) -> list[Place]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(found for key, value in inner for found in _places(value, (*path, key)))]


def _changed(chance: Random, document: Any, change: Callable[[Any], Any]) -> Any:
    """The document with one value of it changed, the whole of it too."""
    place = chance.choice(_places(document))
    if not place:
        return change(document)
    holder = document
    for key in place[:-1]:
        holder = holder[key]
    holder[place[-1]] = change(holder[place[-1]])
    return document


def _any_value(chance: Random, was: Any = None) -> Any:
    """Something else; for what looks like a moment often another moment that there is not, or that nothing can hold."""
    if str(was)[:3].isdecimal() and chance.random() < 0.6:
        return chance.choice(_ODD_TIMES)
    kind = chance.randrange(4)
    if kind == 0:
        return chance.choice(_ODD_TEXTS)
    if kind == 1:
        return f"{_RAW}{chance.randrange(len(_RAW_TOKENS))}"
    if kind == 2:
        return "".join(chr(chance.randrange(0x20, 0x3000)) for _ in range(chance.randrange(12)))
    return copy.deepcopy(chance.choice(_ODD_VALUES))


def _odd_value(chance: Random, document: Any) -> Any:
    return _changed(chance, document, lambda was: _any_value(chance, was))


def _wrapped(chance: Random, document: Any) -> Any:
    wraps: Sequence[Callable[[Any], Any]] = (
        *(lambda value: [value], lambda value: {"value": value}, lambda value: [value] * 300, lambda value: [value, None, value]),
        *(lambda value: json.dumps(value), lambda value: str(value), lambda value: [[[value]]], lambda value: {"0": value, "": value}),
    )
    return _changed(chance, document, chance.choice(wraps))


def _unwrapped(chance: Random, document: Any) -> Any:
    def inner(value: Any) -> Any:
        values = list(value.values()) if isinstance(value, dict) else value if isinstance(value, list) else []
        return chance.choice(values) if values else None

    return _changed(chance, document, inner)


def _other_names(chance: Random, document: Any) -> Any:
    """Take a name out, write it otherwise, or write it twice."""

    def change(value: Any) -> Any:
        if not isinstance(value, dict) or not value:
            return value if not isinstance(value, list) else value[: chance.randrange(len(value) + 1)]
        name = chance.choice(list(value))
        how = chance.randrange(4)
        if how == 0:
            return {key: inner for key, inner in value.items() if key != name}
        if how == 1:
            return {**{key: inner for key, inner in value.items() if key != name}, chance.choice(_ODD_TEXTS): value[name]}
        if how == 2:
            return {**value, f"{name}{_TWIN}": _any_value(chance)}
        return {(key.upper() if key == name else key): inner for key, inner in value.items()}

    return _changed(chance, document, change)


def _swapped(chance: Random, document: Any) -> Any:
    """Put a copy of one part of the document in another's place."""
    source: Any = document
    for key in chance.choice(_places(document)):
        source = source[key]
    source = copy.deepcopy(source)
    return _changed(chance, document, lambda _: source)


_JSON_STEPS = (_odd_value, _odd_value, _odd_value, _wrapped, _unwrapped, _other_names, _other_names, _swapped)


def spoil_bytes(chance: Random, body: bytes) -> bytes:
    """Flip bits, cut out, repeat, turn around, or put in what parsers trip over."""
    spoiled = bytearray(body)
    for _ in range(chance.choice((1, 1, 3, 8))):
        if not spoiled:
            break
        at = chance.randrange(len(spoiled))
        length = chance.randrange(1, 40)
        match chance.randrange(6):
            case 0:
                spoiled[at] ^= 1 << chance.randrange(8)
            case 1:
                del spoiled[at : at + length]
            case 2:
                spoiled[at:at] = chance.choice(_BYTES)
            case 3:
                spoiled[at:at] = bytes(spoiled[at : at + length]) * chance.choice((1, 2, 50))
            case 4:
                spoiled[at : at + length] = spoiled[at : at + length][::-1]
            case _:
                del spoiled[at:]
    return bytes(spoiled[:LARGEST])


_BYTES = (
    *(b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"\xc0\x80", b"\xf4\x90\x80\x80", b"\xef\xbb\xbf", b"\r\n", b"\n\n", b"\\", b'"', b"%", b"&"),
    *(b"=", b"[", b"]", b"{", b"}", b",", b"<", b">", b"]]>", b"<!--", b"&#0;", b"&a;", b"--", b"%00", b"%ff", b"%u0041", b"+", b";"),
)


def spoil_urlencoded(chance: Random, pairs: Sequence[tuple[str, str]]) -> bytes:
    """Spoil names (nesting, empty, twice) and values (charset, percent signs) of a form."""
    spoiled = [(name.encode(), value.encode()) for name, value in pairs]
    for _ in range(chance.choice((1, 2, 4))):
        at = chance.randrange(len(spoiled))
        name, value = spoiled[at]
        match chance.randrange(6):
            case 0:
                name = chance.choice(_FORM_NAMES) if chance.random() < 0.5 else name + chance.choice(_FORM_NAMES)
            case 1:
                value = chance.choice(_ODD_TEXTS).encode("utf-8", "surrogatepass")
            case 2:
                value = chance.choice((b"\xe9", b"\xff", b"\xed\xa0\x80", b"\x00", b"\x81\x8d"))
            case 3:
                spoiled += [spoiled[at]] * chance.choice((1, 30, 600))
            case 4:
                spoiled.insert(chance.randrange(len(spoiled)), (name + b"[x]", value))
            case _:
                value = spoil_json(chance, {"email": ["a@example.com"]})[:5_000]
        spoiled[at] = name, value
    body = b"&".join([b"=".join(quote_from_bytes(part, safe="[]").encode() for part in pair) for pair in spoiled])
    return spoil_bytes(chance, body) if chance.random() < 0.3 else body[:LARGEST]


_FORM_NAMES = (
    *(b"", b"[]", b"[", b"]", b"[a]", b"[a][b]", b"[0]", b"[99999999999]", b"[]" * 40, b"[a]" * 33, b"a[b", b"a]b", b"a[[b]]", b"\x00"),
    *(b"_context", b"data.json", b"data", b"__proto__", b"[\xff]", b"a.b", b"x" * 3_000),
)


def spoil_multipart(chance: Random, parts: Sequence[tuple[str, str]], boundary: str) -> bytes:
    """Spoil parts and their heads; a part that holds JSON is spoiled inside too."""
    rows = []
    for name, value in parts:
        content = value.encode()
        if value.startswith("{") and chance.random() < 0.7:
            content = spoil_json(chance, json.loads(value))
        elif chance.random() < 0.3:
            content = chance.choice(_ODD_TEXTS).encode("utf-8", "surrogatepass")
        head = f'Content-Disposition: form-data; name="{name}"'.encode()
        if chance.random() < 0.1:
            head = chance.choice(_PART_HEADS)
        row = b"--" + boundary.encode() + b"\r\n" + head + b"\r\n\r\n" + content + b"\r\n"
        rows += [row] * (chance.choice((0, 2, 250)) if chance.random() < 0.05 else 1)
    body = b"".join(rows) + b"--" + boundary.encode() + b"--\r\n"
    return spoil_bytes(chance, body) if chance.random() < 0.4 else body[:LARGEST]


_PART_HEADS = (
    *(b"", b"Content-Disposition", b"Content-Disposition: form-data", b'Content-Disposition: form-data; name=""', b": x", b"x" * 5_000),
    *(b'Content-Disposition: form-data; name="a"; filename=""', b'Content-Disposition: form-data; name="\xff\xfe"', b"a:\x00b"),
    *(b"Content-Disposition: form-data; name*=utf-8''%ff", b"Content-Transfer-Encoding: base64", b'Content-Disposition: form-data; name="'),
)


def spoil_xml(chance: Random, document: bytes) -> bytes:
    """Spoil elements: out, twice, deep, with entities, in another encoding than the one claimed."""
    match chance.randrange(7):
        case 0:
            document = document.replace(b"?>", chance.choice(_XML_HEADS), 1)
        case 1:
            document = document.replace(b"<Id>", b"<Id>" + chance.choice(_BYTES), 1)
        case 2:
            document = document.replace(b"<sObject", b"<deep>" * chance.choice((5, 40, 5_000)) + b"<sObject", 1)
        case 3:
            start, end = document.find(b"<Notification>"), document.find(b"</Notification>") + len(b"</Notification>")
            document = document[:start] + document[start:end] * chance.choice((0, 2, 101, 300)) + document[end:]
        case 4:
            document = document.decode().encode(chance.choice(("utf-16", "utf-32", "cp037", "utf-7")))
        case 5:
            document = document.replace(b"</Id>", chance.choice((b"", b"</id>", b"<x/></Id>", b"</Id><Id>")), chance.choice((1, 9)))
        case _:
            pass
    return spoil_bytes(chance, document) if chance.random() < 0.6 else document[:LARGEST]


_XML_HEADS = (
    *(b'?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>', b'?><!DOCTYPE x SYSTEM "file:///etc/hostname">', b"", b"?>\x00"),
    *(b' encoding="utf-16"?>', b' encoding="x-none"?>', b' standalone="no"?>', b"?><?xml-stylesheet href='x'?>", b"?><![CDATA[x]]>"),
)

CONTENT_TYPES = (
    *("", "application/json", "application/json; charset=utf-16", "application/json; charset=rot13", "application/json; charset=base64"),
    *("application/json; charset=idna", "application/json; charset=punycode", "application/json; charset=unicode_escape", "text/plain"),
    *("application/x-www-form-urlencoded; charset=shift_jis", "application/x-www-form-urlencoded; charset=utf-16", "a/b; charset=\x00"),
    *("application/x-www-form-urlencoded; charset=iso-8859-12", "multipart/form-data", "multipart/form-data; boundary=", "éé", ";" * 500),
    *('multipart/form-data; boundary="', "multipart/form-data; boundary=" + "x" * 3_000, "multipart/form-data; boundary=\xff"),
    *("application/cloudevents+json", "application/cloudevents-batch+json", "application/cloudevents+json; charset=big5"),
)
HEADER_VALUES = (
    "",
    "\xff\xfe",
    "v1,",
    "t=1,v1=",
    "t=" + "9" * 400,
    "1",
    "9" * 30,
    "-1",
    "nan",
    "é",
    "x" * 3_000,
    ",,,,",
    "sha256=" * 200,
    "²",
)
QUERIES = (
    "",
    "?",
    "?a=%ff",
    "?%",
    "?" + "&".join(["a=1"] * 50),
    "?hub.mode=subscribe&hub.challenge=%0d%0a",
    "?challengeCode=%ff",
    "#x",
    "\xff",
)
ORIGINS = (
    "https://[",
    "https://[::1",
    "http://a]b",
    "https://\xff",
    "https://",
    "",
    "https://a:99999999",
    "https://user@host:x",
    "//",
    "https://℀",
)
