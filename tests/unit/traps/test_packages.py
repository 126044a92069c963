"""What the packages underneath fall into by default: no timeouts, hidden repeats, a connection per call, drifting timers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.contract import Limit, Request, Response, Role, Token, Unavailable
from core.runtime.config.document import read_document
from core.runtime.config.problems import ConfigProblems
from core.runtime.connections import Connections
from core.runtime.http.options import Timeouts
from core.runtime.http.retrying import RetryBudget, RetryPolicy
from core.runtime.installation import Installation
from core.runtime.schedule import PollSchedule
from core.store.store import Store
from tests.support.http import Answer, HandClock, Seen, make_context, make_manifest, serve


def by_requests(sdk: Any, url: str) -> None:
    sdk.requests_session().post(url, data=b"{}")


def by_urllib3(sdk: Any, url: str) -> None:
    sdk.urllib3_pool().request("POST", url, body=b"{}")


@pytest.mark.parametrize("call", [by_requests, by_urllib3])
def test_an_sdk_that_sets_no_timeout_gets_the_runtimes(call: Callable[[Any, str], None]) -> None:
    done = threading.Event()

    def silent(_: Seen) -> Answer:
        done.wait(20)
        return Answer()

    timeouts = Timeouts(read=0.05)
    with serve(silent) as server, closing(make_context(server.url, token=Token("t"), timeouts=timeouts)) as opened:
        with pytest.raises(Unavailable) as caught:
            call(opened.context.sdk, "https://sdk.invalid/x")
        done.set()
    assert caught.value.outcome_unknown
    assert len(server.seen) == 1


def test_a_hundred_calls_share_one_connection() -> None:
    with counting_server() as (url, connections), closing(make_context(url, token=Token("t"))) as opened:
        for _ in range(50):
            opened.http.send(Request("GET", "/plain"))
            opened.context.sdk.urllib3_pool().request("GET", "https://sdk.invalid/sdk")
    assert len(connections) == 1


def test_a_mistake_in_the_program_is_not_tried_again() -> None:
    clock, tried = HandClock(), []

    def wrong(number: int) -> Response:
        tried.append(number)
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        RetryPolicy(10.0, clock.sleep, lambda: 0.5, RetryBudget()).run(wrong)
    assert tried == [1] and not clock.slept


def test_a_wait_shorter_than_a_tick_of_the_clock_ends() -> None:
    clock = HandClock()
    sleeps = 0

    def sleep(seconds: float) -> None:
        nonlocal sleeps
        sleeps += 1
        assert sleeps < 2_000, "the wait never ends"
        clock.advance(seconds)

    manifest = make_manifest(limits=[Limit(name="pace", calls=5, per_seconds=1)])
    with serve(lambda seen: Answer()) as server:
        opened = make_context(server.url, manifest=manifest, clock=clock, sleep=sleep)
        with closing(opened):
            for _ in range(300):
                opened.http.send(Request("GET", "/x"))


@pytest.mark.parametrize("text", [b"[" * 3_000, b"{a: " * 3_000, b"- " * 3_000], ids=["lists", "maps", "dashes"])
def test_a_file_of_brackets_is_refused_at_its_depth(text: bytes) -> None:
    with pytest.raises(ConfigProblems) as caught:
        read_document(text, "config.yaml")
    assert "deeper than 32" in str(caught.value)


@pytest.mark.parametrize("text", [b"a: !!python/object/apply:os.system [id]", b"a: !include secret.yaml", b"--- \n%TAG ! x\n--- a"])
def test_a_file_can_call_nothing(text: bytes) -> None:
    with pytest.raises(ConfigProblems):
        read_document(text, "config.yaml")


def test_timers_keep_nothing_on_disk_and_run_by_universal_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A stored job is lost when its function is renamed, and runs what anybody wrote into the store; local nights repeat an hour."""
    made: list[dict[str, Any]] = []
    jobs: list[dict[str, Any]] = []

    class Recorder:
        def __init__(self, **options: Any) -> None:
            made.append(options)

        def add_job(self, _: Any, trigger: str, __: Any, **options: Any) -> None:
            jobs.append({"trigger": trigger, **options})

        def start(self) -> None:
            """Run nothing."""

    monkeypatch.setattr("apscheduler.schedulers.background.BackgroundScheduler", Recorder)
    manifests = SimpleNamespace(manifests=lambda: {"crm": SimpleNamespace(roles=[Role.READS])})
    (tmp_path / "crm.yaml").write_text("kind: inbound\nfrom: {connection: crm}\n")
    installation = SimpleNamespace(config=SimpleNamespace(mappings_dir=tmp_path, mappings=SimpleNamespace(activate="on_save")))
    schedule = PollSchedule(cast(Installation, installation), cast(Connections, manifests), cast(Store, None), lambda: None)
    schedule.start()
    (options,), (job,) = made, jobs
    assert options == {"timezone": UTC}
    assert (job["coalesce"], job["misfire_grace_time"], job["max_instances"]) == (True, None, 1)
    assert job["next_run_time"].utcoffset() == timedelta(0)


@contextmanager
def counting_server() -> Iterator[tuple[str, list[Any]]]:
    """A server that notes each TCP connection."""
    connections: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def setup(self) -> None:
            connections.append(self.client_address)
            super().setup()

        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: Any) -> None:
            """Stay silent."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", connections
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
