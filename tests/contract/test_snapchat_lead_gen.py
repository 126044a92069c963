"""The Snapchat lead generation connector passes the contract suite, signed and unsigned."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from connectors.snapchat_lead_gen.connector import SnapchatLeadGen
from connectors.snapchat_lead_gen.settings import SnapchatLeadGenSettings
from core.contract import InboundRequest, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

TOKEN = "sn4p-t0ken-0123456789"
SECRET = "snap-hmac-secret-61c2"
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "snapchat_lead_gen"
BODY = json.dumps({"lead_id": "501", "form_id": "7", "create_time": "1772442000123", "first_name": "Zoë"}, ensure_ascii=False).encode()


def post(body: bytes, token: str, at: datetime) -> InboundRequest:
    """An unsigned push to the address that Snap was told."""
    return InboundRequest("POST", f"https://leads.example.com/hooks/snap/{token}", {"content-type": "application/json"}, body, at)


def sign(body: bytes, secret: str, at: datetime) -> InboundRequest:
    """A push signed in the way that the settings of this test say."""
    digest = hmac.digest(secret.encode(), body, hashlib.sha256).hex()
    headers = {"content-type": "application/json", "x-snap-signature": digest}
    return InboundRequest("POST", f"https://leads.example.com/hooks/snap/{TOKEN}", headers, body, at)


def snap_bench(sample: WebhookSample, **settings: object) -> Bench:
    clock = HandClock()
    return Bench(
        manifest=load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8"))),
        make=lambda: SnapchatLeadGen(SnapchatLeadGenSettings.model_validate({"token": TOKEN, **settings}), quiet_context(clock)),
        advance=clock.advance,
        secrets=[SECRET, TOKEN],
        webhook=sample,
    )


class TestUnsignedSnapchat(ContractSuite):
    """The token in the address guards alone."""

    @pytest.fixture
    def bench(self) -> Bench:
        return snap_bench(WebhookSample(body=BODY, sign=post, secret=TOKEN, covers_body=False))


class TestSignedSnapchat(ContractSuite):
    """The admin has found out how Snap signs."""

    @pytest.fixture
    def bench(self) -> Bench:
        sample = WebhookSample(body=BODY, sign=sign, secret=SECRET, header="x-snap-signature")
        return snap_bench(sample, signature={"secrets": ["an-older-secret", SECRET], "header": "X-Snap-Signature"})
