"""Transforms that change letters and white space."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

from core.flow.mapping.transforms.transform import Sample, Step, Transform


def _simple(name: str, summary: str, work: Callable[[str], str], source: str | None, *samples: Sample) -> Transform:
    """A transform of text without parameters; `source` with `{v}` for the text, where one expression says it all."""
    step: Step = work
    return Transform(
        name,
        summary,
        samples,
        forward=lambda _: step,
        inline=(lambda _, variable: source.replace("{v}", variable)) if source else None,
    )


def _first_line(text: str) -> str:
    text = text.strip()
    return text.splitlines()[0] if text else ""


_LATIN = str.maketrans(
    {"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "ß": "ss", "ø": "o", "Ø": "O", "æ": "ae", "Æ": "Ae"}
    | {"œ": "oe", "Œ": "Oe", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "þ": "th", "Þ": "Th", "ð": "d", "ı": "i"}
)


def _slug(text: str) -> str:
    latin = unicodedata.normalize("NFC", text).translate(_LATIN)
    plain = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode("ascii").lower()
    return "-".join("".join(c if c.isalnum() else " " for c in plain).split())


def _strip_accents(text: str) -> str:
    parts = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", "".join(c for c in parts if not unicodedata.combining(c)))


CASING = (
    _simple("trim", "Remove white space around the text.", str.strip, "{v}.strip()", Sample(None, "  Ada ", "Ada")),
    _simple("lower", "Write all letters small.", str.lower, "{v}.lower()", Sample(None, "ADA", "ada")),
    _simple("upper", "Write all letters as capitals.", str.upper, "{v}.upper()", Sample(None, "ada", "ADA")),
    _simple("title", "Begin every word with a capital.", str.title, "{v}.title()", Sample(None, "ada BYRON", "Ada Byron")),
    _simple(
        "sentence",
        "Begin the text with a capital and leave the rest.",
        lambda text: text[:1].upper() + text[1:],
        "({v}[:1].upper() + {v}[1:])",
        Sample(None, "hello Ada", "Hello Ada"),
    ),
    _simple(
        "collapse",
        "Make one space of any run of white space or line breaks.",
        lambda text: " ".join(text.split()),
        "' '.join({v}.split())",
        Sample(None, " a \n b", "a b"),
    ),
    _simple(
        "digits",
        "Keep the digits alone.",
        lambda text: "".join(filter(str.isdigit, text)),
        "''.join(filter(str.isdigit, {v}))",
        Sample(None, "(030) 23-125", "03023125"),
    ),
    _simple(
        "letters",
        "Keep the letters alone.",
        lambda text: "".join(filter(str.isalpha, text)),
        "''.join(filter(str.isalpha, {v}))",
        Sample(None, "A-1 b2", "Ab"),
    ),
    _simple("first_line", "Keep the first line that is not empty.", _first_line, None, Sample(None, "\nHello\nthere", "Hello")),
    _simple(
        "slug",
        "Write the text as a part of a web address: small ASCII letters, digits and hyphens.",
        _slug,
        None,
        Sample(None, "Müller & Söhne", "mueller-soehne"),
        Sample(None, "Café Été 24", "cafe-ete-24"),
    ),
    _simple(
        "strip_accents", "Take the accents off letters.", _strip_accents, None, Sample(None, "Éloïse", "Eloise"), Sample(None, "ü", "u")
    ),
)
