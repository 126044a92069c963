"""Merging and taking it back leaves both records as they were, in the real store, whatever came before; verdicts hold in all of it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.model.ids import GoldenId
from core.runtime.desk.merging import merge, tell_different
from core.runtime.desk.unmerging import plan_unmerge, unmerge
from core.runtime.releases import running_rules
from core.store.queries.decision import KnownPeople
from core.store.queries.merging import living, told_apart
from tests.support.office import INBOUND, SYNC, Office, office

EXAMPLES = 15 * int(os.environ.get("LEADLOOM_TRIALS", "1"))
FIELDS = {**INBOUND["fields"], "email": "mail", "phone": "phone"}
PHONED = {**INBOUND, "fields": FIELDS}

someone = st.fixed_dictionaries(
    {
        "mail": st.sampled_from(("kim@example.com", "k.osei@example.org", "lee@example.net", "info@example.com", "")),
        "phone": st.sampled_from(("+493023125001", "+442079460123", "", "")),
        "first": st.sampled_from(("Kim", "Lee")),
        "last": st.sampled_from(("Osei", "Park")),
        "company": st.sampled_from(("Engines", "Looms", "")),
        "news": st.sampled_from(("yes", "no", "")),
    }
)
step = st.one_of(someone, st.sampled_from(("deliver", "decide")))


@contextmanager
def opened() -> Iterator[Office]:
    """An installation in a folder of its own."""
    with TemporaryDirectory() as folder, office(Path(folder), PHONED, SYNC) as desk:
        yield desk


def live(desk: Office, steps: list[Any]) -> None:
    """Submissions in the order given, decided one by one."""
    for each in steps:
        if isinstance(each, str):
            desk.step("decide" if each == "decide" else "deliver:crm:lead")
        else:
            desk.submit(each)
            desk.step("decide")
    desk.settle()


def people(desk: Office) -> list[GoldenId]:
    """The living golden records."""
    return [GoldenId(row[0]) for row in desk.sql("SELECT id FROM golden WHERE state = 'active' ORDER BY id")]


def whole(desk: Office) -> dict[str, Any]:
    """Everything that belongs to each living record, without counters of changes."""
    with desk.store.snapshot() as snapshot:
        goldens = KnownPeople(snapshot).goldens(people(desk))
    return {
        golden.id: (
            golden.values,
            sorted(each.id for each in golden.observations),
            sorted((k.id, k.role, k.state, k.remote_id, k.reason_code, json.dumps(dict(k.wanted), sort_keys=True)) for k in golden.links),
            sorted(desk.sql("SELECT kind, hex(digest) FROM identity_key WHERE golden_id = ?", golden.id)),
            sorted(desk.sql("SELECT id, purpose, granted FROM consent WHERE golden_id = ?", golden.id)),
            sorted(desk.sql("SELECT id, outcome FROM inbox WHERE golden_id = ?", golden.id)),
        )
        for golden in goldens.values()
    }


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(step, min_size=2, max_size=7), chance=st.randoms(use_true_random=False), delivered=st.booleans())
def test_unmerging_gives_back_exactly_what_was_merged(steps: list[Any], chance: Any, delivered: bool) -> None:
    with opened() as desk:
        live(desk, steps)
        known = people(desk)
        if len(known) < 2:
            return
        before = whole(desk)
        rules = running_rules(desk.installation.config, desk.connections.configured(), desk.store)
        one, other = chance.sample(known, 2)

        done = merge(desk.store, rules, (one, other), by="person:ada", why="", now=desk.clock.now())
        if delivered:
            desk.settle()
        unmerge(desk.store, rules, plan_unmerge(desk.store, rules, done.loser), by="person:ada", now=desk.clock.now())
        desk.settle()

        assert whole(desk) == before
        with desk.store.snapshot() as snapshot:
            assert len(told_apart(snapshot, {one, other})) == 1


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=st.lists(someone, min_size=2, max_size=4), after=st.lists(someone, max_size=5), chance=st.randoms(use_true_random=False))
def test_no_key_ever_joins_what_a_person_told_apart(before: list[Any], after: list[Any], chance: Any) -> None:
    with opened() as desk:
        live(desk, before)
        known = people(desk)
        if len(known) < 2:
            return
        one, other = chance.sample(known, 2)
        tell_different(desk.store, (one, other), by="person:ada", now=desk.clock.now())

        live(desk, after)

        with desk.store.snapshot() as snapshot:
            assert living(snapshot, one) != living(snapshot, other)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(someone, min_size=3, max_size=6), chance=st.randoms(use_true_random=False))
def test_merges_taken_back_in_any_order_give_the_records_back(steps: list[Any], chance: Any) -> None:
    with opened() as desk:
        live(desk, steps)
        known = people(desk)
        if len(known) < 3:
            return
        before = whole(desk)
        rules = running_rules(desk.installation.config, desk.connections.configured(), desk.store)
        mixed = chance.sample(known, 3)
        done = [merge(desk.store, rules, (mixed[0], each), by="model", why="", now=desk.clock.now()) for each in mixed[1:]]

        for each in chance.sample(done, len(done)):
            plan = plan_unmerge(desk.store, rules, each.loser, event_id=each.event)
            unmerge(desk.store, rules, plan, by="person:ada", now=desk.clock.now())
        desk.settle()

        assert whole(desk) == before


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(steps=st.lists(someone, min_size=3, max_size=6), chance=st.randoms(use_true_random=False))
def test_the_order_of_merges_makes_no_difference(steps: list[Any], chance: Any) -> None:
    with opened() as desk:
        live(desk, steps)
        known = people(desk)
        if len(known) < 3:
            return
        rules = running_rules(desk.installation.config, desk.connections.configured(), desk.store)
        found = []
        for _ in range(2):
            mixed = chance.sample(known[:3], 3)
            done = [merge(desk.store, rules, (one, other), by="person:ada", why="", now=desk.clock.now()) for one, other in pairwise(mixed)]
            found.append([part for golden_id, parts in whole(desk).items() if golden_id == known[0] for part in (*parts[:2], *parts[3:])])
            for each in reversed(done):
                plan = plan_unmerge(desk.store, rules, each.loser, event_id=each.event)
                unmerge(desk.store, rules, plan, by="person:ada", now=desk.clock.now())
        assert found[0] == found[1]
