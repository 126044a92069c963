"""Turn what Google's webhook sends into a change in plain words: ids as text, answers by column instead of a list."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from core.contract import Change, FieldKind, FieldSpec, Flag, Invalid, JsonObject, JsonValue, NativeId, ObjectName, ObjectSpec, json_object
from core.contract.moments import read_moment

LEAD = ObjectName("lead")
KEY_FIELD = "google_key"

_COLUMNS = "user_column_data"
_CAPITAL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_NO_WORD = re.compile(r"\W+")
_TEXT = FieldKind.TEXT
_TOLD = {
    "id": FieldKind.ID,
    "form_id": FieldKind.ID,
    "campaign_id": FieldKind.ID,
    "adgroup_id": FieldKind.ID,
    "creative_id": FieldKind.ID,
    "asset_group_id": FieldKind.ID,
    "gclid": _TEXT,
    "lead_stage": _TEXT,
    "lead_submit_time": FieldKind.DATETIME,
    "api_version": _TEXT,
    "is_test": FieldKind.BOOLEAN,
}
_STANDARD_COLUMNS = {
    **dict.fromkeys(("FULL_NAME", "FIRST_NAME", "LAST_NAME", "COMPANY_NAME", "JOB_TITLE"), _TEXT),
    **dict.fromkeys(("STREET_ADDRESS", "POSTAL_CODE", "CITY", "REGION", "COUNTRY"), _TEXT),
    **dict.fromkeys(("EMAIL", "WORK_EMAIL"), FieldKind.EMAIL),
    **dict.fromkeys(("PHONE_NUMBER", "WORK_PHONE"), FieldKind.PHONE),
}


def read_document(body: bytes) -> JsonObject:
    """Read the body with its names in lower case and underscores; raises Invalid when it is no JSON object.

    Google's own page writes `lead_id`; relays that pass its messages on write `leadId`.
    """
    return _plain_names(json_object(body, "delivery"))


def read_lead(document: JsonObject, received_at: datetime) -> Change:
    """Turn a delivery into a change; raises Invalid when it holds neither a lead's id nor an answer and is no test.

    The key is left out. Ids become text, because they have up to 19 digits; the click's id is told as `gclid`, as it
    is called everywhere else. A test of the lead form's editor is flagged, whatever else it holds.
    """
    is_test = _is_true(document.get("is_test"))
    columns = list(_columns(document.get(_COLUMNS)))
    given_id = _text(document.get("lead_id"))
    if not given_id and not columns and not is_test:
        raise Invalid("The delivery holds no lead.", field="lead_id")
    native_id = NativeId(given_id or _fingerprint(document))
    fields: JsonObject = {"id": native_id, "is_test": is_test}
    for name, value in document.items():
        if name not in {KEY_FIELD, _COLUMNS, "lead_id", "is_test"}:
            fields["gclid" if name == "gcl_id" else name] = _told(value)
    fields["answers"] = _answers(columns)
    fields["questions"] = {key: label for key, label, _ in columns if label}
    return Change(
        LEAD,
        native_id,
        fields,
        changed_at=read_moment(document.get("lead_submit_time")) or received_at,
        flag=Flag.TEST if is_test else Flag.NONE,
    )


def describe_lead() -> ObjectSpec:
    """Describe what every lead has and Google's standard columns; the questions of a form of one's own come with its leads."""
    columns = {f"answers.{name}": kind for name, kind in _STANDARD_COLUMNS.items()}
    return ObjectSpec(LEAD, "Lead", [_spec(name, kind) for name, kind in {**_TOLD, **columns}.items()])


def _spec(name: str, kind: FieldKind) -> FieldSpec:
    label = name.removeprefix("answers.").replace("_", " ").capitalize()
    return FieldSpec(name, label, kind, creatable=False, updatable=False, unique=name == "id")


def _plain_names(document: JsonObject) -> JsonObject:
    return {_CAPITAL.sub("_", name).lower(): value for name, value in document.items()}


def _columns(rows: JsonValue) -> Iterator[tuple[str, str, JsonValue]]:
    """Each column as (key, label, value). The key is the column's id; old forms have only a name, which is written like an id."""
    for position, row in enumerate(rows if isinstance(rows, list) else [], start=1):
        if isinstance(row, dict):
            column = _plain_names(row)
            label = _text(column.get("column_name"))
            key = _text(column.get("column_id")) or _NO_WORD.sub("_", label).strip("_").upper() or f"COLUMN_{position}"
            yield key, label, column.get("string_value")


def _answers(columns: Sequence[tuple[str, str, JsonValue]]) -> JsonValue:
    """By key; a list where a column comes several times."""
    collected: dict[str, list[JsonValue]] = {}
    for key, _, value in columns:
        collected.setdefault(key, []).append(_told(value))
    return {key: values[0] if len(values) == 1 else values for key, values in collected.items()}


def _told(value: JsonValue) -> JsonValue:
    """Numbers as text: other programs round Google's ids."""
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else value


def _text(value: JsonValue) -> str:
    told = _told(value)
    return told.strip() if isinstance(told, str) else ""


def _is_true(value: JsonValue) -> bool:
    return value is True or (isinstance(value, str) and value.strip().lower() == "true")


def _fingerprint(document: JsonObject) -> str:
    """An id for a delivery without one, such as an early test: of its content without the key, which may be rotated."""
    content = {name: value for name, value in document.items() if name != KEY_FIELD}
    return "sha256-" + hashlib.sha256(json.dumps(content, sort_keys=True).encode("ascii")).hexdigest()[:32]
