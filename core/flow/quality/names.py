"""Splitting a name that came in one field."""

from __future__ import annotations

_PARTICLES = frozenset(
    {"von", "van", "de", "der", "den", "del", "della", "di", "da", "dos", "du", "la", "le", "al", "bin", "ten", "ter", "zu", "zur"}
)
_TITLES = frozenset({"mr", "mrs", "ms", "dr", "prof", "herr", "frau", "ing", "dipl"})


def split_name(full: str) -> tuple[str, str]:
    """Split into given and family name: `Last, First` by the comma, else the last word with the particles before it.

    A single word is a family name.
    """
    if "," in full:
        family, _, given = full.partition(",")
        return given.strip(), family.strip()
    words = [word for word in full.split() if word.rstrip(".").casefold() not in _TITLES] or full.split()
    cut = len(words) - 1
    while cut > 1 and words[cut - 1].casefold() in _PARTICLES:
        cut -= 1
    return " ".join(words[:cut]), " ".join(words[cut:])
