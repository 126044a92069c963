"""Run stand-ins together from the command line: one shared clock, one line of output each, a state file for other programs."""

from __future__ import annotations

import argparse
import json
import sys
import threading
from base64 import b64encode
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, TextIO, cast

from sandbox.clock import DialClock
from sandbox.shell import Served
from sandbox.wire import StandIn

Dial = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Offer:
    """A stand-in that can be run: where its class lies, the credentials to use with it, and the dials that fill it for a demo.

    The credentials are fixed and public: they open nothing but a sandbox.
    """

    module: str
    class_name: str
    credentials: Mapping[str, str]
    demo: Sequence[Dial] = (("seed_demo", {}),)

    def make(self) -> StandIn:
        """Import and construct it; nothing is imported for stand-ins that are not run."""
        return cast(StandIn, getattr(import_module(self.module), self.class_name)())


def _demo_lead(first: str, last: str, company: str, email: str, phone: str) -> Dial:
    fields = {"FirstName": first, "LastName": last, "Company": company, "Email": email, "Phone": phone, "LeadSource": "Web"}
    return "create", {"object": "Lead", "fields": fields}


_DEMO_ROWS = (
    ("ilse.vandamme@example.com", "Ilse Vandamme", "Copper Kettle Foods"),
    ("rafael.quiroga@example.org", "Rafael Quiroga", "Tern Logistics"),
    ("aoife.brennan@example.org", "Aoife Brennan", "Slate & Moss"),
)
_DEMO_FILE = "".join(f"{','.join(row)}\n" for row in (("Email", "Name", "Company"), *_DEMO_ROWS))
_DEMO_PERSON = {"email": "ilse.vandamme@example.com", "email_confidence": 96, "title": "Buyer", "company": "Copper Kettle Foods"}

OFFERS: Mapping[str, Offer] = {
    "salesforce": Offer(
        "sandbox.salesforce",
        "SalesforceStandIn",
        {
            **{"client_id": "sandbox-key", "client_secret": "sandbox-secret", "username": "integration@example.com"},
            **{"password": "sandbox-password", "security_token": "sandbox-token", "refresh_token": "sandbox-refresh"},
        },
        (
            _demo_lead("Ilse", "Vandamme", "Copper Kettle Foods", "ilse.vandamme@example.com", "+49 30 23125011"),
            _demo_lead("Rafael", "Quiroga", "Tern Logistics", "rafael.quiroga@example.org", "+1 617 555 0151"),
            _demo_lead("Aoife", "Brennan", "Slate & Moss", "aoife.brennan@example.org", "+44 20 7946 0151"),
        ),
    ),
    "hubspot": Offer("sandbox.hubspot", "HubSpotStandIn", {"access_token": "pat-sandbox-token", "client_secret": "sandbox-client-secret"}),
    "meta": Offer(
        "sandbox.meta_graph",
        "MetaGraphStandIn",
        {
            **{"access_token": "sandbox-meta-page-token", "app_secret": "sandbox-meta-app-secret"},
            **{"verify_token": "sandbox-meta-verify-token", "page_id": "100000000000001", "form_id": "300000000000001"},
        },
    ),
    "zoom": Offer(
        "sandbox.zoom",
        "ZoomStandIn",
        {
            **{"account_id": "sbx-account", "client_id": "sandbox-zoom-client", "client_secret": "sandbox-zoom-client-secret"},
            **{"secret_token": "sandbox-zoom-secret-token", "webinar_id": "81000000001"},
        },
    ),
    "linkedin": Offer(
        "sandbox.linkedin",
        "LinkedInStandIn",
        {"access_token": "sandbox-linkedin-token", "client_secret": "sandbox-linkedin-secret", "owner": "urn:li:sponsoredAccount:3"},
        (("submit_many", {"count": 12}),),
    ),
    "tiktok": Offer(
        "sandbox.tiktok",
        "TikTokStandIn",
        {"app_id": "7100000000000000001", "app_secret": "sandbox-tiktok-secret", "access_token": "sandbox-tiktok-token"},
        (("submit_many", {"count": 12}),),
    ),
    "intercom": Offer(
        "sandbox.intercom",
        "IntercomStandIn",
        {"client_secret": "sandbox-intercom-secret", "workspace": "sbxapp1"},
        (("submit_many", {"count": 12}),),
    ),
    "leadfeeder": Offer("sandbox.leadfeeder", "LeadfeederStandIn", {"api_token": "sandbox-leadfeeder-token", "account": "281914"}),
    "on24": Offer(
        "sandbox.on24",
        "On24StandIn",
        {"client_id": "22921", "token_key": "SANDBOXON24KEY", "token_secret": "sandbox-on24-secret"},
    ),
    "typeform": Offer(
        "sandbox.typeform",
        "TypeformStandIn",
        {"access_token": "tfp_sandbox-token", "form_id": "SbxForm1"},
        (("submit_many", {"count": 12}),),
    ),
    "airtable": Offer(
        "sandbox.airtable",
        "AirtableStandIn",
        {"access_token": "patSandbox.token", "base": "appSandbox1", "table": "Leads"},
        (("create", {"records": [{"Email": mail, "Name": name, "Company": company} for mail, name, company in _DEMO_ROWS]}),),
    ),
    "sheets": Offer(
        "sandbox.google_sheets",
        "GoogleSheetsStandIn",
        {"spreadsheet": "SbxSheet1", "client_email": "reader@sandbox.iam.example.com"},
        (("append", {"rows": [[mail, name, "01067"] for mail, name, _ in _DEMO_ROWS]}),),
    ),
    "s3": Offer(
        "sandbox.s3",
        "S3StandIn",
        {
            **{"access_key_id": "SANDBOXKEY", "secret_access_key": "sandbox/secret+key"},
            **{"region": "eu-central-1", "bucket": "sandbox-leads"},
        },
        (("put", {"key": "fair/leads.csv", "base64": b64encode(_DEMO_FILE.encode()).decode()}),),
    ),
    "builtwith": Offer(
        "sandbox.enrichers",
        "BuiltWithStandIn",
        {"key": "sandbox-builtwith-key"},
        (("know", {"domain": "copperkettle.example", "technologies": ["Shopify"]}),),
    ),
    "aeroleads": Offer(
        "sandbox.enrichers",
        "AeroLeadsStandIn",
        {"key": "sandbox-aeroleads-key"},
        (("know", {"who": "https://profiles.example/in/ilse", "answer": _DEMO_PERSON}),),
    ),
    "facts": Offer(
        "sandbox.enrichers",
        "FactsStandIn",
        {"token": "sandbox-facts-token"},
        (("know", {"who": "copperkettle.example", "answer": {"company": {"category": "Food"}, "score": 80}}),),
    ),
    "microsoft": Offer(
        "sandbox.microsoft_graph",
        "MicrosoftGraphStandIn",
        {
            **{"tenant": "contoso.example", "client_id": "sandbox-graph-client", "client_secret": "sandbox-graph-secret"},
            **{"site": "contoso.sharepoint.example:/sites/leads", "folders": "Leads"},
        },
    ),
}


def run(arguments: Sequence[str], stop: threading.Event, out: TextIO = sys.stdout) -> int:
    """Start the wanted stand-ins, report them on `out`, wait for `stop`, and stop them; the state file is gone afterwards."""
    wanted = parse(arguments)
    clock = DialClock()
    with ExitStack() as running:
        urls: dict[str, str] = {}
        for name in wanted.only:
            served = running.enter_context(_serve(name, clock, getattr(wanted, f"{name}_port")))
            for verb, dial in OFFERS[name].demo if wanted.seed_demo else ():
                served.stand_in.control(verb, dial, clock.now())
            urls[name] = served.url
            out.write(f"{name:<11} {served.url}  {_credentials(name)}\n")
        out.flush()
        if wanted.state_file:
            running.callback(wanted.state_file.unlink, missing_ok=True)
            _write_whole(wanted.state_file, json.dumps(urls, indent=2) + "\n")
        stop.wait()
    return 0


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line; a mistake ends the program with a usage message, as argparse does."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="Run stand-in servers on 127.0.0.1 until they are interrupted.")
    for name in OFFERS:
        parser.add_argument(f"--{name}-port", type=int, default=0, metavar="PORT", help="0 takes a free one (default)")
    parser.add_argument("--state-file", type=Path, metavar="PATH", help="write the addresses there as JSON {name: url} once all serve")
    parser.add_argument("--seed-demo", action="store_true", help="fill the stand-ins with invented people")
    parser.add_argument("--only", nargs="+", choices=list(OFFERS), default=list(OFFERS), metavar="NAME", help=f"of {', '.join(OFFERS)}")
    return parser.parse_args(arguments)


def _serve(name: str, clock: DialClock, port: int) -> Served:
    """Bind the port; a port that is taken ends the program with a sentence instead of a traceback."""
    try:
        return Served(OFFERS[name].make(), clock, port)
    except OSError as cause:
        raise SystemExit(
            f"{name} cannot listen on port {port}: {cause}. Choose another with --{name}-port, or 0 for a free one."
        ) from cause


def _credentials(name: str) -> str:
    return "  ".join(f"{key}={value}" for key, value in OFFERS[name].credentials.items())


def _write_whole(path: Path, text: str) -> None:
    """Write so that a reader finds all or nothing."""
    draft = path.with_name(path.name + ".new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
