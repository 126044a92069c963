"""Turn a lead as the Graph API tells it into a change in plain words: names with values instead of lists of pairs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from core.contract import Change, FieldKind, FieldSpec, Flag, Invalid, JsonObject, JsonValue, NativeId, ObjectName, ObjectSpec
from core.contract.moments import read_moment

LEADGEN = ObjectName("leadgen")
LEAD_FIELDS = ("id", "created_time", "form_id", "field_data", "custom_disclaimer_responses", "is_organic", "platform")
AD_FIELDS = ("ad_id", "ad_name", "adset_id", "adset_name", "campaign_id", "campaign_name")
_TEST_VALUE = "<test lead:"
_KINDS = {
    "EMAIL": FieldKind.EMAIL,
    "WORK_EMAIL": FieldKind.EMAIL,
    "PHONE": FieldKind.PHONE,
    "WORK_PHONE_NUMBER": FieldKind.PHONE,
    "DATE_TIME": FieldKind.DATETIME,
    "DOB": FieldKind.DATE,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form; `options` maps an option's key to what the person saw."""

    key: str
    label: str
    kind: FieldKind
    options: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Form:
    """One instant form."""

    id: str
    name: str
    questions: Sequence[Question] = ()

    def option_label(self, key: str, value: JsonValue) -> JsonValue:
        """What the person saw where the lead carries an option's key; anything else stays as it is."""
        options = next((question.options for question in self.questions if question.key == key), {})
        if isinstance(value, list):
            return [options.get(str(item), str(item)) for item in value]
        return options.get(value, value) if isinstance(value, str) else value


def read_form(node: JsonObject) -> Form:
    """Read a form node with its questions; what is malformed in it is left out, because it only adds labels."""
    questions = node.get("questions")
    rows = [row for row in questions if isinstance(row, dict) and row.get("key")] if isinstance(questions, list) else []
    return Form(str(node.get("id", "")), str(node.get("name", "")), [_question(row) for row in rows])


def _question(row: JsonObject) -> Question:
    rows = row.get("options")
    pairs = [option for option in rows if isinstance(option, dict) and "key" in option] if isinstance(rows, list) else []
    options = {str(option["key"]): str(option.get("value", option["key"])) for option in pairs}
    kind = FieldKind.CHOICE if options else _KINDS.get(str(row.get("type", "")), FieldKind.TEXT)
    return Question(str(row["key"]), str(row.get("label") or row["key"]), kind, options)


def read_lead(node: JsonValue, form: Form | None) -> Change:
    """Turn a lead node into a change; raises Invalid when it has no id.

    `field_data` maps a question's key to its answer, a list where several values were given; `choice_labels` holds the
    same for choice questions in the words the person saw; `disclaimers` maps a checkbox to whether it was ticked.
    Leads never change, so there is no version.
    """
    if not isinstance(node, dict) or not node.get("id"):
        raise Invalid("A lead has no id.", field="id")
    answers = _answers(node.get("field_data"))
    plain = {name: node[name] for name in (*LEAD_FIELDS, *AD_FIELDS) if name in node and name != "custom_disclaimer_responses"}
    fields: dict[str, JsonValue] = {**plain, "id": str(node["id"]), "field_data": answers}
    if "custom_disclaimer_responses" in node:
        fields["disclaimers"] = _disclaimers(node["custom_disclaimer_responses"])
    if form is not None:
        fields["form"] = {"id": form.id, "name": form.name}
        choices = {question.key for question in form.questions if question.options}
        fields["choice_labels"] = {key: form.option_label(key, value) for key, value in answers.items() if key in choices}
    return Change(
        LEADGEN,
        NativeId(str(node["id"])),
        fields,
        changed_at=created_at(node),
        flag=Flag.TEST if _is_test(answers) else Flag.NONE,
    )


def created_at(node: JsonObject) -> datetime | None:
    """When the person sent the form, in UTC; None where Meta tells no readable time."""
    return read_moment(node.get("created_time"))


def _answers(field_data: JsonValue) -> dict[str, JsonValue]:
    rows = [row for row in field_data if isinstance(row, dict) and row.get("name")] if isinstance(field_data, list) else []
    collected: dict[str, list[str]] = {}
    for row in rows:
        values = row.get("values")
        collected.setdefault(str(row["name"]), []).extend(str(value) for value in (values if isinstance(values, list) else []))
    return {name: _one_or_all(values) for name, values in collected.items()}


def _one_or_all(values: list[str]) -> JsonValue:
    if not values:
        return None
    return values[0] if len(values) == 1 else [*values]


def _disclaimers(responses: JsonValue) -> JsonValue:
    rows = [row for row in responses if isinstance(row, dict) and row.get("checkbox_key")] if isinstance(responses, list) else []
    return {str(row["checkbox_key"]): str(row.get("is_checked", "")).lower() in {"1", "true"} for row in rows}


def _is_test(answers: Mapping[str, JsonValue]) -> bool:
    values = [item for value in answers.values() for item in (value if isinstance(value, list) else [value])]
    return any(isinstance(value, str) and value.lower().startswith(_TEST_VALUE) for value in values)


def describe_leads(forms: Sequence[Form]) -> ObjectSpec:
    """Describe the lead object: what Meta adds, and every question of the given forms as `field_data.<key>`."""
    times = {"created_time": FieldKind.DATETIME, "is_organic": FieldKind.BOOLEAN}
    plain = [_spec(name, name, times.get(name, FieldKind.ID if name.endswith("id") else FieldKind.TEXT)) for name in _TOLD]
    questions = {question.key: question for form in forms for question in form.questions}
    asked = [_spec(f"field_data.{question.key}", question.label, question.kind) for question in questions.values()]
    return ObjectSpec(LEADGEN, "Lead", [*plain, *asked])


_TOLD = ("id", "created_time", "form_id", "is_organic", "platform", *AD_FIELDS)


def _spec(name: str, label: str, kind: FieldKind) -> FieldSpec:
    return FieldSpec(name, label, kind, creatable=False, updatable=False, unique=name == "id")
