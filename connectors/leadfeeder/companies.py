"""Read a company as Leadfeeder tells it: its web site's domain, where it has one of its own, and what is known of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from ipaddress import ip_address
from urllib.parse import urlsplit

from connectors.leadfeeder.api import Api, JsonObject, attributes_of, id_of
from core.contract import JsonValue

_LONGEST = 2_000
_RANGE = ("min", "max")


def read_company(row: JsonObject, places: Mapping[str, JsonObject], shared: Sequence[str]) -> JsonObject:
    """What stays true of a company whatever it does on the site. `domain` is None where no domain is the company's own."""
    told = attributes_of(row)
    place = _place(row, places)
    spread = told.get("employees_range")
    ends = spread if isinstance(spread, dict) else {}
    return {
        "id": id_of(row),
        "name": text(told.get("name")),
        "domain": own_domain(told.get("website_url"), shared),
        "website": text(told.get("website_url")),
        "industry": text(told.get("industry")),
        "phone": text(told.get("phone")),
        "linkedin_url": text(told.get("linkedin_url")),
        "employees": number(told.get("employee_count")),
        **{f"employees_{end}": number(ends.get(end)) for end in _RANGE},
        "city": text(place.get("city")),
        "region": text(place.get("region")),
        "country": text(place.get("country_code")) or text(place.get("country")),
    }


def read_judgement(row: JsonObject) -> JsonObject:
    """What Leadfeeder says of the company today, and where it shows it."""
    told = attributes_of(row)
    tags = told.get("tags")
    return {
        "quality": number(told.get("quality")),
        "status": text(told.get("status")),
        "tags": [tag for tag in (text(each) for each in tags) if tag] if isinstance(tags, list) else [],
        "leadfeeder_url": text(told.get("view_in_leadfeeder")),
    }


def own_domain(website: JsonValue, shared: Sequence[str]) -> str | None:
    """The host of a web address without `www.`; None for an address in numbers and for a page on a site that many share."""
    address = text(website) or ""
    try:
        host = urlsplit(address if "//" in address else f"//{address}").hostname or ""
    except ValueError:
        return None
    host = host.strip(".").removeprefix("www.")
    if "." not in host or _is_number(host) or any(host == each or host.endswith(f".{each}") for each in shared):
        return None
    return host


@dataclass(slots=True)
class Companies:
    """The companies of some days, by their ids; one that the list did not hold is asked for by itself, once."""

    api: Api
    _known: dict[str, tuple[JsonObject, Mapping[str, JsonObject]] | None] = field(default_factory=dict)

    def load(self, first: date, last: date) -> Iterator[None]:
        """Read those of the days; stops after each call, so that the caller can show that it is alive."""
        for listing in self.api.listings("leads", first, last):
            self._known.update({id_of(row): (row, listing.places) for row in listing.rows})
            yield

    def find(self, lead_id: str) -> tuple[JsonObject, Mapping[str, JsonObject]] | None:
        """Give a company with the places that it may name; None when Leadfeeder does not know it any more."""
        if lead_id and lead_id not in self._known:
            self._known[lead_id] = self.api.lead(lead_id)
        return self._known.get(lead_id)


def text(value: JsonValue) -> str | None:
    """A text of a usable length; None for anything else and for a blank."""
    return (value.strip()[:_LONGEST] or None) if isinstance(value, str) else None


def number(value: JsonValue) -> int | None:
    """A count; None for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**12 else None


def _place(row: JsonObject, places: Mapping[str, JsonObject]) -> JsonObject:
    node: JsonValue = row
    for name in ("relationships", "location", "data"):
        node = node.get(name) if isinstance(node, dict) else None
    return places.get(id_of(node), {}) if isinstance(node, dict) else {}


def _is_number(host: str) -> bool:
    try:
        ip_address(host)
    except ValueError:
        return False
    return True
