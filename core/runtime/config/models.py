"""The sections of config.yaml: every setting with its meaning, default, unit, and danger where there is one."""

from __future__ import annotations

import re
from ipaddress import ip_network
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, StringConstraints, field_validator, model_validator

from core.flow.identity.account_rules import Prefers
from core.flow.quality.absurd import AbsurdRule, check_pattern
from core.flow.quality.in_force import QualityRules, merged
from core.model.countries import country_code
from core.model.vocabulary import Subject, kind_of
from core.runtime.config.key import decode_key

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,62}$")]
"""A name that may stand in URLs, file names and metrics."""


def _network(text: str) -> str:
    ip_network(text, strict=False)
    return text


def _database_key(key: SecretStr) -> SecretStr:
    decode_key(key.get_secret_value())
    return key


def _public_url(url: str) -> str:
    if not re.fullmatch(r"https?://[^\s?#@\\]+", url):
        raise ValueError("this is not an address such as https://leads.example.com")
    return url.rstrip("/")


class Section(BaseModel):
    """A part of the configuration: read-only, and without room for a setting that does not exist."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ServerConfig(Section):
    """The HTTP server for webhooks, API and console."""

    host: str = Field(
        default="127.0.0.1",
        description="The address to listen at. "
        "Danger: 0.0.0.0 lets everybody in the network reach it; put a proxy with TLS in front of it.",
    )
    port: int = Field(default=8080, ge=0, le=65_535, description="The TCP port to listen at; 0 takes any free one.")
    public_url: Annotated[str, AfterValidator(_public_url)] | None = Field(
        default=None,
        description="The address under which the outside world reaches this server. "
        "Some platforms sign it, so behind a proxy their webhooks are refused until it is set.",
    )
    max_body_bytes: int = Field(
        default=1_048_576, ge=1_024, le=67_108_864, description="Bytes that a request may carry at most; a larger one is answered 413."
    )
    trusted_proxies: list[Annotated[str, AfterValidator(_network)]] = Field(
        default_factory=list,
        description="Addresses or networks of proxies whose X-Forwarded-For and -Proto are believed. "
        "Danger: whoever stands in this list can pretend any client address.",
    )


class DatabaseConfig(Section):
    """Where everything is stored."""

    url: str = Field(
        default="",
        pattern=r"^($|sqlite:///)",
        description="The address of a SQLite file, such as sqlite:////var/lib/leadloom/leads.db; with three slashes its path starts "
        "from this file's folder; empty means leadloom.db in data_dir.",
    )
    encryption: bool = Field(
        default=True,
        description="Whether personal data and tokens are encrypted in the database. "
        "Danger: without it a copy of the database file is a copy of everything.",
    )
    key: Annotated[SecretStr, AfterValidator(_database_key)] | None = Field(
        default=None,
        description="The encryption key, 32 bytes as base64; absent means the file leadloom.key in data_dir, which is made on first use. "
        "Danger: without the key the database cannot be read, so keep a copy of it apart from the backups.",
    )


class EngineConfig(Section):
    """How the work is cut and when it is looked for."""

    batch: int = Field(default=400, ge=1, le=10_000, description="Submissions that are decided together at most.")
    poll_seconds: float = Field(default=1.0, gt=0, le=3_600, description="Seconds between two looks for due work when nothing woke a lane.")
    idle_stop_seconds: float = Field(
        default=300.0, gt=0, description="Seconds without work after which a child process that decides is stopped."
    )
    lease_seconds: float = Field(
        default=60.0,
        ge=5,
        description="Seconds that a worker owns a lane before another may take it over. "
        "Danger: shorter than a vendor's slowest answer, and two workers get in each other's way.",
    )


class DeliveryConfig(Section):
    """How often a write is tried again."""

    first_retry_seconds: float = Field(
        default=5.0, gt=0, description="Seconds before the second attempt; each further wait is twice as long."
    )
    max_retry_seconds: float = Field(default=3_600.0, gt=0, description="Seconds between two attempts at most.")
    jitter: float = Field(default=0.2, ge=0, le=1, description="The share of a wait by which it is varied at random, from 0 to 1.")
    park_after_attempts: int = Field(
        default=12,
        ge=1,
        description="Attempts after which a record that the other side keeps refusing for now is parked for a person to look at.",
    )

    @model_validator(mode="after")
    def _waits_are_in_order(self) -> DeliveryConfig:
        if self.max_retry_seconds < self.first_retry_seconds:
            raise ValueError("max_retry_seconds is less than first_retry_seconds")
        return self

    stop_above_share: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="The share of an object's records, from 0 to 1, above which deletions and blanked fields wait for a person. "
        "Danger: with 1 a mistake in one CRM empties the other.",
    )
    stop_at_least: int = Field(default=10, ge=0, description="So many records may always be deleted or blanked without asking.")


class MappingsConfig(Section):
    """When edited mappings go into force, and what is looked at before they do."""

    activate: Literal["on_save", "on_apply"] = Field(
        default="on_save",
        description="When an edited file goes into force: on_save as soon as it is saved and sound, "
        "on_apply not before `leadloom apply`, but for the very first ones. Danger: with on_save a slip is live within a second.",
    )
    ask_above_share: float = Field(
        default=0.2,
        ge=0,
        le=1,
        description="The share of the records looked at, from 0 to 1, above which `leadloom apply` asks before it changes them.",
    )
    rehearse_records: int = Field(
        default=1_000,
        ge=1,
        le=1_000_000,
        description="Stored submissions that `leadloom plan` and `leadloom apply` look at, newest first; each takes up memory meanwhile.",
    )


class AbsurdConfig(Section):
    """One rule for values that nobody means; any one of its conditions is enough."""

    fields: list[str] = Field(description="The fields that are looked at, such as first_name, company, email; none switches the rule off.")
    words: list[str] = Field(default_factory=list, description="Whole values, without regard to case, accents and punctuation.")
    pattern: str | None = Field(default=None, max_length=500, description="A regular expression that is found in the value.")
    longer_than: int | None = Field(default=None, ge=1, description="Characters above which a value is absurd.")
    repeated: int | None = Field(default=None, ge=2, description="So many times the same character and nothing else, such as 000000.")
    walk: int | None = Field(default=None, ge=3, description="So many neighbours on a keyboard or in counting, nothing else: asdf, 1234.")


class QualityConfig(Section):
    """How values are read and judged."""

    region: Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")] | None = Field(
        default=None,
        description="The country (ISO 3166, such as DE) of phone numbers without a country code where neither record nor mapping says one.",
    )
    absurd: dict[Slug, AbsurdConfig] = Field(
        default_factory=dict,
        description="Rules for values that nobody means, by name, beside the shipped ones; one of a shipped name takes its place. "
        "See docs/how-to/absurd-values.md.",
    )

    @field_validator("absurd", mode="before")
    @classmethod
    def _take_no_rules_as_none(cls, value: Any) -> Any:
        return {} if value is None else value

    @model_validator(mode="after")
    def _rules_can_be_asked(self) -> QualityConfig:
        self.rules()
        return self

    def rules(self) -> QualityRules:
        """The shipped rules with these; raises ValueError for a pattern that is none, or a field or country that there is not."""
        for name, rule in self.absurd.items():
            unknown = [each for each in rule.fields if all(kind_of(subject, each) is None for subject in Subject)]
            if unknown:
                raise ValueError(f"rule '{name}' looks at '{unknown[0]}', which is no field")
            if rule.pattern is not None and (wrong := check_pattern(rule.pattern)):
                raise ValueError(f"the pattern of rule '{name}' is no regular expression: {wrong}")
        if self.region is not None and country_code(self.region) != self.region:
            raise ValueError(f"'{self.region}' is no country")
        changes = [AbsurdRule(name=name, **{**rule.model_dump(), **_tuples(rule)}) for name, rule in self.absurd.items()]
        return QualityRules(merged(changes), self.region)


def _tuples(rule: AbsurdConfig) -> dict[str, tuple[str, ...]]:
    return {"fields": tuple(rule.fields), "words": tuple(rule.words)}


class AccountsConfig(Section):
    """For which account a person is taken to work."""

    at: float = Field(
        default=0.85, ge=0.5, le=1, description="The confidence, from 0.5 to 1, from which a person is tied to an account without asking."
    )
    freemail_at: float = Field(
        default=0.9,
        ge=0.5,
        le=1,
        description="The same where only the company's name tells, since the person's address is a mail provider's.",
    )
    review_at: float = Field(default=0.6, ge=0.1, le=1, description="The confidence from which `leadloom accounts` asks about an account.")
    prefers: Prefers = Field(
        default=Prefers.SUBSIDIARY,
        description="Which of several accounts of one company is meant: `subsidiary`, the one nearest to the person, or `parent`, the one "
        "whose domain is the company's own.",
    )


class IdentityConfig(Section):
    """Which records are proposed to be one person, and which are merged without asking."""

    review_at: float = Field(
        default=0.5,
        ge=0.01,
        le=0.95,
        description="The probability, from 0.01 to 0.95, from which two records are proposed to `leadloom review`.",
    )
    merge_at: float = Field(
        default=0.95,
        ge=0.95,
        le=1,
        description="The probability, from 0.95 to 1, from which a model that was trained on your answers, and confirmed, merges by "
        "itself.",
    )
    candidates: int = Field(
        default=50, ge=1, le=1_000, description="Records that one record is compared with at most; more find little more and take longer."
    )
    proposals_per_key: int = Field(
        default=30,
        ge=1,
        description="Pairs an hour at most that are proposed because of one e-mail address, phone number and the like: "
        "what a robot floods in waits for the next hour.",
    )
    accounts: AccountsConfig = Field(default_factory=AccountsConfig, description="For which account a person is taken to work.")


class LoggingConfig(Section):
    """What is logged and how."""

    level: Literal["debug", "info", "warning", "error"] = Field(default="info", description="The least severe level that is written.")
    format: Literal["json", "console"] = Field(default="json", description="json for machines, console for a person at a terminal.")


class BurstConfig(Section):
    """So many calls in so many seconds."""

    calls: int = Field(ge=1, description="Calls at most.")
    per_seconds: float = Field(gt=0, le=3_600, description="The seconds in which they may be made.")


class BudgetConfig(Section):
    """What a connection may use of its account's API calls; connections that share an account share one budget."""

    per_day: int | None = Field(
        default=None,
        ge=1,
        description="Calls in any 24 hours; absent means the connector's daily limit, as far as the vendor's own does not say less.",
    )
    burst: BurstConfig | None = Field(
        default=None, description="So many `calls` within `per_seconds`; absent means what the connector declares."
    )
    reserve_for_live: float = Field(
        default=0.2,
        ge=0,
        lt=1,
        description="The share of a day's calls, from 0 to below 1, that full reads, looks for drift and replans leave to live leads.",
    )


class EnrichConfig(Section):
    """What an enrichment provider is asked about our records, and within which bounds."""

    of: Literal["Lead", "Account"] = Field(description="The kind of record that is looked at.")
    by: str = Field(description="The field that is asked about, such as domain or email.")
    fills: list[str] = Field(description="A record is asked about only while one of these fields is empty.", min_length=1)
    tell: list[str] = Field(default_factory=list, description="Other fields that the provider is told.")
    after: list[Slug] = Field(
        default_factory=list, description="Connections that are asked first; this one when they did not fill the fields."
    )
    min_confidence: float = Field(
        default=0.0, ge=0, le=1, description="Answers less sure than this are not taken, nor are those that do not say."
    )
    keep_days: float = Field(default=90.0, ge=1, description="Days for which an answer is not asked for again.")
    keep_miss_days: float = Field(default=30.0, ge=1, description="Days for which nothing is asked again after no answer.")
    cost: float = Field(default=1.0, ge=0, description="What one answer costs, in whatever unit most_per_day counts.")
    charged: Literal["hit", "call"] = Field(default="hit", description="Whether only answers cost, or every call.")
    most_per_day: float | None = Field(default=None, gt=0, description="What may be spent in a UTC day; absent means without bound.")
    every_seconds: float = Field(default=60.0, gt=0, description="Seconds between two looks for records that lack something.")

    @model_validator(mode="after")
    def _fields_exist(self) -> EnrichConfig:
        subject = Subject(self.of)
        unknown = [name for name in (self.by, *self.fills, *self.tell) if kind_of(subject, name) is None]
        if unknown:
            raise ValueError(f"{self.of} has no field '{unknown[0]}'")
        return self


class ConnectionConfig(Section):
    """One account on one outside system."""

    connector: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$")] = Field(
        description="The id of the connector, which is the name of its folder."
    )
    enabled: bool = Field(default=True, description="Whether the connection works; a disabled one keeps its records and links.")
    settings: dict[str, Any] = Field(default_factory=dict, repr=False, description="The connector's own settings; each is listed below.")
    poll: dict[str, Annotated[float, Field(gt=0)]] = Field(
        default_factory=dict, description="Seconds between two reads, per object; absent means what the connector suggests."
    )
    account: Slug | None = Field(
        default=None, description="A name shared by connections that use up the same account's limits; absent means the connection's own."
    )

    budget: BudgetConfig | None = Field(
        default=None,
        description="What may be used of the account's API calls; absent means the connector's limits, with a fifth kept for live leads.",
    )

    hold_unverified: bool | None = Field(
        default=None,
        description="Whether deliveries with a wrong signature are held for a corrected secret; absent means where none comes again.",
    )

    warn_days: float = Field(
        default=14.0, ge=0, description="How many days before an access or a subscription ends that only a person can renew they are told."
    )

    enrich: EnrichConfig | None = Field(
        default=None, description="What the connection is asked about records that lack something; for connectors that enrich."
    )

    @field_validator("settings", "poll", mode="before")
    @classmethod
    def _take_nothing_as_empty(cls, value: Any) -> Any:
        """A block whose lines are all commented out reads as nothing."""
        return {} if value is None else value
