"""What connectors that take pushes share: reading a body of JSON, and the answer that most platforms understand."""

from __future__ import annotations

import json
import math

from pydantic import JsonValue

from core.contract.errors import Invalid
from core.contract.http import Outcome, Reply

JsonObject = dict[str, JsonValue]
PLAIN_TEXT = {"content-type": "text/plain; charset=utf-8"}
RETRY_SECONDS = "60"
"""When a platform that heeds `retry-after` is to send again what could not be stored."""


def usual_answer(outcome: Outcome) -> Reply:
    """Acknowledge with 200, refuse with 401, or ask for another try with 503; never 404 or 410, which end subscriptions.

    A push that is genuine but unusable is acknowledged, because it would come again unchanged, and platforms switch off
    an endpoint that keeps failing; the raw push waits in quarantine.
    """
    match outcome:
        case Outcome.REFUSED:
            return Reply(401, b"refused", PLAIN_TEXT)
        case Outcome.UNAVAILABLE:
            return Reply(503, b"try again", {**PLAIN_TEXT, "retry-after": RETRY_SECONDS})
        case Outcome.STORED | Outcome.INVALID:
            return Reply(200, b"ok", PLAIN_TEXT)


def json_object(content: bytes | str, called: str = "push", *, field: str | None = None) -> JsonObject:
    """Read content that has to be one JSON object; raises what `read_json` does."""
    document = read_json(content, called, field=field)
    if not isinstance(document, dict):
        raise Invalid(f"The {called} is not a JSON object.", field=field, rule="json")
    return document


def read_json(content: bytes | str, called: str = "push", *, field: str | None = None) -> JsonValue:
    """Read JSON in UTF-8, UTF-16 or UTF-32, with or without a byte order mark.

    Python reads NaN, Infinity and numbers beyond the range of a double (RFC 8259, section 6), which nothing behind it can
    hold; they are refused here, so that no value is lost in silence.

    Args:
        content: what came; nothing in it can make another error than Invalid.
        called: what it is, in the error's message.
        field: which part of the push it stands in, where it is not the whole.

    Raises:
        Invalid: with rule `json`; the content is no JSON, or nested too deeply to be read.
    """
    try:
        document: JsonValue = json.loads(content, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise Invalid(f"The {called} is nested too deeply.", field=field, rule="json") from error
    except ValueError as error:
        raise Invalid(f"The {called} is not JSON.", field=field, rule="json") from error
    return document


def _refuse(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _finite(digits: str) -> float:
    value = float(digits)
    if not math.isfinite(value):
        raise ValueError("a number is out of range")
    return value
