"""Which field of ours and which of an account mean the same: names, labels, common synonyms and kinds compared, each pair with a score."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from core.flow.mapping.remote import RemoteField, RemoteKind
from core.model.vocabulary import FIELDS, Kind, Subject

SURE = 85
"""From this score on a pair is proposed as a line; below it stands behind a #."""
UNSURE = 68
"""Below this score a pair is not worth a look."""

SYNONYMS: Mapping[str, str] = {
    "email": "email emailaddress mail mailaddress emailadresse mailadresse workemail businessemail courriel correo",
    "phone": "phone phonenumber telephone telephonenumber tel telefon telefonnummer businessphone workphone workphonenumber",
    "mobile": "mobile mobilephone mobilenumber mobilephonenumber cell cellphone handy handynummer mobil mobilnummer mobiltelefon",
    "salutation": "salutation anrede civility",
    "first_name": "firstname givenname forename vorname fname prenom nombre",
    "last_name": "lastname surname familyname nachname lname apellido nomdefamille",
    "full_name": "fullname name completename yourname",
    "company": "company companyname organization organisation organizationname firma firmenname unternehmen employer entreprise empresa",
    "domain": "domain companydomain companydomainname websitedomain",
    "job_title": "jobtitle title position jobposition role beruf funktion jobrole berufsbezeichnung",
    "website": "website websiteurl webpage homepage companywebsite webseite internet url",
    "street": "street streetaddress address addressline addressline1 address1 strasse strassehausnummer rue",
    "city": "city town ort stadt locality wohnort ville ciudad",
    "region": "region state province stateprovince stateregion bundesland county kanton",
    "postal_code": "postalcode postcode zip zipcode zippostalcode plz postleitzahl codepostal",
    "country": "country countryregion countryname countrycode land pays pais",
    "language": "language preferredlanguage sprache langue locale",
    "industry": "industry branche sector wirtschaftszweig",
    "employees": "employees numberofemployees numemployees employeecount companysize mitarbeiter mitarbeiterzahl headcount",
    "message": "message comment comments description note notes nachricht bemerkung bemerkungen notiz kommentar yourmessage",
    "source": "source leadsource leadorigin herkunft quelle leadquelle",
    "campaign": "campaign campaignname kampagne event messe",
    "form": "form formname formular",
    "gclid": "gclid googleclickid googleadclickid",
    "fbclid": "fbclid facebookclickid",
    "referrer": "referrer referer referrerurl refererurl",
    "landing_page": "landingpage landingpageurl landingurl",
    "submitted_at": "submittedat submissiontime submissiondate createdtime submitted timestamp",
    "name": "name companyname accountname company organizationname firma firmenname",
}
"""Other words for our fields, in lower case without spaces, in several languages."""

_PREFIXES = ("mailing", "billing", "business", "work", "company", "lead", "contact", "hs", "your")
_FITTING: Mapping[RemoteKind, frozenset[Kind]] = {
    RemoteKind.EMAIL: frozenset({Kind.EMAIL}),
    RemoteKind.PHONE: frozenset({Kind.PHONE}),
    RemoteKind.URL: frozenset({Kind.URL, Kind.DOMAIN}),
    RemoteKind.NUMBER: frozenset({Kind.NUMBER}),
    RemoteKind.MONEY: frozenset({Kind.MONEY, Kind.NUMBER}),
    RemoteKind.BOOLEAN: frozenset({Kind.BOOLEAN}),
    RemoteKind.DATE: frozenset({Kind.DATE, Kind.DATETIME}),
    RemoteKind.DATETIME: frozenset({Kind.DATETIME, Kind.DATE}),
    RemoteKind.REFERENCE: frozenset(),
    RemoteKind.ID: frozenset(),
}
"""Golden kinds that fields of a strict kind can hold; the others hold any."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A field of ours and one of the account that seem to mean the same; `score` of 100, and what speaks for it."""

    golden: str
    field: RemoteField
    score: int
    reason: str

    @property
    def is_sure(self) -> bool:
        """Whether it may stand as a line."""
        return self.score >= SURE


def suggest(subject: Subject, fields: Iterable[RemoteField]) -> tuple[Pair, ...]:
    """Pair fields, each of either side at most once, best first; equal scores in the order of our fields, then of theirs."""
    order = {name: position for position, name in enumerate(FIELDS[subject])}
    listed = list(fields)
    candidates = [pair for field in listed for name, kind in FIELDS[subject].items() if (pair := _pair(name, kind, field)) is not None]
    candidates.sort(key=lambda pair: (-pair.score, order[pair.golden], listed.index(pair.field)))
    chosen: list[Pair] = []
    taken: set[str] = set()
    used: set[str] = set()
    for pair in candidates:
        if pair.golden not in taken and pair.field.name not in used:
            chosen.append(pair)
            taken.add(pair.golden)
            used.add(pair.field.name)
    return tuple(chosen)


def _pair(name: str, kind: Kind, field: RemoteField) -> Pair | None:
    fitting = _FITTING.get(field.kind)
    if fitting is not None and kind not in fitting:
        return None
    score, reason = max((_by_words(name, words, told) for words, told in _spellings(field)), key=lambda found: found[0])
    if fitting:
        score = min(100, score + 3)
    elif kind in (Kind.DATE, Kind.DATETIME, Kind.BOOLEAN) and field.kind is RemoteKind.LONG_TEXT:
        score -= 15
    return Pair(name, field, score, reason) if score >= UNSURE else None


def _spellings(field: RemoteField) -> list[tuple[Sequence[str], str]]:
    """The words of a field: its name, the last part of a path, its label; each with what it is."""
    found = [(words(field.name), "name")]
    if "." in field.name:
        found.append((words(field.name.rpartition(".")[2]), "name"))
    found.append((words(field.label), "label"))
    return [each for each in found if each[0]] or [((field.name,), "name")]


def _by_words(golden: str, spelled: Sequence[str], told: str) -> tuple[int, str]:
    key = "".join(spelled)
    label = 2 if told == "label" else 0
    if key == golden.replace("_", ""):
        return 100 - label, f"the same {told}"
    others = SYNONYMS.get(golden, "").split()
    if key in others:
        return 96 - others.index(key) // 4 - label, f"the {told} is another word for it"
    if len(spelled) > 1 and spelled[0] in _PREFIXES and (rest := "".join(spelled[1:])) and rest in (golden.replace("_", ""), *others):
        return 88 - label, f"the {told} is another word for it, with '{spelled[0]}' before it"
    ratio = fuzz.token_sort_ratio(" ".join(words(golden)), " ".join(spelled))
    return min(SURE - 1, int(ratio)) - label, f"the {told} is similar"


def words(text: str) -> tuple[str, ...]:
    """Cut a name or label into lower-case words: `PostalCode__c`, `postal_code` and `Postal code` give the same."""
    plain = unicodedata.normalize("NFKD", re.sub(r"__[a-z]{1,3}$", "", text).replace("ß", "ss"))
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", plain)
    plain = re.sub(r"\be[\s-]+mail", "email", plain, flags=re.IGNORECASE)
    return tuple(re.findall(r"[a-z0-9]+", plain.casefold()))
