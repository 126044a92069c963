"""Writing the source of a generated function: lines with their indentation, names for constants, hoisted blocks of the record."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from core.flow.mapping.compiling.values import ANY, NOTHING, Segments, block
from core.flow.mapping.expressions import helpers

CONTEXT = "_context"


def segments(path: str) -> Segments:
    """Cut a path into names; a number reaches into a list, `*` into all its items."""
    return tuple(path.split(".")) if path.strip(".") else (path,)


class Source:
    """Gathers the lines of one function and the constants that it refers to by name."""

    def __init__(self, signature: str, description: str, record: str) -> None:
        """Start a function; `record` is the name of the parameter that paths are read from."""
        self.constants: dict[str, Any] = {}
        self._record = record
        self._head = [f"def {signature}:", f"    {description!r}"]
        self._hoisted: dict[Segments, str] = {}
        self._lines: list[str] = []
        self._depth = 1

    def add(self, line: str) -> None:
        """Write a line at the present depth."""
        self._lines.append("    " * self._depth + line)

    def comment(self, text: str) -> None:
        """Write a comment of what the file says, with everything left out that a comment cannot hold."""
        self.add("# " + "".join(character if character.isprintable() else " " for character in text).strip())

    @contextmanager
    def block(self, head: str) -> Iterator[None]:
        """Write a head such as `if x:` and indent what follows."""
        self.add(head)
        self._depth += 1
        yield
        self._depth -= 1

    def constant(self, name: str, value: Any) -> str:
        """Give a constant a name, and the same name again for the same thing."""
        taken = self.constants.setdefault(name, value)
        if taken is not value and taken != value:
            return self.constant(f"{name}_", value)
        return name

    def reader(self, path: Segments, nothing: str = "") -> str:
        """The source that reads a path; what is not there gives `nothing`, or None where that is empty."""
        absent = f", {nothing}" if nothing else ""
        if any(isinstance(part, int) or part == ANY or part.isdecimal() for part in path) and len(path) > 1:
            found = f"find({self._holder(path[:1]) if path[0] == CONTEXT else self._record}, {path!r})"
            return f"({found} or {nothing})" if nothing == "''" else found
        return f"{self._holder(path[:-1])}.get({str(path[-1])!r}{absent})"

    def dotted(self, path: Segments) -> str:
        """The source of a test whether a name with dots stands where the path leads; empty for a path of one name."""
        tests = []
        for start in range(len(path) - 1):
            for end in range(start + 2, len(path) + 1):
                tests.append(f"{'.'.join(str(part) for part in path[start:end])!r} in {self._holder(path[:start])}")
        return " or ".join(tests)

    def text(self) -> str:
        """The whole function."""
        return "\n".join([*self._head, *(f"    {line}" for line in self._hoists()), *self._lines, ""])

    def _holder(self, path: Segments) -> str:
        """The name of the variable that holds the block at a path."""
        if not path:
            return self._record
        if path not in self._hoisted:
            if path != (CONTEXT,):
                self._holder(path[:-1])
            name = "in_" + re.sub(r"\W", "_", "_".join(str(part) for part in path), flags=re.ASCII)
            while name in self._hoisted.values():
                name += "_"
            self._hoisted[path] = name
        return self._hoisted[path]

    def _hoists(self) -> Iterator[str]:
        for path, name in sorted(self._hoisted.items(), key=lambda item: len(item[0])):
            if path == (CONTEXT,):
                yield f"{name} = with_context({self._record}, context)"
                continue
            yield f"{name} = {self._holder(path[:-1])}.get({str(path[-1])!r}, NOTHING)"
            yield f"if {name}.__class__ is not dict: {name} = block({name})"


def with_context(record: Mapping[str, Any], context: Mapping[str, Any]) -> Mapping[str, Any]:
    """What is known beside the record, with what the connector tells of it."""
    own = record.get(CONTEXT)
    return {**context, **own} if isinstance(own, Mapping) else context


def build(sources: Mapping[str, Source], names: Mapping[str, Any]) -> dict[str, Any]:
    """Turn sources into functions. The text is made of our own syntax trees and literals only."""
    namespace: dict[str, Any] = {"NOTHING": NOTHING, "block": block, "with_context": with_context, **helpers(), **names}
    for source in sources.values():
        namespace.update(source.constants)
    for name, source in sources.items():
        exec(compile(source.text(), f"<mapping {name}>", "exec"), namespace)  # of the file it holds literals only
    return namespace
