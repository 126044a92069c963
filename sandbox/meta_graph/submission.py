"""Turn what a dial or a test-lead call says into a lead: answers checked against the form, tracking parameters added."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sandbox.meta_graph.nodes import LEAD_FACTS
from sandbox.meta_graph.people import dummy_answer
from sandbox.meta_graph.state import Form, Graph, Lead

_FACTS_OF_TEST_LEADS = ("custom_disclaimer_responses",)


@dataclass(frozen=True, slots=True)
class Submission:
    """A filled-in form, as plain data: answers by question key, or Graph's own list of {name, values}."""

    answers: Mapping[str, Any] | list[Any]
    facts: Mapping[str, Any]
    created: int


def read_submission(arguments: Mapping[str, Any], now: datetime) -> Submission:
    """Read the arguments of `submit`; `ValueError` names what a lead does not have."""
    known = {"form_id", "field_data", "created_time", "readable", "push", *LEAD_FACTS}
    if unknown := sorted(set(arguments) - known):
        raise ValueError(f"a lead knows no {', '.join(unknown)}; it knows {', '.join(sorted(known))}")
    facts = {name: arguments[name] for name in LEAD_FACTS if name in arguments}
    return Submission(arguments.get("field_data", {}), facts, read_time(arguments.get("created_time"), now))


def submit(graph: Graph, form: Form, submission: Submission) -> Lead:
    """Store a real lead; organic leads carry no ad ids, others get the platform `fb` unless said."""
    facts = {"platform": "fb", "is_organic": "ad_id" not in submission.facts, **submission.facts}
    field_data = read_answers(form, submission.answers)
    given = {entry["name"] for entry in field_data}
    field_data += [{"name": key, "values": [value]} for key, value in form.tracking_parameters.items() if key not in given]
    return graph.add_lead(Lead(graph.mint.node_id(2), form.id, form.page_id, submission.created, field_data, facts))


def submit_test(graph: Graph, form: Form, submission: Submission) -> Lead:
    """Store a test lead; questions without an answer get Meta's dummy text, so a test shows in its values."""
    field_data = read_answers(form, submission.answers)
    given = {entry["name"] for entry in field_data}
    field_data += [{"name": key, "values": [dummy_answer(key)]} for key in form.answer_names() if key not in given]
    facts = {"platform": "fb", **{name: value for name, value in submission.facts.items() if name in _FACTS_OF_TEST_LEADS}}
    return graph.add_lead(Lead(graph.mint.node_id(2), form.id, form.page_id, submission.created, field_data, facts, is_test=True))


def read_answers(form: Form, answers: Mapping[str, Any] | list[Any]) -> list[dict[str, Any]]:
    """Bring answers into Graph's list of {name, values}; `ValueError` for a name that the form does not ask for."""
    pairs = answers.items() if isinstance(answers, Mapping) else [(entry["name"], entry["values"]) for entry in answers]
    if unknown := sorted({str(name) for name, _ in pairs} - set(form.answer_names())):
        raise ValueError(f"form {form.id} does not ask for {', '.join(unknown)}; it asks for {', '.join(form.answer_names())}")
    return [{"name": name, "values": [str(each) for each in (value if isinstance(value, list) else [value])]} for name, value in pairs]


def read_time(value: Any, now: datetime) -> int:
    """Unix seconds from a number or an ISO time with an offset; `now` when there is none."""
    if value is None:
        return int(now.timestamp())
    if isinstance(value, (int, float)):
        return int(value)
    at = datetime.fromisoformat(value)
    if at.tzinfo is None:
        raise ValueError(f"created_time {value} names no time zone")
    return int(at.timestamp())
