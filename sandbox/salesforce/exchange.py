"""One request on its way through the resources, and the small things that all of them need from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from sandbox.salesforce.org import Call, Org
from sandbox.salesforce.refusals import refuse
from sandbox.wire import Answer, Request


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request that has been let in; `args` are the variable parts of its path, decoded once."""

    org: Org
    call: Call
    request: Request
    args: tuple[str, ...] = ()

    def body(self) -> dict[str, Any]:
        """The JSON object in the body; raises 400 JSON_PARSER_ERROR, 415 for another content type."""
        content_type = self.request.headers.get("content-type", "application/json")
        if "json" not in content_type:
            message = f"Content-Type header specified in HTTP request is not supported: {content_type}"
            raise refuse("UNSUPPORTED_MEDIA_TYPE", message, status=415)
        try:
            value = self.request.json()
        except ValueError as error:
            raise refuse("JSON_PARSER_ERROR", f"The HTTP entity body is not readable as JSON: {error}") from error
        if not isinstance(value, dict):
            raise refuse("JSON_PARSER_ERROR", "The HTTP entity body is required to be a JSON object")
        return value

    def param(self, name: str, default: str | None = None) -> str:
        """A query parameter; raises 400 MISSING_ARGUMENT when it is absent and there is no default."""
        values = self.request.params().get(name)
        if values:
            return values[0]
        if default is None:
            raise refuse("MISSING_ARGUMENT", f"Required parameter: {name} not specified")
        return default


Handler = Callable[[Exchange], Answer]


def call_with_headers(call: Call, headers: dict[str, str]) -> Call:
    """The call with the switches of its headers; header names are lower-case.

    Sources: REST guide, "Assignment Rule Header" (absent means that rules run) and "Duplicate Rule Header" (absent means false).
    """
    switches: dict[str, str] = {}
    for part in headers.get("sforce-duplicate-rule-header", "").split(";"):
        name, _, value = part.partition("=")
        switches[name.strip().lower()] = value.strip().lower()
    return replace(
        call,
        auto_assign=headers.get("sforce-auto-assign", "true").strip().lower() != "false",
        allow_save=switches.get("allowsave") == "true",
        include_details=switches.get("includerecorddetails") == "true",
    )
