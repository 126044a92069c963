"""What the account's schema says, fetched when first needed and kept for a while."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from connectors.hubspot.api import HubSpotApi
from connectors.hubspot.records import MERGED_IDS, stamp_property
from connectors.hubspot.schema import object_spec
from core.contract import Clock, ContractBroken, ObjectName, ObjectSpec

_KEPT = timedelta(minutes=15)


class Catalog:
    """The objects of one account; a new property is noticed after 15 minutes, or at once by `fresh`."""

    def __init__(self, api: HubSpotApi, clock: Clock, chosen: Mapping[str, Sequence[str]]) -> None:
        """Read only the `chosen` properties of an object, where there are any."""
        self._api = api
        self._clock = clock
        self._chosen = chosen
        self._specs: dict[ObjectName, tuple[datetime, ObjectSpec]] = {}

    def fresh(self, object_name: ObjectName) -> ObjectSpec:
        """Ask HubSpot now."""
        body: Any = self._api.properties(object_name).json()
        definitions = body.get("results") if isinstance(body, dict) else None
        if not isinstance(definitions, list):
            raise ContractBroken("HubSpot's answer has no list of properties.")
        spec = object_spec(object_name, definitions)
        self._specs[object_name] = (self._clock.now(), spec)
        return spec

    def spec(self, object_name: ObjectName) -> ObjectSpec:
        """Tell what is known, asking when it is older than 15 minutes."""
        at, spec = self._specs.get(object_name, (None, None))
        if at is None or spec is None or self._clock.now() - at > _KEPT:
            return self.fresh(object_name)
        return spec

    def wanted(self, object_name: ObjectName) -> list[str]:
        """Name the properties to read: those chosen, else all, and always those that the feed itself needs."""
        chosen = self._chosen.get(object_name) or [field.name for field in self.spec(object_name).fields]
        return list(dict.fromkeys([*chosen, "hs_object_id", stamp_property(object_name), MERGED_IDS]))

    def is_unique(self, object_name: ObjectName, name: str) -> bool:
        """Whether records can be read by this property."""
        field = self.spec(object_name).field(name)
        return field is not None and field.unique
