"""The webhook doors: which endpoint stands for which connection, what a delivery there means, and its way to the disk."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from core.contract import ConfigInvalid, ContractBroken, InboundRequest, Outcome, Reply, Role
from core.flow.intake.door import judge
from core.observe.events import EventCode
from core.observe.log import warn
from core.runtime.service import Service
from core.store.commands.intake import AcceptEvents, CountEvents
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.writer import SettleAll, WriterClosed

STATUS_OF_RULE = {"content_type": 415, "method": 405, "too_large": 413}
"""Refusals that HTTP has a word for, by the rule that the connector names; the others are answered as the platform expects."""


@dataclass(frozen=True, slots=True)
class Door:
    """An endpoint: the connector behind it, the token that its path must carry, and the methods that its platform uses."""

    connection: str
    connector: Any
    token: bytes | None
    methods: frozenset[str]


Delivery = tuple[Door, InboundRequest]
"""What arrived, and where."""


class Admission(NamedTuple):
    """What to answer, and what has to be on disk before (None: nothing)."""

    reply: Reply
    to_store: AcceptEvents | None = None


class Doors:
    """All doors of an installation."""

    def __init__(self, service: Service) -> None:
        """Take the service whose store the deliveries go to."""
        self._service = service
        self._doors: dict[str, Door | None] = {}
        self._out_of_order: set[str] = set()

    def find(self, connection: str, token: str) -> Door | None:
        """Find the door of an address; None when there is none or the token is wrong."""
        door = self._door(connection)
        if door is None or (door.token is not None and not hmac.compare_digest(door.token, token.encode())):
            if self.is_out_of_order(connection):
                self.count("endpoint_broken", connection)
            else:
                self.count("unknown_endpoint", "")
            return None
        return door

    def is_out_of_order(self, connection: str) -> bool:
        """Whether there is an endpoint whose connection cannot be opened: senders are to come again, not to give up."""
        return connection in self._out_of_order

    def admit(self, delivery: Delivery) -> Admission:
        """Verify, parse and seal; the reply holds once `to_store` is stored, and is `refuse`d when that fails."""
        door, inbound = delivery
        verdict = judge(door.connector, inbound)
        if verdict.event is not None:
            self.count(verdict.event, door.connection)
            warn(EventCode.INTAKE_REFUSED, connection=door.connection, rule=verdict.rule or verdict.event)
        if verdict.outcome is Outcome.INVALID and verdict.rule in STATUS_OF_RULE:
            return Admission(
                Reply(STATUS_OF_RULE[verdict.rule], (verdict.message or "").encode(), {"content-type": "text/plain; charset=utf-8"})
            )
        reply: Reply = door.connector.answer(inbound, verdict.outcome)
        arrivals = verdict.arrivals
        if verdict.outcome is Outcome.INVALID and reply.status < 300:
            arrivals = (_unusable(inbound, verdict.message),)
        return Admission(reply, self._sealed(door.connection, inbound, arrivals) if arrivals else None)

    def store(self, commands: Sequence[AcceptEvents], settle: SettleAll) -> None:
        """Bring the submissions of admissions to the disk; `settle` is called from the writer's thread. Raises WriterClosed."""
        self._service.writer.hand_over_all(commands, settle)

    def refuse(self, delivery: Delivery, error: BaseException) -> Reply:
        """The reply to a delivery that could not be stored: not stored means not acknowledged."""
        door, inbound = delivery
        warn(EventCode.INTAKE_UNAVAILABLE, connection=door.connection, type=type(error).__name__)
        reply: Reply = door.connector.answer(inbound, Outcome.UNAVAILABLE)
        return reply

    def unread(self, connection: str, rule: str) -> None:
        """Count a delivery whose body was not read to its end, by the name of the rule that it broke."""
        self.count(rule, connection)
        warn(EventCode.INTAKE_REFUSED, connection=connection, rule=rule)

    def wake(self) -> None:
        """Tell the engine that there is something new on disk."""
        self._service.wake()

    def count(self, name: str, label: str) -> None:
        """Count an event that belongs to no record; lost when the store is closing."""
        try:
            self._service.writer.submit(CountEvents(self._service.store.workspace, ((name, label, 1),)))
        except WriterClosed:
            return

    def _sealed(self, connection: str, inbound: InboundRequest, arrivals: tuple[Arrival, ...]) -> AcceptEvents:
        store = self._service.store
        return AcceptEvents(tuple([seal_arrival(store.vault, store.workspace, connection, a, inbound.received_at) for a in arrivals]))

    def _door(self, connection: str) -> Door | None:
        if connection not in self._doors:
            if connection not in self._service.installation.config.connections:
                return None  # not remembered: made-up names must not fill the memory
            self._doors[connection] = self._opened(connection)
        return self._doors[connection]

    def _opened(self, connection: str) -> Door | None:
        manifest = self._service.connections.manifests().get(connection)
        if manifest is None or Role.WEBHOOKS not in manifest.roles:
            return None
        try:
            opened = self._service.connections.open(connection)
        except (ConfigInvalid, ContractBroken) as error:
            warn(EventCode.INTAKE_UNAVAILABLE, connection=connection, type=type(error).__name__)
            self._out_of_order.add(connection)
            return None
        token = getattr(opened.connector.settings, "token", None)
        methods = frozenset(manifest.webhook.methods if manifest.webhook is not None else ("POST",))
        return Door(connection, opened.connector, token.get_secret_value().encode() if token is not None else None, methods)


def _unusable(inbound: InboundRequest, message: str | None) -> Arrival:
    """A delivery that its platform is told to be fine although it cannot be read: it is kept, with the reason."""
    digest = hashlib.sha256(inbound.body).hexdigest()
    return Arrival(f"unreadable:{digest}", "", "", "push", inbound.body, reason_code="unreadable", reason=message)
