"""The store's book of API calls over a database in memory, with the real commands: what outlives every restart of a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Engine, create_engine
from sqlalchemy.pool import StaticPool

from core.runtime.budget import StoreBook, given_back, usage_of
from core.runtime.http.budget import Budget
from core.store.commands.lanes import CountCalls
from core.store.store import Store
from core.store.tables import Base
from core.store.vault import PlainVault
from core.store.writer import Command

ResultT = TypeVar("ResultT")
ACCOUNT = "acme/crm"


class AtOnce:
    """A writer that gives each command a transaction of its own."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.written: list[str] = []

    def write(self, command: Command[ResultT]) -> ResultT:
        """Carry it out."""
        self.written.append(type(command).__name__)
        with self._engine.begin() as tx:
            return command.apply(tx)


class Books:
    """Gives each process its own view of the one database."""

    def __init__(self, engine: Engine) -> None:
        self.writer = AtOnce(engine)
        self.store = Store(workspace="main", writer=self.writer, reader=engine, vault=PlainVault(), new_id=lambda: "id")

    def book(self, account: str = ACCOUNT) -> StoreBook:
        """The book of an account."""
        return StoreBook(self.store, account)

    def settle(self, budget: Budget, account: str = ACCOUNT) -> None:
        """Do what a lane's step ends with."""
        unused, count = budget.settle()
        self.store.write(CountCalls("main", (), given_back(account, unused), usage_of(account, count)))


@contextmanager
def books() -> Iterator[Books]:
    """Open an empty database."""
    engine = create_engine("sqlite://", poolclass=StaticPool, connect_args={"check_same_thread": False})
    Base.metadata.create_all(engine, tables=[Base.metadata.tables[name] for name in ("account_calls", "account_usage", "call_count")])
    try:
        yield Books(engine)
    finally:
        engine.dispose()
