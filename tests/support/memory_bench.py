"""The memory connector on the contract suite's bench, and a context for it; also for tests that break it on purpose."""

from __future__ import annotations

import hmac
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn

from pydantic import JsonValue, SecretStr
from ruamel.yaml import YAML

import connectors.memory
from connectors.memory.connector import MemoryConnector, MemorySettings
from connectors.memory.faults import Dial, MemoryFault
from connectors.memory.remote import MemoryRemote, register
from core.contract import Context, InboundRequest, Manifest, Match, ObjectName, Sibling, Write, WriteValue, load_manifest
from core.contract.testing import RETRY_AFTER_SECONDS, Bench, FaultKind, FindSample, GroupSample, ReadSample, WebhookSample, WriteSample
from tests.support.http import HandClock

KEY = "memory-key-7f3a"
WEBHOOK_SECRET = "memory-hook-2b9c"
BODY = json.dumps(
    {"delivery": "d1", "records": [{"object": "lead", "id": str(n), "version": "1", "fields": {"last_name": f"Zoë {n}"}} for n in (1, 2)]},
    ensure_ascii=False,
).encode()
DIALS: Mapping[FaultKind, Dial] = {
    FaultKind.RATE_LIMITED: Dial(MemoryFault.RATE_LIMITED, times=-1),
    FaultKind.RATE_LIMITED_WITH_WAIT: Dial(MemoryFault.RATE_LIMITED, times=-1, retry_after=RETRY_AFTER_SECONDS),
    FaultKind.SERVER_ERROR: Dial(MemoryFault.SERVER_ERROR, times=-1),
    FaultKind.TIMEOUT: Dial(MemoryFault.TIMEOUT, times=-1),
    FaultKind.RESET: Dial(MemoryFault.RESET, times=-1),
    FaultKind.RESET_AFTER: Dial(MemoryFault.RESET_AFTER, times=-1, writing_only=True),
    FaultKind.HTML_BODY: Dial(MemoryFault.HTML_BODY, times=-1),
    FaultKind.CUT_OFF_BODY: Dial(MemoryFault.CUT_OFF_AFTER, times=-1, writing_only=True),
    FaultKind.UNAUTHORIZED: Dial(MemoryFault.UNAUTHORIZED, times=-1),
    FaultKind.FORBIDDEN: Dial(MemoryFault.FORBIDDEN, times=-1),
    FaultKind.SAME_PAGE: Dial(MemoryFault.SAME_PAGE, times=-1),
}


class NoTransport:
    """HTTP and SDK transport for connectors that call nothing: any use fails."""

    def send(self, request: object, rows: object = ()) -> NoReturn:
        raise AssertionError(f"unexpected call: {request!r}")

    def requests_session(self) -> Any:
        raise AssertionError("unexpected call")

    def urllib3_pool(self) -> Any:
        raise AssertionError("unexpected call")


def quiet_context(clock: HandClock) -> Context:
    """A context without a network."""
    transport = NoTransport()
    return Context(http=transport, clock=clock, sdk=transport)


class MemoryFaults:
    """The suite's dial, turned at a remote in memory."""

    def __init__(self, remote: MemoryRemote) -> None:
        self._remote = remote

    def set(self, kind: FaultKind) -> None:
        self._remote.faults.clear()
        self._remote.faults.set(DIALS[kind])

    def clear(self) -> None:
        self._remote.faults.clear()


class MemoryTruth:
    """A remote in memory, touched past the connector."""

    def __init__(self, remote: MemoryRemote, clock: HandClock) -> None:
        self._remote = remote
        self._clock = clock

    def seed(self, object_name: str, count: int) -> Sequence[str]:
        start = len(self._remote.table(object_name).rows)
        people = [{"email": f"seed{start + n}@example.com", "last_name": f"Seed {start + n}"} for n in range(count)]
        return [self._remote.create(object_name, person, now=self._clock.now()).id for person in people]

    def change(self, object_name: str, native_id: str) -> None:
        self._remote.edit(object_name, native_id, {"title": f"Head of {self._clock.now():%j %H:%M}"}, now=self._clock.now())

    def delete(self, object_name: str, native_id: str) -> None:
        self._remote.delete(object_name, native_id, now=self._clock.now())

    def records(self, object_name: str) -> Mapping[str, Mapping[str, JsonValue]]:
        return self._remote.records(object_name)


def converted(remote: MemoryRemote, native_id: str, clock: HandClock) -> None:
    """Turn a lead into a contact, an account and an opportunity."""
    remote.convert(native_id, now=clock.now(), into={"account": None, "contact": None, "opportunity": None})


def memory_manifest() -> Manifest:
    """The manifest as it ships."""
    folder = Path(connectors.memory.__file__).parent
    return load_manifest(YAML(typ="safe").load((folder / "manifest.yaml").read_text("utf-8")))


def signed_delivery(body: bytes, secret: str, moment: datetime) -> InboundRequest:
    """A delivery as the remote in memory would send it, signed here by hand."""
    stamp = str(int(moment.timestamp()))
    digest = hmac.new(secret.encode(), stamp.encode() + b"." + body, "sha256").hexdigest()
    headers = {"x-memory-signature": digest, "x-memory-timestamp": stamp, "content-type": "application/json"}
    return InboundRequest("POST", "https://leads.example.com/hooks/memory", headers, body, moment)


def family(number: int) -> Sequence[Write]:
    """A company and one of its people, who points to it."""
    company = Write(f"g{number}-account", ObjectName("account"), {"name": "Byron Engines"}, target=Match.on("external_id", f"G{number}-a"))
    fields: dict[str, WriteValue] = {"last_name": f"Byron {number}", "account": Sibling(company.key)}
    return [company, Write(f"g{number}-contact", ObjectName("contact"), fields, target=Match.on("external_id", f"G{number}-c"))]


def memory_bench(kind: type[MemoryConnector] = MemoryConnector, remote: MemoryRemote | None = None) -> Bench:
    """A bench on an empty remote; `kind` may be a connector that was broken on purpose."""
    account = register(remote or MemoryRemote("bench", key=KEY))
    clock = HandClock()
    settings = MemorySettings(remote=account.name, key=SecretStr(KEY), webhook_secrets=[SecretStr(WEBHOOK_SECRET)])
    wrong = settings.model_copy(update={"key": SecretStr("not-the-key")})
    return Bench(
        manifest=memory_manifest(),
        make=lambda: kind(settings, quiet_context(clock)),
        make_unauthorized=lambda: kind(wrong, quiet_context(clock)),
        advance=clock.advance,
        secrets=[KEY, WEBHOOK_SECRET],
        faults=MemoryFaults(account),
        convert=lambda native_id: converted(account, native_id, clock),
        remote=MemoryTruth(account, clock),
        reading=ReadSample(object="lead", several_pages=250),
        writing=WriteSample(
            object="lead",
            fields=lambda n: {"email": f"ada{n}@example.com", "last_name": f"Byron {n}", "status": "new", "note": f"note {n}"},
            text_field="note",
            bad={"status": "no such status"},
            match=lambda n: Match.on("external_id", f"L{n}"),
        ),
        grouping=GroupSample(writes=family, refers="account", bad={"status": "no such status"}),
        finding=FindSample(object="lead", field="email"),
        webhook=WebhookSample(body=BODY, sign=signed_delivery, secret=WEBHOOK_SECRET, header="x-memory-signature", tolerance_seconds=300),
    )
