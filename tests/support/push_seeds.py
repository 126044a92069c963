"""One or more good deliveries for every connector that takes webhooks, and how its platform signs them: what the fuzzer spoils."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from random import Random
from typing import Any

from connectors.memory.webhook import SCHEME as MEMORY
from core.contract import Connector, Context, InboundRequest
from core.contract.signatures import (
    AIRTABLE,
    CALENDLY,
    HUBSPOT_V3,
    INTERCOM,
    LINKEDIN,
    META,
    STANDARD_WEBHOOKS,
    TALLY,
    TIKTOK,
    TYPEFORM,
    WEBFLOW,
    ZOOM,
    Encoding,
    Part,
    Scheme,
    signing_key,
)
from core.runtime.registry import default_registry
from tests.support.mutations import spoil_bytes, spoil_json, spoil_multipart, spoil_urlencoded, spoil_xml

AT = datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC)
TOKEN = "t0ken-0123456789-abcdef"
SECRET = "topsecret-0123456789"
STANDARD_SECRET = "whsec_" + base64.b64encode(b"a-key-of-twenty-four-byt").decode()
JSON, FORM, MULTIPART = "application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"

Spoil = Callable[[Random], bytes]


@dataclass(frozen=True, kw_only=True)
class Seed:
    """A good delivery: its body, the settings that take it, how it is signed, and how it is spoiled."""

    body: bytes
    spoil: Spoil
    settings: Mapping[str, Any]
    scheme: Scheme | None = None
    secret: str = SECRET
    content_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"
    path: str = f"/hooks/it/{TOKEN}"

    def request(self, body: bytes, content_type: str | None = None) -> InboundRequest:
        """The delivery of a body, signed by the platform."""
        headers = {**self.headers, "content-type": self.content_type if content_type is None else content_type}
        request = InboundRequest(self.method, f"https://leads.example.com{self.path}", headers, body, AT, "192.0.2.7")
        return request if self.scheme is None else signed(self.scheme, request, self.secret)


class NoWorld:
    """Fails on any use: verifying, parsing and answering use nothing of the runtime."""

    def __getattr__(self, name: str) -> Any:
        raise AssertionError(f"the connector used {name}")


def connector_of(connector_id: str, seed: Seed) -> Connector[Any]:
    """The connector that a seed's delivery is meant for."""
    world: Any = NoWorld()
    made = default_registry().load(connector_id)
    return made(made.settings_type.model_validate(seed.settings), Context(http=world, clock=world, sdk=world))


def signed(scheme: Scheme, request: InboundRequest, secret: str) -> InboundRequest:
    """Sign as the scheme's platform does; Calendly's time stands inside the signature's header."""
    ticks = str(int(AT.timestamp()) * scheme.ticks_per_second)
    pieces = {Part.BODY: request.body, Part.ID: b"msg_7", Part.TIMESTAMP: ticks.encode()}
    pieces |= {Part.METHOD: request.method.encode(), Part.URL: request.url.encode()}
    message = b"".join(part if isinstance(part, bytes) else pieces[part] for part in scheme.signed)
    digest = _digest(scheme, signing_key(scheme, secret), message)
    headers = {**request.headers, scheme.header: digest if scheme is not CALENDLY else f"t={ticks},{digest}"}
    named = {scheme.timestamp_header: ticks, scheme.id_header: "msg_7"}
    return replace(request, headers={**headers, **{name: value for name, value in named.items() if name is not None}})


def _digest(scheme: Scheme, key: bytes, message: bytes) -> str:

    made = hmac.digest(key, message, getattr(hashlib, scheme.digest.value))
    return scheme.prefix + (made.hex() if scheme.encoding is Encoding.HEX else base64.b64encode(made).decode())


def _json(document: object, **more: Any) -> Seed:
    return Seed(body=json.dumps(document, ensure_ascii=False).encode(), spoil=lambda chance: spoil_json(chance, document), **more)


def _form(pairs: Sequence[tuple[str, str]], **more: Any) -> Seed:
    body = "&".join("=".join(pair) for pair in pairs).encode()
    return Seed(body=body, spoil=lambda chance: spoil_urlencoded(chance, pairs), content_type=FORM, **more)


def _multipart(parts: Sequence[tuple[str, str]], **more: Any) -> Seed:
    rows = [f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in parts]
    body = "".join([*rows, "--x--\r\n"]).encode()
    return Seed(body=body, spoil=lambda chance: spoil_multipart(chance, parts, "x"), content_type=MULTIPART, **more)


def _xml(body: bytes, **more: Any) -> Seed:
    return Seed(body=body, spoil=lambda chance: spoil_xml(chance, body), content_type="text/xml; charset=utf-8", **more)


def _handshake(path: str, **more: Any) -> Seed:
    return Seed(body=b"", spoil=lambda chance: spoil_bytes(chance, b"x"), method="GET", path=path, **more)


_CALENDLY = {
    "event": "invitee.canceled",
    "created_at": "2026-03-02T09:29:58.5Z",
    "payload": {
        **{"uri": "https://api.calendly.com/scheduled_events/E1/invitees/I1", "email": "zoe@example.com", "name": "Zoë"},
        **{"questions_and_answers": [{"question": "Company", "answer": "Looms", "position": 0}], "tracking": {"utm_source": "news"}},
        **{"scheduled_event": {"uri": "u", "start_time": "2026-03-05T10:00:00Z"}, "rescheduled": False, "cancellation": {"reason": "x"}},
    },
}
_GOOGLE = {
    **{"google_key": SECRET, "lead_id": "L1", "form_id": 700, "campaign_id": 1, "gcl_id": "g", "is_test": False, "api_version": "1.0"},
    **{"lead_submit_time": "2026-03-02T09:29:58Z", "leadStage": "x"},
    "user_column_data": [
        {"column_id": "EMAIL", "column_name": "User Email", "string_value": "zoe@example.com"},
        {"column_id": "q1", "column_name": "Budget?", "string_value": "1"},
    ],
}
_HUBSPOT = [
    {"objectId": 1, "portalId": 7, "subscriptionType": "contact.creation", "subscriptionId": 5, "occurredAt": 1790000000000},
    {"objectId": 2, "portalId": 7, "subscriptionType": "contact.privacyDeletion", "subscriptionId": 6, "occurredAt": 1790000000000},
    {
        **{"objectId": 3, "portalId": 7, "subscriptionType": "object.merge", "objectTypeId": "0-1", "occurredAt": 1790000000000},
        **{"newObjectId": 4, "primaryObjectId": 3, "mergedObjectIds": [3, 5], "propertyName": "x"},
    },
]
_JOTFORM_RAW = {"q3_name": {"first": "Zoë", "last": "Vandamme"}, "q4_email": "zoe@example.com", "q6_interests": ["a", "b"], "slug": "x"}
_JOTFORM = [
    *[("formID", "240000000000001"), ("formTitle", "Ask"), ("submissionID", "5900000000000000001"), ("ip", "192.0.2.7")],
    ("rawRequest", json.dumps(_JOTFORM_RAW)),
]
_LINKEDIN = {
    "type": "LEAD_ACTION",
    "leadAction": "CREATED",
    "leadGenFormResponse": "urn:li:leadGenFormResponse:9-1",
    "occurredAt": 1790000000000,
}
_META = {
    "object": "page",
    "entry": [
        {"id": "1", "time": 1790000000, "changes": [{"field": "leadgen", "value": {"leadgen_id": "9001", "form_id": 5, "page_id": "1"}}]}
    ],
}
_MEMORY = {"delivery": "d1", "records": [{"object": "lead", "id": "1", "version": "1", "fields": {"last_name": "Zoë"}}]}
_SNAP = {
    **{"lead_id": "501", "form_id": 70000000000000000001, "form_name": "Ask", "ad_account_id": "a1", "create_time": "1772442000123"},
    **{"email": "ada@example.com", "custom_field_8": "Blue", "consent_1": "true"},
}
_SALESFORCE = (
    b'<?xml version="1.0" encoding="UTF-8"?><soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" '
    b'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><soapenv:Body>'
    b'<notifications xmlns="http://soap.sforce.com/2005/09/outbound"><OrganizationId>00DRO0000000001AAA</OrganizationId><Notification>'
    b'<Id>04lRO0000000001AAA</Id><sObject xsi:type="sf:Lead" xmlns:sf="urn:sobject.enterprise.soap.sforce.com">'
    b"<sf:Id>00QRO0000000001AAA</sf:Id></sObject></Notification></notifications></soapenv:Body></soapenv:Envelope>"
)
_TALLY_FIELDS = [
    {"key": "q1", "label": "E-mail", "type": "INPUT_EMAIL", "value": "zoe@example.com"},
    {"key": "q2", "label": "Size", "type": "DROPDOWN", "value": ["o1"], "options": [{"id": "o1", "text": "Small"}]},
    {"key": "q3", "label": "utm", "type": "HIDDEN_FIELDS", "value": "news"},
]
_TALLY = {
    **{"eventId": "e1", "eventType": "FORM_RESPONSE", "createdAt": "2026-03-02T09:29:58.000Z"},
    "data": {
        "responseId": "r1",
        "respondentId": "p1",
        "formId": "f",
        "formName": "Ask",
        "createdAt": "2026-03-02T09:29:58Z",
        "fields": _TALLY_FIELDS,
    },
}
_TYPEFORM = {
    "event_id": "01H",
    "event_type": "form_response",
    "form_response": {
        **{"form_id": "F", "token": "t1", "submitted_at": "2026-03-02T09:29:58Z", "landed_at": "2026-03-02T09:29:00Z"},
        "definition": {
            **{"id": "F", "title": "Ask", "hidden": ["utm"]},
            "fields": [
                {"id": "i1", "ref": "mail", "title": "E-mail?", "type": "email", "properties": {"fields": [{"id": "i2", "ref": "in"}]}}
            ],
        },
        "answers": [
            {"type": "email", "email": "zoe@example.com", "field": {"id": "i1", "ref": "mail", "type": "email"}},
            {"type": "choices", "choices": {"labels": ["a"], "other": "b"}, "field": {"id": "i2", "ref": "size", "type": "dropdown"}},
        ],
        **{"hidden": {"utm": "news"}, "variables": [{"key": "k", "type": "number", "number": 5}], "calculated": {"score": 3}},
        "metadata": {"referer": "https://www.example.com/"},
    },
}
_WEBFLOW = {
    "triggerType": "form_submission",
    "payload": {
        **{"name": "Ask", "siteId": "s1", "id": "i1", "formId": "f1", "submittedAt": "2026-03-02T09:29:58.000Z", "data": {"Name": "Zoë"}},
        "schema": [{"fieldName": "Name", "fieldElementId": "e1", "fieldType": "FormTextInput"}],
    },
}
_WEBFLOW_OLD = {"name": "Ask", "site": "s1", "d": "2026-03-02T09:29:58.000Z", "_id": "i1", "data": {"Name": "Zoë"}}
_ZOOM = {
    **{"event": "webinar.registration_created", "event_ts": 1790000000123},
    "payload": {
        "account_id": "a",
        "object": {
            **{"id": 81234567890, "uuid": "u==", "topic": "Saving time", "start_time": "2026-10-01T16:00:00Z", "type": 5},
            "registrant": {
                **{"id": "r1", "email": "zoe@example.com", "first_name": "Zoë", "status": "pending", "create_time": "2026-09-21T14:13:20Z"},
                "custom_questions": [{"title": "Budget?", "value": "10,000"}],
            },
        },
    },
}
_ZOOM_WORD = {"event": "endpoint.url_validation", "payload": {"plainToken": "qgg8vlvZRS6UYooatFL8Aw"}, "event_ts": 1790000000123}
_FIELDS = {"email": "ada@example.com", "name": {"first": "Ada"}, "tags": ["a", "b"], "hp": "", "next": "https://www.example.com/done"}
_EVENT = {"specversion": "1.0", "id": "1", "source": "/forms", "type": "form.sent", "time": "2026-03-02T09:29:58Z", "data": _FIELDS}
_PAIRS = [("email", "ada@example.com"), ("fields[name][first]", "Ada"), ("tags[]", "a"), ("tags[]", "b"), ("hp", "")]

_AIRTABLE = {"base": {"id": "appTESTBASE"}, "webhook": {"id": "achTESTHOOK"}, "timestamp": "2026-09-21T14:13:20.000Z"}
_MAC_SECRET = base64.b64encode(b"a-key-of-twenty-four-byt").decode()
_AIRTABLE_SETTINGS = {"access_token": "t", "base": "appTESTBASE", "webhook": "achTESTHOOK", "mac_secrets": [_MAC_SECRET]}
_INTERCOM = {
    **{"type": "notification_event", "id": "notif_1", "topic": "contact.lead.created", "app_id": "a1", "created_at": 1790000000},
    "data": {
        "type": "notification_event_data",
        "item": {"type": "contact", "id": "5f1", "role": "lead", "email": "zoe@example.com", "name": "Zoë", "created_at": 1790000000},
    },
}
_TIKTOK = {
    **{"object": 1, "time": 1790000000},
    "entry": [
        {
            **{"id": 7300000000000000009, "page_id": 7300000000000000001, "create_time": 1790000000, "lead_source": "INSTANT_FORM"},
            "changes": [{"field": "email", "value": "zoe@example.com"}, {"field": "name", "value": "Zoë"}],
        }
    ],
}
_KEYED: dict[str, Any] = {"secrets": [SECRET]}
_WEB_FORM: dict[str, Any] = {
    "settings": {
        **{"token": TOKEN, "secrets": [STANDARD_SECRET], "honeypots": ["hp"], "id_field": "id"},
        **{"redirect_field": "next", "redirect_origins": ["https://www.example.com"], "redirect_to": "https://www.example.com/"},
    },
    "scheme": STANDARD_WEBHOOKS,
    "secret": STANDARD_SECRET,
}
_UNSIGNED_FORM: dict[str, Any] = {"settings": {"token": TOKEN, "id_field": "id"}}
_LINKEDIN_SETTINGS = {"owner": "urn:li:sponsoredAccount:3", "client_secrets": [SECRET], "access_token": "t"}
_META_SETTINGS = {"page_id": "1", "page_access_token": "t", "app_secrets": [SECRET], "verify_token": SECRET}
_HUBSPOT_SETTINGS = {"access_token": "t", "client_secrets": [SECRET], "portal_id": "7"}
_SALESFORCE_SETTINGS = {
    **{"grant": "client_credentials", "login_url": "https://example.my.salesforce.com", "consumer_key": "k", "consumer_secret": "s"},
    **{"token": TOKEN, "organization_id": "00DRO0000000001AAA"},
}
_ZOOM_SETTINGS = {"account_id": "a", "client_id": "c", "client_secret": "s", "secrets": [SECRET], "users": ["me"]}
_UUID = "11111111-2222-4333-8444-555555555555"

SEEDS: Mapping[str, Sequence[Seed]] = {
    "airtable": [_json(_AIRTABLE, settings=_AIRTABLE_SETTINGS, scheme=AIRTABLE, secret=_MAC_SECRET)],
    "calendly": [_json(_CALENDLY, settings={"signing_keys": [SECRET]}, scheme=CALENDLY)],
    "google_ads_leads": [_json(_GOOGLE, settings={"keys": [SECRET]})],
    "hubspot": [
        _json(_HUBSPOT, settings=_HUBSPOT_SETTINGS, scheme=HUBSPOT_V3),
        _json(_HUBSPOT, settings={**_HUBSPOT_SETTINGS, "allow_old_signatures": True, "portal_id": None}, scheme=HUBSPOT_V3),
    ],
    "intercom": [
        _json(_INTERCOM, settings={"client_secrets": [SECRET]}, scheme=INTERCOM),
        _json({**_INTERCOM, "topic": "contact.deleted"}, settings={"client_secrets": [SECRET]}, scheme=INTERCOM),
    ],
    "jotform": [_multipart(_JOTFORM, settings={"token": TOKEN})],
    "linkedin_lead_gen": [
        _json(_LINKEDIN, settings=_LINKEDIN_SETTINGS, scheme=LINKEDIN),
        _json({**_LINKEDIN, "leadAction": "DELETED"}, settings=_LINKEDIN_SETTINGS, scheme=LINKEDIN),
        _handshake(f"/hooks/it?challengeCode={_UUID}", settings=_LINKEDIN_SETTINGS),
    ],
    "memory": [_json(_MEMORY, settings={"webhook_secrets": [SECRET]}, scheme=MEMORY)],
    "meta_lead_ads": [
        _json(_META, settings=_META_SETTINGS, scheme=META),
        _handshake(f"/hooks/it?hub.mode=subscribe&hub.verify_token={SECRET}&hub.challenge=42", settings=_META_SETTINGS),
    ],
    "salesforce": [_xml(_SALESFORCE, settings=_SALESFORCE_SETTINGS)],
    "snapchat_lead_gen": [_json(_SNAP, settings={"token": TOKEN})],
    "tally": [_json(_TALLY, settings=_KEYED, scheme=TALLY)],
    "tiktok_leads": [
        _json(_TIKTOK, settings={"app_secrets": [SECRET]}, scheme=TIKTOK),
        _json(_TIKTOK, settings={"token": TOKEN}),
    ],
    "typeform": [_json(_TYPEFORM, settings={"access_token": "t", **_KEYED}, scheme=TYPEFORM)],
    "web_form": [
        _json([_FIELDS, {**_FIELDS, "id": 7}], **_WEB_FORM),
        _form([*_PAIRS, ("data.json", "{}")], **_WEB_FORM),
        _form(_PAIRS, **_UNSIGNED_FORM),
        _multipart([*_PAIRS, ("data.json", json.dumps(_FIELDS))], **_WEB_FORM),
        _json(_EVENT, **_WEB_FORM, content_type="application/cloudevents+json"),
        _json([_EVENT, {**_EVENT, "id": "2"}], **_UNSIGNED_FORM, content_type="application/cloudevents-batch+json"),
        _json(_FIELDS, **_UNSIGNED_FORM, headers={"ce-specversion": "1.0", "ce-id": "1", "ce-source": "/f", "ce-type": "t"}),
    ],
    "webflow": [
        _json(_WEBFLOW, settings=_KEYED, scheme=WEBFLOW),
        _json(_WEBFLOW_OLD, settings={"token": TOKEN}),
    ],
    "zoom_webinars": [
        _json(_ZOOM, settings=_ZOOM_SETTINGS, scheme=ZOOM),
        _json(_ZOOM_WORD, settings=_ZOOM_SETTINGS, scheme=ZOOM),
    ],
}
"""By connector id."""
