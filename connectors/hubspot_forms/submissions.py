"""Turn a form submission as HubSpot tells it into a change: values by name, for the contact and for other objects."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime

from core.contract import Change, FieldKind, FieldSpec, Invalid, JsonObject, JsonValue, NativeId, ObjectName, ObjectSpec

SUBMISSION = ObjectName("submission")
_CONTACT = "0-1"
_LONGEST_ID = 200
_LAST_MILLISECOND = 253_402_300_799_000
"""The end of the year 9999, the last that a datetime can hold."""


def read_submission(node: JsonValue, form: str) -> Change:
    """Turn a submission into a change; raises Invalid when it has no time or no values.

    `values` maps the contact's properties to what was typed, a list where a name comes several times; `objects` does so
    for every object type, the contact's 0-1 among them. Submissions never change, so there is no version.
    """
    if not isinstance(node, dict):
        raise Invalid("A submission is not a JSON object.")
    moment, rows = submitted_at(node), node.get("values")
    if moment is None:
        raise Invalid("A submission has no time.", field="submittedAt")
    if not isinstance(rows, list):
        raise Invalid("A submission has no values.", field="values")
    objects = _by_object([row for row in rows if isinstance(row, dict)])
    page = node.get("pageUrl")
    fields: JsonObject = {
        "form_id": form,
        "submitted_at": moment.isoformat(),
        "page_url": page if isinstance(page, str) else None,
        "values": objects.get(_CONTACT, {}),
        "objects": {**objects},
    }
    native_id = _native_id(node, fields)
    return Change(SUBMISSION, native_id, {"id": native_id, **fields}, changed_at=moment)


def submitted_at(node: JsonValue) -> datetime | None:
    """When the form was sent, in UTC; HubSpot tells milliseconds. None where they are missing or beyond reason."""
    value = node.get("submittedAt") if isinstance(node, dict) else None
    text = str(value) if isinstance(value, (int, str)) and not isinstance(value, bool) else ""
    if not (text.isascii() and text.isdigit() and len(text) <= 15 and int(text) <= _LAST_MILLISECOND):
        return None
    return datetime.fromtimestamp(int(text) / 1000, UTC)


def _by_object(rows: list[JsonObject]) -> dict[str, JsonObject]:
    """The values by object type and name; a value that names no object type is the contact's."""
    found: dict[str, JsonObject] = {}
    for row in rows:
        name = row.get("name")
        if not isinstance(name, str) or not name:
            continue
        kind = row.get("objectTypeId")
        values = found.setdefault(kind if isinstance(kind, str) and kind else _CONTACT, {})
        values[name] = _joined(values[name], row.get("value")) if name in values else row.get("value")
    return found


def _joined(held: JsonValue, value: JsonValue) -> JsonValue:
    return [*held, value] if isinstance(held, list) else [held, value]


def _native_id(node: JsonObject, fields: JsonObject) -> NativeId:
    """HubSpot's conversion id, which not every answer tells; else a hash of form, time, page and values in any order."""
    given = node.get("conversionId")
    if isinstance(given, str) and given.isascii() and given.isprintable() and 0 < len(given) <= _LONGEST_ID:
        return NativeId(given)
    canonical = json.dumps(fields, sort_keys=True, separators=(",", ":"), default=str)
    return NativeId("sha256-" + hashlib.sha256(canonical.encode("ascii")).hexdigest())


def describe_submissions() -> ObjectSpec:
    """Describe the one object; the fields of the forms are not asked for, they are contact properties by their internal names."""
    told = {"id": FieldKind.ID, "form_id": FieldKind.ID, "submitted_at": FieldKind.DATETIME, "page_url": FieldKind.URL}
    usual = {"values.email": FieldKind.EMAIL, "values.firstname": FieldKind.TEXT, "values.lastname": FieldKind.TEXT}
    specs = [FieldSpec(name, name, kind, creatable=False, updatable=False, unique=name == "id") for name, kind in (told | usual).items()]
    return ObjectSpec(SUBMISSION, "Form submission", specs)
