"""The short way of whole deliveries: however the bytes come, senders hear what they would hear on the server's ordinary way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from core.web.answers import Messages, in_words, messages
from core.web.app import Front
from core.web.wire import DoorProtocol

HEAD = "POST /hooks/form HTTP/1.1\r\nhost: here\r\ncontent-length: 3\r\n"
WHOLE = f"{HEAD}\r\none".encode()


TURNS = 100_000
"""Of the event loop, after which what was waited for is not expected any more."""


class Hooks:
    """Stand for the door: answer with the body that came and by which way."""

    def __init__(self) -> None:
        self.told: list[Callable[[], None]] = []
        self.reads = self.losses = 0
        self.state = ServerState()
        self.waits = False
        self.is_broken = False

    def take(self, scope: Any, body: bytes, tell: Callable[[Messages], None]) -> None:
        """Answer at once, or when the test says so."""
        if self.is_broken:
            raise RuntimeError("a fault of ours")
        answer = messages(in_words(f"short {body.decode()} {scope['path']}", 200))
        if self.waits:
            self.told.append(lambda: tell(answer))
        else:
            tell(answer)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Read to the end, then answer."""
        body, more = b"", True
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
        for part in messages(in_words(f"long {body.decode()} {scope['path']}", 200)):
            await send(part)


async def page(scope: Any, receive: Any, send: Any) -> None:
    """Stand for the framework."""
    for part in messages(in_words("a page", 200)):
        await send(part)


class Watched(DoorProtocol):
    """Count what the server's side of the connections has heard."""

    def __init__(self, hooks: Hooks, config: uvicorn.Config, loop: asyncio.AbstractEventLoop) -> None:
        """Speak as the server does."""
        super().__init__(config, hooks.state, {}, loop)
        self._hooks = hooks

    def data_received(self, data: bytes) -> None:
        """A read has brought something."""
        super().data_received(data)
        self._hooks.reads += 1

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone."""
        super().connection_lost(exc)
        self._hooks.losses += 1


async def until(happened: Callable[[], bool]) -> None:
    """Let the event loop turn until something has happened."""
    for _ in range(TURNS):
        if happened():
            return
        await asyncio.sleep(0)
    raise AssertionError("it has not happened")


Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter, Hooks], Awaitable[None]]


def talk(body: Talk) -> None:
    async def all_of_it() -> None:
        hooks = Hooks()
        config = uvicorn.Config(Front(hooks, lambda: page), ws="none", lifespan="off", proxy_headers=False, log_config=None)  # type: ignore[arg-type]
        config.load()
        loop = asyncio.get_running_loop()
        server = await loop.create_server(lambda: Watched(hooks, config, loop), "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        try:
            async with asyncio.timeout(20):
                await body(reader, writer, hooks)
        finally:
            writer.close()
            server.close()

    asyncio.run(all_of_it())


async def answer(reader: asyncio.StreamReader) -> tuple[str, str]:
    """The status line and the body of the next answer."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode()
    length = int(head.lower().partition("content-length: ")[2].partition("\r\n")[0])
    return head, (await reader.readexactly(length)).decode()


def test_a_delivery_in_one_piece_goes_the_short_way_and_the_connection_stays() -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hooks) -> None:
        for _number in range(3):
            writer.write(WHOLE)
            head, text = await answer(reader)
            assert head.startswith("HTTP/1.1 200 ") and text == "short one /hooks/form"

    talk(body)


@pytest.mark.parametrize("cut", [5, len(HEAD), len(WHOLE) - 3, len(WHOLE) - 1])
def test_a_delivery_in_two_pieces_is_taken_whole(cut: int) -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hooks: Hooks) -> None:
        writer.write(WHOLE[:cut])
        await until(lambda: hooks.reads == 1)  # read together with the rest it would not be in two pieces
        writer.write(WHOLE[cut:])
        _head, text = await answer(reader)
        assert text == ("short one /hooks/form" if cut < len(HEAD) + 2 else "long one /hooks/form")

    talk(body)


def test_deliveries_sent_in_a_row_without_waiting_are_answered_in_their_order() -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hooks) -> None:
        writer.write(WHOLE + WHOLE.replace(b"one", b"two") + b"GET / HTTP/1.1\r\nhost: here\r\n\r\n")
        texts = [(await answer(reader))[1] for _ in range(3)]
        assert [text.split()[1] for text in texts] == ["one", "two", "page"]

    talk(body)


@pytest.mark.parametrize("asked", [HEAD.replace("1.1", "1.0") + "\r\none", f"{HEAD}connection: close\r\n\r\none"])
def test_a_sender_that_wants_the_connection_closed_gets_its_answer_and_the_end(asked: str) -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hooks) -> None:
        writer.write(asked.encode())
        head, text = await answer(reader)
        assert "connection: close" in head and text.endswith("one /hooks/form")
        assert await reader.read() == b""

    talk(body)


def test_a_sender_that_asks_before_it_sends_is_told_to_go_on() -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hooks) -> None:
        writer.write(f"{HEAD}expect: 100-continue\r\n\r\n".encode())
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 100 ")
        writer.write(b"one")
        assert (await answer(reader))[1] == "long one /hooks/form"

    talk(body)


def test_a_fault_of_ours_asks_the_sender_to_come_again() -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, hooks: Hooks) -> None:
        hooks.is_broken = True
        writer.write(WHOLE)
        head, _text = await answer(reader)
        assert head.startswith("HTTP/1.1 503 ") and "retry-after: 60" in head
        hooks.is_broken = False
        writer.write(WHOLE)
        assert (await answer(reader))[0].startswith("HTTP/1.1 200 ")

    talk(body)


def test_who_went_away_before_the_answer_disturbs_nobody() -> None:
    async def body(_: asyncio.StreamReader, writer: asyncio.StreamWriter, hooks: Hooks) -> None:
        hooks.waits = True
        writer.write(WHOLE)
        await until(lambda: bool(hooks.told))
        writer.close()
        await until(lambda: hooks.losses == 1)
        hooks.told[0]()
        assert hooks.state.total_requests == 0, "nothing is written to a connection that is gone"

        hooks.waits = False
        reader, other = await asyncio.open_connection(*writer.get_extra_info("peername"))
        other.write(WHOLE)
        assert (await answer(reader))[1] == "short one /hooks/form"
        other.close()

    talk(body)


def test_what_is_no_delivery_goes_to_the_pages() -> None:
    async def body(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, _: Hooks) -> None:
        writer.write(b"GET /healthz HTTP/1.1\r\nhost: here\r\n\r\n")
        assert (await answer(reader))[1] == "a page"

    talk(body)


def test_the_pages_are_loaded_once_however_many_ask_at_first() -> None:
    async def body() -> None:
        loads: list[int] = []
        front = Front(Hooks(), lambda: loads.append(1) or page)  # type: ignore[arg-type,func-returns-value]
        told: list[Any] = []

        async def send(message: Any) -> None:
            told.append(message)

        asked = [asyncio.ensure_future(front({"type": "http", "path": "/healthz"}, send, send)) for _ in range(3)]  # type: ignore[arg-type]
        await asyncio.sleep(0)
        asked[0].cancel()
        await asyncio.gather(*asked, return_exceptions=True)
        assert loads == [1]
        assert [message["body"] for message in told if "body" in message] == [b"a page"] * 2

    asyncio.run(body())
