"""Outbound messages: SOAP notifications about written rows, repeated with growing gaps until they are acknowledged."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from xml.sax.saxutils import escape

from sandbox.salesforce.dials import OutboundMessage
from sandbox.salesforce.table import Row
from sandbox.wire import Push

MOST_IN_ONE = 100
_ACK = rb"<(?:\w+:)?Ack>\s*true\s*</"
_FIRST_GAP = timedelta(seconds=15)
_LONGEST_GAP = timedelta(hours=2)
_KEEP_TRYING = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class _Pending:
    number: int
    rule: int
    row_id: str
    at: datetime


@dataclass(slots=True)
class Outbox:
    """Notifications not yet sent and messages to be repeated."""

    number: int = 0
    pending: list[_Pending] = field(default_factory=list)
    retries: list[Push] = field(default_factory=list)

    def note(self, rules: Sequence[OutboundMessage], kind: str, row: Row, now: datetime) -> None:
        """Queue a notification for every rule about this object."""
        for at, rule in enumerate(rules):
            if rule.object == kind:
                self.number += 1
                self.pending.append(_Pending(self.number, at, row["Id"], now))

    def take(self, rules: Sequence[OutboundMessage], row_of: Callable[[str], Row | None], now: datetime) -> list[Push]:
        """The messages due: up to 100 notifications each, with the rows' latest state."""
        due = [push for push in self.retries if push.due <= now]
        self.retries = [push for push in self.retries if push.due > now]
        waiting, self.pending = self.pending, []
        for at, rule in enumerate(rules):
            mine = [one for one in waiting if one.rule == at]
            for start in range(0, len(mine), MOST_IN_ONE):
                due.append(self._message(rule, mine[start : start + MOST_IN_ONE], row_of, now))
        return due

    def settle(self, push: Push, status: int | None, now: datetime) -> None:
        """Keep a message that was not acknowledged, for another try within 24 hours, each gap twice the last up to 2 hours.

        A 2xx without `<Ack>true</Ack>` comes in as None, by the push's `accepts`.
        """
        gap = min(_FIRST_GAP * 2**push.attempt, _LONGEST_GAP)
        is_taken = status is not None and 200 <= status < 300
        if not is_taken and now + gap <= datetime.fromisoformat(push.mark) + _KEEP_TRYING:
            self.retries.append(replace(push, due=now + gap, attempt=push.attempt + 1))

    def _message(self, rule: OutboundMessage, batch: list[_Pending], row_of: Callable[[str], Row | None], now: datetime) -> Push:
        rows = [(one.number, row_of(one.row_id)) for one in batch]
        notes = "".join(_notification(rule, number, row) for number, row in rows if row is not None)
        body = (
            '<?xml version="1.0" encoding="UTF-8"?>'
            '<soapenv:Envelope xmlns:soapenv="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
            '<soapenv:Body><notifications xmlns="http://soap.sforce.com/2005/09/outbound">'
            f"<OrganizationId>00DRO00000000012AA</OrganizationId><ActionId>04kRO0000000001</ActionId>"
            f'<SessionId xsi:nil="true"/><EnterpriseUrl/><PartnerUrl/>{notes}</notifications></soapenv:Body></soapenv:Envelope>'
        )
        headers = {"content-type": "text/xml; charset=utf-8", "soapaction": '""'}
        return Push(rule.url, body.encode(), headers, now, timeout_seconds=60.0, mark=now.isoformat(), accepts=_ACK)


def notification_ids(body: bytes) -> list[str]:
    """The ids of the notifications in a message, in order; a receiver tells repeats by them."""
    return re.findall(r"<Notification><Id>(\w+)</Id>", body.decode())


def _notification(rule: OutboundMessage, number: int, row: Row) -> str:
    told = "".join(f"<sf:{name}>{escape(str(row[name]))}</sf:{name}>" for name in rule.fields if row.get(name) is not None)
    space = 'xmlns:sf="urn:sobject.enterprise.soap.sforce.com"'
    record = f'<sObject xsi:type="sf:{rule.object}" {space}>{told}</sObject>'
    return f"<Notification><Id>04lRO{number:010d}</Id>{record}</Notification>"
