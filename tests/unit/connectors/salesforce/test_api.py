"""Paths and SOQL text cannot be bent by what a value contains."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.salesforce.api import CONDITION_CHARACTERS, Paths, api_name, chunks_that_fit, is_record_id, read_time, segment, text_literal
from connectors.salesforce.query import json_body
from connectors.salesforce.rows import read_row
from core.contract import ContractBroken, Match, ObjectName, Write
from sandbox.salesforce.soql_text import read_query
from sandbox.salesforce.soql_tree import Comparison

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


@given(TEXTS)
def test_a_segment_never_leaves_its_place(value: str) -> None:
    if value in {".", ".."}:
        with pytest.raises(ContractBroken):
            segment(value)
        return
    path = Paths("64.0").of("sobjects", "Lead", value)
    assert path.startswith("/services/data/v64.0/sobjects/Lead/")
    assert path.count("/") == 6
    assert not set("?#\\ ") & set(path)
    assert unquote(path.rpartition("/")[2]) == value


@given(TEXTS)
def test_an_external_id_stands_in_the_body_word_for_word_and_in_no_path(value: str) -> None:
    write = Write(key="k", object=ObjectName("Lead"), fields={"LastName": "Archer"}, target=Match.on("Leadloom_Id__c", value))
    row = read_row(0, write)
    assert Paths("64.0").collections(row.operation.object, row.operation.key or "") == (
        "/services/data/v64.0/composite/sobjects/Lead/Leadloom_Id__c"
    )
    assert row.body()["Leadloom_Id__c"] == value
    assert json_body(row.body())


@given(TEXTS)
def test_a_quoted_text_is_read_as_one_literal_with_the_same_content(value: str) -> None:
    where = read_query(f"SELECT Id FROM Lead WHERE Email = {text_literal(value)}").where
    assert isinstance(where, Comparison)
    assert where.values[0].content == value


@pytest.mark.parametrize("name", ["", "Lead WHERE", "a.b", "a/b", "1a", "Leád"])
def test_a_name_that_is_none_never_becomes_soql(name: str) -> None:
    with pytest.raises(ContractBroken):
        api_name(name)


@given(st.lists(st.text(max_size=300), max_size=600))
def test_chunks_keep_every_piece_in_order_and_fit(pieces: list[str]) -> None:
    cuts = [pieces[cut] for cut in chunks_that_fit(pieces)]
    assert [piece for cut in cuts for piece in cut] == pieces
    assert all(len(cut) <= 200 for cut in cuts)
    assert all(sum(len(piece) + 4 for piece in cut) <= CONDITION_CHARACTERS for cut in cuts if len(cut) > 1)


def test_times_are_aware_or_refused() -> None:
    assert read_time("2026-01-01T02:00:00.000+0100") == datetime(2026, 1, 1, 1, tzinfo=UTC)
    with pytest.raises(ValueError, match="offset"):
        read_time("2026-01-01T00:00:00")


@pytest.mark.parametrize(("text", "expected"), [("00QRO0000000001", True), ("00QRO0000000001AAA", True), ("L1", False), ("a,b", False)])
def test_ids_are_told_from_other_texts(text: str, expected: bool) -> None:
    assert is_record_id(text) is expected
