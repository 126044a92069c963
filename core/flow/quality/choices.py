"""Yes and no in many words, values of a closed set, and lists."""

from __future__ import annotations

import json
import unicodedata
from functools import lru_cache

from core.flow.quality.canonical import NOTHING, Normalised, clean, spell
from core.model.records import Scalar

_YES_WORDS = """
1 true t yes y on ja j oui si sí x checked wahr vrai vero verdadero verdadeiro an sim tak da ano igen evet kyllä jah taip jā
да так ναι はい 是 네 예 ✓ ✔ ☑ áno doğru prawda sant sann
"""
_NO_WORDS = """
0 false f no n off nein non falsch faux unchecked falso aus nee nej nei não nao nie ne nem hayır hayir ei
нет ні не όχι いいえ 否 아니요 ✗ ✘ ☐ yanlış fałsz falsk
"""
_TRUE, _FALSE = frozenset(_YES_WORDS.split()), frozenset(_NO_WORDS.split())


def boolean(raw: Scalar) -> Normalised:
    """Read yes or no as a dozen languages and programs say it."""
    if isinstance(raw, bool):
        return _YES if raw else _NO
    word = clean(spell(raw)).casefold()
    if not word:
        return NOTHING
    if word in _TRUE:
        return _YES
    return _NO if word in _FALSE else Normalised(clean(spell(raw)), "is neither yes nor no")


_YES, _NO = Normalised(True), Normalised(False)


@lru_cache(maxsize=5_000)
def enum(text: str, choices: tuple[str, ...]) -> Normalised:
    """Give the choice as it is written in the mapping, whatever the case that came in; without choices, the text."""
    if not choices or text in choices:
        return Normalised(text)
    folded = text.casefold()
    found = next((choice for choice in choices if clean(choice).casefold() == folded), None)
    if found is None:
        return Normalised(text, f"is none of: {', '.join(choices)}")
    return Normalised(found)


@lru_cache(maxsize=5_000)
def items(raw: str, separator: str | None) -> Normalised:
    """Give the items of a list, trimmed, none empty, none twice, joined by `;`. A JSON list is read as well."""
    parts = _parts(unicodedata.normalize("NFC", raw).strip(), separator)
    joined = ";".join(dict.fromkeys(parts))
    for _ in range(len(joined)):
        again = ";".join(dict.fromkeys(_parts(joined, separator)))
        if again == joined:
            break
        joined = again
    return Normalised(joined) if joined else NOTHING


def _parts(text: str, separator: str | None) -> list[str]:
    listed = _json_items(text) if text.startswith("[") and text.endswith("]") else None
    texts = [text] if listed is None else listed
    marked = [part.replace(separator, ";") if separator else part for part in texts]
    return [item for part in marked for line in part.splitlines() for item in map(clean, line.split(";")) if item]


def _json_items(text: str) -> list[str] | None:
    """The items of a JSON list of single values; None when it is no such list."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, list) or any(isinstance(item, (list, dict)) for item in found):
        return None
    return [str(item).lower() if isinstance(item, bool) else spell(item) for item in found if item is not None]
