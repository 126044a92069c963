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
}
"""By connector. Meta's push carries ids only: the lead itself is fetched later, outside the request."""
