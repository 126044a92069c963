"""Fields of a submission: nested names, repeated names, look-up by name, and the limits that keep them small."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from core.contract import Invalid, JsonValue

MAX_FIELDS = 500
MAX_VALUE_BYTES = 64 * 1024
MAX_DEPTH = 32

Fields = dict[str, JsonValue]
_NESTED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_KEY = re.compile(r"\[([^\[\]]*)\]")


def nest(pairs: Iterable[tuple[str, JsonValue]]) -> Fields:
    """Build fields from a form's pairs: `a[b]=1` nests, a repeated name and `a[]` give a list, in order.

    A name that cannot nest, because its brackets do not match or a plain `a` came before `a[b]`, keeps its brackets;
    no value is lost. Raises Invalid when a limit is passed.
    """
    fields: Fields = {}
    for name, value in pairs:
        keys = split_name(name)
        as_list = len(keys) > 1 and keys[-1] == ""
        path = keys[:-1] if as_list else keys
        holder = _holder(fields, path)
        if holder is None:
            _add(fields, name, value, as_list=False)
        else:
            _add(holder, path[-1], value, as_list=as_list)
    return tidy(fields)


def split_name(name: str) -> Sequence[str]:
    """Split `a[b][c]` into its keys; a name that is no such path is one key."""
    found = _NESTED.fullmatch(name)
    return [found[1], *_KEY.findall(found[2])] if found else [name]


def look_up(fields: Fields, name: str) -> JsonValue:
    """The value under a name written as in the form, `a` or `a[b]`; None when there is none."""
    value: JsonValue = fields
    for key in split_name(name):
        value = value.get(key) if isinstance(value, dict) else None
    return fields.get(name) if value is None else value


def _holder(fields: Fields, path: Sequence[str]) -> Fields | None:
    holder = fields
    for key in path[:-1]:
        inner = holder.setdefault(key, {})
        if not isinstance(inner, dict):
            return None
        holder = inner
    return None if isinstance(holder.get(path[-1]), dict) and _is_nested(holder[path[-1]]) else holder


def _is_nested(value: JsonValue) -> bool:
    return isinstance(value, dict) and set(value) != {"filename", "size"}


def _add(holder: Fields, key: str, value: JsonValue, *, as_list: bool) -> None:
    if key not in holder:
        holder[key] = [value] if as_list else value
        return
    there = holder[key]
    holder[key] = [*(there if isinstance(there, list) else [there]), value]


def tidy(fields: Fields) -> Fields:
    """Check the limits, then make every text storable as UTF-8 (half surrogate pairs become '?'); raises Invalid."""
    if not fields:
        raise Invalid("The submission has no field.", rule="empty")
    if _is_plain(fields):
        return fields
    _check_limits(fields)
    return {_text(name): _tidy_value(value) for name, value in fields.items()}


def _is_plain(fields: Fields) -> bool:
    """Whether this is a short flat form in ASCII, which passes every limit and has nothing to tidy."""
    if len(fields) > MAX_FIELDS:
        return False
    try:
        text = "".join([*fields, *fields.values()])  # type: ignore[list-item]  # what is no text is what is looked for
    except TypeError:
        return False
    return text.isascii() and len(text) <= MAX_VALUE_BYTES


def _check_limits(fields: Fields) -> None:
    """Walk without recursion, because the depth is the sender's choice."""
    values = 0
    waiting: list[tuple[JsonValue, int]] = [(fields, 1)]
    while waiting:
        value, depth = waiting.pop()
        if depth > MAX_DEPTH + 1:
            raise Invalid(f"The submission is nested deeper than {MAX_DEPTH}.", rule="max_depth")
        names: Iterable[str] = value if isinstance(value, dict) else ()
        if any(_is_too_large(text) for text in (*names, value) if isinstance(text, str)):
            raise Invalid(f"A value is larger than {MAX_VALUE_BYTES} bytes.", rule="max_value")
        inner = list(value.values() if isinstance(value, dict) else value) if isinstance(value, (dict, list)) else []
        waiting.extend((item, depth + 1) for item in inner)
        values += not inner
        if values + len(waiting) > MAX_FIELDS:
            raise Invalid(f"The submission has more than {MAX_FIELDS} values.", rule="max_fields")


def _is_too_large(text: str) -> bool:
    return len(text) > MAX_VALUE_BYTES or len(text.encode("utf-8", "replace")) > MAX_VALUE_BYTES


def _tidy_value(value: JsonValue) -> JsonValue:
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list):
        return [_tidy_value(item) for item in value]
    if isinstance(value, dict):
        return {_text(name): _tidy_value(item) for name, item in value.items()}
    return value


def _text(text: str) -> str:
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")
