"""The HTTP shell: framing of requests and answers, the clock, the control paths, the journal, and a clean end."""

from __future__ import annotations

import gzip
import http.client
import io
import json
import socket
import threading
import time
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from sandbox.body import BodyRefused, read_body
from sandbox.clock import DialClock
from sandbox.shell import Served
from sandbox.wire import Answer, Request
from tests.support.echo import Echo
from tests.support.sandbox import START, control, frozen_clock, serving


@pytest.fixture
def served() -> Iterator[Served]:
    with serving(Echo()) as running:
        yield running


def ask(served: Served, method: str, target: str, body: Any = None, **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", int(served.url.rsplit(":", 1)[1]), timeout=10)
    try:
        connection.request(method, target, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


def raw(served: Served, sent: bytes) -> bytes:
    """Everything that comes back until the stand-in closes."""
    with socket.create_connection(("127.0.0.1", int(served.url.rsplit(":", 1)[1])), timeout=10) as line:
        line.sendall(sent)
        return b"".join(iter(lambda: line.recv(65_536), b""))


def test_a_request_reaches_the_core_with_its_parts_untouched(served: Served) -> None:
    status, _, body = ask(served, "PATCH", "/a%2Fb//c?x=1&y=%20", b"hi", X_Some="Thing")
    seen = json.loads(body)
    assert (status, seen["method"], seen["path"], seen["query"], seen["body"]) == (200, "PATCH", "/a%2Fb//c", "x=1&y=%20", "hi")
    assert seen["headers"]["x-some"] == "Thing"


def test_leading_double_slashes_of_a_path_are_not_folded(served: Served) -> None:
    _, _, body = ask(served, "GET", "//host/x")
    assert json.loads(body)["path"] == "//host/x"


def test_a_header_that_comes_twice_is_joined(served: Served) -> None:
    answer = raw(served, b"GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nX-A: 2\r\nConnection: close\r\n\r\n")
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["headers"]["x-a"] == "1, 2"


def test_a_chunked_body_is_put_together(served: Served) -> None:
    _, _, body = ask(served, "POST", "/", iter([b"one ", b"two ", b"three"]))
    assert json.loads(body)["body"] == "one two three"


def test_a_gzip_body_is_unpacked_and_the_core_does_not_see_the_packing(served: Served) -> None:
    _, _, body = ask(served, "POST", "/", gzip.compress(b"plain text"), Content_Encoding="gzip")
    seen = json.loads(body)
    assert seen["body"] == "plain text"
    assert "content-encoding" not in seen["headers"]
    assert seen["headers"]["x-sandbox-content-encoding"] == "gzip"


def test_a_large_body_arrives_whole(served: Served) -> None:
    _, _, body = ask(served, "PUT", "/", b"x" * 5_000_000)
    assert json.loads(body)["size"] == 5_000_000


@pytest.mark.parametrize(
    ("head", "body", "status"),
    [
        (b"Content-Length: many", b"", 400),
        (b"Content-Length: -1", b"", 400),
        (b"Content-Length: 999999999999", b"", 413),
        (b"Transfer-Encoding: chunked", b"xyz\r\n", 400),
        (b"Transfer-Encoding: chunked", b"fffffffffff\r\n", 413),
        (b"Transfer-Encoding: chunked", b"2\r\nabcd\r\n0\r\n\r\n", 400),
        (b"Content-Encoding: gzip\r\nContent-Length: 4", b"nope", 400),
        (b"Content-Encoding: br\r\nContent-Length: 4", b"nope", 415),
    ],
)
def test_a_body_that_cannot_be_read_is_refused_and_never_reaches_the_core(served: Served, head: bytes, body: bytes, status: int) -> None:
    answer = raw(served, b"POST / HTTP/1.1\r\nHost: x\r\n" + head + b"\r\n\r\n" + body)
    assert answer.startswith(f"HTTP/1.1 {status} ".encode())
    assert b"connection: close" in answer
    assert served.journal.total == 0


def gzipped(text: bytes, limit: int, cut: int = 0) -> bytes:
    packed = gzip.compress(text)
    packed = packed[: len(packed) - cut]
    return read_body({"content-encoding": "gzip", "content-length": str(len(packed))}, io.BytesIO(packed), limit)


def test_a_gzip_body_is_bounded_by_what_it_unpacks_to() -> None:
    assert gzipped(b"0" * 1_000, limit=1_000) == b"0" * 1_000
    with pytest.raises(BodyRefused, match="too large") as refused:
        gzipped(b"0" * 1_001, limit=1_000)
    assert refused.value.status == 413


def test_a_gzip_body_that_ends_early_is_refused() -> None:
    with pytest.raises(BodyRefused, match="too early"):
        gzipped(b"some text", limit=1_000, cut=6)


def test_chunks_are_bounded_together() -> None:
    stream = io.BytesIO(b"4\r\nabcd\r\n4\r\nabcd\r\n0\r\n\r\n")
    with pytest.raises(BodyRefused) as refused:
        read_body({"transfer-encoding": "chunked"}, stream, 7)
    assert refused.value.status == 413


def test_a_large_answer_is_packed_for_a_client_that_takes_gzip(served: Served) -> None:
    _, headers, body = ask(served, "GET", "/large", Accept_Encoding="br, gzip")
    assert headers["content-encoding"] == "gzip"
    assert int(headers["content-length"]) == len(body)
    assert gzip.decompress(body) == b"abcdefgh" * 5_000


@pytest.mark.parametrize("accepted", ["identity", "gzip;q=0"])
def test_a_large_answer_stays_plain_for_a_client_that_does_not_take_gzip(served: Served, accepted: str) -> None:
    _, headers, body = ask(served, "GET", "/large", Accept_Encoding=accepted)
    assert "content-encoding" not in headers
    assert len(body) == 40_000


def test_a_small_answer_stays_plain(served: Served) -> None:
    _, headers, _ = ask(served, "GET", "/", Accept_Encoding="gzip")
    assert "content-encoding" not in headers


def test_an_answer_without_content_has_no_length_and_keeps_the_connection(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(served.url.rsplit(":", 1)[1]), timeout=10)
    connection.request("DELETE", "/nothing")
    answer = connection.getresponse()
    assert (answer.status, answer.getheader("content-length"), answer.read()) == (204, None, b"")
    line = connection.sock
    connection.request("GET", "/")
    assert connection.getresponse().status == 200
    assert connection.sock is line
    connection.close()


def test_a_head_request_gets_the_length_but_no_body(served: Served) -> None:
    _, headers, body = ask(served, "HEAD", "/large", Accept_Encoding="identity")
    assert (headers["content-length"], body) == ("40000", b"")


def test_head_and_body_of_an_answer_leave_in_one_send(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    sends: list[tuple[int, int]] = []
    whole = socket.socket.sendall

    def counting(line: socket.socket, data: bytes) -> None:
        if data.startswith(b"HTTP/1.1") or threading.current_thread() is not threading.main_thread():
            sends.append((len(data), line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))
        whole(line, data)

    monkeypatch.setattr(socket.socket, "sendall", counting)
    ask(served, "GET", "/large", Accept_Encoding="identity")
    [(size, without_delay)] = sends
    assert size > 40_000
    assert without_delay


def test_a_kept_connection_answers_without_a_stall(served: Served) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", int(served.url.rsplit(":", 1)[1]), timeout=10)
    started = time.monotonic()
    for _ in range(100):
        connection.request("POST", "/", b"body")
        connection.getresponse().read()
    connection.close()
    assert time.monotonic() - started < 2.0, "100 requests took as long as delayed acknowledgements would make them"


def test_answers_carry_the_time_of_the_dialled_clock(served: Served) -> None:
    _, headers, body = ask(served, "GET", "/")
    assert headers["date"] == "Mon, 02 Mar 2026 09:00:00 GMT"
    assert json.loads(body)["now"] == START.isoformat()


def test_a_mistake_of_the_core_is_a_500_and_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with Served(Echo(), frozen_clock()) as served:
        status, _, _ = ask(served, "GET", "/broken")
        assert status == 500
        assert "a mistake in the core" in served.crashes[0]
    assert "a mistake in the core" in capsys.readouterr().err


def test_the_journal_tells_what_was_asked_and_answered(served: Served) -> None:
    ask(served, "POST", "/leads?x=1", b"secret")
    [entry] = served.journal.entries()
    assert (entry.method, entry.path, entry.query, entry.status, entry.body_size, entry.at) == ("POST", "/leads", "x=1", 200, 6, START)
    with urllib.request.urlopen(f"{served.url}/_sandbox/journal") as answer:
        told = json.load(answer)
    assert (told["total"], told["entries"][0]["path"]) == (1, "/leads")


def test_control_requests_are_neither_journalled_nor_spoilt(served: Served) -> None:
    served.faults.add({"kind": "reset", "times": -1})
    assert control(served, "greet", name="Ada")["greeting"] == "hello Ada"
    assert served.journal.total == 0


def test_the_journal_can_be_cleared(served: Served) -> None:
    ask(served, "GET", "/")
    control(served, "journal/clear")
    assert (served.journal.total, served.journal.entries()) == (0, [])


def test_the_clock_can_be_moved_from_outside(served: Served) -> None:
    assert control(served, "clock", advance_seconds=90)["now"] == (START + timedelta(seconds=90)).isoformat()
    assert control(served, "clock", at="2027-01-01T00:00:00+01:00")["now"] == "2026-12-31T23:00:00+00:00"
    assert control(served, "greet", name="x")["now"] == "2026-12-31T23:00:00+00:00"


@pytest.mark.parametrize(
    ("verb", "arguments"),
    [
        ("no_such_dial", {}),
        ("greet", {}),
        ("fault", {"kind": "fire"}),
        ("clock", {}),
        ("clock", {"hours": 3}),
        ("clock", {"at": "2026-01-01T00:00:00"}),
        ("clock", {"at": "yesterday"}),
    ],
)
def test_a_dial_that_cannot_be_turned_is_a_400_that_says_why(served: Served, verb: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=verb):
        control(served, verb, **arguments)
    assert served.clock.now() == START


def test_control_arguments_have_to_be_a_json_object(served: Served) -> None:
    for body in (b"[1]", b"{broken"):
        status, _, answer = ask(served, "POST", "/_sandbox/greet", body)
        assert status == 400
        assert "error" in json.loads(answer)


def test_vendor_dials_cannot_be_turned_with_get(served: Served) -> None:
    assert ask(served, "GET", "/_sandbox/greet")[0] == 400


def test_stopping_ends_idle_connections_and_frees_the_port() -> None:
    served = Served(Echo(), frozen_clock()).start()
    port = int(served.url.rsplit(":", 1)[1])
    idle = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    idle.request("GET", "/nothing")
    idle.getresponse().read()
    served.stop()
    assert idle.sock is not None
    assert idle.sock.recv(1) == b""
    idle.close()
    with Served(Echo(), frozen_clock(), port) as again:
        assert ask(again, "GET", "/")[0] == 200


def test_stopping_twice_or_without_a_start_is_fine() -> None:
    served = Served(Echo(), frozen_clock())
    served.stop()
    served.stop()
    with Served(Echo(), frozen_clock()) as running:
        running.stop()


def test_the_core_is_never_entered_twice_at_a_time() -> None:
    class Careful(Echo):
        def __init__(self) -> None:
            super().__init__()
            self.alone = threading.Lock()
            self.met = threading.Event()

        def handle(self, request: Request, now: datetime) -> Answer:
            if not self.alone.acquire(blocking=False):
                self.met.set()
                return Answer(409)
            self.met.wait(0.1)  # leaves a second caller time to come in
            self.alone.release()
            return super().handle(request, now)

    core = Careful()
    with serving(core) as served:
        threads = [threading.Thread(target=ask, args=(served, "GET", "/")) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(core.applied) == 3


def test_a_running_clock_follows_its_base_with_an_offset() -> None:
    base = [START]
    clock = DialClock(lambda: base[0])
    clock.advance(60)
    base[0] += timedelta(seconds=5)
    assert clock.now() == START + timedelta(seconds=65)
    clock.set(START)
    base[0] += timedelta(seconds=1)
    assert clock.now() == START + timedelta(seconds=1)


def test_a_frozen_clock_moves_by_dial_only() -> None:
    base = [START]
    clock = DialClock(lambda: base[0])
    clock.freeze()
    base[0] += timedelta(hours=5)
    assert clock.now() == START
    clock.advance(-30)
    assert clock.now() == START - timedelta(seconds=30)
