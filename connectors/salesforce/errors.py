"""One table from Salesforce's error codes to what happens next, for plain answers, Collections rows and Bulk rows alike.

Messages are written here: Salesforce's own texts quote the refused values, which are people's data.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from core.contract import (
    AuthFailed,
    ConfigInvalid,
    ConnectorError,
    ContractBroken,
    Duplicate,
    Invalid,
    Missing,
    PermissionMissing,
    RateLimited,
    RecordError,
    Response,
    StopConnection,
    TryLater,
    Unavailable,
)

DAY_USED_UP_SECONDS = 900.0
"""The daily allowance is a rolling window, so some of it comes back within minutes."""
TOO_MANY_AT_ONCE_SECONDS = 5.0

_RECORD_ID = re.compile(r"\b([A-Za-z0-9]{15}(?:[A-Za-z0-9]{3})?)\b")
_EXISTING = re.compile(r"record with id:\s*([A-Za-z0-9]{15,18})")
_MAX_LENGTH = re.compile(r"max length=(\d+)")
_COLUMN = re.compile(
    r"[Nn]o such column '(\w+)'|[Ff]ield name not found\s*:\s*(\w+)|[Uu]nable to (?:create|update)(?:/\w+)? fields?: ([\w, ]+?)\."
)
_BULK_ROW = re.compile(r"(?P<code>[A-Z_]+):(?P<message>.*):(?P<fields>[^:]*?)\s*--\s*", re.DOTALL)
_UNKNOWN_FIELD = frozenset({"INVALID_FIELD", "INVALID_FIELD_FOR_INSERT_UPDATE"})
_CODE = re.compile(r"[A-Z][A-Z0-9_]{1,79}")
_NO_CODE = "UNKNOWN_ERROR"
_ADDRESS = re.compile(r"[^\s@<>()\"',;]+@[^\s@<>()\"',;]+")
_NUMBER = re.compile(r"\+?\d[\d \t()./-]{4,}\d")
_LONGEST_RULE_TEXT = 300


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of an answer; `message` is the vendor's and must not be shown as it is."""

    code: str
    message: str = field(default="", repr=False)
    fields: tuple[str, ...] = ()
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def about(self) -> str:
        """The fields concerned, for a message."""
        return f" (field {', '.join(self.fields)})" if self.fields else ""


def read_problems(payload: object) -> list[Problem]:
    """Read errors in any of the vendor's forms: `errorCode` on plain REST, `statusCode` in rows, an object or an array."""
    entries = payload if isinstance(payload, list) else [payload]
    return [_problem(entry) for entry in entries if isinstance(entry, dict) and (entry.get("errorCode") or entry.get("statusCode"))]


def bulk_problem(text: str) -> Problem:
    """Read the `sf__Error` column of a failed row: `CODE:message:fields --`."""
    found = _BULK_ROW.fullmatch(text)
    if found is None:
        return Problem(_code(text.partition(":")[0]) if text else "UNKNOWN_EXCEPTION", text)
    return Problem(found["code"], found["message"], tuple(name.strip() for name in found["fields"].split(",") if name.strip()))


def refused_fields(problem: Problem) -> tuple[str, ...]:
    """The fields that these credentials may not write, or that do not exist; empty for every other problem."""
    if problem.code not in _UNKNOWN_FIELD:
        return ()
    if problem.fields:
        return problem.fields
    named = _COLUMN.search(problem.message)
    return tuple(name.strip() for name in next(group for group in named.groups() if group).split(",")) if named else ()


def record_error(problem: Problem) -> ConnectorError:
    """What a problem of one record means; unknown codes park the record."""
    return _TABLE.get(problem.code, _invalid)(problem)


def call_error(response: Response) -> ConnectorError | None:
    """What a refused call means, as a row for `http.send`; None leaves it to the runtime's defaults.

    A record error comes back as such only to the writer, which then narrows the batch down.
    """
    if response.status in _EDGE:
        return Unavailable(f"Salesforce's edge answered HTTP {response.status}.")
    problems = read_problems(_parsed(response))
    if response.status == 401 or not problems:
        return None
    error = record_error(problems[0])
    if isinstance(error, Invalid) and response.status == 403:
        code = problems[0].code
        hint = "Give the integration user access to this object, then check the connection again."
        return PermissionMissing(f"Salesforce does not let the integration user do this ({code}).", scope=code, hint=hint)
    return error


def change_error(response: Response) -> ConnectorError | None:
    """Like `call_error`, for calls that must not be sent twice: after a server error nobody knows whether it was applied."""
    error = call_error(response)
    if isinstance(error, TryLater) and response.status >= 500:
        error.outcome_unknown = True
    return error


def read_error(response: Response) -> ConnectorError | None:
    """Like `call_error`, for reads, where no record can be at fault."""
    error = call_error(response)
    if isinstance(error, Missing):
        return ConfigInvalid(
            "Salesforce does not know this object, or hides it from the integration user.",
            hint="Check the object's name, the user's permissions and api_version.",
            setting="objects",
        )
    if isinstance(error, RecordError):
        code = error.rule if isinstance(error, Invalid) else error.code
        return ContractBroken(f"Salesforce could not use a read request ({code}).")
    return error


def _parsed(response: Response) -> object:
    try:
        return json.loads(response.body)
    except ValueError:
        return None


def _problem(entry: Mapping[str, Any]) -> Problem:
    code = _code(str(entry.get("errorCode") or entry.get("statusCode")))
    return Problem(code, str(entry.get("message") or ""), tuple(str(name) for name in entry.get("fields") or ()), entry)


def _code(text: str) -> str:
    """The vendor's code; a text that is none may quote a person's data and is not kept as one."""
    return text.strip() if _CODE.fullmatch(text.strip()) else _NO_CODE


def _invalid(problem: Problem, hint: str | None = None) -> ConnectorError:
    name = problem.fields[0] if problem.fields else None
    return Invalid(f"Salesforce refused the record: {problem.code}{problem.about}.", field=name, rule=problem.code, hint=hint)


def _unknown_field(problem: Problem) -> ConnectorError:
    name = next(iter(refused_fields(problem)), None)
    hint = "Give the integration user access to the field, or take it out of the mapping."
    return Invalid(f"Salesforce does not know a field, or hides it: {name or problem.code}.", field=name, rule=problem.code, hint=hint)


def _with_hint(hint: str) -> Callable[[Problem], ConnectorError]:
    return lambda problem: _invalid(problem, hint)


def _too_long(problem: Problem) -> ConnectorError:
    found = _MAX_LENGTH.search(problem.message)
    return _invalid(problem, f"The field takes {found[1]} characters; shorten the value in the mapping." if found else None)


def _validation_rule(problem: Problem) -> ConnectorError:
    # The one text that is shown: an admin of the org wrote it, for people to read. Apex can put values into it, though.
    name = problem.fields[0] if problem.fields else None
    text = _NUMBER.sub("***", _ADDRESS.sub("***", problem.message))[:_LONGEST_RULE_TEXT]
    hint = "Change the value in the mapping, or the rule in the org."
    return Invalid(f"A validation rule of the org refused the record: {text}", field=name, rule=problem.code, hint=hint)


def _later(problem: Problem) -> ConnectorError:
    return TryLater(f"Salesforce could not take the record now: {problem.code}.")


def _out_of_order(problem: Problem) -> ConnectorError:
    return Unavailable(f"Salesforce is out of order: {problem.code}.")


def _request_limit(problem: Problem) -> ConnectorError:
    if "concurrent" in problem.message.lower():
        return RateLimited("Too many long calls run at once in this org.", retry_after=TOO_MANY_AT_ONCE_SECONDS)
    return RateLimited(
        "The org's API calls of the last 24 hours are used up.",
        hint="Poll less often, or buy more API calls.",
        retry_after=DAY_USED_UP_SECONDS,
    )


def _login(problem: Problem) -> ConnectorError:
    hint = "Check the connection's app and user, then check the connection again."
    return AuthFailed(f"Salesforce refused the credentials: {problem.code}.", hint=hint)


def _permission(scope: str) -> Callable[[Problem], ConnectorError]:
    hint = f"Give the integration user the permission '{scope}', then check the connection again."
    return lambda problem: PermissionMissing(
        f"Salesforce refused the integration user: {problem.code} (permission '{scope}').", scope=scope, hint=hint
    )


def _full(problem: Problem) -> ConnectorError:
    return StopConnection(f"A limit of the org is reached: {problem.code}.", hint="Free storage, or raise the limit.")


def _gone(problem: Problem) -> ConnectorError:
    return Missing(f"The record is not there any more: {problem.code}.")


def _cross_reference(problem: Problem) -> ConnectorError:
    others = [name for name in problem.fields if name.lower() != "id"]
    return _invalid(problem, "The record that it refers to does not exist.") if others else _gone(problem)


def _detected(problem: Problem) -> ConnectorError:
    found = _matched_record(problem.detail)
    hint = "Adopt the record that was found, or set allow_duplicates for rules that only alert."
    return Duplicate("A duplicate rule of the org found the record already there.", hint=hint, existing=found[0], existing_object=found[1])


def _duplicate_value(problem: Problem) -> ConnectorError:
    if "specified" in problem.message.lower():
        # Two rows of one call had the same external id: neither was tried (UpsertResult, DUPLICATE_VALUE).
        return TryLater("Another row of the same call had the same external id.")
    found = _EXISTING.search(problem.message)
    return Duplicate(f"Another record holds this unique value{problem.about}.", existing=found[1] if found else None)


def _several_matches(problem: Problem) -> ConnectorError:
    del problem
    return Duplicate("Several records hold this external id.", hint="Make the external-id field unique and repair the records.")


def _automation(problem: Problem) -> ConnectorError:
    # Triggers and flows wrap whatever happened inside them.
    if "UNABLE_TO_LOCK_ROW" in problem.message:
        return _later(problem)
    return _invalid(problem, "Automation in the org failed on this record; an admin of the org finds the reason in its debug log.")


def _matched_record(detail: Mapping[str, Any]) -> tuple[str | None, str | None]:
    # The wire really spells it `duplicateResut` in the versions seen (v51 to v56); newer ones may not.
    result = detail.get("duplicateResut") or detail.get("duplicateResult")
    for match in _dicts(result.get("matchResults") if isinstance(result, dict) else None):
        for entry in _dicts(match.get("matchRecords")):
            record = entry.get("record")
            if isinstance(record, dict) and _RECORD_ID.fullmatch(str(record.get("Id"))):
                kind = record["attributes"].get("type") if isinstance(record.get("attributes"), dict) else match.get("entityType")
                return str(record["Id"]), str(kind) if kind else None
    return None, None


def _dicts(value: object) -> Iterable[Mapping[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _rows(make: Callable[[Problem], ConnectorError], codes: str) -> Sequence[tuple[str, Callable[[Problem], ConnectorError]]]:
    return [(code, make) for code in codes.split()]


_EDGE = frozenset({406, 420})
"""Statuses that only Salesforce's edge gives, without a body and passing by themselves."""

_TABLE: Mapping[str, Callable[[Problem], ConnectorError]] = dict(
    [
        *_rows(_later, "UNABLE_TO_LOCK_ROW ALL_OR_NONE_OPERATION_ROLLED_BACK PROCESSING_HALTED ENTITY_IS_LOCKED RECORD_LOCKED"),
        *_rows(_out_of_order, "QUERY_TIMEOUT REQUEST_RUNNING_TOO_LONG SERVER_UNAVAILABLE UNKNOWN_EXCEPTION INVALID_QUERY_LOCATOR"),
        *_rows(_request_limit, "REQUEST_LIMIT_EXCEEDED"),
        *_rows(_login, "INVALID_LOGIN INVALID_AUTH_HEADER INVALID_SESSION_ID"),
        *_rows(_permission("API Enabled"), "API_DISABLED_FOR_ORG API_CURRENTLY_DISABLED"),
        *_rows(_permission("Exempt from Transaction Security"), "TXN_SECURITY_METERING_ERROR"),
        *_rows(_full, "STORAGE_LIMIT_EXCEEDED LIMIT_EXCEEDED"),
        *_rows(_gone, "ENTITY_IS_DELETED NOT_FOUND CANNOT_UPDATE_CONVERTED_LEAD"),
        *_rows(_cross_reference, "INVALID_CROSS_REFERENCE_KEY"),
        *_rows(_detected, "DUPLICATES_DETECTED"),
        *_rows(_duplicate_value, "DUPLICATE_VALUE"),
        *_rows(_several_matches, "DUPLICATE_EXTERNAL_ID"),
        *_rows(_unknown_field, "INVALID_FIELD INVALID_FIELD_FOR_INSERT_UPDATE"),
        *_rows(_too_long, "STRING_TOO_LONG"),
        *_rows(_validation_rule, "FIELD_CUSTOM_VALIDATION_EXCEPTION"),
        *_rows(_automation, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY CANNOT_EXECUTE_FLOW_TRIGGER"),
        *_rows(_automation, "APEX_DATA_ACCESS_RESTRICTION TOO_MANY_APEX_REQUESTS"),
        *_rows(_with_hint("Map the field, or make it optional in the org."), "REQUIRED_FIELD_MISSING"),
        *_rows(_with_hint("Map the value to one of the picklist's values."), "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        *_rows(_with_hint("Name an active user or record type in the mapping."), "INACTIVE_OWNER_OR_USER UNAVAILABLE_RECORDTYPE_EXCEPTION"),
        *_rows(
            _with_hint("Give the integration user access to this record, object and field."),
            "INSUFFICIENT_ACCESS_OR_READONLY INSUFFICIENT_ACCESS_ON_CROSS_REFERENCE_ENTITY INSUFFICIENT_ACCESS",
        ),
    ]
)
