"""Which records a record is compared with does not depend on the order in which they came, as long as no key is full."""

from __future__ import annotations

import random
from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from core.flow.identity.blocking import BlockingKey
from core.flow.identity.candidates import MOST_LONE, MOST_POSTINGS, digest_of, has_room, joined, kind_of, parted, ranked

KEYS = st.frozensets(st.integers(0, 9), max_size=5)
"""The keys of a record, by number."""


def found_by(records: dict[str, frozenset[int]], order: list[str], wanted: frozenset[int]) -> list[str]:
    """The candidates by name, when the records came in this order."""
    numbers = {name: number for number, name in enumerate(order, start=1)}
    postings: defaultdict[bytes, list[int]] = defaultdict(list)
    for name in order:
        for key in records[name]:
            if has_room(len(postings[bytes([key])])):
                postings[bytes([key])].append(numbers[name])
    found = {bytes([key]): postings[bytes([key])] for key in wanted if bytes([key]) in postings}
    return [order[number - 1] for number in ranked(found)]


@given(st.lists(KEYS, max_size=MOST_LONE), KEYS, st.integers())
def test_candidates_do_not_depend_on_the_order_of_arrival(given_keys: list[frozenset[int]], wanted: frozenset[int], seed: int) -> None:
    records = {f"r{number}": keys for number, keys in enumerate(given_keys)}
    order = list(records)
    shuffled = random.Random(seed).sample(order, len(order))

    assert set(found_by(records, order, wanted)) == set(found_by(records, shuffled, wanted))


@given(st.lists(KEYS, max_size=40), KEYS)
def test_whoever_shares_more_keys_comes_first(given_keys: list[frozenset[int]], wanted: frozenset[int]) -> None:
    records = {f"r{number}": keys for number, keys in enumerate(given_keys)}

    shared = [len(records[name] & wanted) for name in found_by(records, list(records), wanted)]

    assert shared == sorted(shared, reverse=True)
    assert 0 not in shared


def test_of_records_that_share_as_many_keys_those_with_the_rarer_ones_come_first() -> None:
    rare, usual = b"rare", b"usual"

    assert ranked({rare: [9], usual: [1, 2, 3]}) == [9, 1, 2, 3]


def test_one_crowded_key_alone_makes_no_candidate_and_two_do() -> None:
    crowd = list(range(1, 101))

    assert ranked({b"a": crowd}) == []
    assert ranked({b"a": crowd, b"b": [7]}) == [7]


def test_of_those_that_share_one_key_the_rarest_are_taken() -> None:
    assert ranked({b"a": list(range(1, 51)), b"b": [99]}) == [99, *range(1, MOST_LONE)]


def test_no_more_are_given_than_asked_for_and_never_the_record_itself() -> None:
    assert ranked({b"a": [1, 2, 3, 4]}, most=2, but={1}) == [2, 3]


def test_a_key_takes_two_hundred_records() -> None:
    assert has_room(MOST_POSTINGS - 1)
    assert not has_room(MOST_POSTINGS)


@given(st.lists(st.binary(min_size=16, max_size=16), max_size=9))
def test_stored_keys_are_read_as_they_were_written(hashes: list[bytes]) -> None:
    digests = [digest_of(BlockingKey(7, ""), each) for each in hashes]

    assert parted(joined(digests)) == digests
    assert {kind_of(each) for each in digests} <= {7}
