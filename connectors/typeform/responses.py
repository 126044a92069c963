"""Turn a response as Typeform tells it into a change: answers by the question's reference, by its title and by its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from core.contract import Change, FieldKind, FieldSpec, Invalid, JsonObject, JsonValue, NativeId, ObjectName, ObjectSpec
from core.contract.moments import read_moment

RESPONSE = ObjectName("response")
_PLAIN = ("submitted_at", "landed_at")
_KINDS = {
    "email": FieldKind.EMAIL,
    "phone_number": FieldKind.PHONE,
    "website": FieldKind.URL,
    "number": FieldKind.NUMBER,
    "date": FieldKind.DATE,
    "yes_no": FieldKind.BOOLEAN,
    "legal": FieldKind.BOOLEAN,
    "dropdown": FieldKind.CHOICE,
    "long_text": FieldKind.LONG_TEXT,
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a form; `ref` is the name that its author gave it, else one that Typeform made."""

    id: str
    ref: str
    title: str
    type: str


@dataclass(frozen=True, slots=True)
class Form:
    """A form as its definition tells it; `hidden` names its hidden fields where the definition lists them."""

    id: str
    title: str = ""
    questions: Sequence[Question] = ()
    hidden: Sequence[str] = ()

    def title_of(self, key: str) -> str:
        """The title of the question with this reference or id, "" when it is not known."""
        return next((question.title for question in self.questions if key in (question.ref, question.id)), "")


def read_form(node: JsonObject, form_id: str) -> Form:
    """Read a form's definition, from a push or from the API; malformed parts are left out, because it only adds words."""
    hidden = node.get("hidden")
    names = [str(name) for name in hidden if isinstance(name, str)] if isinstance(hidden, list) else []
    return Form(str(node.get("id") or form_id), str(node.get("title") or ""), list(_questions(node.get("fields"))), names)


def _questions(rows: JsonValue) -> Iterator[Question]:
    """All questions, also those inside groups and contact blocks, which the API nests under `properties.fields`."""
    for row in _objects(rows):
        properties = row.get("properties")
        inner = properties.get("fields") if isinstance(properties, dict) else None
        if isinstance(inner, list):
            yield from _questions(inner)
        elif row.get("id") or row.get("ref"):
            ref = str(row.get("ref") or row["id"])
            yield Question(str(row.get("id") or ""), ref, str(row.get("title") or ""), str(row.get("type") or ""))


def read_response(node: JsonValue, form: Form) -> Change:
    """Turn a response into a change; raises Invalid when it has no token.

    `answers` maps a question's reference to its answer, `titles` the question's words to the same (the first of two
    alike), `first` a question's type to the first answer of that type. A choice is told in the words the person saw.
    Responses never change once they are sent, so there is no version.
    """
    if not isinstance(node, dict):
        raise Invalid("A response is not a JSON object.")
    token = node.get("token") or node.get("response_id")
    if not isinstance(token, str):
        raise Invalid("A response has no token.", field="token")
    fields: dict[str, JsonValue] = {"token": token, "form": {"id": form.id, "title": form.title}}
    fields |= {name: node[name] for name in _PLAIN if isinstance(node.get(name), str)}
    fields |= _answers(node.get("answers"), form)
    hidden, metadata, calculated = node.get("hidden"), node.get("metadata"), node.get("calculated")
    fields["hidden"] = hidden if isinstance(hidden, dict) else {}
    fields["variables"] = _variables(node.get("variables"))
    if isinstance(calculated, dict) and "score" in calculated:
        fields["score"] = calculated["score"]
    if isinstance(metadata, dict):
        fields["referrer"] = metadata.get("referer")
    return Change(RESPONSE, NativeId(token), fields, changed_at=submitted_at(node))


def submitted_at(node: Mapping[str, JsonValue]) -> datetime | None:
    """When the person sent the form, in UTC. Typeform gives one that was not sent the year 1, which is None here."""
    moment = read_moment(node.get("submitted_at"))
    return moment if moment is not None and moment.year > 1 else None


def _answers(rows: JsonValue, form: Form) -> dict[str, JsonValue]:
    answers: dict[str, JsonValue] = {}
    titles: dict[str, JsonValue] = {}
    first: dict[str, JsonValue] = {}
    for row in _objects(rows):
        field = row.get("field")
        key = str(field.get("ref") or field.get("id") or "") if isinstance(field, dict) else ""
        if not isinstance(field, dict) or not key:
            continue
        value = _value(row)
        answers.setdefault(key, value)
        title = form.title_of(key) or form.title_of(str(field.get("id") or ""))
        if title:
            titles.setdefault(title, value)
        first.setdefault(str(field.get("type") or row.get("type") or ""), value)
    return {"answers": answers, "titles": titles, "first": first}


def _value(row: JsonObject) -> JsonValue:
    """The answer stands under a key that is named like its type; choices are put into words."""
    value = row.get(str(row.get("type") or ""))
    if isinstance(value, dict) and row["type"] == "choice":
        return value.get("label") if value.get("label") is not None else value.get("other")
    if isinstance(value, dict) and row["type"] == "choices":
        labels = value.get("labels")
        other = value.get("other")
        return [*(labels if isinstance(labels, list) else []), *([other] if other is not None else [])]
    return value


def _variables(rows: JsonValue) -> JsonValue:
    return {str(row["key"]): row.get(str(row.get("type") or "")) for row in _objects(rows) if row.get("key")}


def _objects(rows: JsonValue) -> list[JsonObject]:
    return [row for row in rows if isinstance(row, dict)] if isinstance(rows, list) else []


def describe_responses(forms: Sequence[Form]) -> ObjectSpec:
    """Describe the one object: what Typeform adds, and every question and hidden field of the given forms."""
    specs = [_spec("token", "Token", FieldKind.ID), _spec("form.id", "Form id", FieldKind.ID), _spec("form.title", "Form", FieldKind.TEXT)]
    specs += [_spec(name, name, FieldKind.DATETIME) for name in _PLAIN]
    questions = {question.ref: question for form in forms for question in form.questions}
    specs += [
        _spec(f"answers.{question.ref}", question.title or question.ref, _KINDS.get(question.type, FieldKind.TEXT))
        for question in questions.values()
    ]
    hidden = dict.fromkeys(name for form in forms for name in form.hidden)
    return ObjectSpec(RESPONSE, "Response", [*specs, *(_spec(f"hidden.{name}", name, FieldKind.TEXT) for name in hidden)])


def _spec(name: str, label: str, kind: FieldKind) -> FieldSpec:
    return FieldSpec(name, label, kind, creatable=False, updatable=False, unique=name == "token")
