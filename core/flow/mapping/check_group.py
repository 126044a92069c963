"""Comparing the members of a mapping's group with their objects in the account: what will be refused there, and why. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.flow.mapping.check import ID_LENGTH, Vendor, check_sync, find_object
from core.flow.mapping.finding import Finding
from core.flow.mapping.model import Member, Place, SyncMapping
from core.flow.mapping.remote import RemoteObject


def check_group(mapping: SyncMapping, objects: Sequence[RemoteObject], vendor: Vendor) -> list[Finding]:
    """Compare every member as if it were a mapping of its own; of one that is never created, nothing is missed."""
    return [
        replace(finding, place=_place(member, finding.place))
        for member in mapping.group.members
        for finding in _member(member, mapping.parts[member.alias], objects, vendor)
    ]


def _member(member: Member, part: SyncMapping, objects: Sequence[RemoteObject], vendor: Vendor) -> list[Finding]:
    chosen = find_object(part, objects, vendor)
    if not isinstance(chosen, RemoteObject):
        return [] if chosen is None else [chosen]
    found = check_sync(part, chosen, vendor, id_length=ID_LENGTH + 1 + len(member.alias))
    return found if member.may_be_created else [finding for finding in found if not finding.code.startswith("required_")]


def _place(member: Member, place: Place) -> Place:
    inner = place[1:] if place[:1] == ("to",) else place
    return ("group", member.alias, *inner)
