"""Makes and takes away associations with all that follows: both directions, and the webhook events of both ends."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sandbox.hubspot import events
from sandbox.hubspot.links import PRIMARY, End, Spec
from sandbox.hubspot.portal import Portal
from sandbox.hubspot.records import Actor


def connect(portal: Portal, source: End, target: End, specs: Iterable[Spec], *, actor: Actor, now: datetime) -> None:
    """Associate two records; what is there already is no event."""
    named = list(specs)
    if portal.links.connect(source, target, named):
        link = events.Link(source, target, is_primary=_is_primary(portal, source, target, named))
        events.associated(portal, link, actor=actor, now=now)


def disconnect(portal: Portal, source: End, target: End, specs: Iterable[Spec] | None = None, *, actor: Actor, now: datetime) -> None:
    """Take labels off a pair, or (`None`) the whole association."""
    named = list(portal.links.pairs.get(source, {}).get(target, ()) if specs is None else specs)
    is_primary = _is_primary(portal, source, target, named)
    if portal.links.disconnect(source, target, named):
        link = events.Link(source, target, is_primary=is_primary, removed=True)
        events.associated(portal, link, actor=actor, now=now)


def _is_primary(portal: Portal, source: End, target: End, specs: Iterable[Spec]) -> bool:
    labels = (portal.links.label(source[0], target[0], spec) for spec in specs)
    return any(one is not None and one.label == PRIMARY for one in labels)
