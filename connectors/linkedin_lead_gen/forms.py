"""Forms: the questions that answers are joined to, and the hidden fields that stand on the form."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from core.contract import FieldKind, JsonObject, JsonValue

_VERSIONED = re.compile(r"urn:li:versionedLeadGenForm:\(urn:li:leadGenForm:([0-9]{1,30}),([0-9]{1,10})\)")
_KINDS = {
    "EMAIL": FieldKind.EMAIL,
    "WORK_EMAIL": FieldKind.EMAIL,
    "PHONE_NUMBER": FieldKind.PHONE,
    "WORK_PHONE_NUMBER": FieldKind.PHONE,
    "LINKEDIN_PROFILE_LINK": FieldKind.URL,
}


@dataclass(frozen=True, slots=True)
class FormVersion:
    """Which form, in which version, a response answers; empty where LinkedIn does not tell."""

    id: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """One question; `options` maps an option's id to what the person saw."""

    id: str
    name: str
    label: str
    predefined: str
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def kind(self) -> FieldKind:
        """The kind of value that the answer is."""
        return FieldKind.CHOICE if self.options else _KINDS.get(self.predefined, FieldKind.TEXT)


@dataclass(frozen=True, slots=True)
class Form:
    """One form as its definition tells it."""

    name: str = ""
    questions: Sequence[Question] = ()
    hidden: Mapping[str, str] = field(default_factory=dict)

    def question(self, question_id: str) -> Question | None:
        """The question with this id, None when it is not known."""
        return next((each for each in self.questions if each.id == question_id), None)


def form_version(urn: object) -> FormVersion:
    """Read `urn:li:versionedLeadGenForm:(urn:li:leadGenForm:ID,VERSION)`."""
    found = _VERSIONED.fullmatch(urn) if isinstance(urn, str) else None
    return FormVersion(found[1], found[2]) if found else FormVersion()


def read_form(node: JsonObject) -> Form:
    """Read a form; what is malformed in it is left out, because it only adds words."""
    content = node.get("content")
    content = content if isinstance(content, dict) else {}
    questions = [_question(row) for row in rows_of(content.get("questions")) if _text(row.get("questionId"))]
    hidden = rows_of(content.get("hiddenFields") or node.get("hiddenFields"))
    values = {_text(row.get("name")): _text(row.get("value")) for row in hidden if _text(row.get("name"))}
    return Form(_text(node.get("name")), questions, values)


def rows_of(value: JsonValue) -> list[JsonObject]:
    """The objects of a list; nothing where it is none."""
    return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


def _question(row: JsonObject) -> Question:
    details = row.get("questionDetails")
    choice = details.get("multipleChoiceQuestionDetails") if isinstance(details, dict) else None
    options = rows_of(choice.get("options")) if isinstance(choice, dict) else []
    texts = {_text(option.get("id")): _text(option.get("text")) for option in options}
    label = _text(row.get("label")) or _text(row.get("question"))
    return Question(_text(row.get("questionId")), _text(row.get("name")), label, _text(row.get("predefinedField")), texts)


def _text(value: JsonValue) -> str:
    """A text as it stands, or the first wording of a localised one; "" for anything else."""
    if isinstance(value, dict):
        localised = value.get("localized")
        value = next(iter(localised.values()), None) if isinstance(localised, dict) else None
    if isinstance(value, bool) or not isinstance(value, str | int):
        return ""
    return value if isinstance(value, str) else str(value)
