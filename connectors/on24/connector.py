"""The ON24 connector: registrations and attendance by poll."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import ClassVar

from pydantic import BaseModel

from connectors.on24.api import Api
from connectors.on24.people import REGISTRATION, describe_objects
from connectors.on24.reading import Rounds
from connectors.on24.settings import On24Settings
from core.contract import ConfigInvalid, Connector, Cursor, Health, ObjectName, ObjectSpec, Page


class On24(Connector[On24Settings]):
    """One ON24 client."""

    settings_type: ClassVar[type[BaseModel]] = On24Settings

    def check(self) -> Health:
        """Ask for one registrant of today, which is what reading needs."""
        Api(self.context.http, self.settings).try_reading(self.context.clock.now().date())
        return Health(f"ON24 client {self.settings.client_id}")

    def describe(self) -> Sequence[ObjectSpec]:
        """Tell the one object."""
        return describe_objects()

    def read(self, object_name: ObjectName, since: Cursor | None) -> Iterator[Page]:
        """Yield registrations, and as further states of the same ones what came of them."""
        if object_name != REGISTRATION:
            message = f"ON24 has no object '{object_name}' here; it has '{REGISTRATION}'."
            raise ConfigInvalid(message, hint=f"Name '{REGISTRATION}' in the mapping.", setting="object")
        api = Api(self.context.http, self.settings)
        yield from Rounds(api, self.settings, self.context.clock.now()).registrations(since)
