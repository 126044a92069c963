"""What the Graph stand-in knows: pages, forms, leads, tokens, and a mint of ids that needs no chance."""

from __future__ import annotations

import hashlib
from bisect import bisect_right, insort
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from sandbox.meta_graph.refusals import not_found

LEAD_LIFE_SECONDS = 90 * 86_400
"""Leads can be read for 90 days after submission; afterwards a form only counts them."""

APP_ID = "700000000000001"
PAGE_ID = "100000000000001"
FORM_ID = "300000000000001"
PAGE_TOKEN = "sandbox-meta-page-token"
APP_SECRET = "sandbox-meta-app-secret"
VERIFY_TOKEN = "sandbox-meta-verify-token"
SCOPES = frozenset({"leads_retrieval", "pages_manage_metadata", "pages_show_list", "pages_read_engagement", "ads_management"})

_SPREAD = 100_000_000_000_000
_STRIDE = 61_803_398_874_989  # prime to _SPREAD, so that no id comes twice


class Mint:
    """Make ids of 16 digits that look drawn at random, never repeat, and depend on the seed and the count only."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._nodes = 0
        self._traces = 0

    def node_id(self, leading_digit: int) -> str:
        """The next id; kinds of nodes get different leading digits, so they cannot collide."""
        self._nodes += 1
        return f"{leading_digit}{(self._seed * 7_919 + self._nodes * _STRIDE) % _SPREAD:015d}"

    def trace_id(self) -> str:
        """The next trace id, as found in `fbtrace_id`; counted apart, so that reads do not change node ids."""
        self._traces += 1
        return "A" + hashlib.sha256(f"{self._seed}:{self._traces}".encode()).hexdigest()[:22]


@dataclass(slots=True)
class Page:
    """A Facebook Page; `installed_fields` is what the app gets pushed for it, empty until the app is installed."""

    id: str
    name: str
    installed_fields: set[str] = field(default_factory=set)


@dataclass(slots=True)
class Form:
    """An instant form. `questions` are Graph's own objects: key, label, type, id, options."""

    id: str
    page_id: str
    name: str
    questions: list[dict[str, Any]]
    created: int
    status: str = "ACTIVE"
    locale: str = "en_US"
    tracking_parameters: dict[str, str] = field(default_factory=dict)

    def answer_names(self) -> list[str]:
        """The names that an answer may carry: question keys and tracking parameters."""
        return [question["key"] for question in self.questions] + list(self.tracking_parameters)


@dataclass(slots=True)
class Lead:
    """A submitted lead; `created` in Unix seconds (the grain of the API), `facts` are the optional fields as Graph names them."""

    id: str
    form_id: str
    page_id: str
    created: int
    field_data: list[dict[str, Any]]
    facts: dict[str, Any] = field(default_factory=dict)
    is_test: bool = False
    order: int = 0

    @property
    def position(self) -> int:
        """Where it stands on an edge: by time, equal times by arrival."""
        return self.created * 1_000_000_000 + self.order

    def is_expired(self, now: int) -> bool:
        """Whether its 90 days are over."""
        return now >= self.created + LEAD_LIFE_SECONDS


@dataclass(slots=True)
class Token:
    """An access token: which Page it speaks for and what it may do."""

    page_id: str
    scopes: frozenset[str] = SCOPES
    expired: bool = False


@dataclass(slots=True)
class Settings:
    """The dials of `configure`; times in seconds, versions are the N of `vN.0`."""

    current_version: int = 26
    oldest_version: int = 23
    quota_per_lead: int = 4_800
    quota_floor: int = 200
    listing_lag_seconds: float = 0
    reading_lag_seconds: float = 0
    largest_page: int = 500
    changes_per_post: int = 1
    push_delay_seconds: float = 0
    duplicates: int = 0
    disorder: bool = False
    foreign_changes: bool = False


class Graph:
    """All nodes by id."""

    def __init__(self, seed: int) -> None:
        self.mint = Mint(seed)
        self.pages: dict[str, Page] = {}
        self.forms: dict[str, Form] = {}
        self.leads: dict[str, Lead] = {}
        self.tokens: dict[str, Token] = {}
        self.settings = Settings()
        self._by_form: dict[str, list[Lead]] = {}
        self._test_leads: dict[str, str] = {}
        self._times: dict[str, list[int]] = {}
        self._count = 0

    def page(self, identifier: str) -> Page:
        """The page, or `GraphError` 100/33."""
        if identifier not in self.pages:
            raise not_found(identifier)
        return self.pages[identifier]

    def form(self, identifier: str) -> Form:
        """The form, or `GraphError` 100/33."""
        if identifier not in self.forms:
            raise not_found(identifier)
        return self.forms[identifier]

    def add_lead(self, lead: Lead) -> Lead:
        """Take a lead in; later ones get a higher `order`, which settles equal times."""
        self._count += 1
        lead.order = self._count
        self.leads[lead.id] = lead
        if lead.is_test:
            self._test_leads[lead.form_id] = lead.id
        else:
            insort(self._by_form.setdefault(lead.form_id, []), lead, key=lambda each: each.position)
            insort(self._times.setdefault(lead.page_id, []), lead.created)
        return lead

    def leads_of(self, form_id: str) -> Sequence[Lead]:
        """The real leads of a form, expired ones included, by time of submission."""
        return self._by_form.get(form_id, ())

    def leads_since(self, page_id: str, since: float) -> int:
        """How many real leads a Page got after `since`, in Unix seconds."""
        times = self._times.get(page_id, [])
        return len(times) - bisect_right(times, since)

    def test_lead_of(self, form_id: str) -> Lead | None:
        """The test lead of a form; there is one at most."""
        return self.leads.get(self._test_leads.get(form_id, ""))

    def drop_test_lead(self, form_id: str) -> None:
        """Forget the test lead of a form, if there is one."""
        self.leads.pop(self._test_leads.pop(form_id, ""), None)

    def forget(self, lead: Lead) -> None:
        """Make a lead unreadable, as if it had never been stored."""
        del self.leads[lead.id]
        self._by_form[lead.form_id].remove(lead)
        self._times[lead.page_id].remove(lead.created)
