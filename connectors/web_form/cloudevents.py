"""CloudEvents 1.0 over HTTP: what event a post is, in structured, batched and binary mode, and the submission inside."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.web_form.body import JSON, read_body
from connectors.web_form.fields import Fields
from core.contract import InboundRequest, Invalid, JsonValue

_STRUCTURED = ("application/cloudevents+json", "application/cloudevents-batch+json")
_REQUIRED = ("id", "source", "type")
_TOLD = (*_REQUIRED, "subject", "time")
_PREFIX = "ce-"
_LONGEST_ID = 200


@dataclass(frozen=True, slots=True)
class Submission:
    """The fields of one submission, and what event carried it where the sender speaks CloudEvents."""

    fields: Fields
    event: Mapping[str, JsonValue] | None = None

    @property
    def event_id(self) -> str | None:
        """The event's identity, which the specification makes of source and id together; None without an event.

        No source holds a blank, so the two stay apart; what is too long or odd for an id is hashed.
        """
        if self.event is None:
            return None
        source, event_id = str(self.event["source"]), str(self.event["id"])
        joined = f"{source} {event_id}"
        if joined.isascii() and joined.isprintable() and len(joined) <= _LONGEST_ID and " " not in source:
            return joined
        return "sha256-" + hashlib.sha256(json.dumps([source, event_id]).encode("ascii")).hexdigest()


def read_submissions(request: InboundRequest) -> list[Submission]:
    """Read the submissions of a post: of CloudEvents their data, of any other post its body; raises Invalid.

    An event that stands twice in a batch is told once.
    """
    content_type = request.headers.get("content-type", "")
    if content_type.partition(";")[0].strip().lower() in _STRUCTURED:
        envelopes = read_body(JSON + "".join(content_type.partition(";")[1:]), request.body)
        events = [Submission(_content(envelope), _attributes(envelope)) for envelope in envelopes]
        return [*{event.event_id: event for event in events}.values()]
    submissions = read_body(content_type, request.body)
    if _PREFIX + "specversion" not in request.headers:
        return [Submission(fields) for fields in submissions]
    if len(submissions) > 1:
        raise Invalid("A CloudEvent in binary mode carries one submission.", rule="cloudevents")
    named = {name.removeprefix(_PREFIX): value for name, value in request.headers.items() if name.startswith(_PREFIX)}
    return [Submission(fields, _attributes(named)) for fields in submissions]


def _attributes(envelope: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    if envelope.get("specversion") != "1.0":
        raise Invalid("This is not a CloudEvent of version 1.0.", rule="cloudevents")
    for name in _REQUIRED:
        if not isinstance(envelope.get(name), str) or not envelope[name]:
            raise Invalid(f"The CloudEvent has no '{name}'.", rule="cloudevents")
    return {name: value for name in _TOLD if isinstance(value := envelope.get(name), str)}


def _content(envelope: Fields) -> Fields:
    """The data of a structured event, which has to be one submission: a JSON object, as such or in base64."""
    data, encoded = envelope.get("data"), envelope.get("data_base64")
    if isinstance(encoded, str) and data is None:
        try:
            body = base64.b64decode(encoded, validate=True)
        except (ValueError, binascii.Error) as error:
            raise Invalid("The CloudEvent's data is not base64.", rule="cloudevents") from error
        given = envelope.get("datacontenttype")
        (fields, *more) = read_body(given if isinstance(given, str) else JSON, body) or [{}]
        data = None if more else fields
    if not isinstance(data, dict) or not data:
        raise Invalid("The CloudEvent's data is no submission.", rule="cloudevents")
    return data
