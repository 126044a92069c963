"""Plays role `reads` over any Singer tap: each stream of its catalog is an object, read by one run of the tap."""

from __future__ import annotations

import copy
import json
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from pathlib import Path
from typing import Any, ClassVar

from pydantic import BaseModel

from connectors.singer.catalog import Catalog
from connectors.singer.messages import Messages
from connectors.singer.pages import Pages, state_of
from connectors.singer.settings import SingerSettings, StreamSettings
from core.contract import (
    ConfigInvalid,
    Connector,
    ConnectorError,
    Context,
    ContractBroken,
    Cursor,
    Health,
    ObjectName,
    ObjectSpec,
    Page,
    PrivateFile,
    Program,
    Programs,
    Unavailable,
)

_MIB = 1024 * 1024
LARGEST_CATALOG = 64 * _MIB
SIGN_SECONDS = 5.0
"""How often a read says that it is still at work before the tap runs."""


class Singer(Connector[SingerSettings]):
    """One tap with one configuration. Its catalog is kept from the first question on, and asked for anew by check and describe."""

    settings_type: ClassVar[type[BaseModel]] = SingerSettings

    def __init__(self, settings: SingerSettings, context: Context) -> None:
        """Keep settings and context; no I/O."""
        super().__init__(settings, context)
        self._kept: Catalog | None = None

    def check(self) -> Health:
        """Install the tap where it is not yet, and have it tell its streams."""
        streams = self._discover().streams
        return Health(f"Singer tap {self.settings.program}", [f"Streams: {', '.join(streams) or 'none'}"])

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell every stream with the fields of its schema."""
        return self._discover().describe()

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Run the tap for one stream; a page without records says that it is still at work, or being installed.

        When the tap fails, everything up to its last STATE is told before the error is raised.
        """
        state, pages = state_of(since), Pages(since, self.settings.max_held_mib * _MIB)
        catalog = self._kept or (yield from self._found_out(pages))
        if object_name not in catalog.streams:
            names = ", ".join(catalog.streams) or "none"
            raise ConfigInvalid(f"The tap has no stream '{object_name}'.", hint=f"There is: {names}.", setting="object")
        stream = self.settings.streams.get(object_name, StreamSettings())
        arguments: list[str | PrivateFile] = ["--catalog", PrivateFile("catalog.json", catalog.only(object_name, stream))]
        if state is not None:
            arguments += ["--state", PrivateFile("state.json", json.dumps(state).encode())]
        messages = Messages(object_name, catalog.names(object_name), stream.key)
        yield from self._pages(self._program(arguments), messages, pages)

    def _pages(self, program: Program, messages: Messages, pages: Pages) -> Iterator[Page]:
        with self._programs().run(program) as run:
            try:
                for line in run.lines():
                    if line is None:
                        yield pages.alive()
                    elif (found := messages.take(line)) is not None:
                        yield from pages.add(found, len(line))
            except ConnectorError:
                yield from pages.confirmed()
                raise
        yield from pages.rest()

    def _found_out(self, pages: Pages) -> Generator[Page, None, Catalog]:
        """Install and discover beside telling that we live: both may take longer than the runtime waits for a sign of it."""
        with ThreadPoolExecutor(1, "singer-discovery") as aside:
            found = aside.submit(self._discover)
            while not wait([found], SIGN_SECONDS).done:
                yield pages.alive()
            return found.result()

    def _discover(self) -> Catalog:
        found: list[bytes] = []
        size = 0
        with self._programs().run(self._program(["--discover"])) as run:
            for line in run.lines():
                found.append(line or b"")
                size += len(found[-1])
                if size > LARGEST_CATALOG:
                    raise Unavailable("The tap's catalog does not end.")
        self._kept = Catalog.parse(b"\n".join(found))
        return self._kept

    def _program(self, arguments: Sequence[str | PrivateFile]) -> Program:
        settings = self.settings
        secrets = [secret.get_secret_value() for secret in settings.secrets.values()]
        config = PrivateFile("config.json", json.dumps(self._config()).encode())
        return Program(
            executable=self._executable(),
            arguments=["--config", config, *arguments],
            secrets=secrets,
            seconds=settings.seconds,
            memory_mib=settings.memory_mib,
            line_bytes=settings.max_line_mib * _MIB,
        )

    def _executable(self) -> Path:
        settings = self.settings
        if settings.executable is None:
            return self._programs().install(settings.requirement or "", settings.program)
        if not settings.executable.is_file():
            raise ConfigInvalid(
                f"There is no file '{settings.executable}'.", setting="executable", hint="Install the tap there, or correct the path."
            )
        return settings.executable

    def _programs(self) -> Programs:
        if self.context.programs is None:
            raise ContractBroken("The runtime lends no programs.")
        return self.context.programs

    def _config(self) -> dict[str, Any]:
        """The tap's configuration with the secrets put in; a name like `auth.token` leads into a section."""
        config = copy.deepcopy(self.settings.config)
        for name, secret in self.settings.secrets.items():
            section = config
            *path, last = name.split(".")
            for part in path:
                inner = section.setdefault(part, {})
                if not isinstance(inner, dict):
                    hint = f"Name the secret otherwise, or make '{part}' a section of `config`."
                    raise ConfigInvalid(f"'{part}' in 'config' is no section.", setting="secrets", hint=hint)
                section = inner
            section[last] = secret.get_secret_value()
        return config
