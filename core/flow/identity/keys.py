"""Deterministic keys: whoever shares one is the same person. A phone alone is no identity, a role address neither."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.flow.quality.company import fold_company
from core.flow.quality.folding import fold
from core.flow.quality.mailbox import is_role_address
from core.model.records import IdentityKey, Value
from core.model.vocabulary import Subject

SHORTEST_PHONE_DIGITS = 8
"""With the country code; shorter ones are desks' extensions and what people type to get past a form."""

Digest = Callable[[str, str], bytes]


def keys_of(subject: Subject, values: Mapping[str, Value], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of a golden record of this kind from its canonical values."""
    return (lead_keys if subject is Subject.LEAD else account_keys)(values, digest)


def account_keys(values: Mapping[str, Value], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of an Account: its domain, else its name with its country."""
    domain = values.get("domain")
    if domain and domain.value:
        return (IdentityKey("domain", digest("domain", str(domain.value))),)
    name, country = values.get("name"), values.get("country")
    folded = fold_company(str(name.value)) if name and name.value else ""
    where = str(country.value) if country and country.value else ""
    return (IdentityKey("account_name", digest("account_name", f"{folded}|{where}")),) if folded else ()


def lead_keys(values: Mapping[str, Value], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of a Lead from its canonical values."""

    def text(name: str) -> str:
        value = values.get(name)
        return str(value.value) if value and value.value is not None else ""

    first, last, company, email = fold(text("first_name")), fold(text("last_name")), fold_company(text("company")), text("email")
    claims: list[tuple[str, str]] = []
    if email and is_role_address(email):
        claims.append(("role_email_name", f"{email}|{first}|{last}"))
    elif email:
        claims.append(("email", email))
    for phone in {text("phone"), text("mobile")} - {""}:
        if phone.startswith("+") and len(phone) > SHORTEST_PHONE_DIGITS:
            claims += [("phone_first", f"{phone}|{first}")] if first else []
            claims += [("phone_last", f"{phone}|{last}")] if last else []
    if first and last and company:
        claims.append(("name_company", f"{first}|{last}|{company}"))
    return tuple(IdentityKey(kind, digest(kind, value)) for kind, value in sorted(claims))
