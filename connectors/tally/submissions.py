"""Turn a submission as Tally pushes it into a change: answers by the question's key, its words and its type, in words."""

from __future__ import annotations

from core.contract import Change, Invalid, JsonObject, JsonValue, NativeId, ObjectName
from core.contract.moments import read_moment

SUBMISSION = ObjectName("submission")
_SINGLE = frozenset({"MULTIPLE_CHOICE", "DROPDOWN"})
"""Question types whose answer is one choice, which Tally sends as a list all the same."""
_ASIDE = {"HIDDEN_FIELDS": "hidden", "CALCULATED_FIELDS": "calculated"}
"""Field types that nobody answers; they are told apart from the answers, by name."""


def read_submission(data: JsonObject) -> Change:
    """Turn the `data` of a push into a change; raises Invalid when it has no id.

    `answers` maps a question's key to its answer, `titles` the question's words to the same (the first of two alike),
    `first` a question's type to the first answer of that type. Tally sends choices as ids with the list of what they
    stand for; they are told in the words that the person saw.
    """
    native_id = data.get("responseId") or data.get("submissionId")
    if not isinstance(native_id, str):
        raise Invalid("The push carries no response id.", field="responseId")
    fields: JsonObject = {
        "id": native_id,
        "respondent_id": data.get("respondentId"),
        "form": {"id": data.get("formId"), "name": data.get("formName")},
        "created_at": data.get("createdAt"),
        **_sorted_out(data.get("fields")),
    }
    return Change(SUBMISSION, NativeId(native_id), fields, changed_at=read_moment(data.get("createdAt")))


def _sorted_out(rows: JsonValue) -> dict[str, JsonValue]:
    told: dict[str, JsonObject] = {name: {} for name in ("answers", "titles", "first", *_ASIDE.values())}
    for row in rows if isinstance(rows, list) else []:
        if not isinstance(row, dict):
            continue
        kind, label, value = str(row.get("type") or ""), str(row.get("label") or ""), _in_words(row)
        if kind in _ASIDE:
            told[_ASIDE[kind]].setdefault(label or str(row.get("key") or ""), value)
        elif row.get("key"):
            told["answers"].setdefault(str(row["key"]), value)
            told["first"].setdefault(kind.lower(), value)
            if label:
                told["titles"].setdefault(label, value)
    return {**told}


def _in_words(row: JsonObject) -> JsonValue:
    value, options = row.get("value"), row.get("options")
    rows = [option for option in options if isinstance(option, dict)] if isinstance(options, list) else []
    words = {option["id"]: option.get("text", option["id"]) for option in rows if isinstance(option.get("id"), str)}
    if isinstance(value, str):
        return words.get(value, value)
    if not isinstance(value, list):
        return value
    told = [words.get(item, item) if isinstance(item, str) else item for item in value]
    if str(row.get("type")) in _SINGLE and len(told) <= 1:
        return told[0] if told else None
    return told
