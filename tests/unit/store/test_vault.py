"""Encryption at rest: what is moved, orphaned or opened with another key stays shut; the file holds no person."""

from __future__ import annotations

import pytest

from core.runtime.lanes.names import LaneKind, LaneName
from core.store.vault import GcmVault, PlainVault, Unreadable, WrongKey, drawn_at_once
from tests.support.builders import rules
from tests.support.engine import MASTER, running

CANARIES = ("canary.person@example.com", "Zephyrine", "Quillfeather", "Marmalade Works", "302312599", "tell me about looms", "Wunderstadt")


def test_what_was_sealed_opens_for_its_key_and_place() -> None:
    vault = GcmVault(MASTER)
    key = vault.new_key("k1")

    sealed = vault.seal(key, "golden.values", b"hello")

    assert vault.open(vault.open_key("k1", key.wrapped), "golden.values", sealed) == b"hello"
    assert b"hello" not in sealed
    assert vault.seal(key, "golden.values", b"hello") != sealed


def test_a_value_that_was_moved_elsewhere_does_not_open() -> None:
    vault = GcmVault(MASTER)
    mine, other = vault.new_key("k1"), vault.new_key("k2")
    sealed = vault.seal(mine, "link.sent", b"hello")

    for key, place in ((mine, "link.seen"), (other, "link.sent")):
        with pytest.raises(Unreadable, match="does not open with its key"):
            vault.open(key, place, sealed)
    with pytest.raises(Unreadable, match="k2 does not open"):
        vault.open_key("k2", mine.wrapped)


def test_a_value_that_was_changed_by_one_bit_does_not_open() -> None:
    vault = GcmVault(MASTER)
    key = vault.new_key("k1")
    sealed = bytearray(vault.seal(key, "link.sent", b"hello"))
    sealed[-1] ^= 1

    with pytest.raises(Unreadable):
        vault.open(key, "link.sent", bytes(sealed))


@pytest.mark.parametrize("vault", [GcmVault(MASTER), PlainVault()])
def test_a_destroyed_key_says_that_the_person_was_erased(vault: GcmVault | PlainVault) -> None:
    with pytest.raises(Unreadable, match="erased"):
        vault.open_key("k1", None)


def test_another_master_key_is_named_as_the_likely_cause() -> None:
    key = GcmVault(MASTER).new_key("k1")

    with pytest.raises(WrongKey, match=r"Was `database.key` changed\?"):
        GcmVault(bytes(32)).open_key("k1", key.wrapped)


def test_a_master_key_of_the_wrong_length_says_how_to_make_one() -> None:
    with pytest.raises(ValueError, match="openssl rand"):
        GcmVault(b"short")


def test_an_installations_own_secret_opens_in_its_place_only() -> None:
    vault = GcmVault(MASTER)
    sealed = vault.seal_own("token:main:crm", b"secret")

    assert vault.open_own("token:main:crm", sealed) == b"secret"
    with pytest.raises(Unreadable):
        vault.open_own("token:main:other", sealed)


def test_look_ups_depend_on_kind_value_and_master_key() -> None:
    vault, other = GcmVault(MASTER), GcmVault(bytes(32))

    digests = {vault.digest("email", "a"), vault.digest("phone", "a"), vault.digest("email", "b"), other.digest("email", "a")}

    assert len(digests) == 4
    assert vault.digest("email", "a") == GcmVault(MASTER).digest("email", "a")
    assert vault.digest("event", "\ud800") != vault.digest("event", "\ufffd")


def test_plain_values_are_refused_by_an_encrypted_installation_and_sealed_ones_by_a_plain_one() -> None:
    plain, sealed = PlainVault(), GcmVault(MASTER)
    plain_key, key = plain.new_key("k1"), sealed.new_key("k1")

    with pytest.raises(Unreadable, match="encryption: false"):
        sealed.open(key, "link.sent", plain.seal(plain_key, "link.sent", b"x"))
    with pytest.raises(Unreadable, match="encryption: false"):
        sealed.open_own("token", plain.seal_own("token", b"x"))
    with pytest.raises(Unreadable, match="encryption: true"):
        plain.open(plain_key, "link.sent", sealed.seal(key, "link.sent", b"x"))


@pytest.mark.parametrize("encrypted", [True, False])
def test_no_personal_byte_reaches_the_database_file_or_what_lies_beside_it(encrypted: bool) -> None:
    record = {
        "email": CANARIES[0],
        "first_name": CANARIES[1],
        "last_name": CANARIES[2],
        "company": CANARIES[3],
        "phone": "+49" + CANARIES[4],
        "note": CANARIES[5],
        "city": CANARIES[6],
    }
    with running(rules(), vault=None if encrypted else PlainVault()) as engine:
        engine.push(f"row:{CANARIES[0]}", record, native_id=CANARIES[0], raw=repr(record).encode())
        engine.push("e2", record | {"email": f"not an address {CANARIES[0]}"})
        engine.settle()
        engine.push("e3", record | {"city": "Elsewhere"})
        engine.step(LaneName(LaneKind.DECIDE))

        stored = engine.file_bytes()

    found = [canary for canary in CANARIES if canary.encode() in stored]
    assert found == ([] if encrypted else list(CANARIES))


def test_random_bytes_drawn_at_once_are_given_out_once_and_drawn_anew_when_they_are_used_up() -> None:
    chance = drawn_at_once(30)
    taken = [chance(20) for _ in range(4)]
    assert [len(each) for each in taken] == [20] * 4
    joined = b"".join(taken)
    assert len({joined[at : at + 10] for at in range(0, 80, 10)}) == 8
