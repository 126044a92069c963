"""What may arrive at the webhook door: each bad delivery gets its documented answer and is counted, and no good one is lost."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from tests.support.journey import FORM_TOKEN, inbound_mapping, write_installation
from tests.support.server import META_PAGE, META_SECRET, ROOT, Server, ask, meta_push, serving, sign_meta, until

SIGNED_TOKEN = "signed-token-1f8b3c55"
SIGNING_KEY = b"a-key-of-32-bytes-for-a-form-door"
LIMIT = 20_000
JSON = {"content-type": "application/json"}
WEB = f"/hooks/web/{FORM_TOKEN}"
SIGNED = f"/hooks/signed/{SIGNED_TOKEN}"
NOBODY = "http://127.0.0.1:9"
ANN = b'{"email":"ann@example.com","last_name":"Bell"}'


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that only takes in: its CRMs and the Graph API do not exist."""
    folder = tmp_path_factory.mktemp("door")
    meta = {
        "page_id": META_PAGE,
        "page_access_token": "none",
        "app_secrets": [META_SECRET],
        "verify_token": "a-verify-token-of-ours",
        "base_url": NOBODY,
    }
    connections = {
        "signed": {
            "connector": "web_form",
            "settings": {"token": SIGNED_TOKEN, "secrets": ["whsec_" + base64.b64encode(SIGNING_KEY).decode()]},
        },
        "meta": {"connector": "meta_lead_ads", "settings": meta, "poll": {"leadgen": 86_400}},
        "intercom": {"connector": "intercom", "settings": {"client_secrets": ["intercom-hook-5d21"]}},
        "sf": {"enabled": False},
        "hs": {"connector": "hubspot", "settings": {"base_url": NOBODY, "access_token": "none", "client_secrets": ["hubspot-hook-5d21"]}},
    }
    mappings = [inbound_mapping("web"), {**inbound_mapping("signed"), "name": "from signed"}]
    config = write_installation(folder, {"sf": NOBODY, "hs": NOBODY}, mappings, connections=connections, server={"max_body_bytes": LIMIT})
    with serving(config) as running:
        yield running


def signed(body: bytes, key: bytes = SIGNING_KEY, at: float = 0.0, message: str = "msg_1") -> dict[str, str]:
    """The headers of a Standard Webhooks sender."""
    stamp = str(int(time.time() + at))
    digest = base64.b64encode(hmac.new(key, f"{message}.{stamp}.".encode() + body, hashlib.sha256).digest()).decode()
    return {**JSON, "webhook-id": message, "webhook-timestamp": stamp, "webhook-signature": f"v1,{digest}"}


@dataclass(frozen=True)
class Bad:
    """A delivery that is refused: what is sent, what is answered, and under which name it is counted."""

    path: str
    status: int
    counted: tuple[str, str]
    body: bytes = ANN
    headers: Mapping[str, str] = field(default_factory=lambda: JSON)
    method: str = "POST"


DEEP = b"[" * 9_000 + b"]" * 9_000
NESTED = b'{"email":"a@example.com","x":' + b'{"y":' * 2_000 + b"1" + b"}" * 2_000 + b"}"
REFUSALS: dict[str, Bad] = {
    "unknown connection": Bad("/hooks/nobody/there", 404, ("unknown_endpoint", "")),
    "wrong token in the path": Bad("/hooks/web/not-the-right-token", 404, ("unknown_endpoint", "")),
    "no token in the path": Bad("/hooks/web", 404, ("unknown_endpoint", "")),
    "a token that is not ASCII": Bad("/hooks/web/%C3%A9%FF", 404, ("unknown_endpoint", "")),
    "a connection without a door": Bad("/hooks/sf/x", 404, ("unknown_endpoint", "")),
    "unsigned": Bad(SIGNED, 401, ("signature_refused", "signed")),
    "signed with another key": Bad(SIGNED, 401, ("signature_refused", "signed"), headers=signed(ANN, b"another-key-of-32-bytes-or-more!!")),
    "signed another body": Bad(SIGNED, 401, ("signature_refused", "signed"), headers=signed(b"{}")),
    "signed an hour ago": Bad(SIGNED, 401, ("signature_refused", "signed"), headers=signed(ANN, at=-3_600)),
    "signed an hour ahead": Bad(SIGNED, 401, ("signature_refused", "signed"), headers=signed(ANN, at=3_600)),
    "a signature that is not ASCII": Bad(
        SIGNED, 401, ("signature_refused", "signed"), headers={**signed(ANN), "webhook-signature": "v1,\xe9\xe9\xe9"}
    ),
    "Meta unsigned": Bad("/hooks/meta", 401, ("signature_refused", "meta"), meta_push("1")),
    "Meta signed with another secret": Bad(
        "/hooks/meta", 401, ("signature_refused", "meta"), meta_push("1"), sign_meta(meta_push("1"), "wrong")
    ),
    "Meta handshake with a wrong word": Bad(
        "/hooks/meta?hub.mode=subscribe&hub.verify_token=wrong&hub.challenge=42", 401, ("signature_refused", "meta"), b"", method="GET"
    ),
    "HubSpot unsigned": Bad("/hooks/hs", 401, ("signature_refused", "hs"), b"[]"),
    "XML": Bad(WEB, 415, ("body_refused", "web"), b"<a/>", {"content-type": "application/xml"}),
    "no content type": Bad(WEB, 415, ("body_refused", "web"), ANN, {}),
    "a GET": Bad(WEB, 405, ("method_refused", "web"), b"", {}, "GET"),
    "not JSON": Bad(WEB, 400, ("body_refused", "web"), b'{"email": '),
    "JSON that is no object": Bad(WEB, 400, ("body_refused", "web"), b'"text"'),
    "not the UTF-8 that it claims": Bad(
        WEB, 400, ("body_refused", "web"), b'{"email":"\xff\xfe@example.com"}', {"content-type": "application/json; charset=utf-8"}
    ),
    "deeply nested arrays": Bad(WEB, 400, ("body_refused", "web"), DEEP),
    "deeply nested objects": Bad(WEB, 400, ("body_refused", "web"), NESTED),
    "multipart without a boundary": Bad(WEB, 400, ("body_refused", "web"), ANN + b" ", {"content-type": "multipart/form-data"}),
    "a thousand fields": Bad(
        WEB, 400, ("body_refused", "web"), b"&".join([b"f=1"] * 1_000), {"content-type": "application/x-www-form-urlencoded"}
    ),
    "larger than allowed": Bad(WEB, 413, ("body_too_large", "web"), b" " * (LIMIT + 1)),
}


def inbox(server: Server) -> int:
    return int(server.rows("SELECT count(*) FROM inbox")[0][0])


def counted(server: Server, name: tuple[str, str]) -> int:
    return server.counters().get(name, 0)


def send_good(server: Server, name: str) -> None:
    body = json.dumps({"email": f"{name}@example.com"}).encode()
    assert ask(server.url + WEB, "POST", body, JSON).status == 200


@pytest.mark.parametrize("name", REFUSALS)
def test_a_bad_delivery_is_answered_and_counted_and_the_next_good_one_is_stored(server: Server, name: str) -> None:
    bad = REFUSALS[name]
    # given the books before
    before, rows = counted(server, bad.counted), inbox(server)

    # when a bad delivery comes, and a good one after it
    reply = ask(server.url + bad.path, bad.method, bad.body, bad.headers)
    send_good(server, f"after-{hashlib.md5(name.encode()).hexdigest()}")

    # then it has the documented answer, it is counted once, and beside the good one only what is genuine is in the inbox
    assert reply.status == bad.status, reply.body
    assert until(lambda: counted(server, bad.counted) == before + 1, 5)
    assert inbox(server) == rows + 1 + (bad.counted[0] == "body_refused")
    # and the answer repeats nothing of what was sent
    assert b"ann@example.com" not in reply.body and b"Traceback" not in reply.body


def test_every_answer_of_the_door_is_documented() -> None:
    # given the page about the answers
    page = (Path(__file__).resolve().parents[2] / "docs" / "reference" / "webhook-answers.md").read_text("utf-8")

    # then it names every status and every counter that the tests here expect
    for bad in REFUSALS.values():
        assert f"| {bad.status} |" in page, bad.status
        assert f"`{bad.counted[0]}`" in page, bad.counted
    for status in (200, 303, 408, 503):
        assert f"| {status} |" in page
    for name in ("body_too_slow", "sender_gone"):
        assert f"`{name}`" in page


def test_a_body_in_chunks_is_cut_off_where_it_is_too_large(server: Server) -> None:
    # given a sender that does not say how much will come
    before, rows = counted(server, ("body_too_large", "web")), inbox(server)
    parts = urlsplit(server.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20) as line:
        head = f"POST {WEB} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        line.sendall(head.encode())

        # when more comes than is allowed
        with contextlib.suppress(ConnectionError):
            for _ in range(10):
                line.sendall(b"1000\r\n" + b" " * 4_096 + b"\r\n")

        # then the answer is 413 before the end
        assert line.recv(200).startswith(b"HTTP/1.1 413")
    assert until(lambda: counted(server, ("body_too_large", "web")) == before + 1, 5)
    send_good(server, "after-chunks")
    assert inbox(server) == rows + 1


def test_a_body_of_exactly_the_limit_is_taken(server: Server) -> None:
    body = ANN[:-1] + b',"message":"' + b"x" * (LIMIT - len(ANN) - 13) + b'"}'
    assert len(body) == LIMIT
    assert ask(server.url + WEB, "POST", body, JSON).status == 200


def test_half_a_body_keeps_nobody_waiting(server: Server) -> None:
    # given fifty senders that begin and do not go on
    gone = counted(server, ("sender_gone", "web"))
    parts = urlsplit(server.url)
    head = f"POST {WEB} HTTP/1.1\r\nhost: {parts.netloc}\r\ncontent-type: application/json\r\ncontent-length: 500\r\n\r\n{{"
    with contextlib.ExitStack() as stack:
        for _ in range(50):
            line = stack.enter_context(socket.create_connection((parts.hostname or "", parts.port or 0), timeout=20))
            line.sendall(head.encode())

        # when others send
        began = time.monotonic()
        for n in range(5):
            send_good(server, f"beside-{n}")

        # then they are served at once
        assert time.monotonic() - began < 5.0
    # and when the fifty go away, they are counted and nothing breaks
    assert until(lambda: counted(server, ("sender_gone", "web")) == gone + 50, 10)
    send_good(server, "after-halves")
    assert "Traceback" not in server.said()


@pytest.mark.parametrize(
    "body",
    [b"no json", b'{"object":"page","entry":[{"changes":[{"field":"leadgen","value":{}}]}]}', DEEP, b"\xff\xfe"],
    ids=["no JSON", "no lead named", "deeply nested", "not UTF-8"],
)
def test_a_signed_push_that_cannot_be_used_is_acknowledged_and_kept_with_the_reason(server: Server, body: bytes) -> None:
    # given a push that Meta has signed and that says nothing we understand
    before, known = counted(server, ("body_refused", "meta")), server.rows("SELECT coalesce(max(id), 0) FROM inbox")[0][0]

    # when it comes twice
    statuses = [ask(f"{server.url}/hooks/meta", "POST", body, sign_meta(body)).status for _ in range(2)]

    # then Meta is told that it has arrived, and it waits in quarantine, once
    assert statuses == [200, 200]
    rows = server.rows("SELECT state, reason_code, duplicates, reason FROM inbox WHERE id > ?", known)
    assert [(state, code, doubles) for state, code, doubles, _ in rows] == [("quarantined", "unreadable", 1)]
    assert rows[0][3]
    assert until(lambda: counted(server, ("body_refused", "meta")) == before + 2, 5)


KEPT: dict[str, tuple[str, bytes, Mapping[str, str], str]] = {
    "not JSON": (WEB, b'{"email": "kept@example.com"', JSON, "not JSON"),
    "no JSON, signed": ("/hooks/meta", b"\x00\xff no json", sign_meta(b"\x00\xff no json"), "not JSON"),
    "another shape": (WEB, b'["kept@example.com"]', JSON, "neither a JSON object nor an array of objects"),
    "another shape, signed": ("/hooks/meta", b'[{"kept": 1}]', sign_meta(b'[{"kept": 1}]'), "not a JSON object"),
    "too deep": (WEB, b'{"email":"kept@example.com","x":' + b"[" * 9_500 + b"]" * 9_500 + b"}", JSON, "nested too deeply"),
    "another charset": (WEB, b'{"email":"kept\xff"}', {"content-type": "application/json; charset=utf-8"}, "charset"),
    "another media type": (WEB, b"<kept/>", {"content-type": "application/xml"}, "media type"),
    "as large as allowed": (WEB, b"{" + b"\xe9" * (LIMIT - 1), JSON, "not JSON"),
}


@pytest.mark.parametrize("kind", KEPT)
def test_what_is_refused_waits_byte_for_byte_with_its_reason(server: Server, kind: str) -> None:
    # given a genuine delivery that cannot be read
    path, body, headers, reason = KEPT[kind]
    known = server.rows("SELECT coalesce(max(id), 0) FROM inbox")[0][0]

    # when it comes
    ask(server.url + path, "POST", body, headers)

    # then it is in quarantine, whatever its sender was told, with the reason
    ((number, state, code, told),) = server.rows("SELECT id, state, reason_code, reason FROM inbox WHERE id > ?", known)
    assert (state, code) == ("quarantined", "unreadable") and reason in told
    # and the command line gives it back as it came
    assert leadloom(server, "quarantine", "show", f"inbox:{number}", "--raw") == body
    assert b"correct the sender" in leadloom(server, "quarantine", "show", f"inbox:{number}")


def test_of_what_is_larger_than_allowed_nothing_is_kept_and_the_answer_names_the_limit(server: Server) -> None:
    rows = inbox(server)
    reply = ask(server.url + WEB, "POST", b"x" * (LIMIT + 1), JSON)
    send_good(server, "after-too-large")
    assert reply.status == 413 and str(LIMIT).encode() in reply.body and b"server.max_body_bytes" in reply.body
    assert inbox(server) == rows + 1


def test_what_is_signed_with_another_secret_is_held_apart_and_never_in_the_inbox(server: Server) -> None:
    # given what is held already
    held = "SELECT count(*) FROM unverified WHERE connection = 'signed'"
    before, rows = server.rows(held)[0][0], inbox(server)

    # when a delivery comes twice that somebody else signed
    body = b'{"email":"held@example.com"}'
    statuses = [ask(server.url + SIGNED, "POST", body, signed(body, b"another-key-of-32-bytes-or-more!!")).status for _ in range(2)]

    # then it is refused, held once, sealed, and no submission
    assert statuses == [401, 401]
    assert until(lambda: server.rows(held)[0][0] == before + 1, 5)
    assert inbox(server) == rows
    assert not server.rows("SELECT 1 FROM unverified WHERE instr(sealed_request, ?)", b"held@example.com")


def leadloom(server: Server, *words: str) -> bytes:
    """What a command writes beside the running server."""
    command = [sys.executable, "-m", "core.cli.main", "--config", str(server.config), *words]
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60).stdout


def test_a_signed_push_about_something_else_is_acknowledged_and_leaves_nothing(server: Server) -> None:
    rows = inbox(server)
    body = b'{"object":"page","entry":[{"id":"1","changes":[{"field":"feed","value":{"item":"post"}}]}]}'
    assert ask(f"{server.url}/hooks/meta", "POST", body, sign_meta(body)).status == 200
    assert inbox(server) == rows


def test_the_handshake_of_meta_is_answered_with_its_challenge(server: Server) -> None:
    reply = ask(f"{server.url}/hooks/meta?hub.mode=subscribe&hub.verify_token=a-verify-token-of-ours&hub.challenge=1158201444")
    assert (reply.status, reply.body) == (200, b"1158201444")


def test_an_address_that_intercom_asks_with_head_answers_and_stores_nothing(server: Server) -> None:
    rows = inbox(server)
    reply = ask(f"{server.url}/hooks/intercom", "HEAD")
    assert (reply.status, reply.body, inbox(server)) == (200, b"", rows)
    assert ask(f"{server.url}/hooks/meta", "HEAD").status == 405


def test_one_delivery_sent_by_many_at_once_is_one_submission(server: Server) -> None:
    # given a delivery that 32 senders repeat eight times each, signed or not
    body = json.dumps({"email": "again@example.com", "last_name": "Again"}).encode()
    headers = signed(body, message="msg_again")
    before = server.rows("SELECT acknowledged FROM intake_total WHERE connection = 'signed'")

    def send(_: int) -> int:
        return ask(server.url + SIGNED, "POST", body, headers).status

    # when they all send
    with ThreadPoolExecutor(32) as senders:
        statuses = list(senders.map(send, range(32 * 8)))

    # then all hear that it is stored, and it stands there once, with its repetitions counted
    assert set(statuses) == {200}
    rows = server.rows("SELECT duplicates FROM inbox WHERE connection = 'signed'")
    assert rows == [(32 * 8 - 1,)]
    ((acknowledged,),) = server.rows("SELECT acknowledged FROM intake_total WHERE connection = 'signed'")
    assert acknowledged - (before[0][0] if before else 0) == 32 * 8


def test_a_sender_that_speaks_no_http_disturbs_nobody(server: Server) -> None:
    parts = urlsplit(server.url)
    for noise in (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n", b"\x00" * 5_000):
        with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5) as line:
            line.sendall(noise)
            with contextlib.suppress(OSError):
                line.recv(200)
    send_good(server, "after-noise")


def test_metrics_and_status_answer_without_a_person_in_them(server: Server) -> None:
    send_good(server, "canary-in-metrics")
    for path in ("/metrics", "/api/status"):
        reply = ask(server.url + path)
        assert reply.status == 200
        assert b"canary" not in reply.body and b"example.com" not in reply.body


def test_addresses_that_do_not_exist_are_404_and_show_no_documentation(server: Server) -> None:
    found: dict[str, Any] = {path: ask(server.url + path).status for path in ("/", "/docs", "/openapi.json", "/hooks", "/hooks/web/x/y")}
    assert set(found.values()) == {404}


def test_a_keep_alive_connection_survives_a_refusal(server: Server) -> None:
    parts = urlsplit(server.url)
    line = http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=20)
    try:
        for body, expected in ((b'{"email": ', 400), (b'{"email":"keep@example.com"}', 200)):
            line.request("POST", WEB, body, JSON)
            reply = line.getresponse()
            reply.read()
            assert reply.status == expected
    finally:
        line.close()
