"""What a provider's answer about a record of ours may do: fill blanks of that one record, and nothing else. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from core.flow.identity.keys import Digest, keys_of
from core.flow.world import World
from core.model.plan import ABOUT, CONFIDENCE, SUBJECT, Settled, Settlement, Submission
from core.model.records import IdentityKey, Observation, Policy, Standing, Value
from core.model.vocabulary import Subject


def asked_about(submission: Submission, digest: Digest) -> tuple[IdentityKey, ...]:
    """The keys of the record that was asked about, by our own values: what the provider says names nobody."""
    about: Any = submission.fields.get(ABOUT)
    known = about if isinstance(about, dict) else {}
    return keys_of(Subject(str(submission.fields.get(SUBJECT))), {name: Value(value) for name, value in known.items()}, digest)


def filling(submission: Submission, values: Mapping[str, Value]) -> dict[str, Value]:
    """The values of an answer as ones that only fill a blank, whatever the mapping's authority; each tells how sure the provider is."""
    sure = submission.fields.get(CONFIDENCE)
    steps = (f"confidence {sure}",) if isinstance(sure, int | float) else ()
    fills = Standing(Policy.FILLS)
    return {name: replace(value, standing=fills, steps=(*value.steps, *steps)) for name, value in values.items() if value.value is not None}


def enriched(submission: Submission, observed: Observation, world: World) -> Settlement:
    """Add an answer to the record that it is about; when that is gone, or its keys lead to several, it is no news.

    Nobody new is made of an answer, no two records are merged by one, and the person counts as not heard of.
    """
    owners = world.owners(observed.keys)
    group = world.group(owners[0]) if len(owners) == 1 else None
    if group is None or next(iter(group.observations.values())).subject is not observed.subject:
        return Settlement(submission.inbox_id, Settled.NO_NEWS)
    group.add(replace(observed, keys=()))
    world.touch(group)
    return Settlement(submission.inbox_id, Settled.MERGED, group.id)
