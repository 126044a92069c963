"""The remote applies a write and its answer is lost: afterwards there is one record, with an external id and without."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.support.journey import World, inbound_mapping, person, sync_mapping, world

WRITES = {"sf": r"^(POST|PATCH) .*/composite/sobjects", "hs": r"/batch/(create|update|upsert)$"}
LOSSES: dict[str, dict[str, Any]] = {
    "reset": {"kind": "reset_after"},
    "timeout": {"kind": "timeout_after", "seconds": 1.0},
    "cut off": {"kind": "truncated_after"},
}
EMAIL = {"sf": "Email", "hs": "email"}
DAY = 86_400.0


def mappings(crm: str, key: str) -> list[dict[str, Any]]:
    by_email = {"external_id": None, "match": [EMAIL[crm]]}
    return [inbound_mapping("web"), sync_mapping(crm, **(by_email if key == "email only" else {}))]


def settled(at: World, crm: str) -> bool:
    return at.links(crm).keys() <= {"level", "parked"} and bool(at.links(crm))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("key", ["external id", "email only"])
@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_a_lost_answer_leaves_one_record(tmp_path: Path, crm: str, key: str, loss: str) -> None:
    with world(tmp_path, mappings(crm, key)) as at:
        # given a CRM that applies the next write, and the one after it if there is one, without being heard
        at.fault(crm, match=WRITES[crm], times=2, **LOSSES[loss])
        at.submit(*(person(n) for n in range(7)))

        # when the lanes have done all they can
        at.run_for(DAY, until=lambda: settled(at, crm))

        # then each person is there once, and we know it
        assert at.emails(crm) == sorted(person(n)["email"] for n in range(7))
        assert at.links(crm) == {"level": 7}
        assert LOSSES[loss]["kind"] in [entry.fault for entry in at.asked(crm)]


@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_a_create_of_unknown_outcome_waits_until_the_search_can_know_it(tmp_path: Path, crm: str) -> None:
    lag = {"sf": {"lag": 14}, "hs": {"index_delay_seconds": 55}}[crm]
    key = {"sf": "Company", "hs": "company"}[crm]
    with world(tmp_path, [inbound_mapping("web"), sync_mapping(crm, external_id=None, match=[key])]) as at:
        # given a key that only a search can find, a search that lags, and an answer that is lost
        at.control(crm, "configure", **lag)
        at.fault(crm, match=WRITES[crm], kind="reset_after")
        at.submit(person(1))

        # when the lanes go on
        at.run_for(DAY, until=lambda: settled(at, crm))

        # then the record was found and not made again
        assert at.emails(crm) == ["person1@example.com"]
        assert at.links(crm) == {"level": 1}


@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_a_process_that_dies_between_the_create_and_its_receipt_leaves_one_record(tmp_path: Path, crm: str) -> None:
    class Killed(BaseException):
        """What a kill looks like from inside: nothing after it runs."""

    with world(tmp_path, mappings(crm, "email only")) as at:
        # given a process that dies as soon as the CRM has answered the create
        at.submit(person(1))
        at.step("decide")
        connector = at.connections.open(crm).connector
        writing = connector.write

        def write_and_die(batch: Any) -> Any:
            writing(batch)
            raise Killed

        connector.write = write_and_die
        with pytest.raises(Killed):
            at.step(f"deliver:{crm}:{'Lead' if crm == 'sf' else 'contacts'}")
        connector.write = writing

        # when the lease has run out and somebody else goes on
        at.run_for(DAY, until=lambda: settled(at, crm))

        # then there is one record
        assert at.emails(crm) == ["person1@example.com"]
        assert at.links(crm) == {"level": 1}


@pytest.mark.parametrize("crm", ["sf", "hs"])
def test_an_answer_that_cannot_be_understood_does_not_double_what_was_created(tmp_path: Path, crm: str) -> None:
    with world(tmp_path, mappings(crm, "email only")) as at:
        # given a connector that breaks on the answer to a create which the CRM has applied
        at.submit(*(person(n) for n in range(4)))
        connector = at.connections.open(crm).connector
        writing = connector.write
        calls = 0

        def write_and_break(batch: Any) -> Any:
            nonlocal calls
            calls += 1
            receipts = writing(batch)
            if calls == 1:
                raise ValueError("a bug")
            return receipts

        connector.write = write_and_break

        # when the lanes go on
        at.run_for(DAY, until=lambda: settled(at, crm))

        # then nobody is there twice and nobody is missing
        assert at.emails(crm) == sorted(person(n)["email"] for n in range(4))
        assert at.links(crm) == {"level": 4}
