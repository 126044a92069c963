"""Which account a person works for: what they say of their employer beside the accounts that there are, with a reason. Pure.

The domain says most, then the name, then where both are. Which of several accounts of one company is meant (the group or the
subsidiary) is a rule of the configuration.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz.distance import JaroWinkler

from core.flow.identity.account_rules import AccountRules, Prefers
from core.flow.quality.company import company
from core.flow.quality.domains import is_freemail, registrable
from core.model.ids import GoldenId
from core.model.records import Scalar

CLOSE, ALIKE = 0.93, 0.85
_SHORT_NAME = 5
_HEAD = 5
_INITIALS = 3
_ACRONYM = range(3, 6)
_SHORT_NAME_COSTS = 0.1
_LEVEL_WITH = 0.02
"""Two accounts whose confidence differs by less are told apart by place and by the rule for groups, not by the number."""


class Name(StrEnum):
    """How two company names compare, without their legal forms."""

    SAME = "same"
    CLOSE = "close"
    ALIKE = "alike"
    NONE = "none"
    OTHER = "other"


class Site(StrEnum):
    """How two domains compare: the same host, the same registrable domain, nothing to compare, different companies' domains."""

    HOST = "host"
    GROUP = "group"
    NONE = "none"
    OTHER = "other"


class Where(StrEnum):
    """How two places compare."""

    PLACE = "place"
    COUNTRY = "country"
    NONE = "none"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Firm:
    """A company as a person or an account tells it. `host` and `site` are empty for freemail; `name` is folded."""

    name: str = ""
    words: tuple[str, ...] = ()
    host: str = ""
    site: str = ""
    country: str = ""
    city: str = ""
    postal_code: str = ""

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is told by which a company could be known."""
        return not self.name and not self.site


@dataclass(frozen=True, slots=True)
class Employment:
    """The account that fits best: how sure that is, and by what. `sure`: it may be taken without asking.

    `rival` is another account that fits as well; then nothing is sure.
    """

    account: GoldenId
    confidence: float
    name: Name
    site: Site
    where: Where
    sure: bool
    rival: GoldenId | None = None

    @property
    def reason(self) -> str:
        """By what the account was found, in a few words."""
        return reason_of(self.name, self.site, self.where)


_BY_DOMAIN: Mapping[Site, Mapping[Name, float]] = {
    Site.HOST: {Name.SAME: 0.99, Name.CLOSE: 0.99, Name.ALIKE: 0.97, Name.NONE: 0.95, Name.OTHER: 0.88},
    Site.GROUP: {Name.SAME: 0.97, Name.CLOSE: 0.97, Name.ALIKE: 0.93, Name.NONE: 0.88, Name.OTHER: 0.75},
}
_BY_NAME: Mapping[tuple[Site, Name], Mapping[Where, float]] = {
    (Site.NONE, Name.SAME): {Where.PLACE: 0.95, Where.COUNTRY: 0.91, Where.NONE: 0.86, Where.OTHER: 0.6},
    (Site.NONE, Name.CLOSE): {Where.PLACE: 0.88, Where.COUNTRY: 0.78, Where.NONE: 0.7, Where.OTHER: 0.45},
    (Site.NONE, Name.ALIKE): {Where.PLACE: 0.65, Where.COUNTRY: 0.5, Where.NONE: 0.4, Where.OTHER: 0.2},
    (Site.OTHER, Name.SAME): {Where.PLACE: 0.87, Where.COUNTRY: 0.76, Where.NONE: 0.65, Where.OTHER: 0.4},
    (Site.OTHER, Name.CLOSE): {Where.PLACE: 0.65, Where.COUNTRY: 0.5, Where.NONE: 0.4, Where.OTHER: 0.2},
}
_NEARNESS = {Where.PLACE: 2, Where.COUNTRY: 1, Where.NONE: 0, Where.OTHER: -1}
_WORDS_OF_NAME = {Name.SAME: "the same name", Name.CLOSE: "nearly the same name", Name.ALIKE: "a similar name"}
_WORDS_OF_SITE = {Site.HOST: "the same domain", Site.GROUP: "a domain of the same company"}
_WORDS_OF_PLACE = {Where.PLACE: "the same place", Where.COUNTRY: "the same country", Where.OTHER: "but another country"}


def employer_of(values: Mapping[str, Scalar]) -> Firm:
    """What a person's values say of the employer: the domain they name, else that of their address unless it is freemail."""
    return _firm(values, "company", _text(values, "domain") or _text(values, "email").rpartition("@")[2])


def firm_of(values: Mapping[str, Scalar]) -> Firm:
    """What an account's values say of the company."""
    return _firm(values, "name", _text(values, "domain"))


def _firm(values: Mapping[str, Scalar], name_field: str, host: str) -> Firm:
    host = host.casefold()
    site = "" if not host or is_freemail(host) else registrable(host) or ""
    name = _text(values, name_field)
    return Firm(
        name=company(name).name if name else "",
        words=tuple(company(name).name.split()) if name else (),
        host=host if site else "",
        site=site,
        country=_text(values, "country"),
        city=_text(values, "city").casefold(),
        postal_code=_text(values, "postal_code").casefold(),
    )


def _text(values: Mapping[str, Scalar], name: str) -> str:
    value = values.get(name)
    return "" if value is None else str(value).strip()


def finding_keys(firm: Firm) -> tuple[tuple[str, str], ...]:
    """The keys by which a company is looked up among many: whoever may be the same shares one of them with it."""
    initials = "".join(word[0] for word in firm.words if word[0].isalnum())
    keys = [("site", firm.site), ("name", firm.name), ("head", firm.name[:_HEAD] if len(firm.name) >= _HEAD else "")]
    keys += [("initials", initials if len(initials) >= _INITIALS else ""), ("initials", firm.name if len(firm.name) in _ACRONYM else "")]
    return tuple(dict.fromkeys((kind, text) for kind, text in keys if text))


def find_employer(person: Firm, accounts: Mapping[GoldenId, Firm], rules: AccountRules) -> Employment | None:
    """Choose the account that fits best; None where none fits well enough to ask about.

    The result does not depend on the order of the accounts. Two that fit equally well, and that neither place nor the rule
    for groups tells apart, are a question for a person.
    """
    if person.is_nothing:
        return None
    found = [each for account in sorted(accounts) if (each := _compared(person, account, accounts[account])).confidence >= rules.review_at]
    if not found:
        return None
    top = max(each.confidence for each in found)
    level = [each for each in found if top - each.confidence < _LEVEL_WITH]
    level.sort(key=lambda each: _standing(each, accounts, rules), reverse=True)
    best = level[0]
    is_tied = len(level) > 1 and _standing(best, accounts, rules) == _standing(level[1], accounts, rules)
    needed = rules.at if person.site else rules.freemail_at
    return Employment(
        best.account,
        best.confidence,
        best.name,
        best.site,
        best.where,
        sure=best.confidence >= needed and not is_tied,
        rival=level[1].account if is_tied else None,
    )


def _standing(each: Employment, accounts: Mapping[GoldenId, Firm], rules: AccountRules) -> tuple[int, ...]:
    """Who stands before whom among accounts that fit alike: by the rule for groups, then by place."""
    firm = accounts[each.account]
    is_top = firm.host == firm.site != ""
    if rules.prefers is Prefers.PARENT:
        return (int(is_top), _NEARNESS[each.where])
    return (int(each.site is Site.HOST), _NEARNESS[each.where])


def _compared(person: Firm, account: GoldenId, firm: Firm) -> Employment:
    name, site, where = compare_names(person, firm), _compare_sites(person, firm), _compare_places(person, firm)
    if site in _BY_DOMAIN:
        confidence = _BY_DOMAIN[site][name]
    else:
        confidence = _BY_NAME.get((site, name), {}).get(where, 0.0)
        if len(person.name) <= _SHORT_NAME and where is not Where.PLACE:
            confidence = max(0.0, confidence - _SHORT_NAME_COSTS)
    return Employment(account, round(confidence, 3), name, site, where, sure=False)


def compare_names(one: Firm, other: Firm) -> Name:
    """Compare two names without legal forms: spelling, words left out, initials."""
    if not one.name or not other.name:
        return Name.NONE
    if one.name == other.name:
        return Name.SAME
    likeness = JaroWinkler.normalized_similarity(one.name, other.name)
    if likeness >= CLOSE or _is_part(one.words, other.words):
        return Name.CLOSE
    if likeness >= ALIKE or _is_initials(one, other) or _is_initials(other, one):
        return Name.ALIKE
    return Name.OTHER


def _is_part(one: Sequence[str], other: Sequence[str]) -> bool:
    """Whether the words of one begin the other, two of them at least."""
    short, long = sorted((one, other), key=len)
    return len(short) >= 2 and tuple(long[: len(short)]) == tuple(short)


def _is_initials(short: Firm, long: Firm) -> bool:
    initials = "".join(word[0] for word in long.words if word[0].isalnum())
    return len(short.name) >= 3 and initials.startswith(short.name) and len(initials) - len(short.name) <= 1


def _compare_sites(one: Firm, other: Firm) -> Site:
    if not one.site or not other.site:
        return Site.NONE
    if one.host == other.host:
        return Site.HOST
    return Site.GROUP if one.site == other.site else Site.OTHER


def _compare_places(one: Firm, other: Firm) -> Where:
    if one.country and other.country and one.country != other.country:
        return Where.OTHER
    if (one.postal_code and one.postal_code == other.postal_code) or (one.city and one.city == other.city):
        return Where.PLACE
    return Where.COUNTRY if one.country and one.country == other.country else Where.NONE


def reason_of(name: Name, site: Site, where: Where) -> str:
    """Say by what an account was found."""
    told = [_WORDS_OF_SITE.get(site, ""), _WORDS_OF_NAME.get(name, ""), _WORDS_OF_PLACE.get(where, "")]
    said = [words for words in told if words]
    if site is Site.OTHER:
        said.append("but another domain")
    if name is Name.OTHER:
        said.append("but another name")
    return ", ".join(said)
