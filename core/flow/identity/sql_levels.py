"""The comparisons as SQL, for many records at once: the same levels as `levels.py`, which a test holds them to.

DuckDB's words: its Jaro-Winkler similarity and its edit distance give what RapidFuzz gives on plain letters. Two edits that
overlap count differently, but only a distance of at most one is asked for.
"""

from __future__ import annotations

from collections.abc import Mapping

from core.flow.identity.levels import CLOSE, SHORTEST_PART, SIMILAR, is_named
from core.flow.identity.profile import Profile
from core.flow.quality.person import nicknames

TEXTS = (
    "given", "middle", "family", "suffix", "box", "email_local", "email_domain", "company", "domain", "street", "house",
    "postal_code", "city", "country", "birth_date",
)  # fmt: skip
LISTS = ("phones", "ids", "short_forms", "middle_words", "family_words")
FLAGS = ("role_email", "named")
"""The columns of a profile that are compared: texts, lists of texts and flags; `named`: the address is made of the name."""

RARITIES: Mapping[str, tuple[str, int]] = {
    "given": ("given", 0),
    "family": ("family", 0),
    "domain": ("work", 0),
    "company": ("work", 1),
    "birth_date": ("birth", 0),
    "postal_code": ("address", 3),
    "city": ("address", 4),
}
"""Whose rarity counts at which level of which comparison."""


def columns_of(profile: Profile) -> dict[str, str | bool | list[str]]:
    """The columns of one profile."""
    found: dict[str, str | bool | list[str]] = {name: getattr(profile, name) for name in TEXTS}
    found |= {
        "phones": list(profile.phones),
        "ids": list(profile.ids),
        "short_forms": sorted(nicknames(profile.given)) if profile.given else [],
        "middle_words": profile.middle.split(),
        "family_words": profile.family.split(),
        "role_email": profile.role_email,
        "named": bool(profile.email_local) and is_named(profile.email_local, profile.given, profile.family),
    }
    return found


def _alike(name: str, other: str | None = None) -> str:
    return f"jaro_winkler_similarity({name}_l, {other or name}_r)"


def _near(one: str, other: str) -> str:
    return f"damerau_levenshtein({one}, {other}) <= 1"


def _unknown(name: str) -> str:
    return f"{name}_l = '' OR {name}_r = ''"


_SWAPPED = (
    f"((given_l = family_r AND given_r <> '' AND family_l <> '' AND jaro_winkler_similarity(family_l, given_r) >= {CLOSE})"
    f" OR (family_l = given_r AND family_l <> '' AND family_r <> '' AND jaro_winkler_similarity(given_l, family_r) >= {CLOSE}))"
)
_INITIAL = "(length({0}_l) = 1 OR length({0}_r) = 1)"
_LONG_WORDS = f"list_filter(family_words_l, lambda word: length(word) >= {SHORTEST_PART})"
_SHARES_WORD = (
    "((len(family_words_l) > 1 OR len(family_words_r) > 1) AND"
    f" (replace(family_l, ' ', '') = replace(family_r, ' ', '') OR list_has_any({_LONG_WORDS}, family_words_r)))"
)
_SAME_NUMBER = (
    "(NOT (x[1] = '+' AND y[1] = '+') AND ends_with(x, right(y, 8)) AND right(x, 8) = right(y, 8))"
)  # fmt: skip


def _any_phones(holds: str) -> str:
    return f"list_bool_or(list_transform(phones_l, lambda x: list_bool_or(list_transform(phones_r, lambda y: {holds}))))"


def _any_ids(holds: str) -> str:
    same_kind = "split_part(x, ':', 1) = split_part(y, ':', 1)"
    return f"list_bool_or(list_transform(ids_l, lambda x: list_bool_or(list_transform(ids_r, lambda y: {same_kind} AND {holds}))))"


_IS_STREET = f"(street_l = street_r OR {_alike('street')} >= {CLOSE})"
_SAME_POSTAL = "(postal_code_l <> '' AND postal_code_l = postal_code_r)"
_SAME_CITY = "(city_l <> '' AND city_l = city_r)"
_IS_THERE = f"({_SAME_POSTAL} OR {_SAME_CITY})"

_MISTYPED = (
    f"(email_domain_l = email_domain_r AND given_l = given_r AND family_l = family_r AND {_near('email_local_l', 'email_local_r')}"
    " AND regexp_replace(email_local_l, '[^0-9]', '', 'g') = regexp_replace(email_local_r, '[^0-9]', '', 'g'))"
)

LEVELS: Mapping[str, str] = {
    "given": f"""CASE WHEN {_unknown("given")} THEN -1 WHEN given_l = given_r THEN 0 WHEN {_SWAPPED} THEN -1
        WHEN list_has_any(short_forms_l, short_forms_r) THEN 1
        WHEN {_INITIAL.format("given")} THEN CASE WHEN given_l[1] = given_r[1] THEN 2 ELSE 6 END
        WHEN list_contains(middle_words_r, given_l) OR list_contains(middle_words_l, given_r) THEN 3
        WHEN {_alike("given")} >= {CLOSE} THEN 4 WHEN {_alike("given")} >= {SIMILAR} THEN 5 ELSE 6 END""",
    "family": f"""CASE WHEN {_unknown("family")} THEN -1 WHEN family_l = family_r THEN 0 WHEN {_alike("family")} >= {CLOSE} THEN 1
        WHEN {_SWAPPED} THEN 2 WHEN {_INITIAL.format("family")} THEN CASE WHEN family_l[1] = family_r[1] THEN 3 ELSE 5 END
        WHEN {_SHARES_WORD} THEN 3 WHEN {_alike("family")} >= {SIMILAR} THEN 4 ELSE 5 END""",
    "middle": f"""CASE WHEN {_unknown("middle")} THEN -1 WHEN middle_l = middle_r THEN 0
        WHEN middle_l[1] = middle_r[1] AND {_INITIAL.format("middle")} THEN 1
        WHEN {_alike("middle")} >= {CLOSE} THEN 1 ELSE 2 END""",
    "suffix": f"CASE WHEN {_unknown('suffix')} THEN -1 WHEN suffix_l = suffix_r THEN 0 ELSE 1 END",
    "email": f"""CASE WHEN {_unknown("box")} OR role_email_l OR role_email_r THEN -1 WHEN box_l = box_r THEN 0
        WHEN named_l AND named_r THEN CASE WHEN {_MISTYPED} THEN 2 ELSE 4 END WHEN email_local_l = email_local_r THEN 1
        WHEN email_domain_l = email_domain_r AND {_near("email_local_l", "email_local_r")} THEN 2
        WHEN {_alike("email_local")} >= {CLOSE} THEN 3 ELSE 4 END""",
    "phone": f"""CASE WHEN len(phones_l) = 0 OR len(phones_r) = 0 THEN -1 WHEN list_has_any(phones_l, phones_r) THEN 0
        WHEN {_any_phones(_SAME_NUMBER)} THEN 0 WHEN {_any_phones(_near("x", "y"))} THEN 1 ELSE 2 END""",
    "work": f"""CASE WHEN domain_l <> '' AND domain_l = domain_r THEN 0
        WHEN {_unknown("company")} THEN CASE WHEN {_unknown("domain")} THEN -1 ELSE 3 END
        WHEN company_l = company_r THEN 1
        WHEN least(length(company_l), length(company_r)) >= 5
            AND (starts_with(company_l, company_r) OR starts_with(company_r, company_l)) THEN 2
        WHEN {_alike("company")} >= {CLOSE} THEN 2 ELSE 3 END""",
    "address": f"""CASE WHEN street_l <> '' AND street_r <> '' THEN CASE
            WHEN {_IS_STREET} AND house_l = house_r AND ({_IS_THERE} OR house_l <> '') THEN 0
            WHEN {_IS_STREET} AND ({_IS_THERE} OR house_l = house_r) THEN 1
            WHEN {_IS_THERE} AND house_l = house_r AND house_l <> '' THEN 2
            WHEN {_SAME_POSTAL} THEN 3 WHEN {_SAME_CITY} THEN 4 ELSE 5 END
        WHEN postal_code_l <> '' AND postal_code_r <> '' THEN
            CASE WHEN postal_code_l = postal_code_r THEN 3 WHEN {_SAME_CITY} THEN 4 ELSE 5 END
        WHEN city_l <> '' AND city_r <> '' THEN CASE WHEN city_l = city_r OR {_alike("city")} >= {CLOSE} THEN 4 ELSE 5 END
        ELSE -1 END""",
    "birth": f"""CASE WHEN {_unknown("birth_date")} THEN -1 WHEN birth_date_l = birth_date_r THEN 0
        WHEN {_near("birth_date_l", "birth_date_r")} THEN 1
        WHEN left(birth_date_l, 4) = left(birth_date_r, 4) AND substr(birth_date_l, 6, 2) = substr(birth_date_r, 9)
            AND substr(birth_date_l, 9) = substr(birth_date_r, 6, 2) THEN 1
        ELSE CASE (left(birth_date_l, 4) = left(birth_date_r, 4))::INT
            + (substr(birth_date_l, 6, 2) = substr(birth_date_r, 6, 2))::INT + (substr(birth_date_l, 9) = substr(birth_date_r, 9))::INT
            WHEN 2 THEN 2 WHEN 1 THEN 3 ELSE 4 END END""",
    "id": f"""CASE WHEN len(ids_l) = 0 OR len(ids_r) = 0 THEN -1 WHEN list_has_any(ids_l, ids_r) THEN 0
        WHEN {_any_ids(_near("x", "y"))} THEN 1 WHEN {_any_ids("true")} THEN 2 ELSE -1 END""",
    "country": f"CASE WHEN {_unknown('country')} THEN -1 WHEN country_l = country_r THEN 0 ELSE 1 END",
}
"""Each comparison as one expression over the columns of a left and a right record; -1 where a side does not say."""
