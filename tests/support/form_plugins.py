"""Posts as the form plugins make them, of one invented person each, and what a lead has to have of them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

JSON, FORM = "application/json; charset=utf-8", "application/x-www-form-urlencoded; charset=UTF-8"


@dataclass(frozen=True)
class Post:
    """One plugin's post; `mapping` is the name of its mapping in the how-to, `native_id` what `id_field` has to find."""

    mapping: str
    content_type: str
    body: bytes
    expect: Mapping[str, object]
    id_field: str | None = None
    native_id: str | None = None


_GRAVITY = {
    **{"id": "812", "form_id": "3", "date_created": "2026-03-02 09:29:58", "is_starred": "0", "is_read": "0", "ip": "192.0.2.7"},
    **{"source_url": "https://www.example.com/contact/", "status": "active", "currency": "EUR", "payment_status": None},
    **{"1.3": "Zoë", "1.6": "Vandamme", "2": "zoe@example.com", "4": "Please call.", "5.1": "Send me news", "5.2": ""},
}
_ZOE = {"email": "zoe@example.com", "first_name": "Zoë", "last_name": "Vandamme"}
_GRAVITY_LEAD = {
    **{**_ZOE, "message": "Please call.", "submitted_at": "2026-03-02T09:29:58+00:00"},
    "referrer": "https://www.example.com/contact/",
}
_CONTACT7 = {
    **{"your-name": "Zoë Vandamme", "your-email": "zoe@example.com", "your-message": "Please call."},
    **{"interests": ["Prices", "A demonstration"], "acceptance-news": ["Send me news"], "_post_title": "Contact"},
}
_ELEMENTOR = [
    *[("form[id]", "a1b2c3d"), ("form[name]", "Contact")],
    *[
        ("fields[name][id]", "name"),
        ("fields[name][type]", "text"),
        ("fields[name][title]", "Name"),
        ("fields[name][value]", "Zoë Vandamme"),
    ],
    *[("fields[email][id]", "email"), ("fields[email][title]", "E-mail"), ("fields[email][value]", "zoe@example.com")],
    *[("fields[message][id]", "message"), ("fields[message][value]", "Please call."), ("fields[message][required]", "0")],
    *[("meta[date][title]", "Date"), ("meta[date][value]", "2 March 2026"), ("meta[page_url][value]", "https://www.example.com/contact/")],
]
_FORMSTACK = {"FormID": "5512345", "UniqueID": "998877665", "Name": {"first": "Zoë", "last": "Vandamme"}, "Email": "zoe@example.com"}
_UNBOUNCE = {
    **{
        "page_uuid": "0d1e2f30-1111-4222-8333-444455556666",
        "page_name": "Spring",
        "page_url": "https://go.example.com/spring",
        "variant": "a",
    },
    **{"date_submitted": "2026-03-02", "time_submitted": "9:29 AM UTC", "ip_address": "192.0.2.7"},
    "data.json": json.dumps({"email": ["zoe@example.com"], "name": ["Zoë Vandamme"], "utm_source": ["news"], "topics": ["a", "b"]}),
}
_ASSEMBLY = {
    **{"tfa_1": "Zoë", "tfa_2": "Vandamme", "tfa_3": "zoe@example.com", "tfa_5": "tfa_6", "tfa_9": "tfa_10", "tfa_dbFormId": "77"},
}
_ASSEMBLY_LEAD = {**_ZOE, "x_topic": "Prices"}


def _json(document: object) -> bytes:
    return json.dumps(document, ensure_ascii=False).encode()


POSTS: Mapping[str, Post] = {
    "Gravity Forms, JSON": Post("gravity", JSON, _json(_GRAVITY), _GRAVITY_LEAD, "id", "812"),
    "Gravity Forms, form": Post(
        *("gravity", FORM, urlencode({name: value or "" for name, value in _GRAVITY.items()}).encode(), _GRAVITY_LEAD, "id", "812")
    ),
    "WPForms": Post(
        "wpforms",
        JSON,
        _json({"id": 41, "name": "Zoë Vandamme", "email": "zoe@example.com", "message": "Please call."}),
        {**_ZOE, "message": "Please call."},
        *("id", "41"),
    ),
    "Contact Form 7": Post(
        "contact7", JSON, _json(_CONTACT7), {**_ZOE, "message": "Please call.", "x_interests": "Prices;A demonstration"}
    ),
    "Elementor": Post("elementor", FORM, urlencode(_ELEMENTOR).encode(), {**_ZOE, "referrer": "https://www.example.com/contact/"}),
    "Formstack": Post("formstack", JSON, _json(_FORMSTACK), _ZOE, "UniqueID", "998877665"),
    "Unbounce": Post(
        "unbounce", FORM, urlencode(_UNBOUNCE).encode(), {**_ZOE, "utm_source": "news", "referrer": "https://go.example.com/spring"}
    ),
    "FormAssembly": Post("formassembly", FORM, urlencode(_ASSEMBLY).encode(), _ASSEMBLY_LEAD),
}
