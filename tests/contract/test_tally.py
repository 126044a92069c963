"""The Tally connector passes the contract suite: only pushes signed with one of its secrets enter."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from connectors.tally.connector import Tally
from connectors.tally.settings import TallySettings
from core.contract import InboundRequest, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

SECRET = "tally-secret-61c2"
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "tally"
PUSH = {
    "eventId": "ev-1",
    "eventType": "FORM_RESPONSE",
    "createdAt": "2026-03-02T09:29:58.000Z",
    "data": {
        **{"responseId": "r1", "submissionId": "r1", "respondentId": "p1", "formId": "F", "formName": "Ask"},
        "fields": [{"key": "question_1", "label": "Name", "type": "INPUT_TEXT", "value": "Zoë"}],
    },
}


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as Tally does."""
    digest = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode()
    headers = {"content-type": "application/json", "tally-signature": digest}
    return InboundRequest("POST", "https://leads.example.com/hooks/tally", headers, body, at)


class TestTally(ContractSuite):
    """One form's webhook."""

    @pytest.fixture
    def bench(self) -> Bench:
        clock = HandClock()
        settings = TallySettings(secrets=[SecretStr("an-older-secret"), SecretStr(SECRET)])
        return Bench(
            manifest=load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8"))),
            make=lambda: Tally(settings, quiet_context(clock)),
            advance=clock.advance,
            secrets=[SECRET],
            webhook=WebhookSample(body=json.dumps(PUSH, ensure_ascii=False).encode(), sign=sign, secret=SECRET, header="tally-signature"),
        )
