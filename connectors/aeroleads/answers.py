"""From AeroLeads' answer to fields; the e-mail address passes only with enough confidence."""

from __future__ import annotations

import math
from typing import Any

from connectors.aeroleads.settings import AeroLeadsSettings
from core.contract import JsonValue


def read_answer(answer: Any, settings: AeroLeadsSettings) -> dict[str, JsonValue]:
    """The fields that the answer fills, with `confidence` where the service says how sure it is."""
    found = {name: value for name, path in settings.fields.items() if (value := _text(answer, path)) is not None}
    email, sure = _text(answer, settings.email), _confidence(answer, settings)
    if email is not None and (settings.min_confidence == 0 or (sure is not None and sure >= settings.min_confidence)):
        found["email"] = email
    told: dict[str, JsonValue] = dict(found)
    return told if not told or sure is None else {**told, "confidence": sure}


def _text(answer: Any, path: str) -> str | None:
    value = _look_up(answer, path)
    return value.strip() or None if isinstance(value, str) else None


def _confidence(answer: Any, settings: AeroLeadsSettings) -> float | None:
    value = _look_up(answer, settings.confidence)
    try:
        sure = float(value) / settings.confidence_of if isinstance(value, int | float | str) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        return None
    return min(max(sure, 0.0), 1.0) if math.isfinite(sure) else None


def _look_up(answer: Any, path: str) -> Any:
    """Follow a dotted path; numbers lead into lists."""
    for part in path.split("."):
        if isinstance(answer, dict):
            answer = answer.get(part)
        elif isinstance(answer, list) and part.isascii() and part.isdecimal() and len(part) < 6 and int(part) < len(answer):
            answer = answer[int(part)]
        else:
            return None
    return answer
