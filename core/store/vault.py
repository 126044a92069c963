"""Encryption at rest: one key per subject, wrapped by the master key; look-ups by keyed hash.

AES-256-GCM with a random nonce. The associated data ties each sealed value to its place, so that a value moved to
another row does not open. Destroying a wrapped key erases everything sealed with it, in backups too.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

_cipher = lru_cache(maxsize=1024)(AESGCM)
"""The cipher of a key: several columns of a row are sealed and opened with the same one."""

_PLAIN = b"\x00"
_GCM = b"\x01"
_STORED_PLAIN = "The database was filled with `database.encryption: false`. Set it so again, or start with an empty data folder."


class Unreadable(Exception):
    """A sealed value cannot be opened: its key was destroyed, it was moved, or the master key is another one."""


class WrongKey(Unreadable):
    """The whole installation runs with another key or mode than its database: no record is to blame, and none may be set aside."""


@dataclass(frozen=True, slots=True)
class SubjectKey:
    """An opened key; `wrapped` is what is stored."""

    id: str
    secret: bytes
    wrapped: bytes


Chance = Callable[[int], bytes]
"""Gives as many random bytes as asked for, none of them twice."""


def drawn_at_once(size: int) -> Chance:
    """Random bytes for what is sealed in a row: asking the system for each lets other threads in, and they take their time."""
    read = BytesIO(os.urandom(size)).read

    def chance(count: int) -> bytes:
        taken = read(count)
        return taken if len(taken) == count else os.urandom(count)

    return chance


class Vault(Protocol):
    """Seals and opens personal bytes, and hashes look-up values."""

    def new_key(self, key_id: str) -> SubjectKey:
        """Make a key for a new subject."""
        ...

    def seal_apart(self, key_id: str, contents: Sequence[tuple[str, bytes]], chance: Chance | None = None) -> tuple[bytes, list[bytes]]:
        """Seal `(place, content)` pairs with a new key that nothing else will be sealed with; gives it wrapped, and them sealed.

        `chance` is where the random bytes come from: `drawn_at_once` for many in a row.
        """
        ...

    def open_key(self, key_id: str, wrapped: bytes | None) -> SubjectKey:
        """Unwrap a stored key; raises Unreadable when it was destroyed."""
        ...

    def seal(self, key: SubjectKey, place: str, content: bytes) -> bytes:
        """Encrypt `content` for `place` (table and column)."""
        ...

    def open(self, key: SubjectKey, place: str, sealed: bytes) -> bytes:
        """Decrypt; raises Unreadable."""
        ...

    def seal_own(self, place: str, content: bytes) -> bytes:
        """Encrypt what belongs to the installation rather than to a person (a connection's token)."""
        ...

    def open_own(self, place: str, sealed: bytes) -> bytes:
        """Decrypt what `seal_own` made."""
        ...

    def digest(self, kind: str, value: str) -> bytes:
        """Hash a look-up value so that it can be compared but not read or guessed without the master key."""
        ...


class GcmVault:
    """The vault used everywhere but in trials."""

    def __init__(self, master: bytes, chance: Chance = os.urandom) -> None:
        """Derive the wrapping and the look-up key from 32 master bytes."""
        if len(master) != 32:
            raise ValueError("The database key must be 32 bytes. Make one with `openssl rand -base64 32`.")
        self._wrapping = AESGCM(hmac.digest(master, b"leadloom wrapping key v1", "sha256"))
        self._lookup = HMAC(hmac.digest(master, b"leadloom look-up key v1", "sha256"), SHA256())
        self._chance = chance
        self._unwrap = lru_cache(maxsize=4096)(self._unwrap_once)

    def new_key(self, key_id: str) -> SubjectKey:
        """Make 32 random bytes and wrap them; the wrapped form opens under this key id only."""
        secret, nonce = self._chance(32), self._chance(12)
        return SubjectKey(key_id, secret, nonce + self._wrapping.encrypt(nonce, secret, key_id.encode()))

    def seal_apart(self, key_id: str, contents: Sequence[tuple[str, bytes]], chance: Chance | None = None) -> tuple[bytes, list[bytes]]:
        """The same as `new_key` and `seal`, with one draw of random bytes: every delivery at the door takes this way."""
        drawn = (chance or self._chance)(44 + 12 * len(contents))
        secret, nonce = drawn[:32], drawn[32:44]
        cipher = AESGCM(secret)
        sealed = []
        for at, (place, content) in enumerate(contents):
            own = drawn[44 + 12 * at : 56 + 12 * at]
            sealed.append(_GCM + own + cipher.encrypt(own, content, place.encode()))
        return nonce + self._wrapping.encrypt(nonce, secret, key_id.encode()), sealed

    def open_key(self, key_id: str, wrapped: bytes | None) -> SubjectKey:
        """Unwrap, remembering recent ones."""
        if wrapped is None:
            raise Unreadable(f"The key {key_id} was destroyed (the person was erased).")
        return self._unwrap(key_id, wrapped)

    def _unwrap_once(self, key_id: str, wrapped: bytes) -> SubjectKey:
        try:
            return SubjectKey(key_id, self._wrapping.decrypt(wrapped[:12], wrapped[12:], key_id.encode()), wrapped)
        except InvalidTag as error:
            raise WrongKey(f"The key {key_id} does not open with this database key. Was `database.key` changed?") from error

    def seal(self, key: SubjectKey, place: str, content: bytes) -> bytes:
        """Encrypt with a fresh nonce; 29 bytes longer than the content."""
        nonce = self._chance(12)
        return _GCM + nonce + _cipher(key.secret).encrypt(nonce, content, place.encode())

    def open(self, key: SubjectKey, place: str, sealed: bytes) -> bytes:
        """Decrypt what `seal` made for the same key and place. A plain value is refused: somebody may have put it there."""
        if sealed[:1] != _GCM:
            raise WrongKey(_STORED_PLAIN)
        try:
            return _cipher(key.secret).decrypt(sealed[1:13], sealed[13:], place.encode())
        except InvalidTag as error:
            raise Unreadable(f"A sealed value in {place} does not open with its key.") from error

    def seal_own(self, place: str, content: bytes) -> bytes:
        """Encrypt with the wrapping key itself."""
        nonce = self._chance(12)
        return _GCM + nonce + self._wrapping.encrypt(nonce, content, place.encode())

    def open_own(self, place: str, sealed: bytes) -> bytes:
        """Decrypt what `seal_own` made for the same place."""
        if sealed[:1] != _GCM:
            raise WrongKey(_STORED_PLAIN)
        try:
            return self._wrapping.decrypt(sealed[1:13], sealed[13:], place.encode())
        except InvalidTag as error:
            raise Unreadable(f"A sealed value in {place} does not open with this database key.") from error

    def digest(self, kind: str, value: str) -> bytes:
        """HMAC-SHA256 over kind and value, cut to 16 bytes."""
        keyed = self._lookup.copy()  # the key is set up once: that costs more than hashing a short value
        keyed.update(f"{kind}\x00{value}".encode("utf-8", "surrogatepass"))
        return keyed.finalize()[:16]


class PlainVault:
    """For trials with `database.encryption: false`: values stand in clear, look-ups are plain hashes."""

    def new_key(self, key_id: str) -> SubjectKey:
        """Make a key without a secret."""
        return SubjectKey(key_id, b"", b"plain")

    def seal_apart(
        self,
        key_id: str,  # noqa: ARG002 - the protocol's parameters
        contents: Sequence[tuple[str, bytes]],
        chance: Chance | None = None,  # noqa: ARG002
    ) -> tuple[bytes, list[bytes]]:
        """Mark the contents as plain."""
        return b"plain", [_PLAIN + content for _, content in contents]

    def open_key(self, key_id: str, wrapped: bytes | None) -> SubjectKey:
        """Refuse destroyed keys, as the real one does."""
        if wrapped is None:
            raise Unreadable(f"The key {key_id} was destroyed (the person was erased).")
        return SubjectKey(key_id, b"", wrapped)

    def seal(self, key: SubjectKey, place: str, content: bytes) -> bytes:  # noqa: ARG002 - the protocol's parameters
        """Mark the content as plain."""
        return _PLAIN + content

    def open(self, key: SubjectKey, place: str, sealed: bytes) -> bytes:  # noqa: ARG002 - the protocol's parameters
        """Read plain content; an encrypted value needs the key."""
        if sealed[:1] != _PLAIN:
            raise WrongKey(f"A value in {place} is encrypted. Set `database.encryption: true` and give the key it was made with.")
        return sealed[1:]

    def seal_own(self, place: str, content: bytes) -> bytes:  # noqa: ARG002 - the protocol's parameters
        """Mark the content as plain."""
        return _PLAIN + content

    def open_own(self, place: str, sealed: bytes) -> bytes:
        """Read plain content; an encrypted value needs the key."""
        return self.open(SubjectKey("", b"", b""), place, sealed)

    def digest(self, kind: str, value: str) -> bytes:
        """SHA-256 over kind and value, cut to 16 bytes."""
        return hashlib.sha256(f"{kind}\x00{value}".encode("utf-8", "surrogatepass")).digest()[:16]
