"""Read a posted body in any of the three encodings into (name, value) pairs or JSON objects, within fixed limits."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from connectors.web_form.fields import MAX_FIELDS, MAX_VALUE_BYTES, Fields, nest, split_name, tidy
from core.contract import Invalid, JsonValue, read_json

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
_CHARSETS = re.compile(
    r"utf-?8|utf-16(le|be)?|us-ascii|iso-8859-\d{1,2}|latin-?1|windows-125\d|cp125\d|shift_jis|euc-(jp|kr)|gb(2312|k|18030)|big5|koi8-[ru]"
)
# What browsers mean by these names is windows-1252 (WHATWG Encoding Standard, 'Names and labels').
_CP1252 = re.compile(r"us-ascii|iso-8859-1|latin-?1")
_MAX_SUBMISSIONS = 500
_PACKED, _UNPACKED = "data.json", "data"


def read_body(content_type: str, body: bytes) -> list[Fields]:
    """Read the submissions of one post: exactly one of a form, any number of a JSON array.

    Raises Invalid, with rule `content_type` for a media type that is not taken; nothing else, whatever the bytes are.
    """
    media_type, charset, options = _media_type(content_type)
    if media_type == JSON:
        return _read_json(body, charset)
    if media_type == FORM:
        return [_form(_read_urlencoded(body), charset)]
    if media_type == MULTIPART:
        return [_form(_read_multipart(body, options.get(b"boundary", b"")), charset)]
    raise Invalid("The media type is not one of a form; send urlencoded, multipart or JSON.", rule="content_type")


@lru_cache(maxsize=256)
def _media_type(content_type: str) -> tuple[str, str, dict[bytes, bytes]]:
    """Media type, charset and all options: a form's posts all name the same few, but for the boundary of multipart ones."""
    kind, options = parse_options_header(content_type.encode("latin-1", "replace"))
    charset = options.get(b"charset", b"").decode("latin-1").strip().lower()
    return kind.decode("latin-1").strip().lower(), charset, options


@dataclass(slots=True)
class _Part:
    """One field as it came, still bytes. A file is counted, not kept."""

    name: bytes = b""
    value: bytearray = field(default_factory=bytearray)
    filename: bytes | None = None
    size: int = 0


def _form(parts: Sequence[_Part], charset: str) -> Fields:
    if len(parts) > MAX_FIELDS:
        raise Invalid(f"The form has more than {MAX_FIELDS} fields.", rule="max_fields")
    texts = decode([text for part in parts for text in (part.name, bytes(part.value), part.filename or b"")], charset)
    rows = zip(parts, texts[::3], texts[1::3], texts[2::3], strict=True)
    pairs: list[tuple[str, JsonValue]] = []
    for part, name, value, filename in rows:
        if part.filename is None:
            pairs.append((name, value))
        elif filename:
            pairs.append((name, {"filename": filename, "size": part.size}))
    return nest(_unpacked(pairs))


def _unpacked(pairs: Sequence[tuple[str, JsonValue]]) -> Sequence[tuple[str, JsonValue]]:
    """Put what Unbounce packs as JSON into the field `data.json` under `data`, unless the form has a field of that name."""
    names = [name for name, _ in pairs]
    if names.count(_PACKED) != 1 or any(split_name(name)[0] == _UNPACKED for name in names):
        return pairs
    at = names.index(_PACKED)
    try:
        inside = read_json(str(pairs[at][1]))
    except Invalid:
        return pairs
    return [*pairs[:at], (_UNPACKED, inside), *pairs[at + 1 :]] if isinstance(inside, dict) else pairs


def decode(values: Sequence[bytes], charset: str) -> list[str]:
    """Decode all values with one charset: the declared one, else UTF-8, else windows-1252; raises Invalid."""
    for candidate in _candidates(charset):
        try:
            return [value.decode(candidate) for value in values]
        except (UnicodeDecodeError, LookupError):
            continue
    raise Invalid("The text is not in the charset that it claims, nor in UTF-8 or windows-1252.", rule="charset")


@lru_cache(maxsize=64)
def _candidates(charset: str) -> tuple[str, ...]:
    declared = "cp1252" if _CP1252.fullmatch(charset) else charset
    return (declared,) if _CHARSETS.fullmatch(charset) else ("utf-8", "cp1252")


def _read_urlencoded(body: bytes) -> list[_Part]:
    if body.count(b"&") >= MAX_FIELDS:
        raise Invalid(f"The form has more than {MAX_FIELDS} fields.", rule="max_fields")
    parts = []
    for pair in body.split(b"&"):
        name, _, value = pair.replace(b"+", b" ").partition(b"=")
        if name:
            parts.append(_Part(unquote_to_bytes(name), bytearray(unquote_to_bytes(value))))
    return parts


def _read_multipart(body: bytes, boundary: bytes) -> list[_Part]:
    if not boundary:
        raise Invalid("The multipart body has no boundary.", rule="multipart")
    reader = _MultipartReader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type] # the library's TypedDict is not exported
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise Invalid("The multipart body is malformed.", rule="multipart") from error
    if not reader.complete:
        raise Invalid("The multipart body is cut off.", rule="multipart")
    return [part for part in reader.parts if part.name]


class _MultipartReader:
    """Collects what the streaming parser calls out; stops it at the first limit that is passed."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []
        self.complete = False
        self._header_name = bytearray()
        self._header_value = bytearray()

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._begin,
            "on_header_field": lambda data, start, end: self._header_name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._header_value.extend(data[start:end]),
            "on_header_end": self._header,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _begin(self) -> None:
        if len(self.parts) >= MAX_FIELDS:
            raise Invalid(f"The form has more than {MAX_FIELDS} fields.", rule="max_fields")
        self.parts.append(_Part())

    def _header(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self.parts[-1].name = options.get(b"name", b"")
            self.parts[-1].filename = options.get(b"filename")
        self._header_name.clear()
        self._header_value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        part = self.parts[-1]
        part.size += end - start
        if part.filename is not None:
            return
        if part.size > MAX_VALUE_BYTES:
            raise Invalid(f"A value is larger than {MAX_VALUE_BYTES} bytes.", rule="max_value")
        part.value.extend(data[start:end])

    def _end(self) -> None:
        self.complete = True


def _read_json(body: bytes, charset: str) -> list[Fields]:
    (text,) = decode([body], charset)
    document = read_json(text.removeprefix("\ufeff"), "body")
    given = document if isinstance(document, list) else [document]
    if len(given) > _MAX_SUBMISSIONS:
        raise Invalid(f"The array holds more than {_MAX_SUBMISSIONS} submissions.", rule="max_submissions")
    submissions = [each for each in given if isinstance(each, dict)]
    if len(submissions) < len(given):
        raise Invalid("The body is neither a JSON object nor an array of objects.", rule="json")
    return [tidy(submission) for submission in submissions]
