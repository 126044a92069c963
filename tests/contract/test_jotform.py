"""The Jotform connector passes the contract suite: only posts to the address with the token enter."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from pydantic import SecretStr
from ruamel.yaml import YAML

from connectors.jotform.connector import Jotform
from connectors.jotform.settings import JotformSettings
from core.contract import InboundRequest, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

TOKEN = "j0tform-t0ken-0123456789"
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "jotform"
RAW = json.dumps({"slug": "submit/1", "q3_name": {"first": "Zoë", "last": "Vandamme"}, "q4_email": "zoe@example.com"}, ensure_ascii=False)


def part(name: str, value: str) -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()


BODY = b"".join([part("formID", "240000000000001"), part("submissionID", "5900000000000000001"), part("rawRequest", RAW)]) + b"--x--\r\n"


def post(body: bytes, token: str, at: datetime) -> InboundRequest:
    """A post as Jotform sends it: unsigned, to the address that it was told."""
    headers = {"content-type": "multipart/form-data; boundary=x"}
    return InboundRequest("POST", f"https://leads.example.com/hooks/jotform/{token}", headers, body, at)


class TestJotform(ContractSuite):
    """One form's webhook."""

    @pytest.fixture
    def bench(self) -> Bench:
        clock = HandClock()
        settings = JotformSettings(token=SecretStr(TOKEN))
        return Bench(
            manifest=load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8"))),
            make=lambda: Jotform(settings, quiet_context(clock)),
            advance=clock.advance,
            secrets=[TOKEN],
            webhook=WebhookSample(body=BODY, sign=post, secret=TOKEN, covers_body=False),
        )
