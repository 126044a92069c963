"""Refusals: every way in which Salesforce says no, and the two forms in which it writes them down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.wire import Answer, json_answer


@dataclass(frozen=True, slots=True)
class Problem:
    """One error; `fields` is None where Salesforce leaves the key out, `extra` holds keys that only some codes carry."""

    code: str
    message: str
    fields: Sequence[str] | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)


class Refusal(Exception):
    """A request, or one row of it, that is refused; nothing of it has been applied."""

    def __init__(self, problems: Problem | Sequence[Problem], status: int = 400) -> None:
        self.problems = [problems] if isinstance(problems, Problem) else list(problems)
        self.status = status
        super().__init__("; ".join(f"{problem.code}: {problem.message}" for problem in self.problems))

    def answer(self) -> Answer:
        """The plain REST form: an array of objects with `errorCode`."""
        return json_answer([_rest_form(problem) for problem in self.problems], self.status)

    def row_errors(self) -> list[dict[str, Any]]:
        """The form inside row results of sObject Collections: the key is `statusCode` there."""
        return [{"statusCode": problem.code, "message": problem.message, "fields": list(problem.fields or ())} for problem in self.problems]


def refuse(code: str, message: str, *, status: int = 400, fields: Sequence[str] | None = None) -> Refusal:
    """A refusal with one problem."""
    return Refusal(Problem(code, message, fields), status)


def not_found(message: str = "The requested resource does not exist") -> Refusal:
    """404 NOT_FOUND."""
    return refuse("NOT_FOUND", message, status=404)


def _rest_form(problem: Problem) -> dict[str, Any]:
    form: dict[str, Any] = {"message": problem.message, "errorCode": problem.code}
    if problem.fields is not None:
        form["fields"] = list(problem.fields)
    return {**problem.extra, **form}
