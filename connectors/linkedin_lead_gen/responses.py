"""Turn a response as LinkedIn tells it into a change: answers by the question's id, its words, its name and its predefined field."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

from connectors.linkedin_lead_gen.forms import Form, form_version, rows_of
from core.contract import Change, FieldKind, FieldSpec, Flag, Invalid, JsonObject, JsonValue, NativeId, ObjectName, ObjectSpec

RESPONSE = ObjectName("leadFormResponse")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_URN = "urn:li:leadGenFormResponse:"
_ID = re.compile(r"[A-Za-z0-9_=.~-]{1,200}")
_LAST_MS = 253_402_300_799_000
_TOLD = {
    "id": FieldKind.ID,
    "submitted_at": FieldKind.DATETIME,
    "lead_type": FieldKind.TEXT,
    "test_lead": FieldKind.BOOLEAN,
    "owner": FieldKind.ID,
    "submitter": FieldKind.ID,
    "form.id": FieldKind.ID,
    "form.version": FieldKind.TEXT,
    "form.name": FieldKind.TEXT,
    "campaign": FieldKind.ID,
    "creative": FieldKind.ID,
}


def response_id(value: object) -> str:
    """The bare id of a response, which pushes tell inside a URN; raises Invalid for what is no id."""
    text = value.removeprefix(_URN) if isinstance(value, str) else ""
    if not _ID.fullmatch(text) or text in {".", ".."}:
        raise Invalid("A response has no usable id.", field="id")
    return text


def moment_of(value: object) -> datetime | None:
    """The instant of milliseconds since 1970, in UTC; None for what is none."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _LAST_MS:
        return None
    return _EPOCH + timedelta(milliseconds=value)


def read_response(node: JsonObject, form: Form) -> Change:
    """Turn a response into a change; raises Invalid when it has no id.

    `answers` maps a question's id, `titles` its words, `names` its name and `predefined` the profile field that it asks
    for to the answer; `consents` maps a consent's id to whether it was given. Responses never change, so there is no version.
    """
    native_id = response_id(node.get("id"))
    version, submitted = form_version(node.get("versionedLeadGenFormUrn")), moment_of(node.get("submittedAt"))
    is_test = node.get("testLead") is True
    content = node.get("formResponse")
    content = content if isinstance(content, dict) else {}
    fields: dict[str, JsonValue] = {
        "id": native_id,
        "submitted_at": submitted.isoformat() if submitted else None,
        "test_lead": is_test,
        "owner": _only_value(node.get("owner")),
        "submitter": _text_or_none(node.get("submitter")),
        "lead_type": _only_value(node.get("leadType")),
        "form": {"id": version.id, "version": version.version, "name": form.name},
        "campaign": _campaign(node.get("leadMetadata")),
        "creative": _creative(node.get("associatedEntity")),
        "hidden": dict(form.hidden),
        "consents": _consents(content.get("consentResponses")),
        **_answers(content.get("answers"), form),
    }
    return Change(RESPONSE, NativeId(native_id), fields, changed_at=submitted, flag=Flag.TEST if is_test else Flag.NONE)


def _answers(rows: JsonValue, form: Form) -> dict[str, JsonValue]:
    told: dict[str, dict[str, JsonValue]] = {"answers": {}, "titles": {}, "names": {}, "predefined": {}}
    for row in rows_of(rows):
        question_id = row.get("questionId")
        if isinstance(question_id, bool) or not isinstance(question_id, str | int) or question_id == "":
            continue
        question = form.question(str(question_id))
        value = _value(row.get("answerDetails"), question.options if question else {})
        words = (str(question_id), *((question.label, question.name, question.predefined) if question else ("", "", "")))
        for block, word in zip(told.values(), words, strict=True):
            if word:
                block.setdefault(word, value)
    return {**told}


def _value(details: JsonValue, options: Mapping[str, str]) -> JsonValue:
    if not isinstance(details, dict):
        return None
    text, choice = details.get("textQuestionAnswer"), details.get("multipleChoiceAnswer")
    if isinstance(text, dict):
        return _text_or_none(text.get("answer"))
    chosen = choice.get("options") if isinstance(choice, dict) else None
    if not isinstance(chosen, list):
        return None
    words: list[JsonValue] = [options.get(str(each)) or str(each) for each in chosen if isinstance(each, str | int)]
    return words[0] if len(words) == 1 else words or None


def _consents(rows: JsonValue) -> JsonValue:
    """What was not told as a plain yes counts as no: a consent is never guessed."""
    return {str(row["consentId"]): row.get("accepted") is True for row in rows_of(rows) if isinstance(row.get("consentId"), str | int)}


def _campaign(metadata: JsonValue) -> JsonValue:
    sponsored = metadata.get("sponsoredLeadMetadata") if isinstance(metadata, dict) else None
    return _text_or_none(sponsored.get("campaign")) if isinstance(sponsored, dict) else None


def _creative(entity: JsonValue) -> JsonValue:
    return _text_or_none(entity.get("associatedCreative")) if isinstance(entity, dict) else None


def _only_value(value: JsonValue) -> JsonValue:
    """Unions such as `owner` come as an object with one entry; the entry's value says it all."""
    return _text_or_none(next(iter(value.values()), None)) if isinstance(value, dict) else _text_or_none(value)


def _text_or_none(value: JsonValue) -> str | None:
    return value if isinstance(value, str) else None


def describe_responses(forms: Sequence[Form]) -> ObjectSpec:
    """Describe the one object: what LinkedIn adds, and the questions of the given forms."""
    specs = [_spec(name, name, kind) for name, kind in _TOLD.items()]
    questions = {question.id: question for form in forms for question in form.questions}
    specs += [
        _spec(f"answers.{question.id}", question.label or question.name or question.id, question.kind) for question in questions.values()
    ]
    asked = {question.predefined: question for question in questions.values() if question.predefined}
    specs += [_spec(f"predefined.{name}", question.label or name, question.kind) for name, question in asked.items()]
    hidden = dict.fromkeys(name for form in forms for name in form.hidden)
    return ObjectSpec(RESPONSE, "Lead form response", [*specs, *(_spec(f"hidden.{name}", name, FieldKind.TEXT) for name in hidden)])


def _spec(name: str, label: str, kind: FieldKind) -> FieldSpec:
    return FieldSpec(name, label, kind, creatable=False, updatable=False, unique=name == "id")
