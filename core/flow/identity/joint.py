"""Agreements that come together: an address is made of the name, a household shares its phone. Each gets a weight of its own."""

from __future__ import annotations

from functools import lru_cache

from core.flow.identity.levels import INDEX, Pattern

_GIVEN, _FAMILY, _EMAIL, _PHONE, _WORK, _ADDRESS, _BIRTH, _SUFFIX = (
    INDEX[name] for name in ("given", "family", "email", "phone", "work", "address", "birth", "suffix")
)
_BOX, _LOCAL, _TYPO, _SIMILAR_MAIL, _OTHER_MAIL = range(5)
_CLOSE_GIVEN, _SIMILAR_GIVEN, _OTHER_GIVEN = 4, 5, 6
_OTHER_FAMILY = 5
_OTHER_BIRTH = 4
"""The level of birth dates that agree in neither day nor month nor year."""

NAMES = "names"
"""First and last name agree: they go together by language, so that both say less than the two of them alone."""

JOINTS = {
    NAMES: "first and last names go together by language",
    "mail_of_name": "the address is made of the name",
    "mail_other_name": "same mailbox, other first name",
    "mail_at_work": "the address is the company's",
    "phone_other_name": "a phone that several people share",
    "phone_at_work": "a phone of the company",
    "house_other_name": "a house where several people live",
    "household": "a household: one address and phone, other first name",
    "father_and_son": "one name in one house or at one phone, but not one person: another generation",
    "namesake_at_work": "same name and company, other address",
    "family_other_name": "same last name, other first name",
}
"""Every joint agreement with the words a person reads."""

RULES = {"household": -4.0, "father_and_son": -18.0}
"""Weights that are set by rule, in bits: these cases are too few in any records to learn how misleading they are."""


@lru_cache(maxsize=200_000)
def joints_of(pattern: Pattern) -> tuple[str, ...]:
    """Name the joint agreements of a pattern."""
    given, family, email, phone = pattern[_GIVEN], pattern[_FAMILY], pattern[_EMAIL], pattern[_PHONE]
    is_given, is_family = 0 <= given <= _CLOSE_GIVEN, 0 <= family <= _OTHER_FAMILY - 2
    is_work, is_house = pattern[_WORK] in (0, 1, 2), pattern[_ADDRESS] == 0
    is_named = is_given and is_family
    found = (
        (NAMES, given == 0 and family == 0),
        ("mail_of_name", 0 <= email <= _SIMILAR_MAIL and is_named),
        ("mail_other_name", email == _BOX and given == _OTHER_GIVEN),
        ("mail_at_work", email in (_BOX, _TYPO, _SIMILAR_MAIL) and is_work),
        ("phone_other_name", phone == 0 and given in (_SIMILAR_GIVEN, _OTHER_GIVEN)),
        ("phone_at_work", phone == 0 and is_work),
        ("house_other_name", is_house and given in (_SIMILAR_GIVEN, _OTHER_GIVEN)),
        ("household", is_house and phone == 0 and given in (_SIMILAR_GIVEN, _OTHER_GIVEN)),
        ("father_and_son", is_named and (is_house or phone == 0) and (pattern[_SUFFIX] == 1 or pattern[_BIRTH] == _OTHER_BIRTH)),
        ("namesake_at_work", is_named and is_work and email == _OTHER_MAIL),
        ("family_other_name", family == 0 and given == _OTHER_GIVEN),
    )
    return tuple(name for name, holds in found if holds)
