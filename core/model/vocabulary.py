"""The fields that a golden record may have, each with its kind; what a mapping may name on our side, and how a kind is made precise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    """What sort of thing a value is; decides how it is normalised and compared."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    PERSON_NAME = "person_name"
    COMPANY = "company"
    DOMAIN = "domain"
    URL = "url"
    COUNTRY = "country"
    REGION = "region"
    POSTAL_CODE = "postal_code"
    LANGUAGE = "language"
    DATE = "date"
    DATETIME = "datetime"
    NUMBER = "number"
    MONEY = "money"
    BOOLEAN = "boolean"
    ENUM = "enum"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class KindSpec:
    """A kind with what is known about how its values are written; hashable. An option that the kind does not take stays None."""

    kind: Kind
    format: str | None = None
    zone: str | None = None
    locale: str | None = None
    currency: str | None = None
    choices: tuple[str, ...] = ()
    separator: str | None = None


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a kind: the attribute of KindSpec of the same name."""

    name: str
    summary: str
    many: bool = False
    """Whether it takes a list of texts."""


_FORMAT = Option("format", "How the text is written, in strptime's directives: `%d.%m.%Y`.")
_LOCALE = Option("locale", "Whose way of writing numbers is meant, a language or country such as `de`, `en`, `ch`: is `1.234` many or few.")

OPTIONS: Mapping[Kind, tuple[Option, ...]] = {
    **dict.fromkeys(Kind, ()),
    Kind.DATE: (_FORMAT,),
    Kind.DATETIME: (_FORMAT, Option("zone", "The time zone of times that name none, such as `Europe/Berlin`; without it, UTC.")),
    Kind.NUMBER: (_LOCALE,),
    Kind.MONEY: (_LOCALE, Option("currency", "The currency of amounts that name none, by its ISO 4217 code such as `EUR`.")),
    Kind.ENUM: (Option("choices", "The values that there are; written as here, whatever the case that comes in.", many=True),),
    Kind.LIST: (Option("separator", "What stands between two items, beside `;` and line breaks."),),
}
"""Which options each kind takes; every kind is named."""


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
    "region": Kind.REGION,
    "postal_code": Kind.POSTAL_CODE,
    "country": Kind.COUNTRY,
    "language": Kind.LANGUAGE,
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
    "owner": Kind.EMAIL,
}
"""Fields of a Lead; `owner` is a colleague's address. A name that starts with `x_` is the workspace's own, of kind text."""

ACCOUNT_FIELDS: dict[str, Kind] = {
    "name": Kind.COMPANY,
    "domain": Kind.DOMAIN,
    "website": Kind.URL,
    "phone": Kind.PHONE,
    "street": Kind.TEXT,
    "city": Kind.TEXT,
    "region": Kind.REGION,
    "postal_code": Kind.POSTAL_CODE,
    "country": Kind.COUNTRY,
    "industry": Kind.TEXT,
    "employees": Kind.NUMBER,
    "owner": Kind.EMAIL,
}

FIELDS: dict[Subject, dict[str, Kind]] = {Subject.LEAD: LEAD_FIELDS, Subject.ACCOUNT: ACCOUNT_FIELDS}


def kind_of(subject: Subject, name: str) -> Kind | None:
    """Tell the kind of a golden field; None when there is no such field."""
    if name.startswith("x_"):
        return Kind.TEXT
    return FIELDS[subject].get(name)
