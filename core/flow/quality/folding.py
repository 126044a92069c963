"""Reducing texts to what two spellings of them share."""

from __future__ import annotations

import re
import unicodedata

_SEPARATORS = re.compile(r"[\W_]+")


def fold(text: str) -> str:
    """Reduce a name to what two spellings of it share: no case, accents, punctuation or spaces. Other scripts stay what they are."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)).replace("ß", "ss")
    return plain if plain.isalnum() else _SEPARATORS.sub("", plain)


def latin(text: str) -> str:
    """Write a text in small ASCII letters as it is heard: `Łódź` is `lodz`, `Иванов` is `ivanov`. Marks and spaces stay."""
    if text.isascii():
        return text.lower()
    from anyascii import anyascii  # its tables are read block by block: only for a text that needs them

    return anyascii(unicodedata.normalize("NFC", text)).lower()
