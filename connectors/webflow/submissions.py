"""Turn a push of Webflow, in its present or its older form, into a change: values by label and by the form element's id."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping

from core.contract import Change, Invalid, JsonObject, JsonValue, NativeId, ObjectName
from core.contract.moments import read_moment

SUBMISSION = ObjectName("submission")
_FORM_SUBMISSION = "form_submission"


def read_push(document: JsonObject) -> Change | None:
    """Read the submission of a push; None for a trigger of another kind, Invalid for what carries no submission.

    The present form wraps the submission in `triggerType` and `payload` (Webflow Data API v2, 'Form submission'), the
    older one is the submission itself under other names.
    """
    trigger = document.get("triggerType")
    if trigger is None:
        return _older(document)
    if trigger != _FORM_SUBMISSION:
        return None
    payload = document.get("payload")
    if not isinstance(payload, dict):
        raise Invalid("The push carries no submission.", field="payload")
    values = _values(payload)
    fields: JsonObject = {
        "form": {"id": payload.get("formId"), "name": payload.get("name"), "element_id": payload.get("formElementId")},
        "site_id": payload.get("siteId"),
        "submitted_at": payload.get("submittedAt"),
        "data": values,
        "elements": _elements(payload.get("schema"), values),
    }
    return _change(payload.get("id"), fields)


def _older(document: JsonObject) -> Change:
    values = _values(document)
    fields: JsonObject = {
        "form": {"id": None, "name": document.get("name"), "element_id": None},
        "site_id": document.get("site"),
        "submitted_at": document.get("d"),
        "data": values,
        "elements": {},
    }
    return _change(document.get("_id"), fields)


def _values(holder: Mapping[str, JsonValue]) -> JsonObject:
    values = holder.get("data")
    if not isinstance(values, dict):
        raise Invalid("The submission has no values.", field="data")
    return values


def _elements(schema: JsonValue, values: JsonObject) -> JsonObject:
    """The values by the ids of the form's elements, which stay when a label is reworded."""
    rows = [row for row in schema if isinstance(row, dict)] if isinstance(schema, list) else []
    named = [(row.get("fieldElementId"), row.get("fieldName")) for row in rows]
    return {element: values[name] for element, name in named if isinstance(element, str) and isinstance(name, str) and name in values}


def _change(given_id: JsonValue, fields: JsonObject) -> Change:
    """The submission's own id, else a hash of the content, which its time of submission makes its own."""
    native_id = given_id if isinstance(given_id, str) and given_id else None
    if native_id is None:
        canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"))
        native_id = "sha256-" + hashlib.sha256(canonical.encode("ascii")).hexdigest()
    return Change(SUBMISSION, NativeId(native_id), {"id": native_id, **fields}, changed_at=read_moment(fields["submitted_at"]))
