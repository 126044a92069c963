"""Deterministic keys: whoever shares one is the same person. A phone alone is no identity, a role address neither."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping

from core.model.records import IdentityKey, Value
from core.model.vocabulary import Subject

ROLE_NAMES = frozenset(
    """
    abuse accounting accounts admin administrator billing bonjour buchhaltung business careers contact contacto contato
    customerservice dataprotection datenschutz einkauf enquiries events feedback finance general hello help helpdesk hi
    hostmaster hr info information inquiries invoices it jobs kontakt legal mail mailbox marketing media news newsletter
    no-reply noreply office order orders personal postmaster pr press privacy purchasing recruiting reception root sales
    security service shop support team vertrieb verwaltung webmaster welcome
    """.split()  # noqa: SIM905 - a list of 70 quoted words reads worse
)
_LEGAL_FORMS = frozenset(
    "ab ag as bv co corp corporation gmbh inc kg limited llc llp lp ltd nv oy plc pty sa sarl sas se spa srl ug".split()  # noqa: SIM905
)

STRENGTH = ("email", "domain", "role_email_name", "phone_first", "phone_last", "name_company", "account_name")
"""The kinds of keys, the one that says most of who somebody is first."""
SHORTEST_PHONE_DIGITS = 8
"""With the country code; shorter ones are desks' extensions and what people type to get past a form."""

_SEPARATORS = re.compile(r"[\W_]+")
_PUNCTUATION = re.compile(r"[^\w\s]")

Digest = Callable[[str, str], bytes]


def fold(text: str) -> str:
    """Reduce a name to what two spellings of it share: no case, accents, punctuation or spaces."""
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(c for c in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(c)).replace("ß", "ss")
    return plain if plain.isalnum() else _SEPARATORS.sub("", plain)


def fold_company(text: str) -> str:
    """Fold a company name without its legal form; a name that is nothing else stays whole."""
    words = _PUNCTUATION.sub("", text.casefold()).split()
    kept = [word for word in words if word not in _LEGAL_FORMS]
    return fold(" ".join(kept or words))


def is_role_address(email: str) -> bool:
    """Whether an address belongs to a desk rather than to a person (info@, sales@)."""
    return email.partition("@")[0].partition("+")[0] in ROLE_NAMES


def keys_of(subject: Subject, values: Mapping[str, Value], digest: Digest) -> tuple[IdentityKey, ...]:
    """Derive the keys of a golden record of this kind from its canonical values."""
    return (lead_keys if subject is Subject.LEAD else account_keys)(values, digest)


def strength(key: IdentityKey) -> int:
    """The place of a key among the kinds, the strongest first; kinds that are not listed come last."""
    return STRENGTH.index(key.kind) if key.kind in STRENGTH else len(STRENGTH)


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
