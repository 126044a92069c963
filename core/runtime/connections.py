"""Opening connections: settings checked, HTTP lent, tokens kept sealed, calls counted. Code loads with the first use."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel

from core.contract import Clock, ConfigInvalid, ConnectorError, Manifest, Role, Token
from core.runtime.later_http import LaterContext
from core.runtime.registry import Registry
from core.runtime.settings import Config, ConfigProblems
from core.store.codec import pack, unpack
from core.store.store import Store

if TYPE_CHECKING:
    from core.runtime.http import CallNote, OpenedContext
    from core.runtime.http.budget import Budget
    from core.runtime.http.limits import Limits


_TAKES_ONLY = frozenset({Role.WEBHOOKS})
"""The roles of a connector that calls nobody."""


@dataclass(frozen=True, slots=True)
class OpenConnection:
    """A connection at work."""

    name: str
    manifest: Manifest
    connector: Any
    opened: OpenedContext | LaterContext


class Connections:
    """The configured connections; each is opened once per process and shared by its lanes."""

    def __init__(self, config: Config, registry: Registry, store: Store, clock: Clock, **http_options: Any) -> None:
        """Take what opening needs; `http_options` reach every HttpOptions (tests pass hand-driven time)."""
        self._config = config
        self._registry = registry
        self._store = store
        self._clock = clock
        self._http_options = http_options
        self._open: dict[str, OpenConnection] = {}
        self._lock = threading.Lock()
        self._calls: Counter[tuple[str, str, str]] = Counter()
        self._calls_lock = threading.Lock()
        self._made: Counter[str] = Counter()
        self._accounts: dict[str, tuple[Limits, Budget]] = {}

    def manifests(self) -> dict[str, Manifest]:
        """The facts behind every enabled connection whose connector exists."""
        return {name: manifest for name, manifest in self.configured().items() if self._config.connections[name].enabled}

    def configured(self) -> dict[str, Manifest]:
        """The same with the connections that are switched off: mappings stay in force for them, and what they are to get waits."""
        known = self._registry.manifests()
        return {name: known[c.connector] for name, c in self._config.connections.items() if c.connector in known}

    def open(self, name: str) -> OpenConnection:
        """Open a connection; raises ConfigInvalid when its settings or its connector are wrong."""
        with self._lock:
            if name not in self._open:
                self._open[name] = self._opened(name)
            return self._open[name]

    def open_apart(self, name: str, changes: Mapping[str, Any]) -> OpenConnection:
        """Open a connection once more with some settings changed. It is not shared, and its caller closes it."""
        return self._opened(name, changes)

    def close(self) -> None:
        """Close all; calling it twice is fine."""
        with self._lock:
            for connection in self._open.values():
                connection.connector.close()
                connection.opened.close()
            self._open.clear()
        self.flush_calls()

    def calls_made(self, name: str) -> int:
        """How many API calls this process has made over a connection."""
        with self._calls_lock:
            return self._made[name]

    def ask_usage(self, name: str) -> None:
        """Ask the vendor how many calls of the account's day are used up, if it tells; its count then holds calls back as any other.

        Costs a call. That it cannot be asked stops nothing: whatever is wrong shows where the calls are made for their own sake.
        """
        opened = self.open(name)
        if Role.COUNTS not in opened.manifest.roles:
            return
        try:
            found = opened.connector.usage()
        except ConnectorError:
            return
        if found is not None:
            _, budget = self._account(name, opened.manifest)
            budget.note(found.used, found.allowed, self._clock.now())

    def flush_calls(self) -> None:
        """Store the API calls counted since the last time, and settle the accounts' budgets."""
        with self._calls_lock:
            calls, self._calls = self._calls, Counter()
        settled = [(account, *budget.settle()) for account, (_, budget) in list(self._accounts.items())]
        if not calls and not any(unused or count for _, unused, count in settled):
            return
        from core.runtime.budget import given_back, usage_of
        from core.store.commands.lanes import CountCalls

        counts = tuple((*key, count) for key, count in calls.items())
        unused = tuple(each for account, aside, _ in settled for each in given_back(account, aside))
        usages = tuple(each for account, _, count in settled for each in usage_of(account, count))
        self._store.write(CountCalls(self._store.workspace, counts, unused, usages))

    def _opened(self, name: str, changes: Mapping[str, Any] | None = None) -> OpenConnection:
        if name not in self._config.connections:
            raise ConfigInvalid(f"There is no connection '{name}' in the configuration.", setting=f"connections.{name}")
        configured = self._config.connections[name]
        manifest = self._registry.manifest(configured.connector)
        kind = self._registry.load(configured.connector)
        try:
            stated = self._config.validate_connection(name, kind.settings_type)
            settings = _placed(stated.model_copy(update=dict(changes or {})), self._config.folder)
        except ConfigProblems as error:
            raise ConfigInvalid(str(error), setting=f"connections.{name}.settings", hint="Run `leadloom check`.") from error
        if frozenset(manifest.roles) <= _TAKES_ONLY and not manifest.programs:
            later = LaterContext(self._clock, lambda: self._context(name, manifest, settings))
            return OpenConnection(name, manifest, kind(settings, later.context), later)
        context = self._with_programs(name, manifest, self._context(name, manifest, settings))
        if manifest.dials:
            context = _with_dialer(name, settings, context)
        connector = kind(settings, context.context)
        if Role.AUTHENTICATES in manifest.roles:
            context.authenticate_with(connector.token)  # type: ignore[attr-defined]  # the registry has checked the role
        return OpenConnection(name, manifest, connector, context)

    def _with_programs(self, name: str, manifest: Manifest, opened: OpenedContext) -> OpenedContext:
        if not manifest.programs:
            return opened
        from core.runtime.programs import ProgramRunner

        runner = ProgramRunner(self._config.data_dir.resolve() / "programs", name)
        return replace(opened, context=replace(opened.context, programs=runner))

    def _context(self, name: str, manifest: Manifest, settings: BaseModel) -> OpenedContext:
        from core.runtime.http import HttpOptions, open_context  # 20 MiB, and the server's doors do without

        configured = self._config.connections[name]
        limits, budget = self._account(name, manifest)
        return open_context(
            HttpOptions(
                connection=name,
                manifest=manifest,
                base_url=getattr(settings, "base_url", None),
                allowed_origins=_origins(configured.settings),
                tokens=_StoredTokens(self._store, name),
                clock=self._clock,
                observe=self._observe,
                limits=limits,
                budget=budget,
                **self._http_options,
            )
        )

    def _account(self, name: str, manifest: Manifest) -> tuple[Limits, Budget]:
        """What all connections of a remote account share."""
        from core.runtime.allowance import is_kept
        from core.runtime.budget import StoreBook, account_of, budget_of, limits_of
        from core.runtime.http.budget import Budget
        from core.runtime.http.limits import Limits

        account = account_of(name, self._config.connections[name])
        if account not in self._accounts:
            stated = budget_of(name, self._config.connections)
            limits = limits_of(manifest, stated)
            kept = [limit for limit in limits if is_kept(limit)]
            short = [limit for limit in limits if not is_kept(limit)]
            budget = Budget(kept, stated.reserve_for_live, StoreBook(self._store, account))
            self._accounts.setdefault(account, (Limits(short), budget))
        return self._accounts[account]

    def _observe(self, note: CallNote) -> None:
        with self._calls_lock:
            day = self._clock.now().date().isoformat()
            self._made[note.connection] += 1
            self._calls[(note.connection, day, f"{note.method} {note.path}"[:200])] += 1


def _placed(settings: BaseModel, folder: Path) -> BaseModel:
    """Let relative paths among the settings start from the configuration's folder, whatever the process's own is."""
    paths = {name: folder / value for name in type(settings).model_fields if isinstance(value := getattr(settings, name), Path)}
    return settings.model_copy(update=paths)


def _with_dialer(name: str, settings: BaseModel, opened: OpenedContext) -> OpenedContext:
    from core.runtime.dialing import AddressDialer

    return replace(opened, context=replace(opened.context, dialer=AddressDialer.of(name, settings)))


def _origins(settings: Mapping[str, Any]) -> list[str]:
    return [value for value in settings.values() if isinstance(value, str) and value.startswith(("http://", "https://"))]


class _StoredTokens:
    """Keeps a connection's token in the store, sealed for its place."""

    def __init__(self, store: Store, connection: str) -> None:
        self._store = store
        self._connection = connection

    def load(self) -> Token | None:
        from sqlalchemy import select

        from core.store.commands.upsert import table_of
        from core.store.tables import ConnectionRow

        states = table_of(ConnectionRow)
        with self._store.snapshot() as snapshot:
            sealed = snapshot.scalar(
                select(states.c.sealed_token).where(states.c.workspace == self._store.workspace, states.c.connection == self._connection)
            )
        if sealed is None:
            return None
        content = unpack(self._store.vault.open_own(self._place(), sealed))
        return Token(
            content["value"],
            _moment(content["expires_at"]),
            content["scheme"],
            content["base_url"],
            content["refresh"],
            _moment(content.get("refresh_expires_at")),
            content.get("made_from"),
        )

    def save(self, token: Token) -> None:
        from core.store.commands.lanes import SaveToken

        content = {
            "value": token.value,
            "expires_at": token.expires_at.isoformat() if token.expires_at else None,
            "scheme": token.scheme,
            "base_url": token.base_url,
            "refresh": token.refresh,
            "refresh_expires_at": token.refresh_expires_at.isoformat() if token.refresh_expires_at else None,
            "made_from": token.made_from,
        }
        self._store.write(SaveToken(self._store.workspace, self._connection, self._store.vault.seal_own(self._place(), pack(content))))

    def _place(self) -> str:
        return f"connection_state.token:{self._store.workspace}:{self._connection}"


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
