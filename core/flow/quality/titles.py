"""Job titles: how senior somebody is and what they work on, in several languages."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache, lru_cache
from re import Pattern, compile

from core.flow.quality.folding import latin
from core.flow.quality.job_words import FUNCTIONS, SENIORITY


class Seniority(StrEnum):
    """How senior a job is, the highest first."""

    C_LEVEL = "c_level"
    VP = "vp"
    DIRECTOR = "director"
    HEAD = "head"
    MANAGER = "manager"
    SENIOR = "senior"
    STAFF = "staff"
    ENTRY = "entry"
    INTERN = "intern"


class JobFunction(StrEnum):
    """What a job is about."""

    EXECUTIVE = "executive"
    PROCUREMENT = "procurement"
    LEGAL = "legal"
    HR = "hr"
    FINANCE = "finance"
    MARKETING = "marketing"
    SALES = "sales"
    SUPPORT = "support"
    IT = "it"
    ENGINEERING = "engineering"
    PRODUCT = "product"
    OPERATIONS = "operations"
    DESIGN = "design"
    RESEARCH = "research"
    EDUCATION = "education"
    HEALTH = "health"
    ADMINISTRATION = "administration"
    CONSULTING = "consulting"


@dataclass(frozen=True, slots=True)
class Job:
    """What a title tells; None where it does not. Who names a trade and no rank is `STAFF`."""

    seniority: Seniority | None
    function: JobFunction | None


_LONGEST = 300
"""Characters of a title that are looked at."""

_NOTHING = Job(None, None)


@lru_cache(maxsize=20_000)
def job(title: str) -> Job:
    """Tell seniority and function of a title in English, German, French, Spanish, Italian, Dutch or Portuguese. Never raises."""
    words = " ".join(_split().sub(" ", latin(title[:_LONGEST])).split())
    words = _owned().sub(r"\1", words)
    if not words:
        return _NOTHING
    function = next((each for each, pattern in _job_functions() if pattern.search(words)), None)
    return Job(_seniority(words, function), function)


def _seniority(words: str, function: JobFunction | None) -> Seniority | None:
    if _assistant().search(words):
        return Seniority.STAFF
    found = [each for each, pattern in _seniorities() if pattern.search(words)]
    if Seniority.VP in found and Seniority.C_LEVEL in found:
        found.remove(Seniority.C_LEVEL)  # a vice president is no president
    if Seniority.INTERN in found or not found:
        return Seniority.INTERN if found else (Seniority.STAFF if function else None)
    return found[0]


@cache
def _assistant() -> Pattern[str]:
    """Whoever assists somebody has that person's rank in the title."""
    return compile(
        r"\b(assistant|assistante|assistentin|assistenz|assistent|asistente|assistente|secretary|sekretarin|pa|referentin|referent) "
        r"(to|of|de|der|des|du|di|da|do|van|al|a|to the|la|le)\b|\w*assistenz\b|^(executive|personal) assistant\b"
    )


@cache
def _seniorities() -> list[tuple[Seniority, Pattern[str]]]:
    return [(Seniority(name), pattern) for name, pattern in _table(SENIORITY)]


@cache
def _job_functions() -> list[tuple[JobFunction, Pattern[str]]]:
    return [(JobFunction(name), pattern) for name, pattern in _table(FUNCTIONS)]


def _table(text: str) -> list[tuple[str, Pattern[str]]]:
    entries = text.replace("\n  ", " ").strip().splitlines()
    return [(name, _pattern(words)) for name, _, words in (entry.partition(": ") for entry in entries)]


@cache
def _owned() -> Pattern[str]:
    """Who owns a product's backlog owns no company."""
    return compile(r"\b(product|process|service|data|system) owner\b")


@cache
def _split() -> Pattern[str]:
    return compile(r"[^\w&]+|_+")


def _pattern(table: str) -> Pattern[str]:
    parts = {word.replace("-", " ").replace("*", r"\w*") for word in table.split()}
    return compile(rf"\b(?:{'|'.join(sorted(parts, key=len, reverse=True))})(?!\w)")
