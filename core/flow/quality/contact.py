"""E-mail addresses, phone numbers, names of people, domains and web addresses."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from core.flow.quality.canonical import Normalised, clean
from core.flow.quality.in_force import in_force

_PLAIN_LOCAL = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_WORD = re.compile(r"[^\W\d_]+")
_SCHEME = re.compile(r"^[a-z][a-z0-9+.-]*://")
_HOST = re.compile(r"[^\s.]+(\.[^\s.]+)+")
_WEB = re.compile(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", re.IGNORECASE)
_LABEL = re.compile(r"^(?:tel(?:efon|ephone|\.)?|phone|mobile?|mobil|handy|cell|fon|t|m|p)\s*[.:]+\s*", re.IGNORECASE)
_BETWEEN_NUMBERS = re.compile(
    r"[;,|\n]|\s/\s|\s+(?:or|oder|ou|and|und|et|o|y|e|bzw\.?)\s+|/(?=\s*(?:\+|00))|(?<=\d)\s+(?=\+)", re.IGNORECASE
)
"""What stands between two numbers; a lone slash is one of a German number's own."""

_BETWEEN_ADDRESSES = re.compile(r"[;,|\s]+|/(?=[^/@]+@)")
_LONGEST_ADDRESSES, _MOST_ADDRESSES = 500, 5
"""Characters and addresses of a field of which the first is taken; more than that is nobody's address."""

_SHORTEST_PHONE, _LONGEST_PHONE = 6, 250
"""Digits of a number of its own, and characters of a field in which a second one is looked for."""

_PASSES = 4
"""How often a canonical form may need to be read again until it stays: numbers with doubled prefixes, odd capitals."""


@lru_cache(maxsize=20_000)
def email(text: str) -> Normalised:
    """Read an address as people paste it, with its name or `mailto:`; canonical is lower case. Of two in one field the first is taken."""
    found = _address(text)
    if found.problem is None or text.count("@") < 2 or len(text) > _LONGEST_ADDRESSES:
        return found
    parts = [part for part in _BETWEEN_ADDRESSES.split(text) if "@" in part]
    first = _address(parts[0]) if 1 < len(parts) <= _MOST_ADDRESSES else found
    return Normalised(first.value, note=f"first of {len(parts)} addresses") if first.problem is None else found


def _address(text: str) -> Normalised:
    address = text.strip("<>;, ")
    while address[:7].casefold() == "mailto:":
        address = address[7:].strip("<>;, ")
    if "<" in address:
        address = address[address.rindex("<") + 1 :]
    local, _, domain = address.rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and _is_plain_domain(domain):
        return Normalised(address.lower())
    return _checked_address(text, address)


def _checked_address(text: str, address: str) -> Normalised:
    from email_validator import EmailNotValidError, validate_email  # loads idna: only when a record has an odd address

    for _ in range(_PASSES):
        try:
            found = clean(validate_email(address, check_deliverability=False, test_environment=True).normalized.lower())
        except EmailNotValidError as error:
            return Normalised(text, f"is not an e-mail address: {str(error).rstrip('.')}")
        except UnicodeError:  # half of a surrogate pair
            break
        if found == address:
            return Normalised(found)
        address = found
    return Normalised(text, "is not an e-mail address: it has characters that have no lower case of their own")


@lru_cache(maxsize=20_000)
def _is_plain_domain(domain: str) -> bool:
    """Whether the domain is sound as it stands, so that only what comes before it is left to be looked at."""
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(f"{'x' * 64}@{domain}", check_deliverability=False, test_environment=True)
    except (EmailNotValidError, UnicodeError):
        return False
    return checked.domain == domain.lower()


def phone(text: str, country: str | None) -> Normalised:
    """Bring a number into E.164; without a country code, the record's country gives it, else the installation's.

    Of two numbers in one field the first is taken. An extension is left out: E.164 has none. Numbers are remembered as they
    came, since a switchboard comes again and again.
    """
    return _phone(text, country or in_force().region)


@lru_cache(maxsize=20_000)
def _phone(text: str, country: str | None) -> Normalised:
    found = _dialled(text, country)
    if found.problem is None or len(text) > _LONGEST_PHONE:
        return found
    firsts = [part for part in _BETWEEN_NUMBERS.split(text) if sum(map(str.isdecimal, part)) >= _SHORTEST_PHONE]
    if len(firsts) < 2:
        return found
    first = _dialled(firsts[0].strip(), country)
    return Normalised(first.value, note=f"first of {len(firsts)} numbers") if first.problem is None else found


def _dialled(text: str, country: str | None) -> Normalised:
    import phonenumbers  # 3 MiB of numbering plans: only when a record has a number

    found = _LABEL.sub("", text.removeprefix("tel:")) or text
    if country is None and found.startswith("00"):
        found = f"+{found[2:]}"  # almost everywhere the way out of a country; nothing else can be meant without one
    for _ in range(_PASSES):
        try:
            number = phonenumbers.parse(found, country)
        except phonenumbers.NumberParseException:
            return Normalised(
                text, "is not a phone number that can be dialled from everywhere (no country code, and no country to take it from)"
            )
        if not phonenumbers.is_possible_number(number):
            break
        dialled = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
        if dialled == found or _is_stable(number.country_code or 0, dialled):
            return Normalised(dialled)
        found = dialled
    return Normalised(text, "has the wrong number of digits for a phone number")


def _is_stable(code: int, dialled: str) -> bool:
    """Whether reading a canonical number again could take nothing more off it: most numbers need not be read twice to know."""
    prefix = _national_prefix(code)
    return prefix is not None and prefix.match(dialled, len(str(code)) + 1) is None


@cache
def _national_prefix(code: int) -> re.Pattern[str] | None:
    """What is taken off a number of this country; None where that is not known."""
    import phonenumbers

    plan = phonenumbers.PhoneMetadata.metadata_for_region_or_calling_code(code, phonenumbers.region_code_for_country_code(code))
    return re.compile(plan.national_prefix_for_parsing or r"(?!)") if plan is not None else None


def person_name(text: str) -> Normalised:
    """Give a name that was shouted, or typed without capitals, its capitals; leave every other as it is."""
    if (text.isupper() and len(text) > 3) or (text.islower() and text.isascii()):
        text = clean(_WORD.sub(lambda word: word.group().capitalize(), text))
    return Normalised(text)


def domain(text: str) -> Normalised:
    """Take the host out of whatever names one: a web address, an e-mail address, a host with `www.`."""
    host = clean(_SCHEME.sub("", text.lower()).split("/")[0].split("@")[-1].split(":")[0]).strip(".")
    while host.startswith("www.") and "." in host[4:]:
        host = host[4:].strip(".")
    if not _HOST.fullmatch(host) or host.lower() != host:
        return Normalised(text, "is not a domain name")
    return Normalised(host)


def url(text: str) -> Normalised:
    """Give a web address its scheme; nothing else is changed, since servers may tell capitals apart."""
    address = text if text[:8].casefold().startswith(("http://", "https://")) else f"https://{text}"
    return Normalised(address) if _WEB.fullmatch(address) else Normalised(text, "is not a web address")
