"""A connector's facts, readable without importing its code: who it is, what it can do, what the vendor allows."""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class _Facts(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Role(StrEnum):
    """What a connector can play; each has its protocol in `core.contract.roles`."""

    AUTHENTICATES = "authenticates"
    READS = "reads"
    WRITES = "writes"
    GROUPS = "groups"
    COLLECTS = "collects"
    FINDS = "finds"
    WEBHOOKS = "webhooks"
    MERGES = "merges"
    ENRICHES = "enriches"
    SUBSCRIBES = "subscribes"
    COUNTS = "counts"


class Limit(_Facts):
    """So many calls in so many seconds, kept by the runtime over all lanes of an account."""

    name: str
    calls: int = Field(gt=0)
    per_seconds: float = Field(gt=0)
    bucket: str | None = Field(default=None, description="Only requests with this `bucket` count; absent: all requests.")
    exempt: list[str] = Field(default_factory=list, description="Buckets that do not count against this limit.")


class ReadFacts(_Facts):
    """How changes of an object can be read."""

    deletions: bool = False
    page: int = Field(default=200, gt=0, description="Records a page at most.")
    every_seconds: float = Field(default=60.0, gt=0, description="A sensible polling interval.")


class WriteFacts(_Facts):
    """How an object can be written."""

    kinds: list[Literal["upsert", "delete", "restore", "associate", "merge"]] = ["upsert"]
    batch: int = Field(default=1, gt=0, description="Writes a call at most.")
    upsert_by_match: bool = Field(default=False, description="The vendor upserts by a unique or external-id field by itself.")
    bulk_from: int | None = Field(default=None, description="From this many writes on, hand them over at once; they go through a job.")
    bulk_batch: int = Field(default=10_000, description="Writes a job at most.")


class FindFacts(_Facts):
    """How existing records can be found."""

    batch: int = Field(default=1, gt=0, description="Matches a call at most.")


class ObjectFacts(_Facts):
    """The facts of one object; the entry `*` holds for every object not named."""

    reads: ReadFacts | None = None
    writes: WriteFacts | None = None
    finds: FindFacts | None = None
    converts_to: list[str] = Field(
        default_factory=list, description="Objects into which a record may turn (a lead into a contact); the first is its successor's."
    )


class WebhookFacts(_Facts):
    """How the platform behaves when it pushes."""

    signed: bool = True
    methods: list[Literal["GET", "HEAD", "POST", "OPTIONS"]] = ["POST"]
    retries_after_4xx: bool = False


class SubscriptionFacts(_Facts):
    """How long what the connection lives on lasts."""

    renews: bool = Field(default=True, description="Whether something of it can be prolonged or put back through the API.")
    hours: float | None = Field(default=None, gt=0, description="Hours that a renewal gives; absent where what renews knows no end.")


class Manifest(_Facts):
    """The whole of `manifest.yaml`."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    summary: str
    entry: str = Field(description="Where the code is: `module:Class`, relative to the connector's package.", pattern=r"^[\w.]+:\w+$")
    roles: list[Role]
    hosts: list[str] = Field(default_factory=list, description="Host names it may call; `*.` stands for any subdomain.")
    objects: dict[str, ObjectFacts] = Field(default_factory=dict)
    references: dict[str, str] = Field(
        default_factory=dict,
        description="Objects that values of other records point to, such as owners: the field by which people know one of them.",
    )
    versions: Literal["comparable", "none"] = "none"
    settle: float = Field(default=0, ge=0, description="Seconds after our write in which a read may still show the old record.")
    find_lag: float = Field(default=0, ge=0, description="Seconds until a new record can be found by search.")
    atomic_groups: int = Field(
        default=0, ge=0, description="How many records of different objects can be written all or none at most; 0: that cannot be done."
    )
    enrich_batch: int = Field(default=1, gt=0, description="Subjects that may be asked about in one call; above 1 with `enrich_many`.")
    limits: list[Limit] = Field(default_factory=list)
    webhook: WebhookFacts | None = None
    subscription: SubscriptionFacts | None = None
    programs: bool = Field(default=False, description="It runs programs of others on this machine, through `context.programs`.")
    dials: bool = Field(
        default=False, description="It speaks a protocol that is not HTTP, to the settings' `host` and `port`, through `context.dialer`."
    )
    external_id_help: str = Field(
        default="",
        description="How an admin makes the unique field for our id there, step by step; `{object}` and `{field}` stand for the names.",
    )

    def facts(self, object_name: str) -> ObjectFacts:
        """The facts of one object: its own entry, else `*`, else nothing."""
        return self.objects.get(object_name) or self.objects.get("*") or ObjectFacts()


def load_manifest(document: Mapping[str, object]) -> Manifest:
    """Validate an already parsed manifest; raises pydantic's ValidationError naming every wrong entry."""
    return Manifest.model_validate_json(json.dumps(document))
