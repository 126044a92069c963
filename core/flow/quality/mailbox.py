"""What an e-mail address tells: which mailbox it reaches, by its provider's rules, and what sort of address it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

from core.flow.quality.disposable import DISPOSABLE
from core.flow.quality.domains import is_freemail, registrable
from core.flow.quality.suggestions import suggest

ROLE_NAMES = frozenset(
    """
    abuse accounting accounts admin administrator billing bonjour buchhaltung business careers contact contacto contato
    customerservice dataprotection datenschutz einkauf enquiries events feedback finance general hello help helpdesk hi
    hostmaster hr info information inquiries invoices it jobs kontakt legal mail mailbox marketing media news newsletter
    no-reply noreply office order orders personal postmaster pr press privacy purchasing recruiting reception root sales
    security service shop support team vertrieb verwaltung webmaster welcome
    """.split()  # noqa: SIM905 - a list of 70 quoted words reads worse
)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address and what it tells; `local` and `domain` are its two parts.

    `address` is lower case. `box` is the mailbox that it reaches: two addresses with one box belong to one person. `domain` is
    in its ASCII form (`xn--`). `suggestion` is the address that was probably meant where the domain looks mistyped.
    """

    address: str
    box: str
    local: str
    domain: str
    is_role: bool
    is_disposable: bool
    is_freemail: bool
    suggestion: str | None


def is_role_address(address: str) -> bool:
    """Whether an address belongs to a desk rather than to a person (info@, sales@)."""
    return address.partition("@")[0].partition("+")[0] in ROLE_NAMES


@lru_cache(maxsize=20_000)
def mailbox(address: str) -> Mailbox:
    """Tell what there is to tell about an address in its canonical form; anything else is taken as it stands, and never raises.

    The providers' rules are those that they publish for their own domains. At every other domain an address is its own mailbox.
    """
    plain = address.strip().lower()
    local, _, written = plain.rpartition("@")
    domain = _ascii(written)
    host, rule = _provider(domain)
    box = f"{rule(local) or local}@{host}" if rule else f"{local}@{domain}"
    meant = suggest(domain)
    return Mailbox(
        address=plain,
        box=box if local else plain,
        local=local,
        domain=domain,
        is_role=is_role_address(plain),
        is_disposable=is_disposable(domain),
        is_freemail=is_freemail(domain),
        suggestion=f"{local}@{meant}" if meant and local else None,
    )


def is_disposable(domain: str) -> bool:
    """Whether a domain, or the one it stands below, gives out throw-away mailboxes."""
    return domain in DISPOSABLE or (domain.count(".") > 1 and registrable(domain) in DISPOSABLE)


def _ascii(domain: str) -> str:
    """The form of a domain in which it is looked up; one that has none stays as it is."""
    if domain.isascii():
        return domain
    import idna  # its tables are large: only for a domain that needs them

    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except (UnicodeError, ValueError):
        return domain


_Rule = Callable[[str], str]


def _plus(local: str) -> str:
    return local.partition("+")[0]


def _gmail(local: str) -> str:
    return local.partition("+")[0].replace(".", "")


def _minus(local: str) -> str:
    """Yahoo's disposable addresses: a name of their own, a hyphen, and a word; a plain address has no hyphen."""
    return local.partition("+")[0].partition("-")[0]


def _proton(local: str) -> str:
    return local.partition("+")[0].replace(".", "").replace("-", "").replace("_", "")


def _yandex(local: str) -> str:
    return local.partition("+")[0].replace(".", "-")


_SAME_HOST: Mapping[str, tuple[str, _Rule]] = {
    **dict.fromkeys(("gmail.com", "googlemail.com"), ("gmail.com", _gmail)),
    **dict.fromkeys(("proton.me", "protonmail.com", "protonmail.ch", "pm.me"), ("proton.me", _proton)),
    **dict.fromkeys(("icloud.com", "me.com", "mac.com"), ("icloud.com", _plus)),
    **dict.fromkeys(("yandex.ru", "yandex.com", "yandex.by", "yandex.kz", "yandex.ua", "ya.ru"), ("yandex.ru", _yandex)),
}
"""Providers that give one mailbox under several domains, with the domain that stands for all."""

_PLUS_HOSTS = frozenset(
    """
    fastmail.com fastmail.fm hey.com mail.ru bk.ru list.ru inbox.ru mailbox.org mailfence.com msn.com posteo.at posteo.ch posteo.de
    posteo.net runbox.com windowslive.com zoho.com zoho.eu zohomail.com zohomail.eu
    """.split()  # noqa: SIM905 - as the other lists of domains
)
_PLUS_FAMILIES = ("outlook.", "hotmail.", "live.")
_MINUS_FAMILIES = ("yahoo.", "ymail.", "rocketmail.")


def _provider(domain: str) -> tuple[str, _Rule | None]:
    """The domain that stands for the mailboxes of this one, and how its addresses are read; no rule where none is known."""
    if domain in _SAME_HOST:
        return _SAME_HOST[domain]
    if domain in _PLUS_HOSTS or (domain.startswith(_PLUS_FAMILIES) and is_freemail(domain)):
        return domain, _plus
    if domain.startswith(_MINUS_FAMILIES) and is_freemail(domain):
        return domain, _minus
    return domain, None
