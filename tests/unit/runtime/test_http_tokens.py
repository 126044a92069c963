"""One owner of a connection's token: no storms of logins, no confusion of an outage with a refusal."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from core.contract import AuthFailed, Http, Request, Token, TryLater, Unavailable
from core.runtime.http import MemoryTokens
from core.runtime.http.tokens import TokenKeeper
from tests.support.http import Answer, HandClock, Seen, make_context, serve

THREADS = 8


@dataclass
class Logins:
    """Hands out the given tokens in order, the last one for ever, and counts."""

    values: list[str]
    lifetime: timedelta | None = None
    clock: HandClock = field(default_factory=HandClock)
    count: int = 0

    def __call__(self, previous: Token | None, http: Http) -> Token:
        value = self.values[min(self.count, len(self.values) - 1)]
        self.count += 1
        return Token(value, expires_at=None if self.lifetime is None else self.clock.now() + self.lifetime)


def accepting(*tokens: str) -> Callable[[Seen], Answer]:
    allowed = {f"Bearer {token}" for token in tokens}
    return lambda seen: Answer(200 if seen.headers.get("authorization") in allowed else 401)


def in_threads(call: Callable[[], object]) -> list[object]:
    """Run the call in all threads; give results and exceptions."""

    def guarded() -> object:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 - the tests look at it
            return error

    with ThreadPoolExecutor(THREADS) as pool:
        return [future.result() for future in [pool.submit(guarded) for _ in range(THREADS)]]


def test_eight_threads_that_meet_an_expired_token_log_in_once() -> None:
    together = threading.Barrier(THREADS, timeout=20)

    def handler(seen: Seen) -> Answer:
        if seen.headers["authorization"] == "Bearer old":
            together.wait()
            return Answer(401)
        return Answer()

    logins = Logins(["new"])
    with serve(handler) as server, closing(make_context(server.url, authenticate=logins, tokens=MemoryTokens(Token("old")))) as opened:
        results = in_threads(lambda: opened.http.send(Request("POST", "/x")).status)
    assert results == [200] * THREADS
    assert logins.count == 1


def test_eight_threads_without_a_token_log_in_once() -> None:
    logins = Logins(["new"])
    with serve(accepting("new")) as server, closing(make_context(server.url, authenticate=logins)) as opened:
        assert in_threads(lambda: opened.http.send(Request("GET", "/x")).status) == [200] * THREADS
    assert logins.count == 1


def test_a_token_that_stays_refused_costs_two_logins_and_names_the_remedy() -> None:
    logins = Logins(["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"])
    with serve(accepting()) as server, closing(make_context(server.url, authenticate=logins)) as opened:
        results = in_threads(lambda: opened.http.send(Request("GET", "/x")))
        results += in_threads(lambda: opened.http.send(Request("GET", "/x")))
        sent = len(server.seen)
    assert all(isinstance(result, AuthFailed) for result in results)
    assert logins.count <= 2
    assert sent <= 3 * THREADS
    error = results[0]
    assert isinstance(error, AuthFailed)
    assert "'test'" in str(error)
    assert "`leadloom check test`" in (error.hint or "")


def test_a_token_fetched_after_a_refusal_gets_no_third_login_until_it_has_been_taken_once() -> None:
    clock = HandClock()
    logins = Logins(["a", "b", "c"])
    keeper = TokenKeeper(MemoryTokens(), clock, clock.seconds, AuthFailed)
    with closing(make_context()) as opened:
        keeper.authenticate_with(logins, opened.http)
    first = keeper.token()
    assert first is not None
    second = keeper.renew(first)
    assert second is not None
    keeper.accept(second)
    third = keeper.renew(second)
    assert third is not None
    with pytest.raises(AuthFailed):
        keeper.renew(third)
    assert logins.count == 3


def test_a_refusal_is_forgotten_after_a_while() -> None:
    clock = HandClock()
    logins = Logins(["bad", "bad too", "good"])
    with serve(accepting("good")) as server, closing(make_context(server.url, authenticate=logins, clock=clock)) as opened:
        with pytest.raises(AuthFailed):
            opened.http.send(Request("GET", "/x"))
        clock.advance(120)
        assert opened.http.send(Request("GET", "/x")).status == 200


def test_a_static_token_that_is_refused_is_not_sent_twice() -> None:
    with serve(accepting()) as server, closing(make_context(server.url, token=Token("static"))) as opened, pytest.raises(AuthFailed):
        opened.http.send(Request("GET", "/x"))
    assert len(server.seen) == 1


def test_an_outage_of_the_token_endpoint_is_no_refusal_and_is_not_hammered() -> None:
    logins = 0

    def authenticate(previous: Token | None, http: Http) -> Token:
        nonlocal logins
        logins += 1
        http.send(Request("POST", "/token"))
        raise AssertionError

    def handler(seen: Seen) -> Answer:
        return Answer(503 if seen.path == "/token" else 401)

    with serve(handler) as server:
        opened = make_context(server.url, authenticate=authenticate, tokens=MemoryTokens(Token("old")))
        results = in_threads(lambda: opened.http.send(Request("POST", "/x")))
        opened.close()
    assert all(isinstance(result, Unavailable) and not result.outcome_unknown for result in results)
    assert logins == 1
    assert server.paths().count("/token") == 1


def test_a_failed_renewal_ahead_of_time_lets_the_valid_token_go_on() -> None:
    clock = HandClock()

    def outage(previous: Token | None, http: Http) -> Token:
        raise Unavailable

    token = Token("still", expires_at=clock.now() + timedelta(seconds=30))
    with (
        serve(accepting("still")) as server,
        closing(make_context(server.url, authenticate=outage, tokens=MemoryTokens(token), clock=clock)) as opened,
    ):
        assert opened.http.send(Request("GET", "/x")).status == 200
        assert opened.http.send(Request("GET", "/x")).status == 200
        clock.advance(31)
        with pytest.raises(TryLater):
            opened.http.send(Request("GET", "/x"))


def test_a_token_is_renewed_a_minute_before_it_expires() -> None:
    clock = HandClock()
    logins = Logins(["one", "two"], timedelta(hours=1), clock)
    with serve(accepting("one", "two")) as server, closing(make_context(server.url, authenticate=logins, clock=clock)) as opened:
        opened.http.send(Request("GET", "/a"))
        clock.advance(3500)
        opened.http.send(Request("GET", "/b"))
        clock.advance(45)
        opened.http.send(Request("GET", "/c"))
    assert [seen.headers["authorization"] for seen in server.seen] == ["Bearer one", "Bearer one", "Bearer two"]


def test_a_short_lived_token_is_not_fetched_for_every_call() -> None:
    clock = HandClock()
    logins = Logins(["short"], timedelta(seconds=40), clock)
    with serve(accepting("short")) as server, closing(make_context(server.url, authenticate=logins, clock=clock)) as opened:
        for _ in range(5):
            opened.http.send(Request("GET", "/x"))
    assert logins.count == 1


def test_a_token_that_another_process_has_renewed_is_used_instead_of_a_login() -> None:
    store = MemoryTokens(Token("old"))
    logins = Logins(["mine"])
    current = "old"
    with (
        serve(lambda seen: accepting(current)(seen)) as server,
        closing(make_context(server.url, authenticate=logins, tokens=store)) as opened,
    ):
        opened.http.send(Request("GET", "/x"))
        current = "theirs"
        store.save(Token("theirs"))
        assert opened.http.send(Request("GET", "/x")).status == 200
    assert logins.count == 0


def test_a_fetched_token_is_stored_and_its_base_address_used() -> None:
    store = MemoryTokens()
    with serve(accepting("t")) as instance, serve(lambda seen: Answer()) as login:

        def authenticate(previous: Token | None, http: Http) -> Token:
            http.send(Request("POST", "/token"))
            return Token("t", base_url=instance.url)

        opened = make_context(login.url, authenticate=authenticate, tokens=store, allowed_origins=[login.url, instance.url])
        opened.http.send(Request("GET", "/x"))
        opened.close()
    assert login.paths() == ["/token"]
    assert "authorization" not in login.seen[0].headers
    assert instance.paths() == ["/x"]
    assert store.load() == Token("t", base_url=instance.url)


def test_a_call_without_authentication_carries_no_token() -> None:
    with serve(lambda seen: Answer()) as server, closing(make_context(server.url, token=Token("t"))) as opened:
        opened.http.send(Request("GET", "/x", authenticated=False, headers={"Authorization": "Basic own"}))
        opened.http.send(Request("GET", "/x", headers={"authorization": "Basic own", "Host": "evil.example"}))
    assert [seen.headers["authorization"] for seen in server.seen] == ["Basic own", "Bearer t"]
    assert server.seen[1].headers["host"] in server.url
