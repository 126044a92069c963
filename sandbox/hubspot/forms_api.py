"""The forms endpoint: takes a submission at once and turns it into a contact a moment later."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sandbox.hubspot.call import Call, mapping_of
from sandbox.hubspot.forms_state import Submission
from sandbox.hubspot.lookup import find
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Actor
from sandbox.hubspot.refusals import Refusal
from sandbox.hubspot.submissions_api import keep
from sandbox.hubspot.values import is_email
from sandbox.hubspot.writes import Writer
from sandbox.wire import Answer, json_answer

_ACTOR = Actor("FORM", "form", "Form submission")


def submit(portal: Portal, call: Call) -> Answer:
    """POST submit/{portal}/{form}: open to anybody, 50 calls in 10 seconds."""
    if portal.limits.forms.used(call.now) >= portal.dials.forms_burst_limit:
        raise Refusal(429, "", "Too many submissions", more={"errorType": "RATE_LIMIT"})
    portal.limits.forms.note(call.now)
    return _accept(portal, call)


def submit_secure(portal: Portal, call: Call) -> Answer:
    """POST secure/submit/{portal}/{form}: with a token, under the usual limits."""
    return _accept(portal, call)


def apply_due(portal: Portal, now: datetime) -> None:
    """Turn the submissions that are due into contacts; properties the account does not know are dropped."""
    ready = [one for one in portal.submissions if one.due <= now]
    portal.submissions = [one for one in portal.submissions if one.due > now]
    for submission in ready:
        _apply(portal, submission, now)


def _accept(portal: Portal, call: Call) -> Answer:
    if call.path["portal"] != str(portal.dials.portal_id):
        raise Refusal(404, "", "The account of this form does not exist")
    body = call.body()
    values = {str(row.get("name")): str(row.get("value", "")) for row in _fields(body)}
    errors = [*_value_errors(portal, values), *_consent_errors(portal, body)]
    if errors:
        raise Refusal(400, "", "The request is not valid", more={"errors": errors})
    due = call.now + timedelta(seconds=portal.dials.forms_delay_seconds)
    keep(portal, call.path["form"], body, call.now)
    portal.submissions.append(Submission(call.path["form"], values, due))
    return json_answer({"inlineMessage": "<p>Thanks for submitting the form.</p>"})


def _fields(body: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = body.get("fields")
    if not isinstance(rows, list) or not rows or not all(isinstance(row, dict) for row in rows):
        raise Refusal(400, "", "The request is not valid", more={"errors": [_error("fields must not be empty", "REQUIRED_FIELD")]})
    return rows


def _value_errors(portal: Portal, values: Mapping[str, str]) -> list[dict[str, str]]:
    address = values.get("email", "")
    if not is_email(address):
        return [_error("Error in 'fields.email'. Invalid email address", "INVALID_EMAIL")]
    if address.lower() in portal.blocked_emails:
        return [_error("Error in 'fields.email'. This address is blocked", "BLOCKED_EMAIL")]
    return []


def _consent_errors(portal: Portal, body: Mapping[str, Any]) -> list[dict[str, str]]:
    if not portal.dials.privacy_settings:
        return []
    options = mapping_of(body, "legalConsentOptions")
    consent = options.get("consent")
    if "legitimateInterest" in options or (isinstance(consent, dict) and consent.get("consentToProcess") is True and consent.get("text")):
        return []
    return [
        _error("legalConsentOptions with consentToProcess true and its text, or legitimateInterest, is needed", "MISSING_LEGAL_CONSENT")
    ]


def _apply(portal: Portal, submission: Submission, now: datetime) -> None:
    schema = portal.schema("contacts")
    writer = Writer(portal, schema, _ACTOR, now)
    values = {name: value for name, value in submission.fields.items() if (known := schema.active(name)) and not known.read_only_value}
    record = find(writer.table, values["email"], "email")
    try:
        writer.apply(
            writer.plan_create(values) if record is None else writer.plan_update(record, {**values, "email": record.properties["email"]})
        )
    except Refusal:
        return


def _error(message: str, kind: str) -> dict[str, str]:
    return {"message": message, "errorType": kind}
