"""The webhook doors: which endpoint stands for which connection, what a delivery there means, and its way to the disk."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from core.contract import ConfigInvalid, ContractBroken, InboundRequest, Outcome, Reply, Role
from core.contract.manifest import WebhookFacts
from core.flow.intake.door import Verdict, reading, refusal
from core.observe.events import EventCode
from core.observe.log import warn
from core.runtime.refusals import DoorCommand, Refusals
from core.runtime.service import Service
from core.store.commands.intake import AcceptEvents, CountEvents
from core.store.inbox_seal import Arrival, seal_arrival
from core.store.vault import Chance, drawn_at_once
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
    holds: bool = False
    """Whether deliveries with a wrong signature are held: their platform does not send them again."""


_DRAWN_EACH = 68
"""Random bytes that one delivery is sealed with: the key, and a nonce for it, the raw body and the record."""

Delivery = tuple[Door, InboundRequest]
"""What arrived, and where."""


class Admission(NamedTuple):
    """What to answer, and what has to be on disk before (None: nothing)."""

    reply: Reply
    to_store: AcceptEvents | None = None


class _Case:
    """A delivery on its way through the steps."""

    __slots__ = ("arrivals", "door", "error", "inbound", "reply", "to_store", "verdict")

    def __init__(self, delivery: Delivery) -> None:
        self.door, self.inbound = delivery
        self.verdict: Verdict | None = None
        self.reply: Reply | None = None
        self.arrivals: tuple[Arrival, ...] = ()
        self.to_store: AcceptEvents | None = None
        self.error: Exception | None = None


class Doors:
    """All doors of an installation."""

    def __init__(self, service: Service) -> None:
        """Take the service whose store the deliveries go to."""
        self._service = service
        self._doors: dict[str, Door | None] = {}
        self._out_of_order: set[str] = set()
        self._refusals = Refusals(service.store.workspace, service.store.vault)

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

    def admit_all(self, deliveries: Sequence[Delivery]) -> list[Admission]:
        """Verify, parse and seal; a reply holds once its `to_store` is stored, and is `refuse`d when that fails.

        All are verified, then all parsed, then all sealed: the processor has each step's code at hand, and takes two thirds
        of the time. What goes wrong with one, whatever it is, is answered as not stored and does not touch the others.
        """
        cases = [_Case(delivery) for delivery in deliveries]
        seal = partial(self._seal, drawn_at_once(_DRAWN_EACH * len(cases)))
        for step in (self._verify, self._read, self._conclude, seal):
            for case in cases:
                if case.error is None:
                    try:
                        step(case)
                    except Exception as error:  # noqa: BLE001 - the web handler's own net: not stored means not acknowledged
                        case.error = error
        return [self._admission(case) for case in cases]

    @staticmethod
    def _verify(case: _Case) -> None:
        case.verdict = refusal(case.door.connector, case.inbound)

    @staticmethod
    def _read(case: _Case) -> None:
        if case.verdict is None:
            case.verdict = reading(case.door.connector, case.inbound)

    def _conclude(self, case: _Case) -> None:
        door, inbound, verdict = case.door, case.inbound, case.verdict
        assert verdict is not None
        self._watch_signatures(door, inbound, verdict)
        if verdict.event is not None:
            self.count(verdict.event, door.connection)
            warn(EventCode.INTAKE_REFUSED, connection=door.connection, rule=verdict.rule or verdict.event)
        case.arrivals = (unusable(inbound, verdict.message),) if verdict.outcome is Outcome.INVALID else verdict.arrivals
        if verdict.rule in STATUS_OF_RULE and verdict.outcome is Outcome.INVALID:
            text = {"content-type": "text/plain; charset=utf-8"}
            case.reply = Reply(STATUS_OF_RULE[verdict.rule], (verdict.message or "").encode(), text)
            return
        case.reply = door.connector.answer(inbound, verdict.outcome)
        if verdict.look:  # not waited for: where it is lost, the next poll reads the same
            self._service.look(door.connection)

    def _watch_signatures(self, door: Door, inbound: InboundRequest, verdict: Verdict) -> None:
        """Not waited for: what is noted here decides about no answer."""
        commands: list[DoorCommand] = []
        if verdict.outcome is Outcome.REFUSED:
            commands = self._refusals.refused(door.connection, inbound, hold=door.holds and inbound.method == "POST")
        elif verdict.outcome is not Outcome.UNAVAILABLE:
            commands = self._refusals.passed(door.connection)
        for command in commands:
            with suppress(WriterClosed):
                self._service.writer.submit(command)

    def _seal(self, chance: Chance, case: _Case) -> None:
        if case.arrivals:
            store, inbound = self._service.store, case.inbound
            workspace, connection, at = store.workspace, case.door.connection, inbound.received_at
            entries = tuple([seal_arrival(store.vault, workspace, connection, arrival, at, chance) for arrival in case.arrivals])
            case.to_store = AcceptEvents(entries)

    def _admission(self, case: _Case) -> Admission:
        if case.error is not None:
            return Admission(self.refuse((case.door, case.inbound), case.error))
        assert case.reply is not None
        return Admission(case.reply, case.to_store)

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
        facts = manifest.webhook or WebhookFacts()
        asked = self._service.installation.config.connections[connection].hold_unverified
        holds = not facts.retries_after_4xx if asked is None else asked
        secret = token.get_secret_value().encode() if token is not None else None
        return Door(connection, opened.connector, secret, frozenset(facts.methods), holds)


def unusable(inbound: InboundRequest, message: str | None) -> Arrival:
    """A genuine delivery that cannot be read: it is kept as it came, with the reason, whatever its sender is told.

    Whoever filled in a form does not come again because of a 400, and most platforms do not either.
    """
    digest = hashlib.sha256(inbound.body).hexdigest()
    return Arrival(f"unreadable:{digest}", "", "", "push", inbound.body, reason_code="unreadable", reason=message)
