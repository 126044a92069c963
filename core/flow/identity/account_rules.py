"""The settings of lead-to-account matching, in a place that costs nothing to load."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Prefers(StrEnum):
    """Which account is meant where a company has several: the one nearest to the person, or the one at the top."""

    SUBSIDIARY = "subsidiary"
    PARENT = "parent"


@dataclass(frozen=True, slots=True)
class AccountRules:
    """From which confidence a person is tied to an account by itself (`at`; `freemail_at` where only a name tells), from which a
    person is asked (`review_at`), and which of several accounts of a company is meant."""

    at: float = 0.85
    freemail_at: float = 0.9
    review_at: float = 0.6
    prefers: Prefers = Prefers.SUBSIDIARY
