"""The comparison of mappings: all contenders do the same work, and a difference is found; nothing is timed here."""

from __future__ import annotations

import io
import json
import os
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest

from benchmarks import mapping
from benchmarks.mapping import Contender, OutputDiffers, check
from benchmarks.support.figures import Printer
from benchmarks.support.mapping_ours import Ours, OursTraced
from benchmarks.support.mapping_peers import PEERS, Peer, handwritten
from benchmarks.support.mapping_peers.rules import Flat, Mapper
from benchmarks.support.mapping_records import Record, invent, invent_in_parts

RECORDS = 600
FIELDS = {
    *("email", "first_name", "last_name", "full_name", "phone", "job_title", "language", "message"),
    *("company", "industry", "city", "postal_code", "country", "campaign", "source"),
}


@pytest.fixture
def peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let those be found that are installed; they stand behind everything of our own."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(Path(os.environ.get("LEADLOOM_PEERS", "var/peers")).resolve())])


def expected(records: list[Record]) -> list[Flat]:
    return list(handwritten.prepare()(records))


def test_our_mapping_file_gives_what_the_hand_written_function_gives() -> None:
    records = invent(RECORDS)
    assert list(Ours()(records)) == expected(records)


def test_with_provenance_it_gives_the_same_values_and_tells_where_each_came_from() -> None:
    records = invent(RECORDS)
    readings = list(OursTraced().readings(records))
    assert [reading.values for reading in readings] == expected(records)
    assert all(reading.why.keys() == reading.values.keys() for reading in readings)


@pytest.mark.usefixtures("peers")
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
@pytest.mark.filterwarnings("ignore")  # what peers warn of in their own code is not ours to mend
def test_every_peer_that_is_installed_gives_the_same(peer: Peer) -> None:
    mapper = peer.load()
    if mapper is None:
        pytest.skip(f"{peer.name} is not installed")
    records = invent(max(5, RECORDS * peer.share // 5_000))
    assert list(mapper(records)) == expected(records)


def test_the_records_fill_every_field_and_leave_every_field_but_fixed_ones_out_at_times() -> None:
    leads = expected(invent(RECORDS))
    assert {name for lead in leads for name in lead} == FIELDS
    assert {name for name in FIELDS if all(name in lead for lead in leads)} == {"source", "industry", "language"}


def test_the_same_records_come_in_parts() -> None:
    assert [record for part in invent_in_parts(25, 10) for record in part] == invent(25)


def test_a_contender_that_makes_something_else_of_a_record_is_found() -> None:
    def careless(records: Iterable[dict[str, Any]]) -> Iterator[Flat]:
        return ({**lead, "city": "?"} if number == 7 else lead for number, lead in enumerate(expected(list(records))))

    contenders = [contender("handwritten", handwritten.prepare()), contender("careless", careless)]
    with pytest.raises(OutputDiffers, match=r"careless, record L-0000007: city: .* became '\?'"):
        check(contenders, invent(10))


def test_a_contender_that_loses_a_record_is_found() -> None:
    contenders = [contender("handwritten", handwritten.prepare()), contender("short", lambda records: expected(list(records))[1:])]
    with pytest.raises(OutputDiffers, match="short gave 9 records for 10"):
        check(contenders, invent(10))


def test_a_run_prints_ours_beside_the_hand_written_function_and_says_what_is_not_installed(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(mapping, "PEERS", [peer for peer in PEERS if peer.name == "pydantic"])
    assert mapping.main(["--quick", "--json", "--peers", str(tmp_path)]) == 0
    figures = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    names = [figure["figure"] for figure in figures]
    assert names == ["mapping_vs_handwritten", "mapping_traced_vs_handwritten", "mapping_vs_pydantic"]
    assert all(figure["value"] > 0 and figure["ratio"] > 0 for figure in figures)


def test_a_peer_that_is_not_there_is_named_with_the_command_that_installs_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapping, "PEERS", [Peer("nowhere", "a peer that does not exist", 5_000)])
    out = io.StringIO()
    contenders = mapping.field_of(Printer(as_json=False, out=out))
    assert [each.name for each in contenders] == ["handwritten", "ours", "traced"]
    assert "nowhere is not installed: pip install --target var/peers -r benchmarks/support/peers.txt" in out.getvalue()


def contender(name: str, mapper: Mapper) -> Contender:
    return Contender(name, name, mapper)
