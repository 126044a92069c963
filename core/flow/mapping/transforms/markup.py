"""The text of an answer that came as HTML. Works in one pass, so that no input takes long."""

from __future__ import annotations

import html
import re

from core.flow.mapping.transforms.transform import Sample, Transform

_SILENT = ("script", "style", "head", "template")
_CLOSINGS = {name: re.compile(rf"</{name}\b", re.IGNORECASE) for name in _SILENT}
_BLOCKS = "p div br li ul ol tr table h1 h2 h3 h4 h5 h6 blockquote section article header footer hr pre dl dt dd"
_BREAKS = frozenset(_BLOCKS.split())


def text_of(source: str) -> str:
    """Drop tags, comments, scripts and styles, resolve entities, break lines where blocks end; a lone `<` stays."""
    pieces: list[str] = []
    place, last_close = 0, source.rfind(">")
    while (start := source.find("<", place)) != -1:
        pieces.append(source[place:start])
        end = _end_of_tag(source, start, last_close)
        if end == -1:
            pieces.append("<")
            place = start + 1
            continue
        name = _name(source[start + 1 : end - 1])
        pieces.append("\n" if name.lstrip("/") in _BREAKS else "")  # not a space: <b>A</b>da is one word
        place = _after_silent(source, name, end) if name in _SILENT else end
    pieces.append(source[place:])
    return _tidy(_resolved("".join(pieces)))


def _end_of_tag(source: str, start: int, last_close: int) -> int:
    """Where the tag is over, or -1 where `<` begins none. `last_close` spares looking for a `>` that does not come."""
    if source.startswith("<!--", start):
        closed = source.find("-->", start + 4)
        return closed + 3 if closed != -1 else len(source)
    following = source[start + 1 : start + 2]
    if start > last_close or not following or not (following.isalpha() or following in "/!?"):
        return -1
    return source.find(">", start) + 1


def _name(tag: str) -> str:
    return next(iter(tag[:20].lower().split()), "").rstrip("/")


def _after_silent(source: str, name: str, place: int) -> int:
    """Past the closing tag of what is not shown; to the end where it is missing."""
    closing = _CLOSINGS[name].search(source, place)
    if closing is None:
        return len(source)
    closed = source.find(">", closing.end())
    return closed + 1 if closed != -1 else len(source)


def _resolved(text: str) -> str:
    try:
        return html.unescape(text)
    except (ValueError, OverflowError):  # a number of thousands of digits
        return text


def _tidy(text: str) -> str:
    lines = [" ".join(line.split()) for line in text.splitlines()]
    return "\n".join(line for line in lines if line)


MARKUP = (
    Transform(
        "strip_html",
        "Keep the text of HTML: tags, scripts and comments go, entities are resolved, blocks become lines.",
        (Sample(None, "<p>Ada &amp; <b>Bob</b></p><p>3 &lt; 5</p>", "Ada & Bob\n3 < 5"), Sample(None, "a < b", "a < b")),
        forward=lambda _: text_of,
    ),
)
