"""The Calendly connector passes the contract suite: only pushes signed with one of its keys, and in time, enter."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from connectors.calendly.connector import Calendly
from connectors.calendly.settings import CalendlySettings
from core.contract import InboundRequest, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

KEY = "calendly-key-61c2"
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "calendly"
PUSH = {
    "event": "invitee.created",
    "created_at": "2026-03-02T09:29:58.000000Z",
    "payload": {"uri": "https://api.calendly.com/scheduled_events/E/invitees/I", "email": "zoe@example.com", "name": "Zoë"},
}


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as Calendly does."""
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(secret.encode(), seconds.encode() + b"." + body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "calendly-webhook-signature": f"t={seconds},v1={digest}"}
    return InboundRequest("POST", "https://leads.example.com/hooks/calendly", headers, body, at)


class TestCalendly(ContractSuite):
    """One organization's subscription."""

    @pytest.fixture
    def bench(self) -> Bench:
        clock = HandClock()
        settings = CalendlySettings(signing_keys=[SecretStr("an-older-key"), SecretStr(KEY)])
        return Bench(
            manifest=load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8"))),
            make=lambda: Calendly(settings, quiet_context(clock)),
            advance=clock.advance,
            secrets=[KEY],
            webhook=WebhookSample(
                body=json.dumps(PUSH, ensure_ascii=False).encode(),
                sign=sign,
                secret=KEY,
                header="calendly-webhook-signature",
                tolerance_seconds=180,
            ),
        )
