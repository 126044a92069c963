"""Refusals: every error answer of the stand-in starts as one of these, for a whole call or for one row of a batch."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any


class Refusal(Exception):
    """A call, or a row of a batch, that the vendor would refuse with `status` and `category`."""

    def __init__(
        self,
        status: int,
        category: str,
        message: str,
        *,
        context: Mapping[str, Any] | None = None,
        more: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.category = category
        self.message = message
        self.context = dict(context or {})
        self.more = dict(more or {})
        self.headers = dict(headers or {})

    def body(self, correlation_id: str) -> dict[str, Any]:
        """The error as a body of its own; an empty category is left out."""
        found: dict[str, Any] = {"status": "error", "message": self.message, "correlationId": correlation_id}
        if self.category:
            found["category"] = self.category
        if self.context:
            found["context"] = self.context
        return {**found, **self.more}

    def row(self, trace: str | None = None) -> dict[str, Any]:
        """The error as one entry of a batch answer's `errors`, tied to its row by the trace id."""
        context = dict(self.context)
        if trace is not None:
            context["objectWriteTraceId"] = [trace]
        return {"status": "error", "category": self.category, "message": self.message, "context": context}


def validation(message: str, *, context: Mapping[str, Any] | None = None) -> Refusal:
    """400: the call itself is malformed."""
    return Refusal(400, "VALIDATION_ERROR", message, context=context)


def bad_properties(problems: Sequence[Mapping[str, Any]]) -> Refusal:
    """400 with the problems as a JSON array inside the message, which is how the vendor reports bad values."""
    listed = json.dumps(list(problems), ensure_ascii=False, separators=(",", ":"))
    return validation(f"Property values were not valid: {listed}")


def problem(name: str, error: str, message: str, portal_id: int) -> dict[str, Any]:
    """One entry of the array inside `bad_properties`."""
    return {"isValid": False, "message": message, "error": error, "name": name, "portalId": portal_id}


def taken(noun: str, holder: str) -> Refusal:
    """409: the e-mail address belongs to record `holder`, named in the message only."""
    return Refusal(409, "CONFLICT", f"{noun.capitalize()} already exists. Existing ID: {holder}")


def missing() -> Refusal:
    """404: no such record, or no such path."""
    return Refusal(404, "OBJECT_NOT_FOUND", "resource not found")


def missing_ids(noun: str, ids: Sequence[str]) -> Refusal:
    """404 as a batch groups it: one error for all unknown ids, listed in its context."""
    text = f"Could not get some {noun.upper()} objects, they may be deleted or not exist. Check that ids are valid."
    return Refusal(404, "OBJECT_NOT_FOUND", text, context={"ids": list(ids)})
