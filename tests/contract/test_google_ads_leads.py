"""The Google Ads lead form connector passes the contract suite: only a delivery with a configured key enters."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from connectors.google_ads_leads.connector import GoogleAdsLeads
from connectors.google_ads_leads.settings import GoogleAdsLeadsSettings
from core.contract import InboundRequest, load_manifest
from core.contract.testing import Bench, ContractSuite, WebhookSample
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

KEY = "google-key-0123456789"
FOLDER = Path(__file__).resolve().parents[2] / "connectors" / "google_ads_leads"
LEAD = {
    "lead_id": "TeSter-0101",
    "user_column_data": [
        {"column_id": "FULL_NAME", "string_value": "Zoë Byron"},
        {"column_id": "EMAIL", "string_value": "zoe@example.com", "column_name": "User Email"},
    ],
    "api_version": "1.0",
    "form_id": 7005550101,
    "campaign_id": 8005550101,
    "gcl_id": "EAIaIQob-Example",
}


def send(body: bytes, key: str, at: datetime) -> InboundRequest:
    """A delivery that shows its key in the body."""
    document = {**json.loads(body), "google_key": key}
    url = "https://leads.example.com/hooks/google"
    return InboundRequest("POST", url, {"content-type": "application/json"}, json.dumps(document).encode(), at)


class TestGoogleAdsLeads(ContractSuite):
    """One endpoint."""

    @pytest.fixture
    def bench(self) -> Bench:
        clock = HandClock()
        settings = GoogleAdsLeadsSettings.model_validate({"keys": ["another-key-0123456789", KEY]})
        return Bench(
            manifest=load_manifest(YAML(typ="safe").load((FOLDER / "manifest.yaml").read_text("utf-8"))),
            make=lambda: GoogleAdsLeads(settings, quiet_context(clock)),
            advance=clock.advance,
            secrets=[KEY],
            webhook=WebhookSample(body=json.dumps(LEAD).encode(), sign=send, secret=KEY, covers_body=False),
        )
