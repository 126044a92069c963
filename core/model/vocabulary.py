"""The fields that a golden record may have, each with its kind; what a mapping may name on our side."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing a value is; decides how it is normalised and compared."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    PERSON_NAME = "person_name"
    COMPANY = "company"
    DOMAIN = "domain"
    COUNTRY = "country"
    URL = "url"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DATETIME = "datetime"


class Subject(StrEnum):
    """The kinds of golden record."""

    LEAD = "Lead"
    ACCOUNT = "Account"


LEAD_FIELDS: dict[str, Kind] = {
    "email": Kind.EMAIL,
    "phone": Kind.PHONE,
    "mobile": Kind.PHONE,
    "salutation": Kind.TEXT,
    "first_name": Kind.PERSON_NAME,
    "last_name": Kind.PERSON_NAME,
    "full_name": Kind.PERSON_NAME,
    "company": Kind.COMPANY,
    "domain": Kind.DOMAIN,
    "job_title": Kind.TEXT,
    "website": Kind.URL,
    "street": Kind.TEXT,
    "city": Kind.TEXT,
    "region": Kind.TEXT,
    "postal_code": Kind.TEXT,
    "country": Kind.COUNTRY,
    "language": Kind.TEXT,
    "industry": Kind.TEXT,
    "employees": Kind.NUMBER,
    "message": Kind.TEXT,
    "source": Kind.TEXT,
    "campaign": Kind.TEXT,
    "form": Kind.TEXT,
    "utm_source": Kind.TEXT,
    "utm_medium": Kind.TEXT,
    "utm_campaign": Kind.TEXT,
    "utm_term": Kind.TEXT,
    "utm_content": Kind.TEXT,
    "gclid": Kind.TEXT,
    "fbclid": Kind.TEXT,
    "referrer": Kind.URL,
    "landing_page": Kind.URL,
    "submitted_at": Kind.DATETIME,
}
"""Fields of a Lead. A name that starts with `x_` is the workspace's own, of kind text."""

ACCOUNT_FIELDS: dict[str, Kind] = {
    "name": Kind.COMPANY,
    "domain": Kind.DOMAIN,
    "website": Kind.URL,
    "phone": Kind.PHONE,
    "street": Kind.TEXT,
    "city": Kind.TEXT,
    "region": Kind.TEXT,
    "postal_code": Kind.TEXT,
    "country": Kind.COUNTRY,
    "industry": Kind.TEXT,
    "employees": Kind.NUMBER,
}

FIELDS: dict[Subject, dict[str, Kind]] = {Subject.LEAD: LEAD_FIELDS, Subject.ACCOUNT: ACCOUNT_FIELDS}


def kind_of(subject: Subject, name: str) -> Kind | None:
    """Tell the kind of a golden field; None when there is no such field."""
    if name.startswith("x_"):
        return Kind.TEXT
    return FIELDS[subject].get(name)
