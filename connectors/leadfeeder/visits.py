"""Turn a visit into a change: when it was, what was looked at, and which company came; nothing that tells a person."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from connectors.leadfeeder.api import JsonObject, attributes_of, id_of
from connectors.leadfeeder.companies import number, text
from core.contract import Change, FieldKind, FieldSpec, Invalid, JsonValue, NativeId, ObjectName, ObjectSpec, Reject, Version
from core.contract.moments import as_of, read_moment

VISIT = ObjectName("visit")
COMPANY_MONTH = ObjectName("company_month")
_MOST_PAGES = 100
_LONGEST_VISIT = timedelta(days=1)
_YEARS = range(2000, 2100)

_COMPANY = {
    **{"id": FieldKind.ID, "name": FieldKind.TEXT, "domain": FieldKind.TEXT, "website": FieldKind.URL, "industry": FieldKind.TEXT},
    **{"phone": FieldKind.PHONE, "linkedin_url": FieldKind.URL, "employees": FieldKind.NUMBER, "employees_min": FieldKind.NUMBER},
    **{"employees_max": FieldKind.NUMBER, "city": FieldKind.TEXT, "region": FieldKind.TEXT, "country": FieldKind.TEXT},
}
_VISIT = {
    **{"id": FieldKind.ID, "started_at": FieldKind.DATETIME, "seconds": FieldKind.NUMBER, "pages": FieldKind.NUMBER},
    **{"landing_page": FieldKind.TEXT, "visited": FieldKind.CHOICES, "source": FieldKind.TEXT, "medium": FieldKind.TEXT},
    **{"campaign": FieldKind.TEXT, "keyword": FieldKind.TEXT, "query_term": FieldKind.TEXT, "referrer": FieldKind.URL},
    **{"device": FieldKind.TEXT, "country": FieldKind.TEXT},
}
_MONTH = {
    **{"id": FieldKind.ID, "month": FieldKind.TEXT, "visits": FieldKind.NUMBER, "pages": FieldKind.NUMBER, "seconds": FieldKind.NUMBER},
    **{"first_visit_at": FieldKind.DATETIME, "last_visit_at": FieldKind.DATETIME, "sources": FieldKind.CHOICES},
    **{"quality": FieldKind.NUMBER, "status": FieldKind.TEXT, "tags": FieldKind.CHOICES, "leadfeeder_url": FieldKind.URL},
}


@dataclass(frozen=True, slots=True)
class Visit:
    """What a visit's row says, as far as it is kept. `started_at` is in UTC."""

    id: str
    lead: str
    started_at: datetime
    seconds: int
    pages: int
    source: str | None

    @property
    def ended_at(self) -> datetime:
        """When it was over; a length of days is none."""
        return self.started_at + min(timedelta(seconds=self.seconds), _LONGEST_VISIT)

    @property
    def place(self) -> str:
        """Sorts visits by their time; those of one moment by their ids."""
        return f"{self.started_at.isoformat(timespec='microseconds')}|{self.id}"


def read_visit(row: JsonObject, zone: tzinfo) -> Visit:
    """Read a row; raises Invalid without an id, a company or a time. A time without an offset is in the account's `zone`."""
    told = attributes_of(row)
    started = read_moment(told.get("started_at"), zone)
    visit_id, lead = id_of(row), id_of({"id": told.get("lead_id")})
    if not visit_id or not lead or started is None or started.year not in _YEARS:
        raise Invalid("A visit names no id, no company or no time.", field="started_at" if lead else "lead_id")
    return Visit(
        visit_id, lead, started, number(told.get("visit_length")) or 0, number(told.get("page_depth")) or 0, text(told.get("source"))
    )


def visit_change(visit: Visit, row: JsonObject, company: JsonObject | None, now: datetime) -> Change:
    """The change of a visit. Its version is its content: a visit that went on since the last reading is a new state.

    Leadfeeder may know a visitor's name and address, and always knows cookies; none of that is told.
    """
    told = attributes_of(row)
    fields: JsonObject = {
        "id": visit.id,
        "started_at": visit.started_at.isoformat(),
        "seconds": visit.seconds,
        "pages": visit.pages,
        "landing_page": plain_address(told.get("landing_page_path")),
        "visited": _visited(told.get("visit_route")),
        "source": visit.source,
        **{name: text(told.get(name)) for name in ("medium", "campaign", "keyword", "query_term")},
        "referrer": plain_address(told.get("referring_url")),
        "device": text(told.get("device_type")),
        "country": text(told.get("country_code")),
        "company": company,
    }
    return Change(VISIT, NativeId(visit.id), fields, version=content_version(fields), changed_at=as_of(visit.ended_at, now))


def unreadable(object_name: ObjectName, row: JsonObject, error: Invalid) -> Reject:
    """A row that cannot be used, as it came but for what tells a person."""
    kept = {name: value for name, value in attributes_of(row).items() if name in ("started_at", "lead_id", "page_depth", "source")}
    raw = json.dumps({"id": row.get("id"), "attributes": kept}, sort_keys=True).encode("utf-8", "replace")
    return Reject(object_name, NativeId("sha256-" + hashlib.sha256(raw).hexdigest()[:32]), error, raw)


def content_version(fields: JsonObject) -> Version:
    """A version that is the same for the same content."""
    return Version(hashlib.sha256(json.dumps(fields, sort_keys=True).encode("utf-8", "surrogatepass")).hexdigest()[:32])


def plain_address(value: JsonValue) -> str | None:
    """An address or path without its query and fragment, in which sites put whatever they like."""
    found = text(value)
    return (found.partition("?")[0].partition("#")[0] or None) if found else None


def _visited(route: JsonValue) -> list[JsonValue]:
    steps = [step for step in route[:_MOST_PAGES] if isinstance(step, dict)] if isinstance(route, list) else []
    return [path for path in (plain_address(step.get("page_path")) for step in steps) if path]


def describe_objects() -> list[ObjectSpec]:
    """Both objects, with the company as `company.<name>`."""
    company = {f"company.{name}": kind for name, kind in _COMPANY.items()}
    return [
        ObjectSpec(VISIT, "Visit", [_spec(name, kind) for name, kind in {**_VISIT, **company}.items()]),
        ObjectSpec(COMPANY_MONTH, "A company's visits in a month", [_spec(name, kind) for name, kind in {**_MONTH, **company}.items()]),
    ]


def _spec(name: str, kind: FieldKind) -> FieldSpec:
    return FieldSpec(name, name, kind, creatable=False, updatable=False, unique=name == "id")
