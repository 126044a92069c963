"""The benchmarks' printing and their small arithmetic; nothing is timed here."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
import json

import pytest

from benchmarks.delivery import Calls, count_calls
from benchmarks.support.figures import Figure, Printer, parse, percentile
from benchmarks.support.load import Plan, person, requests
from benchmarks.support.pushes import PUSHES, Lead
from core.contract import InboundRequest, ReceivesWebhooks
from core.runtime.registry import default_registry
from tests.support.http import HandClock
from tests.support.memory_bench import quiet_context

FIGURE = Figure("durable_intake_vs_bare", 2100.0, "requests/s", "bare FastAPI handler: 3,000 requests/s", 0.7, ">= 0.7")


def printed(*, as_json: bool) -> str:
    out = io.StringIO()
    printer = Printer(as_json=as_json, out=out)
    printer.say("explained")
    printer.show(FIGURE)
    return out.getvalue()


def test_json_is_one_object_a_line_with_exactly_the_agreed_names() -> None:
    (line,) = printed(as_json=True).splitlines()
    assert json.loads(line) == {
        "figure": "durable_intake_vs_bare",
        "value": 2100.0,
        "unit": "requests/s",
        "versus": "bare FastAPI handler: 3,000 requests/s",
        "ratio": 0.7,
    }


def test_a_person_sees_the_figure_what_it_is_compared_with_and_its_bar() -> None:
    text = printed(as_json=False)
    assert "explained" in text
    assert all(part in text for part in ("durable_intake_vs_bare", "2,100", "ratio 0.7", "bare FastAPI handler", ">= 0.7"))


@pytest.mark.parametrize(("share", "expected"), [(0.0, 1.0), (0.5, 3.0), (0.99, 5.0), (1.0, 5.0)])
def test_a_percentile_is_one_of_the_measured_values(share: float, expected: float) -> None:
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], share) == expected


def test_every_benchmark_takes_json_and_quick() -> None:
    assert vars(parse("about", ["--json", "--quick"])) == {"json": True, "quick": True}


def test_calls_are_sorted_by_what_they_were_for() -> None:
    calls = count_calls(
        {
            "POST /services/oauth2/token": 1,
            "PATCH /services/data/v64.0/composite/sobjects/Lead/Leadloom_Id__c": 5,
            "POST /crm/v3/objects/contacts/batch/upsert": 10,
            "POST /crm/v3/objects/contacts/search": 2,
            "POST /crm/v3/objects/contacts/batch/read": 3,
            "GET /services/data/v64.0/limits": 1,
        }
    )
    assert calls == Calls(writes=15, look_ups=5, tokens=1, others=1)
    assert calls.data == 20


def test_the_load_is_signed_as_standard_webhooks_says_and_each_post_is_another_person() -> None:
    (secret,) = PUSHES["web_form"].settings["secrets"]
    key = base64.b64decode(secret.removeprefix("whsec_"))
    plan = Plan("http://127.0.0.1:9", "run", 3)
    bodies = []
    for request in requests(plan, 1_800_000_000.0):
        head, _, body = request.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:])
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        digest = base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
        assert headers["webhook-signature"] == f"v1,{digest}"
        assert int(headers["content-length"]) == len(body)
        bodies.append(json.loads(body)["email"])
    assert len(set(bodies)) == 3
    assert bodies[0] == person("run", 0)["email"]


@pytest.mark.parametrize("connector", PUSHES)
def test_each_push_of_the_benchmark_is_taken_by_its_connector_as_one_event_of_its_own(connector: str) -> None:
    # given a connection as the benchmark configures it
    push, clock = PUSHES[connector], HandClock()
    kind = default_registry().load(connector)
    taker = kind(kind.settings_type.model_validate(dict(push.settings)), quiet_context(clock))
    assert isinstance(taker, ReceivesWebhooks)

    def taken(delivery: str) -> list[str]:
        now = clock.now()
        headers, body = push.make(Lead(delivery, person("run", 1), now.timestamp()))
        request = InboundRequest("POST", f"https://leads.example.com/hooks/web{push.tail}", headers, body, now)
        taker.verify(request)
        return [event.id for event in taker.parse(request)]

    # when two leads come, one of them twice
    first, again, second = taken("one"), taken("one"), taken("two")

    # then each is one event, and the repetition has the same id
    assert first == again != second
    assert (len(first), len(second)) == (1, 1)
