"""Read YAML into plain values while remembering where each stood, and refuse what YAML offers beyond plain values.

No anchors, aliases, tags, directives or duplicate keys; at most 1 MB and 32 levels. So a file means what it looks like
and cannot blow up (a few hundred bytes of aliases can stand for gigabytes).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from core.runtime.config.problems import ConfigProblems, Problem

MAX_BYTES = 1024 * 1024
MAX_DEPTH = 32

Path = tuple[str | int, ...]
_NULLS = {"", "~", "null", "Null", "NULL"}
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
# A number with a leading zero or with more than 18 digits is somebody's id or phone number and stays text.
# One with a plus in front is a phone number.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,17})")
_FLOAT = re.compile(r"[-+]?(0|[1-9][0-9]{0,17})?\.[0-9]{1,18}([eE][-+]?[0-9]{1,2})?")


@dataclass(frozen=True, slots=True)
class Document:
    """The values of one file (null, bool, int, float, str, list, dict with text keys) and where each began."""

    file: str
    value: Any = field(repr=False)
    marks: dict[Path, tuple[int, int]] = field(default_factory=dict, repr=False)

    def problem(self, path: Path, message: str, nearest: str | None = None) -> Problem:
        """Make a problem at this path, placed at the nearest enclosing thing that stands in the file."""
        known = next((path[:length] for length in range(len(path), 0, -1) if path[:length] in self.marks), ())
        line, column = self.marks.get(known, (1, 1))
        return Problem(self.file, line, column, ".".join(str(part) for part in path), message, nearest)


def read_document(text: bytes, file: str) -> Document:
    """Read one YAML file; raises ConfigProblems."""
    if len(text) > MAX_BYTES:
        raise ConfigProblems([Problem(file, 1, 1, "", f"The file is larger than {MAX_BYTES} bytes.")])
    reader = _Reader(file)
    try:
        value = reader.read(YAML(typ="safe", pure=True).parse(text.decode("utf-8-sig")))
    except UnicodeDecodeError as error:
        raise ConfigProblems([Problem(file, 1, 1, "", "The file is not UTF-8.")]) from error
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise ConfigProblems([Problem(file, line, column, "", _told(error))]) from error
    except YAMLError as error:
        raise ConfigProblems([Problem(file, 1, 1, "", "The file is not YAML; it holds a character that YAML does not allow.")]) from error
    if reader.problems:
        raise ConfigProblems(reader.problems)
    return Document(file, value, reader.marks)


def _told(error: MarkedYAMLError) -> str:
    """Say what is wrong in an admin's words where the parser's are of no help."""
    told = str(error.problem or error.context)
    if "\\t" in told or "tab" in told.split():
        return "A tab stands here. YAML is indented with spaces only."
    if "mapping values are not allowed" in told:
        return (
            "A second colon stands here. Put the text behind the first one into quotes; "
            "arguments of a transform may stand in brackets: `truncate(40)`."
        )
    return f"This is not YAML: {told}."


class _TooDeep(Exception):
    pass


class _Reader:
    """Builds the values out of the parser's events, so that depth is known before anything is built."""

    def __init__(self, file: str) -> None:
        self.problems: list[Problem] = []
        self.marks: dict[Path, tuple[int, int]] = {}
        self._file = file

    def read(self, events: Iterator[Event]) -> Any:
        documents = 0
        value: Any = None
        for event in events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1 or event.version or event.tags:
                    self._refuse(event, (), "A second document or a directive (%) is not allowed.")
                    return None
            elif isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent, AliasEvent)):
                try:
                    value = self._value(event, events, ())
                except _TooDeep:
                    return None
        return value

    def _value(self, event: Event, events: Iterator[Event], path: Path) -> Any:
        self.marks.setdefault(path, _place(event))
        if len(path) > MAX_DEPTH:
            self._refuse(event, (), f"The file is nested deeper than {MAX_DEPTH} levels.")
            raise _TooDeep
        if isinstance(event, AliasEvent) or getattr(event, "anchor", None) is not None:
            self._refuse(event, path, "Anchors and aliases (& and *) are not allowed; quote the text if it begins with one.")
        elif not _is_untagged(event):
            self._refuse(event, path, "Tags (!) are not allowed; quote the text if it begins with one.")
        if isinstance(event, MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(events, path)
        return _scalar(event) if isinstance(event, ScalarEvent) else None

    def _mapping(self, events: Iterator[Event], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        while not isinstance(event := next(events), MappingEndEvent):
            key = event.value if isinstance(event, ScalarEvent) else self._odd_key(event, events, path)
            inner = (*path, key)
            if key in mapping:
                self._refuse(event, inner, f"The key stands twice; the first is in line {self.marks[inner][0]}.")
            self.marks.setdefault(inner, _place(event))
            mapping[key] = self._value(next(events), events, inner)
        return mapping

    def _odd_key(self, event: Event, events: Iterator[Event], path: Path) -> str:
        self._refuse(event, path, "A key must be plain text; quote it.")
        self._value(event, events, (*path, "?"))
        return f"?{len(self.problems)}"

    def _sequence(self, events: Iterator[Event], path: Path) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(events), SequenceEndEvent):
            items.append(self._value(event, events, (*path, len(items))))
        return items

    def _refuse(self, event: Event, path: Path, message: str) -> None:
        self.problems.append(Problem(self._file, *_place(event), ".".join(str(part) for part in path), message))


def _place(event: Event) -> tuple[int, int]:
    return event.start_mark.line + 1, event.start_mark.column + 1


def _is_untagged(event: Event) -> bool:
    return not getattr(event, "tag", None)


def _scalar(event: ScalarEvent) -> Any:
    """YAML 1.2's core schema without its rarities, so that `NO`, `on` and `2026-01-01` stay text."""
    text: str = event.value
    if event.style is not None and event.style != "":
        return text
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text
