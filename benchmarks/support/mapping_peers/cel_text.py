"""One CEL expression that makes the whole flat record, for both implementations of CEL.

CEL has no trimming, case, slices or case-insensitive look-up of its own: those are the shared functions. A nested field is
asked for with `has`, because neither implementation has the optional types; they differ in what `has` makes of a null block.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.support.mapping_peers.rules import clean, collapse, country, cut


def expression(*, nulls_fail: bool) -> str:
    """Write the expression; `nulls_fail`: `has` is an error below a null, so every level is asked for, and for null."""

    def at(*path: str) -> str:
        here = ".".join(("record", *path))
        return f"({_test(path) if nulls_fail else f'has({here})'} ? {here} : null)"

    phones = "record.contact.phones"
    some_phone = f"{_test(('contact', 'phones')) if nulls_fail else f'has({phones})'} && size({phones}) > 0"
    return f"""{{
  "email": lower(first({at("contact", "email")}, {at("contact", "work_email")})),
  "first_name": collapse({at("contact", "first_name")}),
  "last_name": collapse({at("contact", "last_name")}),
  "full_name": clean(clean({at("contact", "first_name")}) + " " + clean({at("contact", "last_name")})),
  "phone": {some_phone} ? clean({phones}[0]) : "",
  "job_title": collapse({at("contact", "role", "title")}),
  "company": cut(collapse({at("company", "name")}), 30),
  "industry": first({at("company", "industry")}, "Other"),
  "city": collapse({at("company", "address", "city")}),
  "postal_code": upper(clean({at("company", "address", "postal_code")})),
  "country": country(clean({at("company", "address", "country")})),
  "language": first(cut(lower(clean({at("contact", "language")})), 2), "en"),
  "campaign": clean({at("consent", "tracking")}) == "yes" ? lower(collapse({at("campaign", "name")})) : "",
  "source": "Web form",
  "message": cut(collapse({at("message")}), 120)
}}"""


def _test(path: tuple[str, ...]) -> str:
    tests, here = [], "record"
    for name in path:
        if here != "record":
            tests.append(f"{here} != null")
        here = f"{here}.{name}"
        tests.append(f"has({here})")
    return " && ".join(tests)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "clean": clean,
    "collapse": lambda value: collapse(clean(value)),
    "country": country,
    "first": lambda one, other: clean(one) or clean(other),
    "lower": str.lower,
    "upper": str.upper,
    "cut": cut,
}
