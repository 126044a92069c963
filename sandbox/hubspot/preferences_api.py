"""E-mail subscriptions: definitions, status, subscribe and unsubscribe, in the shapes of v3 and of v4 with its dated twins."""

from __future__ import annotations

from typing import Any

from sandbox.hubspot.call import Call, Json, text_of
from sandbox.hubspot.moments import iso
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.refusals import missing, validation
from sandbox.hubspot.subscription_state import Consent
from sandbox.hubspot.values import is_email
from sandbox.wire import Answer, json_answer

LEGAL_BASES = {
    "LEGITIMATE_INTEREST_PQL",
    "LEGITIMATE_INTEREST_CLIENT",
    "LEGITIMATE_INTEREST_OTHER",
    "PERFORMANCE_OF_CONTRACT",
    "CONSENT_WITH_NOTICE",
    "NON_GDPR",
    "PROCESS_AND_STORE",
}
STATES = {"SUBSCRIBED", "UNSUBSCRIBED", "NOT_SPECIFIED"}


def definitions(portal: Portal, call: Call) -> Answer:
    """GET definitions."""
    rows = [
        {"id": one.id, "name": one.name, "description": one.name, "purpose": one.purpose, "communicationMethod": "Email", "isActive": True}
        | {"isDefault": False, "isInternal": False}
        for one in portal.preferences.types.values()
    ]
    return json_answer({"subscriptionDefinitions": rows} if call.version == "v3" else {"status": "COMPLETE", "results": rows})


def status_v3(portal: Portal, call: Call) -> Answer:
    """GET status/email/{email}."""
    address = call.path["email"].lower()
    rows = [_v3(portal, address, type_id) for type_id in portal.preferences.types]
    return json_answer({"recipient": address, "subscriptionStatuses": rows})


def subscribe_v3(portal: Portal, call: Call) -> Answer:
    """POST subscribe; a person who left can only come back on their own, not over the API."""
    body = call.body()
    address, type_id = _address(text_of(body, "emailAddress")), _type(portal, text_of(body, "subscriptionId"))
    held = portal.preferences.states.get((address, type_id))
    if held is not None and held.state == "UNSUBSCRIBED":
        raise validation(f"{address} has unsubscribed from {type_id} and cannot be subscribed again over the API")
    _set(portal, call, address, type_id, "SUBSCRIBED", body)
    return json_answer(_v3(portal, address, type_id))


def unsubscribe_v3(portal: Portal, call: Call) -> Answer:
    """POST unsubscribe."""
    body = call.body()
    address, type_id = _address(text_of(body, "emailAddress")), _type(portal, text_of(body, "subscriptionId"))
    _set(portal, call, address, type_id, "UNSUBSCRIBED", body)
    return json_answer(_v3(portal, address, type_id))


def statuses(portal: Portal, call: Call) -> Answer:
    """GET statuses/{email}?channel=EMAIL."""
    _check_channel(call.text("channel"))
    address = call.path["email"].lower()
    rows = [_v4(portal, address, type_id) for type_id in portal.preferences.types]
    return json_answer({"status": "COMPLETE", "results": rows})


def set_status(portal: Portal, call: Call) -> Answer:
    """POST statuses/{email}: one state for one kind of e-mail."""
    body = call.body()
    _check_channel(body.get("channel"))
    address, type_id, state = _address(call.path["email"]), _type(portal, text_of(body, "subscriptionId")), text_of(body, "statusState")
    if state not in STATES:
        raise validation(f"{state} is no statusState; use one of {sorted(STATES)}")
    _set(portal, call, address, type_id, state, body)
    return json_answer(_v4(portal, address, type_id))


def opted_out(portal: Portal, call: Call) -> Answer:
    """GET statuses/{email}/unsubscribe-all: an empty list unless the person has left everything."""
    _check_channel(call.text("channel"))
    address = call.path["email"].lower()
    at = portal.preferences.opted_out.get(address)
    rows = [] if at is None else [{"subscriberIdString": address, "channel": "EMAIL", "status": "SUCCESSFUL", "timestamp": iso(at)}]
    return json_answer({"status": "COMPLETE", "results": rows})


def opt_out(portal: Portal, call: Call) -> Answer:
    """POST statuses/{email}/unsubscribe-all."""
    _check_channel(call.text("channel"))
    address = _address(call.path["email"])
    portal.preferences.opted_out[address] = call.now
    for type_id in portal.preferences.types:
        portal.preferences.states[address, type_id] = Consent("UNSUBSCRIBED", None, None, call.now)
    return opted_out(portal, call)


def _set(portal: Portal, call: Call, address: str, type_id: str, state: str, body: Json) -> None:
    basis, explanation = body.get("legalBasis"), body.get("legalBasisExplanation")
    if basis is not None and basis not in LEGAL_BASES:
        raise validation(f"{basis} is no legalBasis; use one of {sorted(LEGAL_BASES)}")
    if state == "SUBSCRIBED" and portal.dials.privacy_settings and not (basis and explanation):
        raise validation("legalBasis and legalBasisExplanation are needed while the account's privacy settings are on")
    portal.preferences.states[address, type_id] = Consent(state, basis, explanation, call.now)
    if state == "SUBSCRIBED":
        portal.preferences.opted_out.pop(address, None)


def _v3(portal: Portal, address: str, type_id: str) -> Json:
    held, kind = portal.preferences.states.get((address, type_id)), portal.preferences.types[type_id]
    state = "NOT_SUBSCRIBED" if held is None or held.state != "SUBSCRIBED" else "SUBSCRIBED"
    found: Json = {"id": type_id, "name": kind.name, "description": kind.name, "status": state, "sourceOfStatus": "SUBSCRIPTION_STATUS"}
    return found | _basis(held)


def _v4(portal: Portal, address: str, type_id: str) -> Json:
    held, kind = portal.preferences.states.get((address, type_id)), portal.preferences.types[type_id]
    found: Json = {"subscriberIdString": address, "channel": "EMAIL", "subscriptionId": int(type_id), "subscriptionName": kind.name}
    found["status"] = "NOT_SPECIFIED" if held is None else held.state
    return found | _basis(held) | ({} if held is None else {"timestamp": iso(held.at)})


def _basis(held: Consent | None) -> Json:
    return {} if held is None or held.legal_basis is None else {"legalBasis": held.legal_basis, "legalBasisExplanation": held.explanation}


def _address(text: str) -> str:
    if not is_email(text):
        raise validation(f"{text} is no e-mail address")
    return text.lower()


def _type(portal: Portal, type_id: str) -> str:
    if type_id not in portal.preferences.types:
        raise missing()
    return type_id


def _check_channel(channel: Any) -> None:
    if channel != "EMAIL":
        raise validation("channel must be EMAIL")
