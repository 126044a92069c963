"""One normaliser per kind: raw text to canonical value, or a reason in an admin's words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import lru_cache

from core.flow.quality.country import country_code
from core.model.records import Scalar
from core.model.vocabulary import Kind

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"), None)
_TRUE = frozenset({"1", "true", "yes", "y", "on", "ja", "j", "oui", "si", "sí", "x", "checked", "wahr", "vrai"})
_FALSE = frozenset({"0", "false", "no", "n", "off", "nein", "non", "falsch", "faux", "unchecked"})
_DATE_FORMATS = ("%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%d %B %Y", "%B %d, %Y", "%d %b %Y", "%b %d, %Y")
_DATETIME_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y %H:%M:%S", "%d.%m.%Y %H:%M")
_PLAIN_LOCAL = re.compile(r"(?=.{1,64}\Z)[A-Za-z0-9_+-]+(\.[A-Za-z0-9_+-]+)*")
_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})\Z")


@dataclass(frozen=True, slots=True)
class Normalised:
    """A canonical value; with `problem`, the value is as it came and cannot be used as its kind."""

    value: Scalar
    problem: str | None = None


def clean(text: str) -> str:
    """Compose characters, drop invisible ones, fold runs of white space; safe for every kind."""
    return " ".join(unicodedata.normalize("NFC", text).translate(_INVISIBLE).replace("\x00", "").split())


def normalise(kind: Kind, raw: Scalar, *, country: str | None = None) -> Normalised:
    """Bring a value into its kind's canonical form; `country` (ISO 3166 alpha-2) helps phone numbers.

    None and text without content give None.
    """
    if raw is None:
        return Normalised(None)
    text = clean(str(raw)) if kind is not Kind.TEXT else unicodedata.normalize("NFC", str(raw)).strip()
    if not text:
        return Normalised(None)
    if kind is Kind.PHONE:
        return _phone(text, country)
    return _BY_KIND[kind](raw if isinstance(raw, bool) else text)


def _text(raw: Scalar) -> Normalised:
    return Normalised(raw if isinstance(raw, str) else str(raw))


@lru_cache(maxsize=20_000)
def _email_text(text: str) -> Normalised:
    from email_validator import EmailNotValidError, validate_email  # loads idna: only when a record has an address

    address = text.removeprefix("mailto:").removeprefix("MAILTO:").strip("<>;, ")
    if "<" in address and address.endswith(">"):
        address = address[address.rindex("<") + 1 : -1]
    elif "<" in address:
        address = address[address.rindex("<") + 1 :]
    local, _, domain = address.rpartition("@")
    if _PLAIN_LOCAL.fullmatch(local) and _is_plain_domain(domain):
        return Normalised(address.lower())
    try:
        checked = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        return Normalised(text, f"is not an e-mail address: {str(error).rstrip('.')}")
    return Normalised(checked.normalized.lower())


@lru_cache(maxsize=20_000)
def _is_plain_domain(domain: str) -> bool:
    """Whether the domain is sound as it stands, so that only what comes before it is left to be looked at."""
    from email_validator import EmailNotValidError, validate_email

    try:
        checked = validate_email(f"{'x' * 64}@{domain}", check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return checked.domain == domain.lower()


def _email(raw: Scalar) -> Normalised:
    return _email_text(str(raw))


@lru_cache(maxsize=20_000)
def _phone(text: str, country: str | None) -> Normalised:
    import phonenumbers  # 3 MiB of numbering plans: only when a record has a number

    try:
        number = phonenumbers.parse(text.removeprefix("tel:"), country)
    except phonenumbers.NumberParseException:
        return Normalised(
            text, "is not a phone number that can be dialled from everywhere (no country code, and no country to take it from)"
        )
    if not phonenumbers.is_possible_number(number):
        return Normalised(text, "has the wrong number of digits for a phone number")
    return Normalised(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _person_name(raw: Scalar) -> Normalised:
    text = str(raw)
    if (text.isupper() and len(text) > 3) or (text.islower() and text.isascii()):
        text = re.sub(r"[^\W\d_]+", lambda word: word.group().capitalize(), text)
    return Normalised(text)


def _domain(raw: Scalar) -> Normalised:
    host = re.sub(r"^[a-z][a-z0-9+.-]*://", "", str(raw).lower()).split("/")[0].split("@")[-1].split(":")[0].removeprefix("www.").strip(".")
    if not re.fullmatch(r"[^\s.]+(\.[^\s.]+)+", host):
        return Normalised(raw, "is not a domain name")
    return Normalised(host)


def _country(raw: Scalar) -> Normalised:
    code = country_code(str(raw))
    return Normalised(code) if code else Normalised(raw, "is not a country that is known by this name")


def _url(raw: Scalar) -> Normalised:
    text = str(raw)
    if not re.match(r"https?://", text, re.IGNORECASE):
        text = f"https://{text}"
    if not re.fullmatch(r"https?://[^\s/]+\.[^\s/]+(/\S*)?", text, re.IGNORECASE):
        return Normalised(raw, "is not a web address")
    return Normalised(text)


def _number(raw: Scalar) -> Normalised:
    text = re.sub(r"[\s'\u00a0]", "", str(raw))
    if re.fullmatch(r"[+-]?\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    elif re.fullmatch(r"[+-]?\d{1,3}(\.\d{3}){2,}(,\d+)?|[+-]?\d{1,3}(\.\d{3})+,\d+", text):
        text = text.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"[+-]?\d+,\d+", text):
        text = text.replace(",", ".")
    if not re.fullmatch(r"[+-]?\d+(\.\d+)?", text):
        return Normalised(raw, "is not a number")
    return Normalised(float(text) if "." in text else int(text))


def _boolean(raw: Scalar) -> Normalised:
    if isinstance(raw, bool):
        return Normalised(raw)
    word = str(raw).casefold()
    if word in _TRUE:
        return Normalised(True)
    if word in _FALSE:
        return Normalised(False)
    return Normalised(raw, "is neither yes nor no")


def _datetime(raw: Scalar) -> Normalised:
    text = str(raw)
    if re.fullmatch(r"\d{10}|\d{13}", text):
        return Normalised(datetime.fromtimestamp(int(text[:10]), UTC).isoformat())
    found = _iso(text) or _by_format(text)
    if found is None and (parts := _SLASHED.match(text)):
        return _slashed(text, int(parts[1]), int(parts[2]), int(parts[3]))
    if found is None:
        return Normalised(raw, "is not a date that is understood; write it as 2026-01-31")
    return Normalised(found)


def _iso(text: str) -> str | None:
    try:
        if len(text) == 10:
            return date.fromisoformat(text).isoformat()
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC).isoformat()


def _by_format(text: str) -> str | None:
    for form in (*_DATE_FORMATS, *_DATETIME_FORMATS):
        try:
            moment = datetime.strptime(text, form).replace(tzinfo=UTC)
        except ValueError:
            continue
        return moment.isoformat() if form in _DATETIME_FORMATS else moment.date().isoformat()
    return None


def _slashed(text: str, first: int, second: int, year: int) -> Normalised:
    """Read 31/01/2026 and 01/31/2026 where only one order is possible; refuse 01/02/2026."""
    if first <= 12 and second <= 12 and first != second:
        return Normalised(text, "is ambiguous: day and month cannot be told apart; write it as 2026-01-31")
    day, month = (first, second) if second <= 12 else (second, first)
    try:
        return Normalised(date(year, month, day).isoformat())
    except ValueError:
        return Normalised(text, "is not a date that exists")


_BY_KIND: dict[Kind, Callable[[Scalar], Normalised]] = {
    Kind.TEXT: _text,
    Kind.EMAIL: _email,
    Kind.PERSON_NAME: _person_name,
    Kind.COMPANY: _text,
    Kind.DOMAIN: _domain,
    Kind.COUNTRY: _country,
    Kind.URL: _url,
    Kind.NUMBER: _number,
    Kind.BOOLEAN: _boolean,
    Kind.DATETIME: _datetime,
}
