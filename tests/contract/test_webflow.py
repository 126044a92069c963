"""The Webflow connector passes the contract suite, signed and unsigned."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from connectors.webflow.connector import Webflow
from connectors.webflow.settings import WebflowSettings
from core.contract import InboundRequest, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

SECRET = "webflow-secret-61c2"
TOKEN = "w3bflow-t0ken-0123456789"
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "webflow"
PUSH = {
    "triggerType": "form_submission",
    "payload": {"name": "Ask", "siteId": "s1", "id": "i1", "submittedAt": "2026-03-02T09:29:58.000Z", "data": {"Name": "Zoë"}},
}
BODY = json.dumps(PUSH, ensure_ascii=False).encode()


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed as Webflow does."""
    milliseconds = str(int(at.timestamp() * 1000))
    digest = hmac.digest(secret.encode(), milliseconds.encode() + b":" + body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-webflow-timestamp": milliseconds, "x-webflow-signature": digest}
    return InboundRequest("POST", "https://leads.example.com/hooks/webflow", headers, body, at)


def post(body: bytes, token: str, at: datetime) -> InboundRequest:
    """A push of a webhook made in the dashboard: unsigned, to the address that it was told."""
    return InboundRequest("POST", f"https://leads.example.com/hooks/webflow/{token}", {"content-type": "application/json"}, body, at)


def webflow_bench(sample: WebhookSample, **settings: object) -> Bench:
    clock = HandClock()
    return Bench(
        manifest=load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8"))),
        make=lambda: Webflow(WebflowSettings.model_validate(settings), quiet_context(clock)),
        advance=clock.advance,
        secrets=[SECRET, TOKEN],
        webhook=sample,
    )


class TestSignedWebflow(ContractSuite):
    """A webhook made through the API."""

    @pytest.fixture
    def bench(self) -> Bench:
        sample = WebhookSample(body=BODY, sign=sign, secret=SECRET, header="x-webflow-signature", tolerance_seconds=300)
        return webflow_bench(sample, secrets=["an-older-secret", SECRET])


class TestUnsignedWebflow(ContractSuite):
    """A webhook made in the dashboard."""

    @pytest.fixture
    def bench(self) -> Bench:
        return webflow_bench(WebhookSample(body=BODY, sign=post, secret=TOKEN, covers_body=False), token=TOKEN)
