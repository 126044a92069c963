"""A light load generator in a process of its own: raw sockets, keep-alive, requests made and signed before the clock starts.

`python -m benchmarks.support.load` reads a plan as JSON from standard input and prints what it measured as JSON.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from urllib.parse import urlsplit

from benchmarks.support.figures import percentile
from benchmarks.support.processes import ROOT
from benchmarks.support.pushes import PUSHES, Lead


@dataclass(frozen=True, slots=True)
class Plan:
    """What to send: `count` posts over `connections` connections to `url`, of people named after `run`."""

    url: str
    run: str
    count: int
    push: str = "web_form"
    """The connector whose platform is played."""
    connection: str = "web"
    connections: int = 64
    delivery: str = ""
    """Part of the delivery ids: with another word the same people come as new deliveries."""
    every_seconds: float = 0.0
    """With a pace, each connection waits this long between its requests; without, it sends as soon as it is answered."""


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it; latencies in milliseconds. `refused` counts answers other than 2xx."""

    seconds: float
    per_second: float
    p50_ms: float
    p99_ms: float
    refused: int


def fire(plan: Plan) -> Measured:
    """Carry a plan out in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.support.load"],
        cwd=ROOT,
        input=json.dumps(asdict(plan)).encode(),
        capture_output=True,
        check=False,
        timeout=600,
    )
    if done.returncode != 0:
        raise RuntimeError(f"the load generator failed: {done.stderr.decode()[-2000:]}")
    return Measured(**json.loads(done.stdout))


def requests(plan: Plan, at: float) -> Iterator[bytes]:
    """Whole HTTP requests, each for another person, each signed as the plan's platform does."""
    push = PUSHES[plan.push]
    host = urlsplit(plan.url).netloc
    for number in range(plan.count):
        headers, body = push.make(Lead(f"msg_{plan.run}_{plan.delivery}{number}", person(plan.run, number), at))
        head = [f"POST /hooks/{plan.connection}{push.tail} HTTP/1.1", f"host: {host}", "user-agent: leadloom-benchmark", "accept: */*"]
        head += [f"content-length: {len(body)}", *(f"{name}: {value}" for name, value in headers.items())]
        yield "\r\n".join([*head, "", ""]).encode() + body


def person(run: str, number: int) -> dict[str, str]:
    """An invented lead."""
    name = f"{run}{number:06d}"
    return {
        "email": f"lead.{name}@example.com",
        "first_name": f"Robin-{name}",
        "last_name": f"Sample-{name}",
        "company": f"Example Works {name}",
        "phone": f"+49 30 23125{number % 1000:03d}",
        "message": "Please call me back about the offer on your page, in the morning if you can.",
    }


class _Caller(asyncio.Protocol):
    """One keep-alive connection: sends a request, waits for the whole answer, sends the next one."""

    def __init__(self, waiting: Iterator[bytes], every_seconds: float, done: asyncio.Future[None]) -> None:
        self.latencies: list[float] = []
        self.refused = 0
        self._waiting = waiting
        self._every = every_seconds
        self._done = done
        self._answer = b""
        self._started = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def send(self) -> None:
        request = next(self._waiting, None)
        if request is None:
            self._transport.close()
            return
        self._started = time.perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer = self._answer + data if self._answer else data
        head, found, body = self._answer.partition(b"\r\n\r\n")
        if not found or len(body) < _length(head):
            return
        self.latencies.append(time.perf_counter() - self._started)
        self.refused += not self._answer.startswith(b"HTTP/1.1 2")
        self._answer = b""
        if self._every:
            asyncio.get_running_loop().call_later(self._every, self.send)
        else:
            self.send()

    def connection_lost(self, _: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


def _same(caller: _Caller) -> _Caller:
    return caller


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


async def _run(plan: Plan) -> Measured:
    loop = asyncio.get_running_loop()
    parts = urlsplit(plan.url)
    waiting = iter(list(requests(plan, time.time())))
    done: list[asyncio.Future[None]] = [loop.create_future() for _ in range(plan.connections)]
    callers: list[_Caller] = []
    for future in done:
        caller = _Caller(waiting, plan.every_seconds, future)
        await loop.create_connection(partial(_same, caller), parts.hostname or "", parts.port or 80)
        callers.append(caller)
    start = time.perf_counter()
    for number, caller in enumerate(callers):  # with a pace, spread over it from the first request on
        loop.call_later(number * plan.every_seconds / plan.connections, caller.send)
    await asyncio.gather(*done)
    seconds = time.perf_counter() - start
    latencies = [each * 1000 for caller in callers for each in caller.latencies]
    if len(latencies) != plan.count:
        raise RuntimeError(f"{plan.count - len(latencies)} requests were not answered")
    refused = sum(caller.refused for caller in callers)
    return Measured(seconds, plan.count / seconds, percentile(latencies, 0.5), percentile(latencies, 0.99), refused)


def main() -> int:
    """Entry of the load generator's process."""
    print(json.dumps(asdict(asyncio.run(_run(Plan(**json.loads(sys.stdin.read())))))))
    return 0


if __name__ == "__main__":
    sys.exit(main())
