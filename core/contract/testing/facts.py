"""Contract group *facts*: what the manifest says and what the code does are the same thing."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

from core.contract.manifest import Role, load_manifest
from core.contract.roles import (
    Authenticates,
    Collects,
    Connector,
    Counts,
    Enriches,
    EnrichesMany,
    Finds,
    Merges,
    Reads,
    ReceivesWebhooks,
    Subscribes,
    Writes,
    WritesGroups,
)
from core.contract.testing.bench import Bench
from core.contract.testing.capabilities import CALLS_OUT, WRITES, needs, part
from core.contract.testing.watch import watch

PROTOCOLS: dict[Role, type[Any]] = {
    Role.AUTHENTICATES: Authenticates,
    Role.READS: Reads,
    Role.WRITES: Writes,
    Role.GROUPS: WritesGroups,
    Role.COLLECTS: Collects,
    Role.FINDS: Finds,
    Role.WEBHOOKS: ReceivesWebhooks,
    Role.MERGES: Merges,
    Role.ENRICHES: Enriches,
    Role.SUBSCRIBES: Subscribes,
    Role.COUNTS: Counts,
}


class FactsGroup:
    """Manifest and code agree."""

    def test_the_manifest_is_valid_and_names_the_code(self, bench: Bench) -> None:
        assert load_manifest(bench.manifest.model_dump(mode="json")) == bench.manifest
        kind = type(bench.make())
        module_name, class_name = bench.manifest.entry.split(":")
        package = kind.__module__.removesuffix(f".{module_name}")
        entry = getattr(importlib.import_module(f"{package}.{module_name}"), class_name)
        assert issubclass(kind, entry), f"The manifest's entry is {entry}, the bench makes {kind}."
        folder = Path(str(importlib.import_module(package).__file__ or "")).parent.name
        assert folder == bench.manifest.id, "The connector's folder must bear the manifest's id."

    def test_roles_declared_are_roles_played(self, bench: Bench) -> None:
        connector = bench.make()
        played = {role for role, protocol in PROTOCOLS.items() if isinstance(connector, protocol)}
        assert set(bench.manifest.roles) == played

    def test_object_facts_and_roles_agree(self, bench: Bench) -> None:
        facts = bench.manifest.objects.values()
        roles = set(bench.manifest.roles)
        assert any(each.reads for each in facts) == (Role.READS in roles), "reads: facts of an object and role must come together"
        assert any(each.writes for each in facts) == (Role.WRITES in roles), "writes: facts of an object and role must come together"
        assert any(each.finds for each in facts) == (Role.FINDS in roles), "finds: facts of an object and role must come together"
        assert (bench.manifest.webhook is not None) == (Role.WEBHOOKS in roles), "webhook: facts and role must come together"
        assert (bench.manifest.atomic_groups > 1) == (Role.GROUPS in roles), "atomic_groups above 1 and role must come together"
        assert (bench.manifest.subscription is not None) == (Role.SUBSCRIBES in roles), "subscription: facts and role must come together"

    def test_a_batch_of_questions_comes_with_a_way_to_ask_it(self, bench: Bench) -> None:
        takes_many = isinstance(bench.make(), EnrichesMany)
        assert (bench.manifest.enrich_batch > 1) == takes_many, "enrich_batch above 1 and `enrich_many` must come together"

    def test_bulk_facts_come_with_a_way_to_collect(self, bench: Bench) -> None:
        has_jobs = any(each.writes and each.writes.bulk_from for each in bench.manifest.objects.values())
        assert not has_jobs or Role.COLLECTS in bench.manifest.roles

    def test_the_sample_objects_are_declared(self, bench: Bench) -> None:
        roles = bench.manifest.roles
        if Role.READS in roles:
            assert bench.manifest.facts(part(bench.reading, "reading").object).reads is not None
        if Role.WRITES in roles:
            assert bench.manifest.facts(part(bench.writing, "writing").object).writes is not None
        if Role.FINDS in roles:
            assert bench.manifest.facts(part(bench.finding, "finding").object).finds is not None

    def test_building_and_closing_do_no_work(self, bench: Bench) -> None:
        with watch(bench.make) as seen:
            connector: Connector[Any] = bench.make()
            connector.close()
            connector.close()
        assert not seen.connections, f"Building or closing connected to {seen.connections}."

    @needs(CALLS_OUT)
    def test_settings_hide_their_secrets(self, bench: Bench) -> None:
        assert bench.secrets, "The bench must name the secrets of its settings, so that the suite can look for them."
        shown = repr(bench.make().settings) + str(bench.make().settings)
        assert not [secret for secret in bench.secrets if secret in shown], "A secret shows in the settings: use SecretStr."

    def test_describe_names_objects_and_fields_once(self, bench: Bench) -> None:
        specs = bench.make().describe()
        names = [(spec.name, spec.record_type) for spec in specs]
        assert len(names) == len(set(names))
        for spec in specs:
            fields = [field.name for field in spec.fields]
            assert len(fields) == len(set(fields)), f"A field of {spec.name} is described twice."

    @needs(WRITES)
    def test_describe_knows_what_can_be_written(self, bench: Bench) -> None:
        sample = part(bench.writing, "writing")
        spec = next((each for each in bench.make().describe() if each.name == sample.object), None)
        assert spec is not None, f"describe() does not know {sample.object}."
        unknown = [name for name in sample.fields(1) if (found := spec.field(name)) is None or not found.creatable]
        assert not unknown, f"describe() does not know that these fields can be written: {unknown}"
