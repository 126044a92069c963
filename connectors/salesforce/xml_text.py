"""Reads SOAP envelopes into plain nodes: no document types, no entities, no outside references, no bottomless nesting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat
from xml.sax.saxutils import escape

from core.contract import Invalid

DEEPEST = 32
MOST_NODES = 50_000
_SPACE = " "


@dataclass(slots=True)
class Node:
    """One element by its local name; `type` is the local name in its xsi:type."""

    name: str
    type: str = ""
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def all(self, name: str) -> Iterator[Node]:
        """The children of this name."""
        return (child for child in self.children if child.name == name)

    def find(self, *path: str) -> Node | None:
        """The first node below this one along a path of names."""
        at: Node | None = self
        for name in path:
            at = next(at.all(name), None) if at is not None else None
        return at

    def text_of(self, *path: str) -> str:
        """The text of the first node along a path, without outer blanks; empty when there is none."""
        found = self.find(*path)
        return found.text.strip() if found is not None else ""


def read_xml(content: bytes) -> Node:
    """Read a document into its root; raises Invalid for everything that a SOAP message must not have."""
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=_SPACE)
    parser.buffer_text = True
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.characters
    parser.StartDoctypeDeclHandler = reader.refuse
    parser.EntityDeclHandler = reader.refuse
    parser.ExternalEntityRefHandler = reader.refuse
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, ValueError, LookupError):
        # Not `from` the cause: its text may quote the content.
        raise Invalid("This is not XML.", rule="not_xml") from None
    return reader.top.children[0]


def element(name: str, *inner: str) -> str:
    """Write an element around elements that are written already."""
    return f"<{name}>{''.join(inner)}</{name}>"


def leaf(name: str, text: str) -> str:
    """Write an element around a text."""
    return element(name, escape(text))


class _Reader:
    """Builds the tree as the parser goes."""

    def __init__(self) -> None:
        self.top = Node("")
        self._open = [self.top]
        self._count = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._count += 1
        if len(self._open) > DEEPEST or self._count > MOST_NODES:
            raise Invalid("This XML is nested too deeply or has too many parts.", rule="too_complex")
        kind = next((value for key, value in attributes.items() if _local(key) == "type" and _SPACE in key), "")
        node = Node(_local(name), kind.rpartition(":")[2])
        self._open[-1].children.append(node)
        self._open.append(node)

    def end(self, name: str) -> None:
        del name
        self._open.pop()

    def characters(self, text: str) -> None:
        self._open[-1].text += text

    def refuse(self, *parts: object) -> int:
        del parts
        raise Invalid("A SOAP message must not declare document types or entities.", rule="document_type")


def _local(name: str) -> str:
    return name.rpartition(_SPACE)[2]
