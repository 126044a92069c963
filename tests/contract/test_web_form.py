"""The web form connector passes the contract suite: an endpoint that only posts signed by a Standard Webhooks secret enter."""

from __future__ import annotations

import base64
import hashlib
import hmac
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from connectors.web_form.connector import WebForm
from connectors.web_form.settings import WebFormSettings
from core.contract import InboundRequest, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from tests.support.form_plugins import POSTS
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

TOKEN = "f0rm-t0ken-0123456789"
SECRET = base64.b64encode(b"a-key-of-twenty-four-byt").decode()
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "web_form"


def sign(body: bytes, secret: str, at: datetime, content_type: str = "application/json") -> InboundRequest:
    """A post signed as Standard Webhooks 1.0.0 says."""
    seconds = str(int(at.timestamp()))
    digest = hmac.digest(base64.b64decode(secret), b"msg_7." + seconds.encode() + b"." + body, hashlib.sha256)
    headers = {
        "content-type": content_type,
        "webhook-id": "msg_7",
        "webhook-timestamp": seconds,
        "webhook-signature": "v1," + base64.b64encode(digest).decode(),
    }
    return InboundRequest("POST", f"https://leads.example.com/hooks/site/{TOKEN}", headers, body, at)


def form_bench(body: bytes, content_type: str) -> Bench:
    """An endpoint that takes signed posts of one media type."""
    clock = HandClock()
    settings = WebFormSettings(token=SecretStr(TOKEN), secrets=[SecretStr(f"whsec_{SECRET}")])

    def signed(body: bytes, secret: str, at: datetime, **_: Any) -> InboundRequest:
        return sign(body, secret, at, content_type)

    return Bench(
        manifest=load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8"))),
        make=lambda: WebForm(settings, quiet_context(clock)),
        advance=clock.advance,
        secrets=[TOKEN, SECRET],
        webhook=WebhookSample(body=body, sign=signed, secret=SECRET, header="webhook-signature", tolerance_seconds=300),
    )


class TestWebFormWithJson(ContractSuite):
    """Several submissions in one post."""

    @pytest.fixture
    def bench(self) -> Bench:
        return form_bench('[{"email":"ada@example.com","name":"Zoë"},{"email":"bob@example.org"}]'.encode(), "application/json")


class TestWebFormUrlencoded(ContractSuite):
    """What a browser sends."""

    @pytest.fixture
    def bench(self) -> Bench:
        return form_bench(b"email=ada%40example.com&fields[name]=Zo%C3%AB&tags[]=a&tags[]=b", "application/x-www-form-urlencoded")


class TestWebFormMultipart(ContractSuite):
    """What a browser sends when there is a file."""

    @pytest.fixture
    def bench(self) -> Bench:
        body = b'--x\r\nContent-Disposition: form-data; name="email"\r\n\r\nada@example.com\r\n--x--\r\n'
        return form_bench(body, "multipart/form-data; boundary=x")


class TestWebFormWithFormPlugins(ContractSuite):
    """What each form plugin posts."""

    @pytest.fixture(params=POSTS.values(), ids=list(POSTS))
    def bench(self, request: pytest.FixtureRequest) -> Bench:
        return form_bench(request.param.body, request.param.content_type)
