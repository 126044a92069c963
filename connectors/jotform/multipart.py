"""Read the parts of Jotform's post, within fixed limits; files are not kept."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from core.contract import Invalid

MAX_PARTS = 200


@dataclass(slots=True)
class _Part:
    name: bytes = b""
    is_file: bool = False
    value: bytearray = field(default_factory=bytearray)


def read_parts(content_type: str, body: bytes) -> dict[str, str]:
    """Read the text parts by name, the first of two alike; raises Invalid, rule `content_type` for another media type."""
    kind, options = parse_options_header(content_type.encode("latin-1", "replace"))
    boundary = options.get(b"boundary", b"")
    if kind.lower() != b"multipart/form-data" or not boundary:
        raise Invalid("Jotform posts multipart/form-data; this is something else.", rule="content_type")
    reader = _Reader()
    try:
        parser = MultipartParser(boundary, reader.callbacks())  # type: ignore[arg-type] # the library's TypedDict is not exported
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise Invalid("The multipart body is malformed.", rule="multipart") from error
    if not reader.complete:
        raise Invalid("The multipart body is cut off.", rule="multipart")
    parts: dict[str, str] = {}
    for part in reader.parts:
        if part.name and not part.is_file:
            parts.setdefault(part.name.decode("utf-8", "replace"), bytes(part.value).decode("utf-8", "replace"))
    return parts


class _Reader:
    """Collects what the streaming parser calls out."""

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
        if len(self.parts) >= MAX_PARTS:
            raise Invalid(f"The post has more than {MAX_PARTS} parts.", rule="max_fields")
        self.parts.append(_Part())

    def _header(self) -> None:
        if bytes(self._header_name).lower() == b"content-disposition":
            _, options = parse_options_header(bytes(self._header_value))
            self.parts[-1].name = options.get(b"name", b"")
            self.parts[-1].is_file = b"filename" in options
        self._header_name.clear()
        self._header_value.clear()

    def _data(self, data: bytes, start: int, end: int) -> None:
        if not self.parts[-1].is_file:
            self.parts[-1].value.extend(data[start:end])

    def _end(self) -> None:
        self.complete = True
