"""Whether a connection can write what a mapping's `group:` asks for, told from its connector's manifest."""

from __future__ import annotations

from collections.abc import Iterator

from core.contract import Manifest, Role
from core.flow.mapping.model import Member, Mode, SyncMapping
from core.runtime.config.document import Document
from core.runtime.config.problems import Problem


def group_problems(mapping: SyncMapping, document: Document, manifest: Manifest) -> Iterator[Problem]:
    """Say what the connector cannot do of a group; nothing for a mapping without one."""
    if not mapping.group:
        return
    most = manifest.atomic_groups if Role.GROUPS in manifest.roles else 0
    if most == 0:
        yield document.problem(
            ("group",),
            f"The connection '{mapping.connection}' ({manifest.name}) cannot write several records all or none. Write each object by a "
            "mapping of its own (`record_of` ties a person's record to the company's), or use a connection that can, like Salesforce.",
        )
        return
    if len(mapping.group.order) > most:
        message = f"The connection '{mapping.connection}' ({manifest.name}) writes at most {most} records together, and here are"
        yield document.problem(("group",), f"{message} {len(mapping.group.order)}, with the mapping's own. Take some out.")
    for member in mapping.group.members:
        yield from _member(member, document, manifest)


def _member(member: Member, document: Document, manifest: Manifest) -> Iterator[Problem]:
    facts, place = manifest.facts(member.object), ("group", member.alias)
    if facts.writes is None and (member.may_be_created or member.mode is not Mode.LOOKUP):
        yield document.problem((*place, "object"), f"The connector '{manifest.id}' cannot write '{member.object}'.")
    elif member.may_be_created and facts.writes is not None and not facts.writes.upsert_by_match:
        yield document.problem((*place, "object"), f"The connector '{manifest.id}' cannot create '{member.object}' by an external id.")
    if member.match and facts.finds is None:
        yield document.problem((*place, "match"), f"The connector '{manifest.id}' cannot search '{member.object}'.")
