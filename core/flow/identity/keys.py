"""Deterministic keys: whoever shares one is the same person. A phone alone is no identity, a role address neither."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from core.flow.quality.company import fold_company
from core.flow.quality.domains import is_freemail
from core.flow.quality.folding import fold
from core.flow.quality.in_force import in_force
from core.flow.quality.mailbox import is_role_address, mailbox
from core.model.records import IdentityKey, Value
from core.model.vocabulary import Subject

STRENGTH = ("email", "domain", "role_email_name", "phone_first", "phone_last", "name_company", "account_name")
"""The kinds of keys, the one that says most of who somebody is first."""
SHORTEST_PHONE_DIGITS = 8
"""With the country code; shorter ones are desks' extensions and what people type to get past a form."""

_PUNCTUATION = re.compile(r"[^\w\s]")

Digest = Callable[[str, str], bytes]


def keys_of(subject: Subject, values: Mapping[str, Value], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of a golden record of this kind from its canonical values. An absurd value makes none."""
    return (lead_keys if subject is Subject.LEAD else account_keys)(values, digest)


def strength(key: IdentityKey) -> int:
    """The place of a key among the kinds, the strongest first; kinds that are not listed come last."""
    return STRENGTH.index(key.kind) if key.kind in STRENGTH else len(STRENGTH)


def account_keys(values: Mapping[str, Value], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of an Account: its domain, else its name with its country. A mail provider's domain is no company's."""
    domain, name, where = (_meant(values, field) for field in ("domain", "name", "country"))
    if domain and not is_freemail(domain):
        return (IdentityKey("domain", digest("domain", domain)),)
    names = sorted({fold_company(name), _fold_plainly(name)} - {""})
    return tuple(IdentityKey("account_name", digest("account_name", f"{folded}|{where}")) for folded in names)


def lead_keys(values: Mapping[str, Value], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of a Lead from its canonical values."""
    first, last = fold(_meant(values, "first_name")), fold(_meant(values, "last_name"))
    email, company = _meant(values, "email"), _meant(values, "company")
    claims: set[tuple[str, str]] = set()
    if email and is_role_address(email):
        claims.add(("role_email_name", f"{email}|{first}|{last}"))
    elif email:
        claims |= {("email", email), ("email", mailbox(email).box)}
    for phone in {_meant(values, "phone"), _meant(values, "mobile")}:
        if phone.startswith("+") and len(phone) > SHORTEST_PHONE_DIGITS:
            claims |= {("phone_first", f"{phone}|{first}")} if first else set()
            claims |= {("phone_last", f"{phone}|{last}")} if last else set()
    if first and last and company:
        claims |= {("name_company", f"{first}|{last}|{folded}") for folded in (fold_company(company), _fold_plainly(company)) if folded}
    return tuple(IdentityKey(kind, digest(kind, value)) for kind, value in sorted(claims))


def absurdities(values: Mapping[str, Value]) -> dict[str, str]:
    """Name the fields whose values nobody means, each with the rule that says so."""
    absurd = in_force().absurd
    found = {name: absurd.find(name, value.value) for name, value in values.items()}
    return {name: rule for name, rule in found.items() if rule is not None}


def _meant(values: Mapping[str, Value], name: str) -> str:
    """A value as text; '' where there is none, or an absurd one."""
    value = values.get(name)
    text = str(value.value) if value is not None and value.value is not None else ""
    return "" if not text or in_force().absurd.find(name, text) else text


_FIRST_FORMS = frozenset(
    "ab ag as bv co corp corporation gmbh inc kg limited llc llp lp ltd nv oy plc pty sa sarl sas se spa srl ug".split()  # noqa: SIM905
)


def _fold_plainly(text: str) -> str:
    """Fold a company's name as databases of before hold it: without the commonest forms, wherever they stand."""
    words = _PUNCTUATION.sub("", text.casefold()).split()
    return fold(" ".join([word for word in words if word not in _FIRST_FORMS] or words))
