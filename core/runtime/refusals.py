"""What the doors do about refused signatures beside answering 401: see a wrong secret in them, and hold what may be real."""

from __future__ import annotations

import hashlib
from base64 import b64decode, b64encode
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.contract import InboundRequest
from core.observe.events import EventCode
from core.observe.log import warn
from core.store.codec import pack, unpack
from core.store.commands.unverified import BURST, NONE_PASS, ClearAlert, HoldUnverified, NoteRefusals
from core.store.vault import Vault

BURST_COUNT = 10
BURST_TIME = timedelta(minutes=10)
"""So many refusals within such a time are no stranger's single try."""
HELD_A_MINUTE = 60
"""Deliveries of a connection that are held within a minute at most, so that nobody fills the disk by knocking."""
_MINUTE = timedelta(minutes=1)

DoorCommand = HoldUnverified | NoteRefusals | ClearAlert


@dataclass(slots=True)
class _Door:
    """What is remembered of a connection since the server started."""

    has_passed: bool = False
    alert: str | None = None
    refused: deque[datetime] = field(default_factory=lambda: deque(maxlen=BURST_COUNT))
    held: deque[datetime] = field(default_factory=lambda: deque(maxlen=HELD_A_MINUTE))


class Refusals:
    """Turns refusals into what has to be written: who is told that it was refused does not wait for it."""

    def __init__(self, workspace: str, vault: Vault) -> None:
        """Take the workspace and what seals the deliveries that are held."""
        self._workspace = workspace
        self._vault = vault
        self._doors: dict[str, _Door] = {}

    def passed(self, connection: str) -> list[DoorCommand]:
        """A delivery was verified; the first one since the start takes back that none is."""
        door = self._doors.setdefault(connection, _Door())
        if door.has_passed:
            return []
        door.has_passed, door.alert = True, None
        return [ClearAlert(self._workspace, connection)]

    def refused(self, connection: str, request: InboundRequest, *, hold: bool) -> list[DoorCommand]:
        """A signature was refused: at once worth an alert where none has passed since the start, which follows a change of secrets."""
        door, at = self._doors.setdefault(connection, _Door()), request.received_at
        door.refused.append(at)
        is_burst = len(door.refused) == BURST_COUNT and at - door.refused[0] <= BURST_TIME
        code = BURST if is_burst else (None if door.has_passed else NONE_PASS)
        commands: list[DoorCommand] = []
        if code is not None:
            if code != door.alert:
                warn(EventCode.INTAKE_SIGNATURES, connection=connection, reason_code=code)
            by = BURST_COUNT if code == BURST and door.alert is None else 1
            commands.append(NoteRefusals(self._workspace, connection, code, at, by))
        door.alert = code
        if hold and not (len(door.held) == HELD_A_MINUTE and at - door.held[0] < _MINUTE):
            door.held.append(at)
            commands.append(self._held(connection, request))
        return commands

    def _held(self, connection: str, request: InboundRequest) -> HoldUnverified:
        content = hashlib.sha256(b"\0".join((request.method.encode(), request.url.encode("utf-8", "replace"), request.body)))
        digest = self._vault.digest("unverified", content.hexdigest()).hex()
        sealed = self._vault.seal_own(_place(self._workspace, connection, digest), _packed(request))
        return HoldUnverified(self._workspace, connection, digest, request.received_at, len(sealed), sealed)


def open_held(vault: Vault, workspace: str, connection: str, digest: str, sealed: bytes) -> InboundRequest:
    """Open a held delivery as it arrived; raises Unreadable."""
    content = unpack(vault.open_own(_place(workspace, connection, digest), sealed))
    return InboundRequest(
        content["method"],
        content["url"],
        content["headers"],
        b64decode(content["body"]),
        datetime.fromisoformat(content["received_at"]),
        content["client"],
    )


def _packed(request: InboundRequest) -> bytes:
    return pack(
        {
            "method": request.method,
            "url": request.url,
            "headers": dict(request.headers),
            "body": b64encode(request.body).decode(),
            "received_at": request.received_at.isoformat(),
            "client": request.client,
        }
    )


def _place(workspace: str, connection: str, digest: str) -> str:
    return f"unverified:{workspace}:{connection}:{digest}"
