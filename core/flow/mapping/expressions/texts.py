"""The methods of texts while an expression runs. Null gives false or null; anything else that is no text is an error."""

from __future__ import annotations

from typing import Any

from core.flow.mapping.expressions.arithmetic import must_fit, must_have_few
from core.flow.mapping.expressions.conversions import to_text
from core.flow.mapping.expressions.model import WORDS, EvaluationError
from core.flow.mapping.expressions.values import type_of
from core.flow.mapping.patterns import PatternRefused, PatternTooSlow, pattern

_UPPER = {code: code - 32 for code in range(ord("a"), ord("z") + 1)}
_LOWER = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def contains(text: Any, part: Any) -> bool:
    """Tell whether the part stands in the text."""
    return are_texts("contains", text, part) and part in text


def starts_with(text: Any, start: Any) -> bool:
    """Tell whether the text begins so."""
    return are_texts("startsWith", text, start) and text.startswith(start)


def ends_with(text: Any, end: Any) -> bool:
    """Tell whether the text ends so."""
    return are_texts("endsWith", text, end) and text.endswith(end)


def matches(text: Any, expression: Any) -> bool:
    """Tell whether the regular expression is found anywhere in the text."""
    if not are_texts("matches", text, expression):
        return False
    try:
        return pattern(expression).search(text) is not None
    except PatternRefused:
        raise EvaluationError("The pattern of `matches` is not a regular expression, or it is too long.") from None
    except PatternTooSlow:
        raise EvaluationError("The pattern of `matches` takes too long for a value; put no repetition into a repetition.") from None


def lower(text: Any) -> str | None:
    """Write A to Z small; other letters stay."""
    if not are_texts("lowerAscii", text):
        return None
    return str(text.lower() if text.isascii() else text.translate(_LOWER))


def upper(text: Any) -> str | None:
    """Write a to z large; other letters stay."""
    if not are_texts("upperAscii", text):
        return None
    return str(text.upper() if text.isascii() else text.translate(_UPPER))


def trim(text: Any) -> str | None:
    """Leave out white space at both ends."""
    return str(text.strip()) if are_texts("trim", text) else None


def replace(most: int, text: Any, find: Any, new: Any, times: Any = -1) -> str | None:
    """Replace a part by another, everywhere or in the first places."""
    if not are_texts("replace", text, find, new) or times is None:
        return None
    _must_be_whole("replace", times)
    if not find:
        raise EvaluationError("`replace` needs a text to look for that is not empty.")
    found = text.count(find)
    must_fit(len(text) + (min(found, times) if times >= 0 else found) * (len(new) - len(find)), most)
    return str(text.replace(find, new, times))


def split(most: int, text: Any, separator: Any) -> list[str] | None:
    """Divide a text at every separator."""
    if not are_texts("split", text, separator):
        return None
    if not separator:
        raise EvaluationError("`split` needs a separator that is not empty.")
    must_have_few(text.count(separator) + 1, most)
    return list(text.split(separator))


def join(most: int, items: Any, separator: Any = "") -> str | None:
    """Put the items of a list together; nulls are left out, numbers are written as texts."""
    if items is None or not are_texts("join", separator):
        return None
    if not isinstance(items, list | tuple):
        raise EvaluationError(f"`join` needs a list, not {WORDS[type_of(items)]}.")
    texts = [text for text in map(to_text, items) if text is not None]
    must_fit(sum(map(len, texts)) + len(separator) * max(len(texts) - 1, 0), most)
    return str(separator.join(texts))


def substring(text: Any, start: Any, end: Any = None) -> str | None:
    """Cut out from a position (from 0) up to another, which is not included; a text that is too short gives less."""
    if not are_texts("substring", text) or start is None:
        return None
    _must_be_whole("substring", start)
    if end is not None:
        _must_be_whole("substring", end)
    if start < 0 or (end is not None and end < 0):
        raise EvaluationError("`substring` counts from 0; a position cannot be negative.")
    return str(text[start:end])


def size(value: Any) -> int:
    """Count characters, items or fields; null has none."""
    if value is None:
        return 0
    if isinstance(value, str | list | tuple | dict):
        return len(value)
    raise EvaluationError(f"`size` counts the characters of a text or the items of a list, not {WORDS[type_of(value)]}.")


def are_texts(method: str, *values: Any) -> bool:
    """Tell whether all are texts, false when one is null; anything else raises EvaluationError."""
    for value in values:
        if value.__class__ is not str:
            if any(each is None for each in values):
                return False
            if not isinstance(value, str):
                hint = " Look into a list with `in`." if method == "contains" and isinstance(value, list | tuple) else ""
                raise EvaluationError(f"`{method}` needs text, not {WORDS[type_of(value)]}.{hint or ' Convert it with `string(...)`.'}")
    return True


def _must_be_whole(method: str, value: Any) -> None:
    if value.__class__ is not int:
        raise EvaluationError(f"`{method}` needs a whole number for a position or a count.")
