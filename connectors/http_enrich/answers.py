"""From a record's values to a request, and from a service's answer to fields: templates and dotted paths, nothing else."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping

from core.contract import Invalid, JsonValue

_NAME = re.compile(r"\{(\w+)\}")


def fill(template: str, values: Mapping[str, JsonValue], write: Callable[[str], str] = str) -> str:
    """Put values in the place of `{names}`, each through `write`; raises Invalid when the record has no such value."""

    def value_of(found: re.Match[str]) -> str:
        value = values.get(found[1])
        text = "" if value is None else str(value).strip()
        if text in ("", ".", ".."):
            raise Invalid("The record has no usable value to ask about.", field=found[1])
        return write(text)

    return _NAME.sub(value_of, template)


def look_up(answer: JsonValue, path: str) -> JsonValue:
    """Follow a dotted path; numbers lead into lists. None where it leads nowhere."""
    found = answer
    for part in path.split("."):
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, list) and part.isascii() and part.isdecimal() and len(part) < 10:
            found = found[int(part)] if int(part) < len(found) else None
        else:
            return None
    return found


def read_fields(answer: JsonValue, paths: Mapping[str, str]) -> dict[str, JsonValue]:
    """The fields that the answer fills; an answer that fills none of them is a miss, whatever its status."""
    found = {name: look_up(answer, path) for name, path in paths.items()}
    return {name: value for name, value in found.items() if value not in (None, "", [], {})}


def read_confidence(answer: JsonValue, path: str, full: float) -> float | None:
    """How sure the service is, from 0 to 1; None when it does not say so in a number."""
    value = look_up(answer, path)
    try:
        sure = float(value) / full if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return min(max(sure, 0.0), 1.0) if math.isfinite(sure) else None
