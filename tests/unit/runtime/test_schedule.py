"""Which objects are polled follows from the mappings, the configuration and the manifest."""

from __future__ import annotations

from core.contract import Manifest, load_manifest
from core.runtime.schedule import polled_objects


def manifest() -> Manifest:
    reads = {"every_seconds": 60}
    return load_manifest(
        {
            "id": "crm",
            "name": "CRM",
            "summary": "A CRM.",
            "entry": "connector:Crm",
            "roles": ["reads"],
            "objects": {"Lead": {"reads": reads}, "*": {"reads": {"every_seconds": 300}}, "Note": {"writes": {}}},
        }
    )


def test_nothing_is_polled_that_no_mapping_reads() -> None:
    assert polled_objects(manifest(), {"Lead": 5}, set()) == {}


def test_a_mapping_of_the_whole_connection_polls_what_the_manifest_and_the_configuration_name() -> None:
    assert polled_objects(manifest(), {"Task": 7}, {None}) == {"Lead": 60, "Task": 7}


def test_a_mapping_of_one_object_polls_it_also_where_only_the_star_speaks_of_it() -> None:
    assert polled_objects(manifest(), {}, {"Contact"}) == {"Contact": 300}


def test_the_configured_interval_goes_before_the_declared_one() -> None:
    assert polled_objects(manifest(), {"Lead": 5}, {"Lead"}) == {"Lead": 5}


def test_an_object_that_cannot_be_read_is_not_polled() -> None:
    assert polled_objects(manifest(), {}, {"Note"}) == {}
