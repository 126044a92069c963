"""Law 9 over HTTP: with every log at DEBUG, no secret and no person reaches a log, a note or an exception text."""

from __future__ import annotations

import io
import logging
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import hubspot
import pytest
from simple_salesforce.api import Salesforce

from core.contract import ConnectorError, Request, Token, Unavailable
from core.runtime.http import CallNote
from core.runtime.http.wording import path_template
from tests.support.http import Answer, Seen, make_context, serve

CANARY = "c4naryZZ"
LOGGERS = ("", "httpx", "httpcore", "httpcore.http11", "httpcore.connection", "urllib3", "urllib3.connectionpool", "hubspot", "requests")

Call = Callable[[Any], object]


def _hubspot(opened: Any) -> object:
    api = hubspot.Client.create(access_token=CANARY).crm.contacts.basic_api
    api.api_client.rest_client.pool_manager = opened.context.sdk.urllib3_pool()
    return api.get_by_id(f"{CANARY}@example.com", id_property="email")


def _salesforce(opened: Any) -> object:
    session = opened.context.sdk.requests_session()
    sf = Salesforce(session_id=CANARY, instance="sdk.invalid", session=session)
    return sf.query(f"SELECT Id FROM Lead WHERE Email = '{CANARY}'")


CALLS: dict[str, Call] = {
    "everywhere": lambda opened: opened.http.send(
        Request(
            "POST",
            f"/v1/leads/{CANARY}/notes",
            [("access_token", CANARY), (CANARY, "x")],
            {"X-Api-Key": CANARY},
            CANARY.encode(),
            timeout_seconds=2,
        )
    ),
    "header with a line break": lambda opened: opened.http.send(Request("GET", "/x", headers={"X-Api-Key": f"{CANARY}\r\nX: y"})),
    "header beyond ASCII": lambda opened: opened.http.send(Request("GET", "/x", headers={"X-Api-Key": f"{CANARY}é☃"})),
    "broken method": lambda opened: opened.http.send(Request(f"GET {CANARY}", "/x")),
    "foreign host": lambda opened: opened.http.send(Request("GET", f"https://evil.example/{CANARY}?t={CANARY}")),
    "blank in the path": lambda opened: opened.http.send(Request("GET", f"/x {CANARY}")),
    "hubspot": _hubspot,
    "salesforce": _salesforce,
}
ANSWERS: dict[str, Answer] = {
    "400": Answer(400, f'{{"error": "{CANARY}", "message": "{CANARY}"}}'.encode(), {"X-Echo": CANARY}),
    "500": Answer(500, CANARY.encode()),
    "200": Answer(200, f'[{{"a": "{CANARY}"}}]'.encode(), {"Set-Cookie": f"s={CANARY}", "Content-Type": "application/json"}),
    "401": Answer(401, CANARY.encode(), {"WWW-Authenticate": CANARY}),
    "redirect": Answer(302, b"", {"Location": f"https://evil.example/{CANARY}"}),
    "broken compression": Answer(200, CANARY.encode(), {"Content-Encoding": "gzip"}),
    "broken length": Answer(200, b"", {f"bad {CANARY}": CANARY, "Content-Type": f"text/html; {CANARY}"}),
    "cut": Answer(cut=True),
}


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged anywhere, with levels opened as wide as they go."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    before = {name: logging.getLogger(name).level for name in LOGGERS}
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    logging.getLogger().addHandler(handler)
    yield stream
    logging.getLogger().removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS.keys())
def test_no_canary_leaves_by_log_note_or_exception(call: Call, answer: Answer, log: io.StringIO) -> None:
    notes: list[CallNote] = []
    told = ""
    with serve(lambda seen: answer) as server, closing(make_context(server.url, token=Token(CANARY), observe=notes.append)) as opened:
        for name in LOGGERS:
            logging.getLogger(name).setLevel(logging.DEBUG)
        try:
            call(opened)
        except Exception as error:  # noqa: BLE001 - SDKs raise their own
            if type(error).__module__.partition(".")[0] not in {"hubspot", "simple_salesforce"}:
                assert isinstance(error, ConnectorError)
                told = "".join(traceback.format_exception(error)) + repr(error) + str(error.hint)
    assert CANARY not in told
    assert CANARY not in log.getvalue()
    assert CANARY not in repr(notes)


def test_loggers_that_an_sdk_makes_later_stay_silent_too(log: io.StringIO) -> None:
    make_context("http://127.0.0.1:9").close()
    later = logging.getLogger("hubspot.crm.made_later.rest")
    later.setLevel(logging.DEBUG)
    later.debug("response body: %s", CANARY)
    assert CANARY not in log.getvalue()


def test_handlers_that_hang_on_a_library_itself_get_nothing(log: io.StringIO) -> None:
    own = logging.getLogger("httpcore.http11")
    handler = logging.StreamHandler(log)
    own.addHandler(handler)
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, token=Token(CANARY))) as opened:
        opened.http.send(Request("GET", "/x"))
    own.removeHandler(handler)
    assert log.getvalue() == ""


def test_an_html_page_instead_of_json_is_not_quoted() -> None:
    page = Answer(200, f"<html>{CANARY}</html>".encode(), {"Content-Type": "text/html"})
    with serve(lambda seen: page) as server, closing(make_context(server.url)) as opened, pytest.raises(Unavailable) as caught:
        opened.http.send(Request("POST", "/x")).json()
    assert CANARY not in "".join(traceback.format_exception(caught.value))


def test_a_token_is_not_shown_by_what_holds_it() -> None:
    def handler(seen: Seen) -> Answer:
        return Answer()

    with serve(handler) as server, closing(make_context(server.url, token=Token(CANARY))) as opened:
        opened.http.send(Request("GET", "/x"))
        assert CANARY not in repr(opened)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("/crm/v3/objects/contacts/batch/upsert?x=1", "/crm/v3/objects/contacts/batch/upsert"),
        ("/crm/v3/objects/contacts/jo@example.com", "/crm/v3/objects/contacts/{id}"),
        ("/crm/v3/objects/contacts/jo", "/crm/v3/objects/contacts/{id}"),
        ("/services/data/v62.0/sobjects/Lead/Ext__c/jo", "/services/data/v62.0/sobjects/Lead/{id}/{id}"),
        ("https://api.example/services/oauth2/token", "/services/oauth2/token"),
        ("/hooks/T0/SeCrEt", "/hooks/{id}/{id}"),
        ("/x/jo%40example.com/maier", "/x/{id}/{id}"),
    ],
)
def test_a_path_is_told_without_ids(url: str, expected: str) -> None:
    assert path_template(url, ["contacts", "Lead"]) == expected
