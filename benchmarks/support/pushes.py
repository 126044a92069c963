"""How each platform pushes a lead, signed, to a connection of its connector: what the load generator sends.

Bodies and signatures are made here, as the connectors' READMEs tell the vendors' rules, and not by the code that is measured.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

TOKEN = "bench-form-0123456789"
SECRET = "bench-secret-0123456789"
WHSEC = "whsec_bGVhZGxvb20gYmVuY2htYXJrIHNlY3JldCAwMDE="
"""They open nothing but a benchmark's own server."""

JSON = {"content-type": "application/json"}
_BOUNDARY = "bench-boundary-5b1c"
Sent = tuple[Mapping[str, str], bytes]


@dataclass(frozen=True, slots=True)
class Lead:
    """What is told of a person, under an id that no other delivery has, and when."""

    delivery: str
    person: Mapping[str, str]
    at: float

    @property
    def moment(self) -> str:
        """The time as platforms write it."""
        return datetime.fromtimestamp(self.at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    @property
    def number(self) -> str:
        """The delivery's id as a number of 19 digits, for platforms that count."""
        return str(10**18 + int.from_bytes(hashlib.sha256(self.delivery.encode()).digest()[:7]))


@dataclass(frozen=True, slots=True)
class Push:
    """One connector: its settings, what follows `/hooks/<connection>`, and how a delivery is made."""

    settings: Mapping[str, Any]
    make: Callable[[Lead], Sent]
    tail: str = ""


def _mac(key: bytes, text: bytes) -> bytes:
    return hmac.digest(key, text, hashlib.sha256)


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def _web_form(lead: Lead) -> Sent:
    body, stamp = json.dumps(dict(lead.person)).encode(), str(int(lead.at))
    digest = _mac(base64.b64decode(WHSEC.removeprefix("whsec_")), f"{lead.delivery}.{stamp}.".encode() + body)
    signed = {"webhook-id": lead.delivery, "webhook-timestamp": stamp, "webhook-signature": f"v1,{_base64(digest)}"}
    return JSON | signed, body


def _typeform(lead: Lead) -> Sent:
    kinds = {name: "email" if name == "email" else "text" for name in lead.person}
    answers = [{"type": kinds[name], kinds[name]: said, "field": {"id": f"q{name}", "ref": name}} for name, said in lead.person.items()]
    response = {"form_id": "BenchForm", "token": lead.delivery, "submitted_at": lead.moment, "hidden": {"utm_source": "x"}}
    body = json.dumps({"event_id": lead.delivery, "event_type": "form_response", "form_response": response | {"answers": answers}}).encode()
    return JSON | {"typeform-signature": f"sha256={_base64(_mac(SECRET.encode(), body))}"}, body


def _tally(lead: Lead) -> Sent:
    fields = [{"key": f"question_{name}", "label": name, "type": "INPUT_TEXT", "value": said} for name, said in lead.person.items()]
    ids = {"responseId": lead.delivery, "submissionId": lead.delivery, "respondentId": "p1", "formId": "F", "formName": "Bench"}
    event = {"eventId": lead.delivery, "eventType": "FORM_RESPONSE", "createdAt": lead.moment, "data": ids | {"fields": fields}}
    body = json.dumps(event).encode()
    return JSON | {"tally-signature": _base64(_mac(SECRET.encode(), body))}, body


def _jotform(lead: Lead) -> Sent:
    raw = json.dumps({f"q{number}_{name}": said for number, (name, said) in enumerate(lead.person.items())})
    parts = {"formID": "240000000000001", "submissionID": lead.number, "rawRequest": raw}
    form = "".join(f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts.items())
    return {"content-type": f"multipart/form-data; boundary={_BOUNDARY}"}, f"{form}--{_BOUNDARY}--\r\n".encode()


def _webflow(lead: Lead) -> Sent:
    payload = {"name": "Bench", "siteId": "s1", "formId": "f1", "id": lead.delivery, "submittedAt": lead.moment, "data": dict(lead.person)}
    body, stamp = json.dumps({"triggerType": "form_submission", "payload": payload}).encode(), str(int(lead.at * 1000))
    digest = _mac(SECRET.encode(), stamp.encode() + b":" + body).hex()
    return JSON | {"x-webflow-timestamp": stamp, "x-webflow-signature": digest}, body


def _calendly(lead: Lead) -> Sent:
    uri = f"https://api.calendly.com/scheduled_events/E/invitees/{lead.delivery}"
    payload = {"uri": uri, "email": lead.person["email"], "name": lead.person["last_name"], "tracking": {"utm_source": None}}
    body = json.dumps({"event": "invitee.created", "created_at": lead.moment, "payload": payload}).encode()
    stamp = str(int(lead.at))
    return JSON | {"calendly-webhook-signature": f"t={stamp},v1={_mac(SECRET.encode(), stamp.encode() + b'.' + body).hex()}"}, body


def _google(lead: Lead) -> Sent:
    columns = [{"column_id": name.upper(), "string_value": said} for name, said in lead.person.items()]
    ids = {"lead_id": lead.delivery, "form_id": 7005550101, "campaign_id": 8005550101, "api_version": "1.0", "gcl_id": "G-bench"}
    return JSON, json.dumps(ids | {"user_column_data": columns, "google_key": SECRET}).encode()


def _meta(lead: Lead) -> Sent:
    value = {"leadgen_id": lead.number, "page_id": "11", "form_id": "33", "created_time": int(lead.at)}
    entry = {"id": "11", "time": int(lead.at), "changes": [{"field": "leadgen", "value": value}]}
    body = json.dumps({"object": "page", "entry": [entry]}).encode()
    return JSON | {"x-hub-signature-256": f"sha256={_mac(SECRET.encode(), body).hex()}"}, body


def _linkedin(lead: Lead) -> Sent:
    owner, form = {"sponsoredAccount": "urn:li:sponsoredAccount:3"}, "urn:li:versionedLeadGenForm:(urn:li:leadGenForm:5,1)"
    urn = f"urn:li:leadGenFormResponse:{lead.number}"
    told = {"type": "LEAD_ACTION", "leadAction": "CREATED", "leadGenFormResponse": urn, "leadGenForm": form, "leadType": "SPONSORED"}
    body = json.dumps(told | {"owner": owner, "occurredAt": int(lead.at * 1000)}).encode()
    return JSON | {"x-li-signature": _mac(SECRET.encode(), b"hmacsha256=" + body).hex()}, body


def _zoom(lead: Lead) -> Sent:
    person = {"id": lead.delivery, "email": lead.person["email"], "last_name": lead.person["last_name"], "status": "approved"}
    occasion = {"id": 81000000001, "uuid": "bench==", "topic": "Bench", "start_time": lead.moment, "registrant": person}
    event = {"event": "webinar.registration_created", "event_ts": int(lead.at * 1000), "payload": {"account_id": "a1", "object": occasion}}
    body, stamp = json.dumps(event).encode(), str(int(lead.at))
    digest = _mac(SECRET.encode(), b"v0:" + stamp.encode() + b":" + body).hex()
    return JSON | {"x-zm-request-timestamp": stamp, "x-zm-signature": f"v0={digest}"}, body


def _snapchat(lead: Lead) -> Sent:
    ids = {"lead_id": lead.delivery, "form_id": "7", "form_name": "Bench", "ad_account_id": "a1", "create_time": str(int(lead.at * 1000))}
    return JSON, json.dumps(ids | dict(lead.person)).encode()


def _tiktok(lead: Lead) -> Sent:
    changes = [{"field": name, "value": said} for name, said in lead.person.items()]
    ids = {"id": int(lead.number), "page_id": 7300000000000000001, "advertiser_id": 7200000000000000001, "create_time": int(lead.at)}
    push = {"object": 1, "time": int(lead.at), "entry": [ids | {"lead_source": "INSTANT_FORM", "changes": changes}]}
    body, signed = json.dumps(push, ensure_ascii=False).encode(), json.dumps(push).encode()
    return JSON | {"x-open-signature": _mac(SECRET.encode(), signed).hex()}, body


def _intercom(lead: Lead) -> Sent:
    person = {"type": "contact", "id": lead.delivery, "role": "lead", "email": lead.person["email"], "name": lead.person["last_name"]}
    told = {"type": "notification_event", "id": f"notif_{lead.delivery}", "topic": "contact.lead.created", "app_id": "a1"}
    at = {"created_at": int(lead.at), "delivery_attempts": 1, "first_sent_at": int(lead.at)}
    body = json.dumps(told | at | {"data": {"type": "notification_event_data", "item": person}}).encode()
    return JSON | {"x-hub-signature": f"sha1={hmac.digest(SECRET.encode(), body, hashlib.sha1).hex()}"}, body


_NOBODY = "http://127.0.0.1:9"
"""Where connectors that also poll look for the platform: nothing leaves this machine."""
_LINKEDIN = {"owner": "urn:li:sponsoredAccount:3", "client_secrets": [SECRET], "access_token": SECRET, "base_url": _NOBODY}
_ZOOM = {"account_id": "a1", "client_id": "bench", "client_secret": SECRET, "secrets": [SECRET], "base_url": _NOBODY, "login_url": _NOBODY}
_META = {"page_id": "11", "page_access_token": SECRET, "app_secrets": [SECRET], "verify_token": SECRET}
PUSHES: Mapping[str, Push] = {
    "web_form": Push({"token": TOKEN, "secrets": [WHSEC]}, _web_form, f"/{TOKEN}"),
    "typeform": Push({"access_token": SECRET, "secrets": [SECRET], "forms": ["BenchForm"]}, _typeform),
    "tally": Push({"secrets": [SECRET]}, _tally),
    "jotform": Push({"token": TOKEN}, _jotform, f"/{TOKEN}"),
    "webflow": Push({"secrets": [SECRET]}, _webflow),
    "calendly": Push({"signing_keys": [SECRET]}, _calendly),
    "google_ads_leads": Push({"keys": [SECRET]}, _google),
    "meta_lead_ads": Push(_META, _meta),
    "linkedin_lead_gen": Push(_LINKEDIN, _linkedin),
    "zoom_webinars": Push(_ZOOM, _zoom),
    "snapchat_lead_gen": Push({"token": TOKEN}, _snapchat, f"/{TOKEN}"),
    "tiktok_leads": Push({"app_secrets": [SECRET]}, _tiktok),
    "intercom": Push({"client_secrets": [SECRET]}, _intercom),
}
"""By connector. The pushes of Meta and LinkedIn carry ids only: the lead itself is fetched later, outside the request."""
