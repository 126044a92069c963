"""Which stored records a record is compared with: those that share keys with it, most and rarest first. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence

from core.flow.identity.blocking import BlockingKey

MOST_POSTINGS = 200
"""Of one key; what more records have says little of any of them, and its list stops growing."""
CROWDED = 60
"""A key that so many records have does not make a candidate by itself: it takes a second key to."""
MOST_CANDIDATES = 50
"""How many records a record is compared with at most, where nothing else is set."""
MOST_LONE = 20
"""Of those that share a single key only the rarest are looked at: further down there is next to nobody."""
_DIGEST_BYTES = 8
_RAREST = 1_000_000


def digest_of(key: BlockingKey, keyed_hash: bytes) -> bytes:
    """The stored form of a key: its kind in one byte, and seven bytes of its keyed hash."""
    return bytes((key.kind,)) + keyed_hash[: _DIGEST_BYTES - 1]


def kind_of(digest: bytes) -> int:
    """Which kind of key this is the stored form of."""
    return digest[0]


def joined(digests: Iterable[bytes]) -> bytes:
    """Write a record's keys into one value."""
    return b"".join(digests)


def parted(postings: bytes) -> list[bytes]:
    """Read what `joined` has written."""
    return [postings[start : start + _DIGEST_BYTES] for start in range(0, len(postings), _DIGEST_BYTES)]


def has_room(records: int) -> bool:
    """Whether a key that so many records have takes another one."""
    return records < MOST_POSTINGS


def ranked(found: Mapping[bytes, Sequence[int]], *, most: int = MOST_CANDIDATES, but: Collection[int] = ()) -> list[int]:
    """Order records by how many keys they share, then by how rare those are, then by their number; give the first `most`.

    Whole numbers only, so that the order is the same everywhere.
    """
    shared: Counter[int] = Counter()
    rarity: Counter[int] = Counter()
    for numbers in found.values():
        if not numbers:
            continue
        weight = _RAREST // len(numbers)
        for number in numbers:
            shared[number] += 1
            rarity[number] += weight
    faint = _RAREST // CROWDED
    chosen = [number for number, count in shared.items() if number not in but and (count > 1 or rarity[number] > faint)]
    chosen.sort(key=lambda number: (-shared[number], -rarity[number], number))
    several = sum(shared[number] > 1 for number in chosen)
    return chosen[: min(most, several + MOST_LONE)]
