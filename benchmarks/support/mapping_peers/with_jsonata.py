"""JSONata (jsonata-python): one expression makes the whole record, with its own paths, case, slices, look-up and join.

Shared functions: clean (`$trim` of JSONata would fold inner blanks as well), collapse, country, cut; and `filled` in the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any

from benchmarks.support.mapping_peers.rules import Flat, Mapper, clean, collapse, country, cut, filled

EXPRESSION = """(
  $first := $clean(contact.first_name);
  $last := $clean(contact.last_name);
  $email := $clean(contact.email);
  $industry := $clean(company.industry);
  $language := $substring($lowercase($clean(contact.language)), 0, 2);
  {
    "email": $lowercase($email != "" ? $email : $clean(contact.work_email)),
    "first_name": $collapse($first),
    "last_name": $collapse($last),
    "full_name": $clean($first & " " & $last),
    "phone": $clean(contact.phones[0]),
    "job_title": $collapse($clean(contact.role.title)),
    "company": $cut($collapse($clean(company.name)), 30),
    "industry": $industry != "" ? $industry : "Other",
    "city": $collapse($clean(company.address.city)),
    "postal_code": $uppercase($clean(company.address.postal_code)),
    "country": $country($clean(company.address.country)),
    "language": $language != "" ? $language : "en",
    "campaign": consent.tracking = "yes" ? $lowercase($collapse($clean(campaign.name))),
    "source": "Web form",
    "message": $cut($collapse($clean(message)), 120)
  }
)"""


def prepare() -> Mapper:
    """Give the mapper."""
    jsonata = import_module("jsonata")
    expression = jsonata.Jsonata(EXPRESSION)
    expression.register_lambda("clean", _cleaning(jsonata.Utils.NULL_VALUE))
    expression.register_lambda("collapse", collapse)
    expression.register_lambda("country", country)
    expression.register_lambda("cut", cut)

    def run(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        for record in records:
            yield filled(expression.evaluate(record))

    return run


def _cleaning(null: object) -> Callable[[Any], str]:
    def cleaned(value: Any) -> str:
        return "" if value is null else clean(value)

    return cleaned
